"""Nearest: exact dot products of one query with all rows, and the best k of them.

One dot product per row, whatever the row's place, so equal vectors have equal scores to the bit,
and neither the number of threads nor a filter changes any score. A scan reads every vector once
and does two operations per four bytes, so its limit is the memory bandwidth; threads share the
blocks of rows because one processor alone often cannot reach that limit.

Called by `side.py`. In: row blocks (n_b, dim) float32, or one SciPy CSR array of vectors that are
mostly zeros. Out: positions int64, scores float32.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rowspace.workers import run

_ROWS_PER_PART = 16_384
_FLOATS_WORTH_THREADS = 1 << 22
_GATHER_BELOW = 0.25

Floats = NDArray[np.float32]
Positions = NDArray[np.int64]


def is_sparse(blocks: Sequence[Any]) -> bool:
    """Say whether the vectors are sparse: one CSR array instead of blocks of rows."""
    return hasattr(blocks[0], "tocsr")


def dot_products(blocks: Sequence[Any], query: Floats, at: Positions | None = None) -> Floats:
    """Return the dot product of `query` with every row, or with the rows `at`.

    Args:
        blocks: (n_b, dim) float32 each, the rows in order.
        query: (dim,) float32.
        at: sorted positions of rows; None for all.

    Returns:
        (n,) or (len(at),) float32; beyond what float32 holds, its largest number, never NaN.
    """
    n = sum(block.shape[0] for block in blocks)
    if is_sparse(blocks):
        part = blocks[0] if at is None else blocks[0][at]
        return np.asarray(part @ query, np.float32)
    if at is not None and len(at) >= _GATHER_BELOW * n:
        return dot_products(blocks, query)[at]
    if at is not None:
        blocks = [rows(blocks, at)]
    out = np.empty(n if at is None else len(at), np.float32)

    def score(start: int, part: Floats) -> None:
        with np.errstate(over="ignore", invalid="ignore"):
            np.vecdot(part, query, out=out[start : start + len(part)])

    _over_parts(blocks, score)
    if not np.isfinite(out).all():
        np.nan_to_num(out, copy=False, nan=float(np.finfo(np.float32).min))
    return out


def inverse_norms(blocks: Sequence[Any]) -> Floats:
    """Return 1 / |v| for every row (n,) float32, and 0 for rows of zeros (below 1e-38)."""
    if is_sparse(blocks):
        squares = np.asarray(blocks[0].astype(np.float64).power(2).sum(axis=1)).ravel()
        inverse = np.zeros(len(squares))
        there = squares > np.finfo(np.float32).tiny
        np.divide(1.0, np.sqrt(squares), out=inverse, where=there)
        return inverse.astype(np.float32)
    out = np.empty(sum(map(len, blocks)), np.float32)

    def invert(start: int, part: Floats) -> None:
        wide = part.astype(np.float64)  # squares of small float32 numbers would vanish
        norms = np.sqrt(np.vecdot(wide, wide))
        inverse = np.zeros(len(part))
        np.divide(1.0, norms, out=inverse, where=norms > np.finfo(np.float32).tiny)
        out[start : start + len(part)] = inverse

    _over_parts(blocks, invert)
    return out


def normalized(query: Floats) -> Floats:
    """Return the (dim,) query at length 1, or zeros when it is zero."""
    wide = query.astype(np.float64)
    norm = np.sqrt(np.vecdot(wide, wide))
    return (wide / norm if norm > 0 else wide).astype(np.float32)


def best(scores: Floats, k: int) -> Positions:
    """Return where the k largest scores are, best first, equal ones in order of position.

    Scores of -inf are never returned, so there may be fewer than k.

    >>> best(np.array([1, 3, -np.inf, 3, 2], np.float32), 3)
    array([1, 3, 4])
    """
    k = min(k, int(np.count_nonzero(scores != -np.inf)))
    if k == 0:
        return np.empty(0, np.int64)
    worst = np.partition(scores, len(scores) - k)[len(scores) - k]
    above = np.flatnonzero(scores > worst)
    level = np.flatnonzero(scores == worst)[: k - len(above)]
    found = np.concatenate((above, level))
    return found[np.lexsort((found, -scores[found]))]


def rows(blocks: Sequence[Any], positions: Positions) -> Floats:
    """Return the rows at sorted `positions` as one array (c, dim)."""
    if is_sparse(blocks):
        return np.asarray(blocks[0][positions].toarray())
    if len(blocks) == 1:
        return np.asarray(blocks[0][positions])
    starts = np.cumsum([0, *map(len, blocks)])
    cuts = np.searchsorted(positions, starts)
    return np.concatenate(
        [
            block[positions[a:b] - start]
            for block, start, a, b in zip(blocks, starts, cuts, cuts[1:])
        ]
    )


def between(blocks: Sequence[Any], start: int, stop: int) -> Floats:
    """Return the rows from `start` to before `stop`: a view, where they lie in one block."""
    if is_sparse(blocks):
        return np.asarray(blocks[0][start:stop].toarray())
    if len(blocks) == 1:
        return np.asarray(blocks[0][start:stop])
    return rows(blocks, np.arange(start, stop))


def _over_parts(blocks: Sequence[Floats], work: Callable[[int, Floats], None]) -> None:
    """Call `work(start, part)` for parts of fixed size, on several threads if there is much."""
    parts: list[tuple[int, Floats]] = []
    start = 0
    for block in blocks:
        for top in range(0, len(block), _ROWS_PER_PART):
            parts.append((start + top, block[top : top + _ROWS_PER_PART]))
        start += len(block)
    if sum(block.size for block in blocks) < _FLOATS_WORTH_THREADS:
        for part in parts:
            work(*part)
    else:
        run(lambda part: work(*part), parts)

"""Exact nearest neighbours of every row among the others: one pass that many measures share.

Scores are products of fixed tiles of rows, each pair of tiles multiplied once and read both ways,
so n (n - 1) / 2 pairs are scored and never more than a few tiles are held. Takes vectors, gives
`Neighbours`; called by `judge/label_free.py`, and by hand for hubness and dimension.
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rowspace.errors import InputError
from rowspace.judge.rows import Floats, finite_rows, row_norms, unit_rows
from rowspace.threads import kernel_threads
from rowspace.workers import run

Metric = Literal["cosine", "euclidean"]
_TILE = 1024
_QUERIES = 256
_WIDTH = 2048


@dataclass(frozen=True, eq=False)
class Neighbours:
    """The nearest other rows of every row, nearest first.

    Attributes:
        positions: (n, k) int32.
        distances: (n, k) float64, Euclidean; between unit vectors where the metric is "cosine", so
            that the cosine is 1 - distance^2 / 2.
        metric: "cosine" or "euclidean".
    """

    positions: NDArray[np.int32]
    distances: NDArray[np.float64]
    metric: Metric

    @property
    def n(self) -> int:
        """How many rows there are."""
        return len(self.positions)

    @property
    def k(self) -> int:
        """How many neighbours each row has."""
        return int(self.positions.shape[1])


def nearest_neighbours(vectors: ArrayLike, k: int, *, metric: Metric = "cosine") -> Neighbours:
    """Return the k nearest other rows of every row, exactly.

    Which rows are nearest is decided in float32, of equal scores for the smaller position; the
    distances of those are then computed in float64. Work is n^2 d; memory is that of two copies of
    the vectors and of the lists.

    Args:
        vectors: (n, d) numbers, finite; no row zero where the metric is "cosine".
        k: how many, from 1 to n - 1.
        metric: "cosine" (of directions) or "euclidean".

    Returns:
        `Neighbours`, the same to the bit whatever the number of threads.

    Raises:
        InputError: a row is not finite or has no direction, or `k` is not from 1 to n - 1.

    Example:
        >>> nearest_neighbours([[0.0], [1.0], [3.0]], 1, metric="euclidean").positions.ravel()
        array([1, 0, 1], dtype=int32)
    """
    from rowspace.judge.kernels.neighbours import distances as kernel
    from rowspace.judge.kernels.neighbours import merge_columns, merge_rows

    x = finite_rows(vectors)
    n = len(x)
    if not 1 <= k <= n - 1:
        raise InputError(
            f"{k} neighbours of each of {n} rows were asked for, but from 1 to {max(n - 1, 0)} "
            "others are there; lower k"
        )
    x = directions(x, metric)
    left, right = scoring(x, metric)
    positions = np.full((n, k), np.iinfo(np.int32).max, np.int32)
    scores = np.full((n, k), -np.inf, np.float32)
    floors = np.full(n, -np.inf, np.float32)
    starts = range(0, n, _TILE)
    locks = [Lock() for _ in starts]

    def one(pair: tuple[int, int]) -> None:
        i, j = pair
        rows, cols = slice(i, i + _TILE), slice(j, j + _TILE)
        tile = left[rows] @ right[cols].T
        if i != j:
            with locks[j // _TILE]:
                merge_columns(tile, i, positions[cols], scores[cols], floors[cols])
        own = np.arange(i, min(i + _TILE, n))
        with locks[i // _TILE]:
            # merge_rows knows the last score of a list from the list itself.
            merge_rows(tile, j, own, positions[rows], scores[rows])
            floors[rows] = scores[rows, -1]

    found = np.empty((n, k))
    with kernel_threads():
        run(one, [(i, j) for i in starts for j in starts if i <= j])
        run(
            lambda part: kernel(part.start, part.stop, x, positions, found),
            [slice(i, min(i + _TILE, n)) for i in starts],
        )
    return Neighbours(positions, found, metric)


def neighbours_of(
    queries: Floats,
    candidates: Floats,
    k: int,
    *,
    own: NDArray[np.int64] | None = None,
    scale: Floats | None = None,
) -> NDArray[np.int32]:
    """Return the k candidates with the largest dot product for every query.

    Args:
        queries: (b, d) float32, finite.
        candidates: (n, d) float32, finite.
        k: how many; at most as many as there are candidates to choose from.
        own: (b,) positions of the candidates that the queries are themselves, left out of their
            lists; None where they are none.
        scale: (g, n) float32 to multiply the products with; the queries come in g groups of equal
            size and those of group i take row i. None for no scale.

    Returns:
        (b, k) int32, best first and of equal scores the smaller position first.
    """
    from rowspace.judge.kernels.neighbours import merge_rows

    b, n = len(queries), len(candidates)
    own = np.full(b, -1) if own is None else own
    positions = np.full((b, k), np.iinfo(np.int32).max, np.int32)
    scores = np.full((b, k), -np.inf, np.float32)
    size = 1 if scale is None else b // len(scale)

    def one(first: int) -> None:
        part = slice(first, min(first + _QUERIES, b))
        for start in range(0, n, _WIDTH):
            tile = queries[part] @ candidates[start : start + _WIDTH].T
            if scale is not None:
                tile *= scale[np.arange(part.start, part.stop) // size, start : start + _WIDTH]
            merge_rows(tile, start, own[part], positions[part], scores[part])

    with kernel_threads():
        run(one, range(0, b, _QUERIES))
    return positions


def kept(before: NDArray[np.int32], after: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return how many of each list's entries are in the other list too.

    Args:
        before, after: (b, k) int32, no entry twice in a list.

    Example:
        >>> kept(np.array([[1, 2, 3]], np.int32), np.array([[3, 9, 2]], np.int32))
        array([2])
    """
    both = np.sort(np.hstack([before, after]), axis=1)
    return np.asarray((both[:, 1:] == both[:, :-1]).sum(axis=1))


def directions(x: Floats, metric: Metric) -> Floats:
    """Return what distances are taken between: unit rows for "cosine", else the rows."""
    if metric == "cosine":
        return unit_rows(x)
    if metric == "euclidean":
        return x
    raise InputError(f"metric is {metric!r}, but 'cosine' or 'euclidean' was expected")


def scoring(x: Floats, metric: Metric) -> tuple[Floats, Floats]:
    """Return L and R (n, d or d + 2) float32 with L_i . R_j larger the nearer rows i and j are.

    For unit rows the cosine; else -|x_i - x_j|^2 / 2 of the centred rows, as one product:
    (x, -|x|^2 / 2, 1) . (y, 1, -|y|^2 / 2).
    """
    if metric == "cosine":
        return x, x
    n, d = x.shape
    mean = x.mean(axis=0, dtype=np.float64)
    # At most length 1 in every column, so that no square leaves the range of float32.
    reach = np.maximum(x.max(axis=0) - mean, mean - x.min(axis=0)).max()
    left = np.empty((n, d + 2), np.float32)
    for start in range(0, n, _TILE):
        part = (x[start : start + _TILE] - mean) / (reach or 1.0)
        left[start : start + _TILE, :d] = part
    left[:, d] = -(row_norms(left[:, :d]) ** 2) / 2
    left[:, d + 1] = 1
    right = left.copy()
    right[:, d], right[:, d + 1] = left[:, d + 1], left[:, d]
    return left, right

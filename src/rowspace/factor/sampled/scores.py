"""Scores of a batch and their gradients, for every geometry of the sampled solver.

`batch_gradients` compares B queries with their own observed columns and with negatives, shared
(three products of matrices) or of their own, and gives the derivatives by all vectors. The work is
cut into pieces of fixed size, whose sums are taken in order, so that the bits do not depend on the
number of threads.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rowspace.factor.contrast import Contrast
from rowspace.workers import each

Vectors = NDArray[np.float32]
Compare = Callable[[slice, Vectors, Vectors], Contrast]
"""(rows of the batch, s+ (b,), s- (b, K)) -> loss and derivatives."""

_PIECE = 256


@dataclass(frozen=True, eq=False)
class Gradients:
    """Derivatives of the loss of a batch.

    Attributes:
        loss: summed over the batch.
        query: (B, d) by the queries.
        positive: (B, d) by the columns of the observed cells.
        negative: (K, d) or (B, K, d) by the negatives.
    """

    loss: float
    query: Vectors
    positive: Vectors
    negative: Vectors


def batch_gradients(
    geometry: str, query: Vectors, positive: Vectors, negative: Vectors, compare: Compare
) -> Gradients:
    """Return the derivatives of a batch.

    Args:
        geometry: "Dot", "Cosine" or "Euclidean" (see the grammar).
        query: (B, d).
        positive: (B, d), the columns of the observed cells.
        negative: (K, d) shared, or (B, K, d).
        compare: the loss; called once per piece, from several threads.
    """
    if geometry == "Cosine":
        lengths = [_lengths(x) for x in (query, positive, negative)]
        units = [x / n for x, n in zip((query, positive, negative), lengths)]
        found = batch_gradients("Dot", units[0], units[1], units[2], compare)
        back = [
            (g - (g * u).sum(axis=-1, keepdims=True) * u) / n
            for g, u, n in zip((found.query, found.positive, found.negative), units, lengths)
        ]
        return Gradients(found.loss, *back)
    near = geometry == "Euclidean"
    own = negative.ndim == 3
    halves = _halves(negative) if near and not own else None

    def one(begin: int) -> Gradients:
        rows = slice(begin, begin + _PIECE)
        q, p = query[rows], positive[rows]
        if own:
            n = negative[rows]
            if near:
                away = q[:, None] - n
                s = -_halves(away)
            else:
                s = np.matmul(n, q[:, :, None])[:, :, 0]
        else:
            s = q @ negative.T
            if halves is not None:
                s -= halves
                s -= _halves(q)[:, None]
        s_own = -_halves(q - p) if near else np.einsum("bd,bd->b", q, p)
        out = compare(rows, s_own, s)
        up, down = out.positive[:, None], out.negative
        if own:
            by_n = down[:, :, None] * (away if near else q[:, None])
            by_q = -by_n.sum(axis=1) if near else np.matmul(down[:, None], n)[:, 0]
        else:
            by_q, by_n = down @ negative, down.T @ q
            if near:
                by_q -= down.sum(axis=1)[:, None] * q
                by_n -= down.sum(axis=0)[:, None] * negative
        to = up * (q - p) if near else up * q
        by_q += -to if near else up * p
        return Gradients(float(out.loss.sum(dtype=np.float64)), by_q, to, by_n)

    parts = list(each(one, range(0, len(query), _PIECE)))
    by_n = [part.negative for part in parts]
    whole = np.concatenate(by_n) if own else by_n[0]
    if not own:
        for part in by_n[1:]:
            whole += part
    return Gradients(
        sum(part.loss for part in parts),
        np.concatenate([part.query for part in parts]),
        np.concatenate([part.positive for part in parts]),
        whole,
    )


def _halves(x: Vectors) -> Vectors:
    """Return |x|^2 / 2 over the last axis."""
    squares: Vectors = np.einsum("...d,...d->...", x, x)
    return np.float32(0.5) * squares


def _lengths(x: Vectors) -> Vectors:
    """Return the lengths over the last axis, which is kept; infinity for 0, which has no cosine."""
    n = np.sqrt(np.einsum("...d,...d->...", x, x))
    return np.asarray(np.where(n > np.float32(1e-12), n, np.float32(np.inf))[..., None])

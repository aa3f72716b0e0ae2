"""The support of a constrained row: which of its numbers could move a little, and what holds them.

At the solution x of a constrained row the free coordinates F solve an ordinary system,
G_FF x_F = c_F - r_F, where r is the slope of the penalty, and the others rest on their bounds. What
is known of free vectors (their covariance, the reasons of their scores) is known of a constrained
one on its support. Called by `covariance.py` and `explain/reasons.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rowspace.factor.grammar import (
    L1,
    Box,
    Constraint,
    Free,
    GraphSmooth,
    GroupSparse,
    NonNegative,
    Simplex,
    TopK,
    UnitNorm,
)


def support(constraint: Constraint, x: NDArray[np.float32]) -> NDArray[np.bool_] | None:
    """Return which coordinates of every row are free, (n, k) bool; None where all are.

    >>> support(NonNegative(), np.array([[0.5, 0.0]], np.float32)).tolist()
    [[True, False]]
    """
    if isinstance(constraint, GraphSmooth):
        return support(constraint.within, x)
    if isinstance(constraint, Free):
        return None
    if isinstance(constraint, Box):
        return np.asarray((x > np.float32(constraint.low)) & (x < np.float32(constraint.high)))
    if isinstance(constraint, GroupSparse):
        groups = np.repeat(_groups(constraint, x).any(axis=2), constraint.size, axis=1)
        return groups[:, : x.shape[1]]
    if isinstance(constraint, NonNegative | Simplex | L1 | TopK):
        return np.asarray(x != 0)
    return None


def slope(
    constraint: Constraint, x: NDArray[np.float64], left: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the slope r of what holds one row, (k,); it has a meaning on the support only.

    Args:
        constraint: of the row.
        x: (k,) the solution.
        left: (k,) c - G x, of which r is the part that the constraint explains: one number for all
            (`Simplex`), or a multiple of x (`UnitNorm`).

    >>> slope(L1(l1=0.5), np.array([2.0, 0.0, -1.0]), np.zeros(3)).tolist()
    [0.5, 0.0, -0.5]
    """
    if isinstance(constraint, GraphSmooth):
        return slope(constraint.within, x, left)
    if isinstance(constraint, NonNegative | L1):
        return np.asarray(constraint.l1 * np.sign(x))
    if isinstance(constraint, GroupSparse):
        groups = _groups(constraint, x[None])
        lengths = np.linalg.norm(groups, axis=2, keepdims=True)
        pointing = np.divide(groups, lengths, out=np.zeros_like(groups), where=lengths > 0)
        slopes = constraint.l1 * np.sqrt(constraint.size) * pointing
        return np.asarray(slopes.ravel()[: len(x)])
    if isinstance(constraint, Simplex) and x.any():
        return np.full_like(x, left[x != 0].mean())
    if isinstance(constraint, UnitNorm) and x.any():
        return np.asarray((left @ x) / (x @ x) * x)
    return np.zeros_like(x)


def _groups(constraint: GroupSparse, x: NDArray[Any]) -> NDArray[Any]:
    """Return rows cut into their groups, (n, groups, size), the last one filled up with zeros."""
    n, k = x.shape
    padded = np.zeros((n, -(-k // constraint.size) * constraint.size), x.dtype)
    padded[:, :k] = x
    return padded.reshape(n, -1, constraint.size)

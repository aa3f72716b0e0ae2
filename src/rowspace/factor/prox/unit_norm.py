"""UnitNorm: the best row of length 1, from the secular equation.

In the eigenbasis of its Gram matrix (eigenvalues w, pull q) a row minimises 1/2 sum w y^2 - q'y
with |y| = 1. The minimum over the whole sphere is y = q / (w - w_min + s) with the one s >= 0 that
makes |y| = 1 (More, Sorensen 1983, also for the hard case, where even s = 0 leaves y too short).
Called by `factor/constrained.py`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rowspace.factor.gram import RowProblem
from rowspace.factor.prox.systems import Floats, pulls, row_by_row, value_of
from rowspace.factor.rows import SolvedRows
from rowspace.workers import run

_ROWS_PER_PIECE = 4096
_STEPS = 60
_EPS = 1e-14  # of the scale of the problem: a shift that is none
_SHORT = 1e-10  # of the squared length: more is missing in the hard case only


def solve_unit_norm(problem: RowProblem, start: NDArray[np.float32]) -> SolvedRows:
    """Return the best rows of length 1; rows that nothing pulls stay where they are."""
    if problem.cells.extra is not None:
        return row_by_row(problem, start, _improve)
    c = pulls(problem)
    values, turn = np.linalg.eigh(problem.shared)
    out = np.empty_like(start)

    def some(first: int) -> None:
        rows = slice(first, first + _ROWS_PER_PIECE)
        q = c[rows].astype(np.float64) @ turn
        y = on_sphere(problem.scale[rows, None] * values, q)
        out[rows] = _or_start(y @ turn.T, start[rows])

    run(some, list(range(0, len(start), _ROWS_PER_PIECE)))
    return SolvedRows(out, value_of(problem, c, out))


def _improve(g: Floats, c: Floats, x: Floats) -> None:
    values, turn = np.linalg.eigh(g)
    y = on_sphere(values, np.einsum("ija,ij->ia", turn, c))
    x[:] = _or_start(np.einsum("ija,ia->ij", turn, y), x)


def on_sphere(w: Floats, q: Floats) -> Floats:
    """Return the y (n, k) of length 1 that minimise 1/2 sum w y^2 - q'y; zeros where all y tie.

    Args:
        w: (n, k) float64, ascending.
        q: (n, k) float64.

    Example:
        >>> on_sphere(np.array([[1.0, 2.0]]), np.array([[0.0, 9.0]])).round(6).tolist()
        [[0.0, 1.0]]
    """
    above = w - w[:, :1]
    length = np.linalg.norm(q, axis=1)
    scale = above[:, -1] + length
    tie = scale <= 0.0
    low = np.maximum(np.abs(q[:, 0]), _EPS * np.where(tie, 1.0, scale))
    high = np.maximum(length, low)
    s = low.copy()
    for _ in range(_STEPS):
        y = q / (above + s[:, None])
        square = np.einsum("ij,ij->i", y, y)
        norm = np.sqrt(np.maximum(square, 1e-300))
        low, high = np.where(norm > 1.0, s, low), np.where(norm > 1.0, high, s)
        slope = np.einsum("ij,ij->i", y, y / (above + s[:, None]))
        # Newton's step for 1/|y| = 1, which is nearly linear in s.
        nearer = s + (norm - 1.0) * square / np.maximum(slope, 1e-300)
        inside = (nearer >= low) & (nearer <= high)
        nearer = np.where(inside, nearer, 0.5 * (low + high))
        if (np.abs(nearer - s) <= _EPS * scale).all():
            break
        s = nearer
    y = q / (above + s[:, None])
    # The hard case: what is missing goes along the lowest eigenvector, either way.
    missing = 1.0 - np.einsum("ij,ij->i", y, y)
    lowest = np.sqrt(y[:, 0] ** 2 + np.where(missing > _SHORT, missing, 0.0))
    y[:, 0] = np.copysign(lowest, y[:, 0])
    y /= np.linalg.norm(y, axis=1, keepdims=True)
    return np.asarray(np.where(tie[:, None], 0.0, y))


def _or_start(x: Floats, start: NDArray[np.floating]) -> Floats:
    """Return x, or `start` made of length 1 where x is 0."""
    length = np.linalg.norm(start.astype(np.float64), axis=1, keepdims=True)
    kept = np.divide(start, length, where=length > 0, out=np.full(x.shape, x.shape[1] ** -0.5))
    return np.where(x.any(axis=1, keepdims=True), x, kept)

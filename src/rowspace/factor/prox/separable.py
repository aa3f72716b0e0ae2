"""NonNegative, L1 and Box: bounds and a charge on absolute values, coordinate by coordinate.

All three are one formula, x_a <- clip(soft(z, l1) / h, low, high), in two kernels: for rows that
share a Gram matrix (HALS) and for rows that have their own. Called by `factor/constrained.py`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import UnsupportedError
from rowspace.factor.gram import RowProblem
from rowspace.factor.grammar import L1, Box, Constraint, NonNegative
from rowspace.factor.prox.systems import Floats, pulls, row_by_row
from rowspace.factor.rows import SolvedRows
from rowspace.workers import run

_PASSES, _WORTH = 8, 1e-3  # while the rows only need to become better
_MOST_PASSES, _STILL = 500, 1e-10  # until they stand still: steps of 1e-5 of their length
_STILL_OWN = 1e-14  # in float64
_ROWS_PER_PIECE = 2048


def separable(constraint: Constraint) -> tuple[float, float, float] | None:
    """Return l1, low and high of a constraint of this family, None for others."""
    if isinstance(constraint, NonNegative):
        return constraint.l1, 0.0, np.inf
    if isinstance(constraint, L1):
        return constraint.l1, -np.inf, np.inf
    if isinstance(constraint, Box):
        return 0.0, constraint.low, constraint.high
    return None


def solve_separable(
    problem: RowProblem, constraint: Constraint, start: NDArray[np.float32], exact: bool
) -> SolvedRows:
    """Return the rows after some passes of coordinate descent; see `solve_constrained`."""
    terms = separable(constraint)
    if terms is None:
        raise UnsupportedError(f"{constraint} is not separable; use NonNegative, L1 or Box")
    within = np.clip(start, np.float32(terms[1]), np.float32(terms[2]))
    if problem.cells.extra is None:
        return _shared(problem, terms, within, exact)
    from rowspace.factor.kernels.descent import descend

    passes = _MOST_PASSES if exact else _PASSES

    def improve(g: Floats, c: Floats, x: Floats) -> None:
        descend(g, c, *terms, passes, _STILL_OWN, x)

    return row_by_row(problem, within, improve)


def _shared(
    problem: RowProblem, terms: tuple[float, float, float], x: NDArray[np.float32], exact: bool
) -> SolvedRows:
    """Improve x in place, blocks of rows side by side."""
    from rowspace.factor.kernels.shared_descent import LANES, descend

    n = len(x)
    c, shared, scale, ridge = (
        np.ascontiguousarray(part, np.float32)
        for part in (pulls(problem), problem.shared, problem.scale, problem.ridge)
    )
    bounds = tuple(np.float32(term) for term in terms)
    when = (_MOST_PASSES, 0.0, _STILL) if exact else (_PASSES, _WORTH, _STILL)
    least = np.empty(-(-n // LANES))

    def some(first: int) -> None:
        last = min(first + _ROWS_PER_PIECE, n)
        descend(first, last, c, shared, scale, ridge, *bounds, *when, x, least)

    run(some, list(range(0, n, _ROWS_PER_PIECE)))
    return SolvedRows(x, float(least.sum()))

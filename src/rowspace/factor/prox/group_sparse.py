"""GroupSparse: block coordinate descent says which groups vanish, jumps place the others.

Descent is quick to find the groups that are 0, and slow to place the others where coordinates are
alike. For those |x_g| is replaced by the parabola (|x_g|^2 / |y_g| + |y_g|) / 2 that touches it at
the present y, which leaves one linear system per row and never raises the value (Hunter, Li 2005).
Called by `factor/constrained.py`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rowspace.factor.gram import RowProblem
from rowspace.factor.grammar import GroupSparse
from rowspace.factor.prox.systems import Floats, row_by_row
from rowspace.factor.rows import SolvedRows

_PASSES, _MOST_ROUNDS = 8, 60
_STILL = 1e-12  # the squared step of a pass or round, in units of the squared length


def solve_group_sparse(
    problem: RowProblem, constraint: GroupSparse, start: NDArray[np.float32], exact: bool
) -> SolvedRows:
    """Return the rows after some passes, or where they stand still; see `solve_constrained`."""
    from rowspace.factor.kernels.groups import descend

    size, charge = constraint.size, constraint.l1 * float(np.sqrt(constraint.size))

    def improve(g: Floats, c: Floats, x: Floats) -> None:
        descend(g, c, charge, size, _PASSES, _STILL, x)
        at = np.arange(len(x))  # the rows that still move
        for _ in range(_MOST_ROUNDS if exact else 0):
            before = x[at]
            here = jumped(g, c, charge, size, before) if charge else before.copy()
            descend(g, c, charge, size, _PASSES, _STILL, here)
            x[at] = here
            step, length = here - before, np.einsum("ia,ia->i", here, here)
            moves = np.einsum("ia,ia->i", step, step) > _STILL * length
            if not moves.any():
                break
            at, g, c = at[moves], g[moves], c[moves]

    return row_by_row(problem, start, improve)


def jumped(g: Floats, c: Floats, charge: float, size: int, x: Floats) -> Floats:
    """Return the minimum for the parabolas at x; groups that are 0 stay 0.

    Args:
        g: (b, k, k) float64, symmetric; c, x: (b, k) float64.
        charge: above 0, of |x_g|; size: of the groups, of which the last may be shorter.
    """
    k = x.shape[1]
    firsts, diagonal = np.arange(0, k, size), np.arange(k)
    length = np.sqrt(np.add.reduceat(x * x, firsts, axis=1)).repeat(size, axis=1)[:, :k]
    there = length > 0
    system = g * there[:, :, None] * there[:, None, :]
    bent = np.divide(charge, length, where=there, out=np.ones_like(x))
    system[:, diagonal, diagonal] += bent
    return np.asarray(np.linalg.solve(system, (c * there)[:, :, None])[:, :, 0], np.float64)

"""Orthogonal: the whole side at once, as the polar factor of its pull.

With X'X = I and one Gram matrix for all rows, 1/2 sum_i x_i'G x_i = 1/2 tr(G X'X) is fixed, and
what is left, -tr(C'X), is least at X = U V' for C = U S V' (Schonemann 1966). Called by
`factor/constrained.py`.
"""

from __future__ import annotations

import numpy as np

from rowspace.errors import InputError, UnsupportedError
from rowspace.factor.gram import RowProblem
from rowspace.factor.prox.systems import pulls, value_of
from rowspace.factor.rows import SolvedRows


def solve_orthogonal(problem: RowProblem) -> SolvedRows:
    """Return the best vectors (n, k) with X'X = I.

    Raises:
        InputError: the side has fewer rows than dimensions.
        UnsupportedError: the cells weigh differently.
    """
    c = pulls(problem).astype(np.float64)
    refuse_short(*c.shape)
    if problem.cells.extra is not None or np.ptp(problem.scale) or np.ptp(problem.ridge):
        raise UnsupportedError(
            "Orthogonal() needs cells that all weigh the same; "
            "set confidence=Constant(0), unobserved=Uniform(1)"
        )
    u, _, vt = np.linalg.svd(c, full_matrices=False)
    x = (u @ vt).astype(np.float32)
    return SolvedRows(x, value_of(problem, c, x))


def refuse_short(n: int, dim: int) -> None:
    """Refuse a side of n rows whose `dim` columns cannot be orthonormal."""
    if n < dim:
        raise InputError(
            f"a side of {n} rows cannot have {dim} orthonormal columns; set dim to {n} or less"
        )

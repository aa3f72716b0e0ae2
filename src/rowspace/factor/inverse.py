"""The solver `Inverse`: every column regressed on all others, through one dense inverse in place.

Chosen by `solvers.py` beside `History` rows. The matrix X'X + l2 I becomes its Cholesky factor,
then its inverse, then the vectors, in one array of 4 m^2 bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import InputError
from rowspace.factor.factors import Factors
from rowspace.factor.gram import constraint_of
from rowspace.factor.grammar import Factorization, Free
from rowspace.factor.histories import found, gram, histories, relative_l2
from rowspace.progress import stage
from rowspace.threads import all_threads

if TYPE_CHECKING:
    from rowspace.observe.observations import Observations

_BLOCK = 1024


def solve(factorization: Factorization, obs: Observations, seed: int = 0) -> Factors:
    """Return the histories and v_ji = -P_ij / P_jj with P = (X'X + l2 I)^-1, v_jj = 0.

    Args:
        factorization: with `History` rows and `Lookup(Free(l2))` columns.
        obs: sparse or dense.
        seed: not used; nothing is random.

    Raises:
        InputError: the matrix is not positive definite in float32, as without enough `l2`.
    """
    constraint = constraint_of(factorization, "cols")
    assert isinstance(constraint, Free)
    l2 = relative_l2(factorization, obs, constraint.l2)
    rows = histories(factorization, obs)
    with stage("invert", total=3) as step, all_threads():
        p = gram(rows).toarray()
        step()
        _invert(p, l2)
        step()
        _divide(p)
        step()
    return found(rows, p)


def _invert(p: NDArray[np.float32], l2: float) -> None:
    """Overwrite a symmetric matrix by the inverse of itself plus l2 I; lower triangle only."""
    from scipy.linalg.lapack import spotrf, spotri

    p[np.diag_indices(len(p))] += np.float32(l2)
    for routine, in_place in ((spotrf, {"overwrite_a": 1}), (spotri, {"overwrite_c": 1})):
        _, failed = routine(p.T, lower=0, **in_place)
        if failed:
            raise InputError(
                f"the matrix of {len(p)} columns has no inverse in float32 with l2={l2:g}; raise l2"
            )


def _divide(p: NDArray[np.float32]) -> None:
    """Make the vectors out of the lower triangle of the inverse, a block of rows at a time."""
    diagonal = p.diagonal().copy()
    for top in range(0, len(p), _BLOCK):
        rows = slice(top, top + _BLOCK)
        corner = p[rows, rows]
        corner[:] = np.tril(corner) + np.tril(corner, -1).T
        p[rows, top + len(corner) :] = p[top + len(corner) :, rows].T
    p /= -diagonal[:, None]
    p[np.diag_indices(len(p))] = 0

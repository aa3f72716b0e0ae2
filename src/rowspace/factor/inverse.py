"""The solver `Inverse`: every column regressed on all others, through one dense inverse in place.

Chosen by `solvers.py` beside `History` rows. The matrix X'X + l2 I becomes its inverse, then the
vectors, in one array of 4 m^2 bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import InputError
from rowspace.factor.factors import Factors
from rowspace.factor.gram import constraint_of
from rowspace.factor.grammar import Factorization, Free
from rowspace.factor.histories import found, gram, histories, relative_l2
from rowspace.linalg.kernels import blocked
from rowspace.progress import stage
from rowspace.threads import kernel_threads
from rowspace.workers import run

if TYPE_CHECKING:
    from rowspace.observe.observations import Observations

_BLOCK = 512


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
    with stage("invert", total=3) as step, kernel_threads():
        p = gram(rows).toarray()
        step()
        _invert(p, l2)
        step()
        _divide(p)
        step()
    return found(rows, p)


def _invert(p: NDArray[np.float32], l2: float) -> None:
    """Overwrite the lower triangle of a symmetric matrix by that of -(p + l2 I)^-1.

    Sweeps one block of columns after the other (Goodnight 1979): with D = P_kk^-1,
    P_ij <- P_ij - P_ik D P_kj, P_ik <- P_ik D, P_kk <- -D, which keeps the matrix symmetric, so
    that half of it is enough. (LAPACK's inverse fails on matrices of some 2^31 numbers.)
    """
    n = len(p)
    p[np.diag_indices(n)] += np.float32(l2)
    tops = range(0, n, _BLOCK)
    for k in tops:
        own = slice(k, min(k + _BLOCK, n))
        corner = np.tril(p[own, own]).astype(np.float64)
        corner += np.tril(corner, -1).T
        d = _inverse(corner, n, l2).astype(np.float32)
        panel = np.concatenate((p[own, :k].T, p[k:, own]))
        panel[own] = 0  # the block itself is not changed by the update
        turned = blocked.product(panel, d)

        def one(top: int, panel: NDArray[np.float32] = panel, turned: Any = turned) -> None:
            rows = slice(top, min(top + _BLOCK, n))
            p[rows, : rows.stop] -= turned[rows] @ panel[: rows.stop].T

        run(one, tops)
        p[own, :k] = turned[:k].T
        p[own.stop :, own] = turned[own.stop :]
        p[own, own] = -d


def _inverse(corner: NDArray[np.float64], n: int, l2: float) -> NDArray[np.float64]:
    """Return the inverse of a block, which is positive definite where the whole matrix is."""
    try:
        np.linalg.cholesky(corner)
        return np.asarray(np.linalg.inv(corner))
    except np.linalg.LinAlgError:
        raise InputError(
            f"the matrix of {n} columns has no inverse in float32 with l2={l2:g}; raise l2"
        ) from None


def _divide(p: NDArray[np.float32]) -> None:
    """Make the vectors out of the lower triangle of minus the inverse, a block at a time."""
    diagonal = -p.diagonal()
    for top in range(0, len(p), _BLOCK):
        rows = slice(top, top + _BLOCK)
        corner = p[rows, rows]
        corner[:] = np.tril(corner) + np.tril(corner, -1).T
        p[rows, top + len(corner) :] = p[top + len(corner) :, rows].T
    p /= diagonal[:, None]
    p[np.diag_indices(len(p))] = 0

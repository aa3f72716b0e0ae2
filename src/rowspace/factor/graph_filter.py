"""The solver `GraphFilter`: a linear filter and an ideal low-pass one on the graph of columns.

Chosen by `solvers.py` beside `History` rows. The filter is dense; it is made some columns at a
time, so that only its largest numbers need be kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rowspace.factor.factors import Factors
from rowspace.factor.grammar import Factorization, GraphFilter
from rowspace.factor.histories import found, gram, histories
from rowspace.linalg.krylov import truncated_svd
from rowspace.linalg.products import Products
from rowspace.progress import stage
from rowspace.threads import kernel_threads
from rowspace.workers import each

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from rowspace.observe.observations import Observations

_HEIGHT = 256
_TOLERANCE = 1e-2


def solve(factorization: Factorization, obs: Observations, seed: int = 0) -> Factors:
    """Return the histories, and the filter's largest numbers as vectors of the columns.

    Args:
        factorization: with `History` rows.
        obs: sparse or dense.
        seed: of the singular vectors.
    """
    from scipy.sparse import vstack

    solver = factorization.solver
    assert isinstance(solver, GraphFilter)
    rows = histories(factorization, obs)
    normal, of_cols = _normalized(rows)
    with stage("passes") as step, kernel_threads():
        svd = truncated_svd(
            Products.of(normal),
            solver.rank,
            _TOLERANCE,
            seed,
            on_pass=lambda residual: step(note=f"residual {residual:.1e}"),
        )
    linear = gram(normal)
    own = (svd.right * (solver.weight * of_cols[:, None])).astype(np.float32)
    there = np.where(of_cols > 0, 1 / np.where(of_cols > 0, of_cols, 1), 0)
    other = np.ascontiguousarray((svd.right * there[:, None]).T, np.float32)
    m = len(own)

    whole = np.empty((m, m), np.float32) if solver.neighbours is None else None

    def some(first: int) -> Any:
        part = slice(first, min(first + _HEIGHT, m))
        dense = np.matmul(own[part], other, out=None if whole is None else whole[part])
        dense += linear[part].toarray()
        return dense if solver.neighbours is None else _largest(dense, solver.neighbours)

    with stage("columns", total=m) as step, kernel_threads():
        parts = []
        for part in each(some, range(0, m, _HEIGHT)):
            parts.append(part)
            step(part.shape[0])
    cols: Any = vstack(parts, format="csr") if whole is None else whole
    return found(rows, cols, residual=svd.residual, converged=svd.converged, passes=svd.passes)


def _normalized(rows: csr_array) -> tuple[csr_array, NDArray[np.float64]]:
    """Return D_u^-1/2 X D_j^-1/2, and the roots of the sums of the columns, (m,)."""
    of_rows, of_cols = (
        np.sqrt(np.maximum(np.asarray(rows.sum(axis=axis), np.float64).ravel(), 0))
        for axis in (1, 0)
    )
    normal = rows.copy()
    by = np.where(of_rows > 0, of_rows, 1)
    normal.data = normal.data / np.repeat(by, np.diff(rows.indptr))
    normal.data = (normal.data / np.where(of_cols > 0, of_cols, 1)[rows.indices]).astype(np.float32)
    return normal, of_cols


def _largest(dense: NDArray[np.float32], k: int) -> csr_array:
    """Return the k largest numbers above 0 of every row, of equal ones the first."""
    from scipy.sparse import csr_array

    if k < dense.shape[1]:
        worst = -np.partition(-dense, k - 1, axis=1)[:, k - 1 : k]
        keep = dense > np.maximum(worst, 0)
        ties = (dense == worst) & (worst > 0)
        keep |= ties & (np.cumsum(ties, axis=1) <= k - keep.sum(axis=1, keepdims=True))
    else:
        keep = dense > 0
    return csr_array(np.where(keep, dense, 0))

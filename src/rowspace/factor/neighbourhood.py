"""The solver `Neighbourhood`: every column regressed on those most like it.

Chosen by `solvers.py` beside `History` rows. In goes X'X, sparse; for each column a few others are
chosen, their small Gram matrix is gathered and the row problem solved exactly: by a linear solve
where the constraint is `Free`, by the coordinate descent of the alternating engine where it is
`NonNegative`, `L1` or `Box`. Columns that are exact on a given pattern are what a factorized sparse
approximate inverse has (Kolotilina, Yeremin 1993).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rowspace.factor.factors import Factors
from rowspace.factor.gram import constraint_of
from rowspace.factor.grammar import Factorization, Free, Neighbourhood
from rowspace.factor.histories import found, gram, histories, relative_l2
from rowspace.linalg.csr import Csr
from rowspace.progress import stage
from rowspace.threads import kernel_threads
from rowspace.workers import each

if TYPE_CHECKING:
    from rowspace.observe.observations import Observations

_NUMBERS_PER_BATCH = 1 << 20  # of the gathered Gram matrices: 8 MB a batch


def solve(factorization: Factorization, obs: Observations, seed: int = 0) -> Factors:
    """Return the histories, and sparse vectors of the columns.

    Args:
        factorization: with `History` rows; columns `Lookup` of `Free`, `NonNegative`, `L1` or
            `Box`.
        obs: sparse or dense.
        seed: not used; nothing is random.
    """
    from scipy.sparse import csr_array

    solver = factorization.solver
    assert isinstance(solver, Neighbourhood)
    rows = histories(factorization, obs)
    together = gram(rows)
    g, diagonal = Csr.of(together), together.diagonal().astype(np.float64)
    m = g.shape[0]
    k = max(1, min(solver.neighbours, m - 1))
    terms = _terms(factorization, obs)
    height = max(1, min(64, _NUMBERS_PER_BATCH // (k * k)))
    indptr, indices, data = [np.zeros(1, np.int64)], [], []
    with stage("columns", total=m) as step, kernel_threads():
        batches = range(0, m, height)
        done = each(
            lambda first: _batch(g, diagonal, first, min(first + height, m), k, terms, solver),
            batches,
        )
        for lengths, at, x in done:
            indptr.append(lengths)
            indices.append(at)
            data.append(x)
            step(len(lengths))
    ends = np.cumsum(np.concatenate(indptr))
    parts = (np.concatenate([*data, np.zeros(0, np.float32)]), np.concatenate([*indices, []]))
    cols = csr_array((parts[0], parts[1].astype(np.int32), ends), shape=(m, m))
    return found(rows, cols)


def _terms(factorization: Factorization, obs: Observations) -> tuple[float, float, float, float]:
    """Return l2, l1 and the bounds, beside cells of weight 1."""
    from rowspace.factor.prox.separable import separable

    constraint: Any = constraint_of(factorization, "cols")
    l1, low, high = 0.0, -np.inf, np.inf
    if not isinstance(constraint, Free):
        known = separable(constraint)
        assert known is not None
        l1, low, high = known
    return (
        relative_l2(factorization, obs, constraint.l2),
        relative_l2(factorization, obs, l1),
        low,
        high,
    )


def _batch(
    g: Csr,
    diagonal: NDArray[np.float64],
    first: int,
    last: int,
    k: int,
    terms: tuple[float, float, float, float],
    solver: Neighbourhood,
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]:
    """Return for the columns first .. last - 1 their numbers of entries, the entries and values."""
    from rowspace.factor.kernels.descent import descend
    from rowspace.factor.kernels.neighbours import gather

    l2, l1, low, high = terms
    b = last - first
    chosen = np.zeros((b, k), np.int32)
    counts = np.zeros(b, np.int64)
    inside, pull = np.zeros((b, k, k)), np.zeros((b, k))
    gather(g.indptr, g.indices, g.data, diagonal, first, l2, chosen, counts, inside, pull)
    at = np.arange(k)
    inside[:, at, at] += l2
    # Places without a neighbour get an equation of their own, 1 x = 0.
    empty = at >= counts[:, None]
    inside[:, at, at] = np.where(empty, 1.0, inside[:, at, at])
    if l1 == 0 and np.isinf(low) and np.isinf(high):
        x = _solved(inside, pull)
    else:
        x = np.zeros((b, k))
        descend(inside, pull, l1, low, high, solver.passes, solver.tolerance, x)
    kept = (x != 0) & ~empty
    return kept.sum(axis=1), chosen[kept], x[kept].astype(np.float32)


def _solved(inside: NDArray[np.float64], pull: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the solutions of symmetric systems; the shortest ones of those that are singular."""
    try:
        return np.asarray(np.linalg.solve(inside, pull[..., None])[..., 0])
    except np.linalg.LinAlgError:
        return np.asarray(np.einsum("bij,bj->bi", np.linalg.pinv(inside, hermitian=True), pull))

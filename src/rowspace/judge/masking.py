"""Masking: matrices of which cells are hidden, so that they can be foretold.

A hidden cell of sparse data is one more that was not observed. Of dense data (and of sparse data
whose zeros are values, `with_zeros`) every cell was observed, so a hidden one is missing: the rest
is stated as sparse cells with weights and nothing is said of the others. Called by `tune` and by
`rank`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from rowspace.errors import UnsupportedError
from rowspace.factor.grammar import Alternating, Factorization, Given, Ignore, Sketch, Spectral
from rowspace.factor.policies import background_of
from rowspace.factor.spectral import cell_weight
from rowspace.factor.statement import state
from rowspace.linalg.csr import Csr
from rowspace.observe.observations import Observations

_MOST_CELLS = 1 << 20
_SWEEPS = Alternating(sweeps=30, tolerance=1e-5)


def with_cells_to_hide(obs: Observations) -> Observations:
    """Return observations whose cells can be divided: a dense matrix with every cell stored.

    Raises:
        UnsupportedError: they are an operator, which has no cells to hide.

    Example:
        >>> obs = Observations.from_matrix(np.zeros((2, 3)), rows="a", cols="b")
        >>> with_cells_to_hide(obs)
        Observations(a 2 x b 3, sparse, 6 observed)
    """
    if obs.is_sparse:
        return obs
    if not obs.is_dense:
        raise UnsupportedError(
            f"{obs!r} has no cells that could be hidden; give the matrix sparse or dense"
        )
    from scipy.sparse import csr_array

    full = Csr.full(obs.cells)
    cells = csr_array((full.data, full.indices, full.indptr), shape=full.shape)
    weights = None if obs.weights is None else obs.weights.ravel()
    return replace(obs, cells=cells, weights=weights)


def with_zeros(obs: Observations, stated: Sequence[Factorization], metric: str) -> Observations:
    """Return sparse observations dense, where zeros are values like all others and can be hidden.

    That is where an error judges and every one of the factorizations weighs all cells alike, as
    `svd` and `nmf` do; up to a million cells, since every one of them is then visited.

    Args:
        obs: any.
        stated: the problems, whose matrix `obs` is.
        metric: what judges, for example "rmse".
    """
    small = obs.shape[0] * obs.shape[1] <= _MOST_CELLS
    if obs.is_sparse and metric in ("rmse", "loss") and small:
        alike = all(cell_weight(f, obs) is not None and not f.matrix for f in stated)
        return obs.with_cells(obs.cells.toarray()) if alike else obs
    return obs


def masked(factorization: Factorization, train: Observations) -> tuple[Factorization, Observations]:
    """Return the problem of a dense matrix of which only some cells are there.

    Args:
        factorization: as `settled` for the dense matrix.
        train: the cells that are not hidden, sparse.

    Returns:
        A factorization in which the hidden cells are missing, and the cells with the weights that
        they had. What a row is charged by its frequency counts the cells that are there.
    """
    f = factorization
    n, m = train.shape
    everywhere = background_of(f.unobserved, np.full(m, float(n)), np.full(n, float(m)))
    stated = state(f, Csr.of(train.cells), train.weights, everywhere)
    weights = np.asarray(stated.background + stated.confidence, np.float32)
    solver = _SWEEPS if isinstance(f.solver, Spectral | Sketch) else f.solver
    missing = replace(f, unobserved=Ignore(), confidence=Given(), solver=solver)
    return missing, replace(train, weights=np.broadcast_to(weights, train.cells.nnz))

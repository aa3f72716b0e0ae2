"""Histories: what the solvers of linear item-to-item models share.

Beside `History` rows a factorization is X ~ X V' with an m x m matrix V of which no row speaks for
itself. `inverse.py`, `neighbourhood.py` and `graph_filter.py` find V; here is what they start from
and what they return.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rowspace.factor.factors import Factors
from rowspace.factor.grammar import Factorization, History, One
from rowspace.factor.spectral import cell_weight

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from rowspace.observe.observations import Observations


def with_dim(factorization: Factorization, obs: Observations) -> Factorization:
    """Return the factorization with one dimension per column, where rows are histories."""
    from dataclasses import replace

    if not isinstance(factorization.rows, History):
        return factorization
    return replace(factorization, dim=max(len(obs.cols), 1))


def histories(factorization: Factorization, obs: Observations) -> csr_array:
    """Return what the rows are: the observed cells, 1 each where that is the target."""
    from scipy.sparse import csr_array

    cells: Any = csr_array(obs.cells) if obs.is_dense else obs.cells
    if isinstance(factorization.target, One):
        return csr_array((np.ones_like(cells.data), cells.indices, cells.indptr), shape=cells.shape)
    return cells


def gram(rows: csr_array) -> csr_array:
    """Return X'X with sorted columns, m x m float32."""
    product = (rows.T.tocsr() @ rows).tocsr()
    product.sort_indices()
    return product


def relative_l2(factorization: Factorization, obs: Observations, l2: float) -> float:
    """Return the charge beside cells of weight 1."""
    weight = cell_weight(factorization, obs)
    assert weight is not None
    return l2 / weight


def history(
    factorization: Factorization, positions: NDArray[np.int64], values: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return the vector of a new row, (dim,) float32: what was observed of it.

    Args:
        factorization: with `History` rows.
        positions, values: of its observed cells, after the steps of `factorization.matrix`.
    """
    vector = np.zeros(factorization.dim, np.float32)
    vector[positions] = 1.0 if isinstance(factorization.target, One) else values
    return vector


def found(rows: csr_array, cols: Any, **facts: Any) -> Factors:
    """Return both sides; the vectors of the columns are sparse or dense as they came."""
    density = 1.0 if isinstance(cols, np.ndarray) else cols.nnz / max(cols.shape[0] ** 2, 1)
    return Factors(rows, cols, facts={**facts, "density": density})

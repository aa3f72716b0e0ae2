"""Propagation: matrices that say where some steps along the edges of a graph lead.

`Propagate` turns an adjacency into a polynomial of its transition matrix, which is never formed:
the matrix of FastRP, random-walk similarities in general. `Smooth` averages what is known about the
nodes over their neighbourhoods (SGC). Steps of `Factorization.matrix`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import InputError, UnsupportedError
from rowspace.observe.observations import Observations
from rowspace.observe.steps import NewRow, SideOf, State, StepBase

if TYPE_CHECKING:
    from rowspace.linalg.csr import Csr

_Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Propagate(StepBase):
    """A weighted sum of the powers of a graph's transition matrix: sum_k w_k P^k L.

    P = D^-1 A divides each row of the adjacency A by its sum (rows without edges stay zero), and
    L = diag((d_j / total)^normalization) scales each column by its share of all edge weights, d_j
    being the column's sum. That is the similarity of FastRP (Chen et al. 2019, "Fast and accurate
    network embeddings via very sparse random projection", equations 4 to 8, where the total is
    written 2m). It is never formed. Weighted, directed (P follows the edges, d_j is the in-degree)
    and with self loops alike.

    A matrix whose rows and columns are different things (users and items) is a bipartite graph:
    steps go to and fro, P = D_r^-1 A and back D_c^-1 A', and only odd numbers of steps lead from a
    row to a column.

    A new row takes its first step along its own edges and all others on the graph of training; a
    new column likewise, backwards. Both are exact for what was there at training.

    Attributes:
        weights: w_0, w_1, ...: of 0 steps (the node itself), 1 step (its neighbours), 2, ...
        normalization: exponent; below 0 it lowers the columns of nodes with many edges.

    Example:
        >>> a = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]])
        >>> obs = Observations.from_matrix(a, rows="node", cols="neighbor")
        >>> twice, _ = Propagate(weights=(0, 0, 1), normalization=0).apply(obs)
        >>> (twice.cells @ np.eye(3)).tolist()
        [[0.5, 0.0, 0.5], [0.0, 1.0, 0.0], [0.5, 0.0, 0.5]]
    """

    weights: tuple[float, ...] = (0.0, 0.0, 0.0, 1.0, 1.0)
    normalization: float = -0.9

    def __post_init__(self) -> None:
        weights = tuple(float(w) for w in self.weights)
        object.__setattr__(self, "weights", weights)
        if not all(np.isfinite(weights)) or not any(weights):
            raise InputError(
                f"Propagate.weights is {weights}, but finite numbers, one of them not 0, were "
                "expected: the weights of 0, 1, 2, ... steps"
            )
        if not np.isfinite(self.normalization):
            raise InputError(
                f"Propagate.normalization is {self.normalization}, but a finite number was expected"
            )

    def apply(self, obs: Observations) -> tuple[Observations, State]:
        """Return the polynomial as an operator.

        The state holds the graph (`indptr`, `indices`, `data`), with its row and column sums
        (`row_sums`, `col_sums`, float64).

        Raises:
            UnsupportedError: the matrix is an operator.
            InputError: a value is negative, or an even number of steps has a weight where rows and
                columns are different things.
        """
        from rowspace.linalg.csr import Csr
        from rowspace.linalg.polynomial import PolynomialOperator

        if not (obs.is_sparse or obs.is_dense):
            raise UnsupportedError(
                "Propagate divides the rows of an adjacency by their sums, but the cells of a "
                "linear operator are never formed; give it a sparse or dense matrix"
            )
        obs.refuse_negative("Propagate")
        bipartite = obs.shape[0] != obs.shape[1] or obs.rows.ids != obs.cols.ids
        if bipartite and any(self.weights[::2]):
            raise InputError(
                f"weights={self.weights} gives a weight to an even number of steps, but those lead "
                f"from a {obs.rows.name} to another {obs.rows.name} and never to a "
                f"{obs.cols.name}; set them to 0, for example weights=(0, 1, 0, 1)"
            )
        graph = Csr.of(obs.cells) if obs.is_sparse else Csr.full(obs.cells)
        graph_sums = [
            np.bincount(at, graph.data, size).astype(np.float64)
            for at, size in zip((graph.row_of, graph.indices), graph.shape)
        ]
        state: State = {
            "indptr": graph.indptr,
            "indices": graph.indices,
            "data": graph.data,
            "row_sums": graph_sums[0],
            "col_sums": graph_sums[1],
            "bipartite": np.array([bipartite]),
        }
        forth, back, scale = self._parts(state)
        return obs.with_cells(PolynomialOperator(forth, self.weights, scale, back)), state

    def new_row(
        self,
        state: State,
        side: SideOf,
        positions: NDArray[np.int64],
        values: NDArray[np.float32],
    ) -> NewRow:
        """Return where the steps of one new row lead, or from where they lead to a new column.

        Raises:
            InputError: a value is negative.
            UnsupportedError: w_0 is not 0, and a new node is not among the columns.
        """
        if len(values) and values.min() < 0:
            raise InputError(
                f"Propagate needs values of at least 0, but {values.min():g} is among the new ones"
            )
        if self.weights[0]:
            raise UnsupportedError(
                "a new node has no column of its own, on which it would stand after 0 steps; fit "
                "again with it, or with a first weight of 0"
            )

        forth, back, scale = self._parts(state)
        n, m = forth.shape
        x = np.zeros(m if side == "rows" else n)
        x[positions] = values
        own = x.sum()
        later = self.weights[1:]  # after the first step
        if side == "rows":
            first = x / own if own > 0 else x
            there: Any = forth.T if back is None else back.T
            again = None if back is None else forth.T
            walked = scale * _walked(first, later, there, again)
        else:
            first = _inverse(state["row_sums"]) * x
            there = forth if back is None else back
            again = None if back is None else forth
            share = own / max(state["col_sums"].sum(), np.finfo(float).tiny)
            walked = _walked(first, later, there, again) * _power(share, self.normalization)
        at = np.flatnonzero(walked)
        return at.astype(np.int64), walked[at].astype(np.float32)

    def _parts(self, state: State) -> tuple[Csr, Csr | None, _Floats]:
        """Return P, the way back where there is one, and the diagonal of L."""
        from rowspace.linalg.csr import Csr

        rows, cols = state["row_sums"], state["col_sums"]
        graph = Csr(state["indptr"], state["indices"], state["data"], (len(rows), len(cols)))
        forth = graph.with_data((graph.data * _inverse(rows)[graph.row_of]).astype(np.float32))
        back = None
        if state["bipartite"][0]:
            turned = graph.T
            back = turned.with_data(
                (turned.data * _inverse(cols)[turned.row_of]).astype(np.float32)
            )
        total = max(cols.sum(), np.finfo(float).tiny)
        return forth, back, _power(cols / total, self.normalization)


def _walked(start: _Floats, weights: tuple[float, ...], there: Csr, again: Csr | None) -> _Floats:
    """Return sum_k w_k S^k start for steps that alternate between two matrices (or are one)."""
    out, here = np.zeros(0), start
    for k, weight in enumerate(weights):
        if k:
            matrix = there if again is None or k % 2 else again
            here = matrix.times(here[:, None])[:, 0]
        if again is None or k % 2 == 0:
            out = weight * here if k == 0 else out + weight * here
    return out


def _inverse(sums: _Floats) -> _Floats:
    return np.divide(1.0, sums, out=np.zeros_like(sums), where=sums > 0)


def _power(shares: Any, exponent: float) -> Any:
    """Return shares^exponent, 0 for a share of 0 (a node without edges)."""
    present = np.asarray(shares) > 0
    return np.where(present, np.where(present, shares, 1.0) ** exponent, 0.0)

"""Graphs as matrix steps see them, and the degree-normalised adjacency.

A graph is `Observations` whose two sides have the same ids, as `rowspace.read(..., format="edges")`
makes them: undirected if the matrix is symmetric, else directed (rows link to columns). Sides
with different ids (users and items) are the two halves of a bipartite graph. `graph_of` says which
it is and measures it once; the steps of `proximity.py`, `walks.py`, `cores.py` and `graphlets.py`
begin with it. `Normalized` is the simplest of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import InputError, UnsupportedError
from rowspace.observe.observations import Observations
from rowspace.observe.steps import NewRow, SideOf, State, StepBase

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = ["Graph", "Normalized", "graph_of"]

Kind = Literal["undirected", "directed", "bipartite"]


@dataclass(frozen=True, eq=False)
class Graph:
    """A weighted graph.

    Attributes:
        cells: (n, m) float32 CSR of weights above zero; a self loop is counted once.
        kind: "undirected" and "directed" ones are square, node i of the rows being node i of the
            columns; of "bipartite" ones every link joins a row and a column.
        row_degrees, col_degrees: (n,) and (m,) float64, sums of weights (out- and in-degrees).
    """

    cells: csr_array
    kind: Kind
    row_degrees: NDArray[np.float64]
    col_degrees: NDArray[np.float64]

    @property
    def volume(self) -> float:
        """The sum of all cells."""
        return float(self.row_degrees.sum())

    def whole(self) -> csr_array:
        """The square adjacency: of a bipartite graph [[0, B], [B', 0]], else the cells."""
        if self.kind != "bipartite":
            return self.cells
        from scipy.sparse import block_array

        return block_array([[None, self.cells], [self.cells.T, None]], format="csr")

    def part(self, square: Any) -> Any:
        """The rows x columns of this graph within a matrix about the nodes of `whole`."""
        return square if self.kind != "bipartite" else square[: self.cells.shape[0]][
            :, self.cells.shape[0] :
        ]  # fmt: skip


def graph_of(obs: Observations, purpose: str, kinds: tuple[Kind, ...] = ()) -> Graph:
    """Return observations as a graph.

    Args:
        obs: sparse or dense; stored zeros are no links.
        purpose: who asks, for messages.
        kinds: those that it can do; all of them where empty.

    Raises:
        UnsupportedError: the matrix is an operator, or a graph of another kind.
        InputError: a weight is negative.
    """
    from scipy.sparse import csr_array

    if not (obs.is_sparse or obs.is_dense):
        raise UnsupportedError(
            f"{purpose} reads the links of a graph, but the cells of a linear operator are never "
            "formed; give it a sparse or dense matrix"
        )
    obs.refuse_negative(purpose)
    cells = csr_array(obs.cells, dtype=np.float32)
    if not cells.data.all():
        cells = cells.copy()
        cells.eliminate_zeros()
    kind: Kind = "bipartite"
    if obs.rows.ids == obs.cols.ids:
        kind = "undirected" if _symmetric(cells) else "directed"
    if kinds and kind not in kinds:
        raise UnsupportedError(f"{purpose} is for {' or '.join(kinds)} graphs; {_WAYS_OUT[kind]}")
    rows, cols = (cells.sum(axis=axis, dtype=np.float64) for axis in (1, 0))
    return Graph(cells, kind, np.asarray(rows), np.asarray(cols))


_WAYS_OUT = {
    "directed": "this one is directed; read its links without their direction "
    "(directed=False), or use spectral or line",
    "bipartite": "this one joins two different sides; use spectral, line or netmf",
    "undirected": "this one is undirected",
}


def powered(degrees: NDArray[np.float64], exponent: float) -> NDArray[np.float64]:
    """Return degrees^-exponent, and 0 for nodes without links.

    >>> powered(np.array([4.0, 0.0]), 0.5).tolist()
    [0.5, 0.0]
    """
    return np.where(degrees > 0, np.where(degrees > 0, degrees, 1.0) ** -exponent, 0.0)


def scaled(cells: csr_array, left: NDArray[np.float64], right: NDArray[np.float64]) -> csr_array:
    """Return diag(left) cells diag(right) in float32, each stored cell rounded once."""
    from scipy.sparse import csr_array

    data = cells.data * np.repeat(left, np.diff(cells.indptr)) * right[cells.indices]
    return csr_array(
        (data.astype(np.float32), cells.indices, cells.indptr), shape=cells.shape, copy=False
    )


def _symmetric(cells: csr_array) -> bool:
    flipped = cells.T.tocsr()
    return all(
        np.array_equal(getattr(cells, name), getattr(flipped, name))
        for name in ("indptr", "indices", "data")
    )


@dataclass(frozen=True)
class Normalized(StepBase):
    """Divide every cell by powers of both degrees: a_ij / (r_i^rows c_j^cols).

    r_i and c_j are the sums of row i and column j: the degrees of an undirected graph, the out- and
    in-degrees of a directed one, the activities of users and the popularities of items of a
    bipartite one. With 1/2 and 1/2 it is D^-1/2 A D^-1/2, whose leading eigenvectors are those of
    the normalised Laplacian I - D^-1/2 A D^-1/2 with the smallest eigenvalues (Chung 1997,
    "Spectral graph theory"); with 1 and 0 the transition matrix of a random walk.

    A new row brings its own sum and takes the column sums of training (and the other way round):
    exact for what was there at training.

    Attributes:
        rows, cols: exponents of the row and the column sums, at least 0.

    Example:
        >>> obs = Observations.from_matrix(np.array([[0, 4], [4, 0]]), rows="node", cols="neighbor")
        >>> Normalized().apply(obs)[0].cells.tolist()
        [[0.0, 1.0], [1.0, 0.0]]
    """

    rows: float = 0.5
    cols: float = 0.5

    def __post_init__(self) -> None:
        for name in ("rows", "cols"):
            if not 0 <= getattr(self, name) < np.inf:
                raise InputError(
                    f"Normalized.{name} is {getattr(self, name)}, but an exponent of at least 0 "
                    "was expected"
                )

    def apply(self, obs: Observations) -> tuple[Observations, State]:
        """Return the normalised matrix, sparse or dense as it came.

        The state holds `row_sums` (n,) and `col_sums` (m,), float64.

        Raises:
            UnsupportedError: the matrix is an operator.
            InputError: a value is negative.
        """
        graph = graph_of(obs, "Normalized")
        left, right = powered(graph.row_degrees, self.rows), powered(graph.col_degrees, self.cols)
        cells = scaled(graph.cells, left, right)
        state = {"row_sums": graph.row_degrees, "col_sums": graph.col_degrees}
        return obs.with_cells(cells.toarray() if obs.is_dense else cells), state

    def new_row(
        self,
        state: State,
        side: SideOf,
        positions: NDArray[np.int64],
        values: NDArray[np.float32],
    ) -> NewRow:
        """Normalise one new row or column by its own sum and the sums of training."""
        own = np.array([own_degree(values, "Normalized")])
        if side == "rows":
            scale = powered(own, self.rows) * powered(state["col_sums"][positions], self.cols)
        else:
            scale = powered(own, self.cols) * powered(state["row_sums"][positions], self.rows)
        return positions, (values * scale).astype(np.float32)


def own_degree(values: NDArray[np.float32], purpose: str) -> float:
    """Return the sum of a new row's links, none of which may be negative."""
    if len(values) and values.min() < 0:
        raise InputError(
            f"{purpose} needs values of at least 0, but {values.min():g} is among the new values"
        )
    return float(values.sum(dtype=np.float64))

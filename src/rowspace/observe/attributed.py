"""Attributed graphs: what is known about the nodes, seen from each node along its walks.

A matrix node x feature and a graph of the nodes become the mutual information between a node and
the features that it meets after some steps (`WalkPMI`: AE and MUSAE), or one graph whose nodes are
the nodes and the features (`attribute_graph`, and the step `AttributeGraph`: SGR). Steps of
`Factorization.matrix` that are given the graph by `graphs={"node": ...}` of `fit`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import InputError, UnsupportedError
from rowspace.observe.observations import Mode, Observations
from rowspace.observe.steps import NewRow, SideOf, State, StepBase

if TYPE_CHECKING:
    from scipy.sparse import csr_array

_Floats = NDArray[np.float64]


@dataclass(frozen=True)
class WalkPMI(StepBase):
    """Positive mutual information of a node and the features that its walks meet.

    With the features F, the adjacency A of the graph, its row sums d, D = diag(d) and P = D^-1 A,
    the matrix of r steps is

        max(0, log( c (P^r F)_ij / e_j ) - log(shift)),  e = F' (P')^r d,  c = sum_j e_j,

    which sampled walks with skip-gram factor implicitly (Rozemberczki, Allen, Sarkar 2021,
    "Multi-scale attributed node embedding", J. Complex Networks 9, theorems 1 and 2, with `shift`
    their number b of negatives). On an undirected graph (P')^r d = d for every r. Nodes without
    edges have zeros for r above 0; so have features that no walk meets.

    Not pooled (MUSAE) there is a block of columns for each r, ids "r:feature", the number r in the
    column "block" of their table. Pooled (AE) the means over all r of P^r F and of e stand for
    them, and the columns stay as they are.

    Attributes:
        steps: the numbers r, each at least 0; 0 is what is known about the node itself.
        pooled: one matrix for all of them.
        shift: above 0.

    Example:
        >>> from scipy.sparse import csr_array
        >>> features = Observations.from_matrix(
        ...     csr_array([[1, 0], [0, 0], [0, 1]]), rows="node", cols="word", col_ids=["a", "b"])
        >>> path = csr_array([[0, 1, 0], [1, 0, 1], [0, 1, 0]])
        >>> near, _ = WalkPMI(steps=(1, 2)).apply(features, path)
        >>> list(near.cols.ids), near.cells.toarray().round(2).tolist()[1]
        (['1:a', '1:b', '2:a', '2:b'], [0.0, 0.0, 0.0, 0.0])
    """

    needs_graph: ClassVar[bool] = True

    steps: tuple[int, ...] = (1, 2, 3)
    pooled: bool = False
    shift: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "steps", tuple(self.steps))
        whole = all(isinstance(r, int) and not isinstance(r, bool) and r >= 0 for r in self.steps)
        if not self.steps or not whole or sorted(set(self.steps)) != list(self.steps):
            raise InputError(
                f"WalkPMI.steps is {self.steps}, but whole numbers from 0 in ascending order, each "
                "once, were expected"
            )
        if not 0 < self.shift < np.inf:
            raise InputError(f"WalkPMI.shift is {self.shift}, but a number above 0 was expected")

    def apply(self, obs: Observations, graph: Any = None) -> tuple[Observations, State]:
        """Return the mutual information, sparse; the state is empty.

        Args:
            obs: n x m, of at least 0, sparse or dense.
            graph: n x n SciPy sparse, of at least 0; directed ones are walked along their edges.

        Raises:
            InputError: a value or an edge is negative.
            UnsupportedError: the matrix is an operator.
        """
        features, transition, sums = _parts(obs, graph, "WalkPMI")
        met: Any = features
        weight = sums.copy()
        found: list[tuple[csr_array, _Floats]] = []
        for r in range(self.steps[-1] + 1):
            if r:
                met = (transition @ met).tocsr()
                weight = transition.T @ weight
            if r in self.steps:
                found.append((met, np.asarray(features.T @ weight, np.float64)))
        if self.pooled:
            matrix, expected = found[0]
            for more, further in found[1:]:
                matrix, expected = matrix + more, expected + further
            mean = (matrix / np.float32(len(found))).tocsr(), expected / len(found)
            return obs.with_cells(self._positive(*mean)), {}
        from scipy.sparse import hstack

        blocks = [self._positive(matrix, expected) for matrix, expected in found]
        cols = _copies(obs.cols, [str(r) for r in self.steps])
        joined = hstack(blocks, format="csr") if len(blocks) > 1 else blocks[0]
        return Observations(obs.rows, cols, joined, None, obs.source), {}

    def new_row(
        self,
        state: State,
        side: SideOf,
        positions: NDArray[np.int64],
        values: NDArray[np.float32],
    ) -> NewRow:
        """Refuse: the walks of a new node follow edges that are not among its cells.

        Raises:
            UnsupportedError: always.
        """
        raise _no_new("WalkPMI", side)

    def _positive(self, matrix: csr_array, expected: _Floats) -> csr_array:
        """Return max(0, log(c x_ij / e_j) - log(shift)), without stored zeros."""
        from scipy.sparse import csr_array

        present = expected > 0
        lift = np.full(len(expected), -np.inf)
        shared = expected.sum() / (expected[present] * self.shift)
        lift[present] = np.log(shared)
        matrix.sort_indices()
        with np.errstate(divide="ignore"):
            values = np.log(matrix.data) + lift.astype(np.float32)[matrix.indices]
        kept = values > 0
        before = np.concatenate(([0], np.cumsum(kept)))
        return csr_array(
            (values[kept], matrix.indices[kept], before[matrix.indptr]), shape=matrix.shape
        )


@dataclass(frozen=True)
class Smooth(StepBase):
    """Features averaged over neighbourhoods: S^steps X, S = D~^-1/2 (A + I) D~^-1/2.

    D~ holds the row sums of A + I (an edge of weight 1 from every node to itself), so nodes without
    edges keep their features. That is the propagation of SGC, a graph convolution without weights
    between its layers (Wu, Souza, Zhang, Fifty, Yu, Weinberger 2019, "Simplifying graph
    convolutional networks", equation 8). The product is never formed. A directed graph is made
    symmetric first, (A + A') / 2.

    Attributes:
        steps: how often, at least 0.

    Example:
        >>> from scipy.sparse import csr_array
        >>> obs = Observations.from_matrix(np.array([[2.0], [0.0]]), rows="node", cols="word")
        >>> smooth, _ = Smooth(steps=1).apply(obs, csr_array([[0, 1], [1, 0]]))
        >>> (smooth.cells @ np.ones((1, 1), np.float32)).ravel().tolist()
        [1.0, 1.0]
    """

    needs_graph: ClassVar[bool] = True

    steps: int = 3

    def __post_init__(self) -> None:
        if isinstance(self.steps, bool) or not isinstance(self.steps, int) or self.steps < 0:
            raise InputError(
                f"Smooth.steps is {self.steps!r}, but a whole number of at least 0 was expected"
            )

    def apply(self, obs: Observations, graph: Any = None) -> tuple[Observations, State]:
        """Return the smoothed features as an operator; the state is empty.

        Args:
            obs: n x m, sparse, dense or an operator.
            graph: n x n SciPy sparse, of at least 0.

        Raises:
            InputError: an edge is negative.
        """
        from scipy.sparse import csr_array, eye_array

        from rowspace.linalg.csr import Csr
        from rowspace.linalg.operators import SparseOperator
        from rowspace.linalg.polynomial import PolynomialOperator

        adjacency = _adjacency(graph, "Smooth")
        looped = ((adjacency + adjacency.T) / 2 + eye_array(len(obs.rows))).tocsr()
        root = 1 / np.sqrt(np.asarray(looped.sum(axis=1), np.float64).ravel())
        at = np.repeat(np.arange(len(root)), np.diff(looped.indptr))
        data = (looped.data * root[at] * root[looped.indices]).astype(np.float32)
        step = Csr.of(csr_array((data, looped.indices, looped.indptr), shape=looped.shape))
        powers = PolynomialOperator(step, (*[0.0] * self.steps, 1.0), np.ones(len(root)))
        cells = csr_array(obs.cells) if obs.is_dense else obs.cells
        features = SparseOperator(cells) if hasattr(cells, "tocsr") else cells
        return obs.with_cells(powers @ features), {}

    def new_row(
        self,
        state: State,
        side: SideOf,
        positions: NDArray[np.int64],
        values: NDArray[np.float32],
    ) -> NewRow:
        """Refuse: the neighbours of a new node are not among its cells.

        Raises:
            UnsupportedError: always.
        """
        raise _no_new("Smooth", side)


@dataclass(frozen=True)
class AttributeGraph(StepBase):
    """One graph of nodes and their features: [A, weight F; weight F', 0].

    The graph A of the nodes and the observations F (node x feature) as edges between nodes and
    features, so that steps for graphs give nodes and features vectors in one space. "Semantic
    random walk for graph representation learning in attributed graphs" walks on such a graph;
    `attribute_graph` is the same as a function of two observations.

    The rows of what comes out are the nodes and then the features, an id x of a side "feature" as
    "feature:x", and so are the columns, on a side "neighbor"; the column "block" of the tables
    tells them apart. A new node is given by its edges and its features under those ids.

    Attributes:
        weight: of an edge between node and feature whose value is 1, above 0.
    """

    needs_graph: ClassVar[bool] = True

    weight: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.weight < np.inf:
            raise InputError(
                f"AttributeGraph.weight is {self.weight}, but a finite number above 0 was expected"
            )

    def apply(self, obs: Observations, graph: Any = None) -> tuple[Observations, State]:
        """Return the graph, sparse, (n + m) x (n + m); the state holds `nodes` (1,) int64.

        Args:
            obs: n x m, of at least 0, sparse or dense.
            graph: n x n SciPy sparse, of at least 0.

        Raises:
            InputError: a value or an edge is negative.
            UnsupportedError: the matrix is an operator.
        """
        return _joined(obs, graph, self.weight), {"nodes": np.array([len(obs.rows)], np.int64)}

    def new_row(
        self,
        state: State,
        side: SideOf,
        positions: NDArray[np.int64],
        values: NDArray[np.float32],
    ) -> NewRow:
        """Weigh the features among the cells of one new node, or those of one new column."""
        scale = np.where(positions >= state["nodes"][0], self.weight, 1.0)
        return positions, (values * scale).astype(np.float32)


def attribute_graph(
    adjacency: Observations, features: Observations, weight: float = 1.0
) -> Observations:
    """Return one graph of nodes and their features: [A, weight F; weight F', 0].

    Any recipe for graphs then gives vectors of nodes and features in one space.

    Args:
        adjacency: square, nodes on both sides, as `rowspace.read(..., format="edges")` gives it.
        features: node x feature, of at least 0; ids are matched, a node that only one of them knows
            has no edges, or no features.
        weight: of an edge between node and feature whose value is 1.

    Returns:
        Square observations with the side names of `adjacency`. Nodes keep their ids, as text; a
        feature x of a side "feature" is "feature:x". The column "block" of the tables holds the
        names of the two sides.

    Example:
        >>> links = Observations.from_matrix(np.array([[0, 1], [1, 0]]), rows="node",
        ...                                  cols="neighbor", row_ids=["a", "b"],
        ...                                  col_ids=["a", "b"])
        >>> words = Observations.from_matrix(np.array([[3.0]]), rows="node", cols="word",
        ...                                  row_ids=["b"], col_ids=["x"])
        >>> both = attribute_graph(links, words)
        >>> list(both.rows.ids), both.value("b", "word:x")
        (['a', 'b', 'word:x'], 3.0)
    """
    from scipy.sparse import coo_array, csr_array

    from rowspace.observe.ids import united

    if adjacency.rows.ids != adjacency.cols.ids:
        raise InputError(
            f"a graph has the same ids on both sides, but {adjacency.rows.name} and "
            f"{adjacency.cols.name} differ; read it with format='edges'"
        )
    ids, (at, features_at) = united([adjacency.rows.ids, features.rows.ids])
    n = len(ids)
    spread = []
    for obs, right in ((adjacency, at), (features, np.arange(len(features.cols)))):
        if not (obs.is_sparse or obs.is_dense):
            raise UnsupportedError("an operator has no cells to put into a graph of features")
        left = at if obs is adjacency else features_at
        cells = coo_array(obs.cells)
        i, j = cells.coords
        width = n if obs is adjacency else len(features.cols)
        spread.append(csr_array((cells.data, (left[i], right[j])), shape=(n, width)))
    graph, known = spread
    rows = Mode(adjacency.rows.name, ids)
    named = Observations(rows, features.cols, known, None, features.source)
    return _joined(named, graph, weight, adjacency.cols.name)


def _joined(obs: Observations, graph: Any, weight: float, cols: str = "neighbor") -> Observations:
    """Return [A, weight F; weight F', 0] with its ids; see `attribute_graph`."""
    import pyarrow as pa
    import pyarrow.compute as pc
    from scipy.sparse import block_array, csr_array

    from rowspace.observe.ids import Ids

    if not (obs.is_sparse or obs.is_dense):
        raise UnsupportedError(
            "AttributeGraph reads each cell, but the cells of a linear operator are never formed; "
            "give it a sparse or dense matrix"
        )
    obs.refuse_negative("AttributeGraph")
    adjacency = _adjacency(graph, "AttributeGraph")
    features = np.float32(weight) * csr_array(obs.cells)
    cells = block_array([[adjacency, features], [features.T, None]], format="csr")
    text = [mode.ids.array.cast(pa.large_string()) for mode in obs.modes]
    prefix, nothing = (pa.scalar(x, pa.large_string()) for x in (f"{obs.cols.name}:", ""))
    text[1] = pc.binary_join_element_wise(prefix, text[1], nothing)
    ids = Ids(pa.concat_arrays(text), what=obs.rows.name)
    blocks = [mode.name for mode in obs.modes for _ in range(len(mode))]
    table = pa.table({"block": pa.array(blocks, pa.string())})
    name = cols if cols != obs.rows.name else "neighbor"
    return Observations(
        Mode(obs.rows.name, ids, table), Mode(name, ids, table), cells, None, obs.source
    )


def _parts(obs: Observations, graph: Any, step: str) -> tuple[csr_array, csr_array, _Floats]:
    """Return the features, the transition matrix (both float32) and the row sums of the graph."""
    from scipy.sparse import csr_array

    if not (obs.is_sparse or obs.is_dense):
        raise UnsupportedError(
            f"{step} reads each cell, but the cells of a linear operator are never formed; give it "
            "a sparse or dense matrix"
        )
    obs.refuse_negative(step)
    adjacency = _adjacency(graph, step)
    sums = np.asarray(adjacency.sum(axis=1), np.float64).ravel()
    inverse = np.divide(1.0, sums, out=np.zeros_like(sums), where=sums > 0)
    scaled = adjacency.data * np.repeat(inverse, np.diff(adjacency.indptr)).astype(np.float32)
    transition = csr_array((scaled, adjacency.indices, adjacency.indptr), shape=adjacency.shape)
    return csr_array(obs.cells), transition, sums


def _adjacency(graph: Any, step: str) -> csr_array:
    from scipy.sparse import csr_array

    adjacency = csr_array(graph, dtype=np.float32)
    bad = ~np.isfinite(adjacency.data) | (adjacency.data < 0)
    if bad.any():
        raise InputError(
            f"{step} needs edges of at least 0, but {adjacency.data[bad][0]:g} is in the graph"
        )
    return adjacency


def _copies(cols: Mode, blocks: list[str]) -> Mode:
    """Return the columns once for each block: ids "block:id", the block in the table."""
    import pyarrow as pa
    import pyarrow.compute as pc

    from rowspace.observe.ids import Ids

    text = cols.ids.array.cast(pa.large_string())
    nothing = pa.scalar("", pa.large_string())
    ids, tables = [], []
    for block in blocks:
        prefix = pa.scalar(f"{block}:", pa.large_string())
        ids.append(pc.binary_join_element_wise(prefix, text, nothing))
        names = pa.array([block] * len(cols), pa.string())
        table = cols.table
        if table is None:
            tables.append(pa.table({"block": names}))
        else:
            kept = [name for name in table.column_names if name != "block"]
            tables.append(table.select(kept).append_column("block", names))
    table = pa.concat_tables(tables).combine_chunks()
    return Mode(cols.name, Ids(pa.concat_arrays(ids), what=cols.name), table)


def _no_new(step: str, side: SideOf) -> UnsupportedError:
    if side == "rows":
        return UnsupportedError(
            f"{step} walks from node to node, but the edges of a new row are not among its cells; "
            "fit again with it in the graph"
        )
    return UnsupportedError(
        f"{step} walks from node to node on a graph that the space does not keep, so a new column "
        "cannot be placed; fit again with it"
    )

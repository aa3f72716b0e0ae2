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
            return obs.with_cells(self._positive(matrix, expected)), {}
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
        lift[present] = np.log(expected.sum()) - np.log(expected[present]) - np.log(self.shift)
        matrix.sort_indices()
        with np.errstate(divide="ignore"):
            values = np.log(matrix.data) + lift.astype(np.float32)[matrix.indices]
        kept = values > 0
        before = np.concatenate(([0], np.cumsum(kept)))
        return csr_array(
            (values[kept], matrix.indices[kept], before[matrix.indptr]), shape=matrix.shape
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

"""k-cores: how deep in the graph a node is, and the matrix of a core spread over the fringe.

`core_numbers` peels the graph; `Walks(paced=True)` begins fewer walks at its fringe, `Core` makes
the matrix of its core only and gives every node outside the mean of its neighbours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import InputError, UnsupportedError
from rowspace.observe.graphs import graph_of
from rowspace.observe.nonlinear import Nonlinear
from rowspace.observe.observations import Observations
from rowspace.observe.proximity import Proximity
from rowspace.observe.steps import NewRow, SideOf, State, StepBase

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = ["Core", "core_numbers"]


def core_numbers(cells: csr_array) -> NDArray[np.int64]:
    """Return for each node the largest k such that it is in a part where all have k neighbours.

    Args:
        cells: n x n; direction, weights and self loops do not count.

    Returns:
        (n,) int64.

    Example:
        >>> from scipy.sparse import csr_array
        >>> triangle_with_tail = np.array([[0, 1, 1, 0], [1, 0, 1, 1], [1, 1, 0, 0], [0, 1, 0, 0]])
        >>> core_numbers(csr_array(triangle_with_tail)).tolist()
        [2, 2, 2, 1]
    """
    from rowspace.linalg.csr import Csr
    from rowspace.observe.kernels import cores

    plain = Csr.of(simple(cells))
    return np.asarray(cores.core_numbers(plain.indptr, plain.indices))


def simple(cells: csr_array) -> Any:
    """Return the undirected graph of ones without self loops, (n, n) float32 CSR."""
    from scipy.sparse import csr_array, diags_array

    ones = csr_array((np.ones(cells.nnz, np.float32), cells.indices, cells.indptr), cells.shape)
    both = csr_array(ones + ones.T)
    both = csr_array(both - diags_array(both.diagonal(), dtype=np.float32))
    both.eliminate_zeros()
    both.data[:] = 1
    both.sort_indices()
    return both


@dataclass(frozen=True)
class Core(StepBase):
    """NetMF's matrix of the k-core, spread over the rest of the graph: W M W'.

    M is log max(1, lift / b) of the walks inside the core (`Proximity`, `Nonlinear`); row i of W is
    the unit vector of a node of the core, and for a node outside the mean of the rows of those of
    its neighbours that come before it: shell by shell from the core outward, and within a shell by
    distance. So a node outside has the mean vector of these neighbours, at a cost in proportion to
    the links, and only the core is factored (Brandeis, Jarret, Sevestre 2020, "About graph
    degeneracy, representation learning and scalability"; Salha et al. 2019). Nodes from which no
    path leads to the core get zeros.

    Core numbers and means do not look at weights and directions; M does. W M W' is never formed. A
    new row cannot be treated, since it may change who is in the core.

    Attributes:
        k: which core; 0 for the largest k whose core keeps at least half of the nodes with links.
        window, rank: of the walks, as in `Proximity`.
        negatives: the `shift` of the logarithm.

    Example:
        >>> a = np.array([[0, 1, 1, 0], [1, 0, 1, 1], [1, 1, 0, 0], [0, 1, 0, 0]])  # 3 hangs on 1
        >>> obs = Observations.from_matrix(a, rows="node", cols="neighbor")
        >>> spread, state = Core(k=2, window=1).apply(obs)
        >>> rows = spread.cells @ np.eye(4)
        >>> int(state["k"][0]), bool(np.allclose(rows[3], rows[1]))
        (2, True)
    """

    k: int = 0
    window: int = 10
    negatives: float = 1.0
    rank: int = 192

    def __post_init__(self) -> None:
        if isinstance(self.k, bool) or not isinstance(self.k, int) or self.k < 0:
            raise InputError(f"Core.k is {self.k!r}, but a whole number of at least 0 was expected")
        self._steps()  # refuses what these refuse

    def apply(self, obs: Observations) -> tuple[Observations, State]:
        """Return the spread matrix as an operator; the state holds `k` (1,) int64.

        Raises:
            UnsupportedError: the matrix is an operator, or a bipartite graph.
            InputError: a weight is negative, or no node is in the k-core.
        """
        from rowspace.linalg.csr import Csr

        graph = graph_of(obs, "Core", ("undirected", "directed"))
        numbers = core_numbers(graph.cells)
        k = self.k or _half(numbers)
        core = np.flatnonzero(numbers >= k)
        if not len(core):
            raise InputError(
                f"no node is in the {k}-core; the innermost core of this graph has "
                f"k={numbers.max(initial=0)}"
            )
        inside = Observations.from_matrix(
            graph.cells[core][:, core], rows=obs.rows.name, cols=obs.cols.name
        )
        for step in self._steps():
            inside, _ = step.apply(inside)
        links = Csr.of(simple(graph.cells))
        rank = _outward(links, core, numbers)
        return obs.with_cells(_spread_operator(inside.cells, core, links, rank)), {
            "k": np.array([k], np.int64)
        }

    def new_row(
        self,
        state: State,
        side: SideOf,
        positions: NDArray[np.int64],
        values: NDArray[np.float32],
    ) -> NewRow:
        """Refuse: see the class."""
        raise UnsupportedError(
            "a new node may change who is in the core; fit again with it, or give it the mean of "
            "its neighbours' vectors, as nodes outside the core have it"
        )

    def _steps(self) -> tuple[Proximity, Nonlinear]:
        return (
            Proximity(window=self.window, rank=self.rank),
            Nonlinear("log", shift=self.negatives),
        )


def _half(numbers: NDArray[np.int64]) -> int:
    """Return the largest k of at least 1 whose core keeps half of the nodes that have links."""
    linked = np.sort(numbers[numbers > 0])
    return int(linked[len(linked) // 2]) if len(linked) else 0


def _outward(links: Any, core: NDArray[np.int64], numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return when each node gets its row: 0 in the core, then 1, 2, ...; -1 for never."""
    from scipy.sparse import csr_array

    rank = np.full(len(numbers), -1, np.int64)
    rank[core] = 0
    graph = csr_array((links.data, links.indices, links.indptr), shape=links.shape)
    turn = 1
    for shell in np.unique(numbers[rank < 0])[::-1]:
        while True:
            reached = graph @ (rank >= 0).astype(np.float32) > 0
            coming = np.flatnonzero((rank < 0) & (numbers >= shell) & reached)
            if not len(coming):
                break
            rank[coming] = turn
            turn += 1
    return rank


def _spread_operator(
    cells: Any, core: NDArray[np.int64], links: Any, rank: NDArray[np.int64]
) -> Any:
    """Return W M W' as a linear operator, M (the core) through its products."""
    from scipy.sparse.linalg import LinearOperator

    from rowspace.linalg.products import Products
    from rowspace.observe.kernels import cores
    from rowspace.threads import kernel_threads

    inner, n = Products.of(cells), len(rank)
    order = np.flatnonzero(rank > 0)
    order = order[np.argsort(rank[order], kind="stable")]
    never = rank < 0
    rank = np.where(never, n + 1, rank)  # larger than any, so that nothing comes from there

    def through(multiply: Any) -> Any:
        def product(block: NDArray[Any]) -> NDArray[Any]:
            gathered = np.ascontiguousarray(block.reshape(n, -1), np.float64).copy()
            gathered[never] = 0
            cores.gather(links.indptr, links.indices, order, rank, gathered)
            out = np.zeros(gathered.shape, np.result_type(block.dtype, np.float32))
            with kernel_threads():
                out[core] = multiply(gathered[core].astype(out.dtype))
            cores.spread(links.indptr, links.indices, order, rank, out)
            return out.reshape(block.shape)

        return product

    return LinearOperator(
        (n, n),
        matvec=through(inner.times),
        rmatvec=through(inner.transposed_times),
        matmat=through(inner.times),
        rmatmat=through(inner.transposed_times),
        dtype=np.float32,
    )

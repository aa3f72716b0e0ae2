"""Random walks on a graph, and how often one node comes soon after another on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import InputError, UnsupportedError
from rowspace.observe.cores import core_numbers
from rowspace.observe.graphs import graph_of
from rowspace.observe.observations import Observations
from rowspace.observe.steps import NewRow, SideOf, State, StepBase

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = ["Walks", "random_walks", "walk_counts"]

_NODES_PER_PIECE = 512


@dataclass(frozen=True)
class Walks(StepBase):
    """Walk through the graph at random and count which node comes within a window after which.

    x_ij = how often j comes at most `window` steps after i on walks of `length` nodes, `per_node`
    of which begin at every node; in undirected and bipartite graphs before or after. Perozzi,
    Al-Rfou, Skiena 2014, "DeepWalk"; with p and q other than 1 the second-order walks of Grover,
    Leskovec 2016, "node2vec": from v, come from u, to x in proportion to w_vx times 1/p if x is u,
    1 if u links to x, else 1/q. The positive mutual information of these counts (`PPMI()`)
    estimates the logarithm of `Proximity("walk")`, which is exact and cheaper where p = q = 1.

    Weights are the odds of a step; direction is followed, and a walk that comes to a node without
    links ends. In a bipartite graph walks go to and fro, and only pairs of a row and a column are
    counted. A new row cannot be treated, since walks to come would pass it.

    Attributes:
        per_node: how many walks begin at every node.
        length: how many nodes a walk has.
        window: how many steps apart two nodes of a walk may be.
        p, q: return and in-out parameters, above 0.
        paced: begin only per_node * k / k_max walks (at least 1) at a node of core number k, since
            the fringe of a graph has little to tell (Brandeis, Jarret, Sevestre 2020, CoreWalk).
        seed: of the walks, which do not depend on the number of threads.

    Example:
        >>> obs = Observations.from_matrix(np.array([[0, 1], [1, 0]]), rows="node", cols="neighbor")
        >>> Walks(per_node=1, length=3, window=1).apply(obs)[0].cells.toarray().tolist()
        [[0.0, 4.0], [4.0, 0.0]]
    """

    per_node: int = 20
    length: int = 40
    window: int = 10
    p: float = 1.0
    q: float = 1.0
    paced: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        for name, least in (("per_node", 1), ("length", 2), ("window", 1), ("seed", 0)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < least:
                raise InputError(
                    f"Walks.{name} is {value!r}, but a whole number of at least {least} was "
                    "expected"
                )
        for name in ("p", "q"):
            if not 0 < getattr(self, name) < np.inf:
                raise InputError(
                    f"Walks.{name} is {getattr(self, name)}, but a number above 0 was expected"
                )

    def apply(self, obs: Observations) -> tuple[Observations, State]:
        """Return the counts, sparse; the state is empty.

        Raises:
            UnsupportedError: the matrix is an operator.
            InputError: a weight is negative.
        """
        graph = graph_of(obs, "Walks")
        whole = graph.whole()
        numbers = np.full(whole.shape[0], self.per_node)
        if self.paced:
            cores = core_numbers(whole)
            paced = np.ceil(self.per_node * cores / max(cores.max(initial=0), 1))
            numbers = np.maximum(paced, 1).astype(np.int64)
        walks = random_walks(whole, numbers, self.length, self.p, self.q, self.seed)
        counts = walk_counts(walks, whole.shape[0], self.window)
        if graph.kind != "directed":
            counts = (counts + counts.T).tocsr()
        return obs.with_cells(graph.part(counts)), {}

    def new_row(
        self,
        state: State,
        side: SideOf,
        positions: NDArray[np.int64],
        values: NDArray[np.float32],
    ) -> NewRow:
        """Refuse: no walk of training passed the new node."""
        raise UnsupportedError(
            "no walk of training passed a node that was not there; fit again with it, or use netmf "
            "or spectral, which fold new nodes in"
        )


def random_walks(
    cells: csr_array,
    numbers: NDArray[np.int64],
    length: int,
    p: float = 1.0,
    q: float = 1.0,
    seed: int = 0,
) -> NDArray[np.int32]:
    """Return random walks, the ones of the first node first.

    Args:
        cells: n x n weights above zero, SciPy CSR.
        numbers: (n,) how many walks begin at each node; none at a node without links.
        length, p, q, seed: as in `Walks`.

    Returns:
        (walks, length + 1) int32 of nodes, -1 where a walk has ended (the last column always).

    Example:
        >>> from scipy.sparse import csr_array
        >>> random_walks(csr_array(np.array([[0, 1], [1, 0]])), np.array([1, 0]), 3).tolist()
        [[0, 1, 0, -1]]
    """
    from rowspace.linalg.csr import Csr
    from rowspace.observe.kernels.walks import walk
    from rowspace.progress import stage
    from rowspace.workers import run

    links = Csr.of(cells)
    numbers = np.where(links.lengths > 0, numbers, 0)
    starts = np.concatenate(([0], np.cumsum(numbers))).astype(np.int64)
    equal = len(links.data) == 0 or bool((links.data == links.data[0]).all())
    cumulated = np.zeros(0) if equal else _cumulated(links.indptr, links.data)
    out = np.empty((int(starts[-1]), length + 1), np.int32)
    with stage("walks", total=len(numbers)) as step:

        def some(piece: tuple[int, int]) -> None:
            walk(
                links.indptr, links.indices, cumulated, starts, *piece, length, float(p), float(q),
                seed, out,
            )  # fmt: skip
            step(piece[1] - piece[0])

        run(some, _pieces(len(numbers)))
    return out


def walk_counts(walks: NDArray[np.int32], n: int, window: int) -> Any:
    """Return how often node j comes at most `window` places after node i in a walk.

    Args:
        walks: (walks, length + 1) int32, each ended by -1.
        n: the number of nodes; window: at least 1.

    Returns:
        n x n float32 SciPy CSR.

    Example:
        >>> walk_counts(np.array([[0, 1, 2, -1]], np.int32), 3, 1).toarray().tolist()
        [[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]]
    """
    from scipy.sparse import csr_array

    from rowspace.observe.kernels.visits import count_after, fill_after, places
    from rowspace.workers import run

    flat = walks.ravel()
    visits = np.bincount(flat[flat >= 0], minlength=n)
    starts = np.concatenate(([0], np.cumsum(visits))).astype(np.int64)
    at = np.empty(int(starts[-1]), np.int64)
    places(flat, starts, at)
    row_cells = np.zeros(n, np.int64)
    run(lambda part: count_after(flat, starts, at, window, *part, row_cells), _pieces(n))
    indptr = np.concatenate(([0], np.cumsum(row_cells))).astype(np.int64)
    indices, data = np.empty(int(indptr[-1]), np.int32), np.empty(int(indptr[-1]), np.float32)
    run(
        lambda part: fill_after(flat, starts, at, window, *part, indptr, indices, data),
        _pieces(n),
    )
    return csr_array((data, indices, indptr), shape=(n, n))


def _cumulated(indptr: NDArray[np.int64], data: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the weights summed up within each row."""
    total = np.cumsum(data, dtype=np.float64)
    before = np.concatenate(([0.0], total))[indptr[:-1]]
    return np.asarray(total - np.repeat(before, np.diff(indptr)))


def _pieces(n: int) -> list[tuple[int, int]]:
    return [(top, min(top + _NODES_PER_PIECE, n)) for top in range(0, n, _NODES_PER_PIECE)]

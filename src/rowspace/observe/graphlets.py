"""Graphlet adjacencies: nodes are neighbours as often as they share a small pattern of links.

Of the 28 orbit adjacencies of graphlets with up to four nodes (Windels, Malod-Dognin, Przulj 2024,
"Graphlets correct for the topological information missed by random walks") these are the seven that
follow from the common neighbours of two nodes and the links among them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import InputError, UnsupportedError
from rowspace.observe.cores import simple
from rowspace.observe.graphs import graph_of
from rowspace.observe.observations import Observations
from rowspace.observe.steps import NewRow, SideOf, State, StepBase

__all__ = ["Graphlets", "graphlet_adjacency"]

ORBITS = ("edge", "path", "triangle", "clique", "diamond", "diamond-ends", "square")
_NODES_PER_PIECE = 64


@dataclass(frozen=True)
class Graphlets(StepBase):
    """Count the induced graphlets in which two nodes stand at the places of an orbit pair.

    With c_xy the common neighbours of x and y and q_xy the links among these:

    * linked pairs: "edge" 1; "triangle" c; "clique" (of four) q; "diamond" c (c - 1) / 2 - q (the
      two that are linked to all)
    * pairs without a link: "path" c (its ends); "diamond-ends" q (the two without a link); "square"
      c (c - 1) / 2 - q (opposite corners)

    Weights and self loops do not count, and directed and bipartite graphs are refused: the patterns
    are those of undirected graphs, and a bipartite one has no triangles. A new row cannot be
    treated, since a node that joins changes the counts of others.

    Attributes:
        orbit: one of the seven.

    Example:
        >>> diamond = np.array([[0, 1, 1, 0], [1, 0, 1, 1], [1, 1, 0, 1], [0, 1, 1, 0]])
        >>> obs = Observations.from_matrix(diamond, rows="node", cols="neighbor")
        >>> Graphlets("diamond").apply(obs)[0].cells.toarray()[1].tolist()
        [0.0, 0.0, 1.0, 0.0]
    """

    orbit: str = "triangle"

    def __post_init__(self) -> None:
        if self.orbit not in ORBITS:
            raise InputError(
                f"Graphlets.orbit is {self.orbit!r}, but one of {', '.join(ORBITS)} was expected"
            )

    def apply(self, obs: Observations) -> tuple[Observations, State]:
        """Return the counts, sparse; the state is empty.

        Raises:
            UnsupportedError: the matrix is an operator, or a directed or bipartite graph.
            InputError: a weight is negative.
        """
        graph = graph_of(obs, "Graphlets", ("undirected",))
        return obs.with_cells(graphlet_adjacency(graph.cells, self.orbit)), {}

    def new_row(
        self,
        state: State,
        side: SideOf,
        positions: NDArray[np.int64],
        values: NDArray[np.float32],
    ) -> NewRow:
        """Refuse: see the class."""
        raise UnsupportedError(
            "a new node changes the graphlets of others; fit again with it, or use netmf or "
            "spectral, which fold new nodes in"
        )


def graphlet_adjacency(cells: Any, orbit: str) -> Any:
    """Return the counts of one orbit pair, (n, n) symmetric float32 CSR.

    Args:
        cells: n x n symmetric SciPy CSR; only where it is not zero matters.
        orbit: as in `Graphlets`.
    """
    from scipy.sparse import csr_array, diags_array

    from rowspace.linalg.csr import Csr
    from rowspace.observe.kernels.graphlets import links_between
    from rowspace.workers import run

    links = simple(cells)
    if orbit == "edge":
        return links
    common = csr_array(links @ links)
    common = csr_array(common - diags_array(common.diagonal(), dtype=np.float32))
    common.eliminate_zeros()
    common.sort_indices()
    counts = common.data.copy()
    if orbit not in ("path", "triangle"):
        plain, pairs = Csr.of(links), Csr.of(common)
        between, n = np.empty(common.nnz, np.float32), links.shape[0]
        run(
            lambda piece: links_between(
                plain.indptr, plain.indices, pairs.indptr, pairs.indices, *piece, between
            ),
            [(top, min(top + _NODES_PER_PIECE, n)) for top in range(0, n, _NODES_PER_PIECE)],
        )
        if orbit in ("clique", "diamond-ends"):
            counts = between
        else:
            counts = counts * (counts - 1) / 2 - between
    counted = csr_array((counts, common.indices, common.indptr), shape=common.shape)
    linked = counted.multiply(links).tocsr()
    out = linked if orbit in ("triangle", "clique", "diamond") else counted - linked
    out = csr_array(out, dtype=np.float32)
    out.eliminate_zeros()
    return out

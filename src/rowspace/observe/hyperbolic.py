"""Distances of a graph as a matrix that hyperbolic points factor exactly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import InputError, UnsupportedError
from rowspace.observe.graphs import graph_of
from rowspace.observe.observations import Observations
from rowspace.observe.steps import NewRow, SideOf, State, StepBase

__all__ = ["HyperbolicDistance"]

_FARTHEST = 40.0


@dataclass(frozen=True)
class HyperbolicDistance(StepBase):
    """x_ij = -cosh(scale * d_ij), d the number of links on the shortest path between two nodes.

    For points of hyperbolic space at just these distances it is u_i . v_j with u = (x_0, x) and
    v = (-x_0, x), so that its truncated decomposition finds them, up to a rotation: h-MDS (Sala,
    De Sa, Gu, Re 2018, section 4).

    Attributes:
        scale: how long a link is; the longer, the more tree-like hyperbolic space is.

    Example:
        >>> line = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]])
        >>> obs = Observations.from_matrix(line, rows="node", cols="neighbor")
        >>> HyperbolicDistance().apply(obs)[0].cells.round(2).tolist()[0]
        [-1.0, -1.5399999618530273, -3.759999990463257]
    """

    scale: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.scale < np.inf:
            raise InputError(
                f"HyperbolicDistance.scale is {self.scale}, but a number above 0 was expected"
            )

    def apply(self, obs: Observations) -> tuple[Observations, State]:
        """Return nodes x nodes, dense; links count in both directions.

        Raises:
            UnsupportedError: the matrix is an operator, or joins two kinds of nodes.
            InputError: two nodes are not joined by any path, or are too far apart for float32.
        """
        from scipy.sparse.csgraph import shortest_path

        graph = graph_of(obs, "HyperbolicDistance", ("undirected", "directed"))
        hops = shortest_path(graph.cells, directed=False, unweighted=True)
        if np.isinf(hops).any():
            i, j = np.argwhere(np.isinf(hops))[0]
            raise InputError(
                f"no path joins {obs.rows.ids[int(i)]!r} and {obs.rows.ids[int(j)]!r}, so that "
                "they have no distance; keep one component of the graph"
            )
        if hops.max(initial=0) * self.scale > _FARTHEST:
            raise InputError(
                f"two nodes are {hops.max():g} links apart, at scale {self.scale:g} beyond "
                f"{_FARTHEST:g}, the farthest that float32 holds; lower the scale"
            )
        return obs.with_cells((-np.cosh(self.scale * hops)).astype(np.float32)), {}

    def new_row(
        self,
        state: State,
        side: SideOf,
        positions: NDArray[np.int64],
        values: NDArray[np.float32],
    ) -> NewRow:
        """Refuse: its paths were not searched for."""
        raise UnsupportedError(
            "the distances of a node that was not there are not known; fit again with it"
        )

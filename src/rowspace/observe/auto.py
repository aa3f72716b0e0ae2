"""Choosing how far walks should reach, on a few hidden links.

Which window is best differs from graph to graph by as much as any other choice of method: where a
node is like its neighbours' neighbours, long walks help; where only its own links say what it is,
they blur. `AutoWindow` finds out which.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import UnsupportedError
from rowspace.observe.graphs import graph_of
from rowspace.observe.nonlinear import Nonlinear
from rowspace.observe.observations import Observations
from rowspace.observe.proximity import Proximity
from rowspace.observe.steps import NewRow, SideOf, State, Step, StepBase

__all__ = ["AutoWindow", "hidden_link_auc"]

WINDOWS = (10, 3, 1)
_COLUMNS = 1024
_LINKS = 5000
_FEWEST_LINKS = 20
_DIM = 32
_RANK = 96
_TOLERANCE = 5e-2
_ERRORS = 3.0  # how many standard errors are more than chance, of three comparisons


@dataclass(frozen=True)
class AutoWindow(StepBase):
    """NetMF's matrix, with the window that predicts hidden links best.

    At most 5,000 links into 1,024 columns are hidden, each column keeping four fifths of its own.
    For each window of 10, 3 and 1 the matrix of the rest is factored to 32 dimensions at those
    columns, and the score u_i . v_j of hidden links is compared with that of the same ends paired
    anew (so that degrees tell nothing): the area under the curve. A shorter window is taken only
    where it is better than every longer one by more than three standard errors of a difference.

    The exponent of the singular values is not chosen: u_i . v_j does not depend on it.

    `rowspace.fit` puts the two steps that were chosen in the place of this one, so that the space
    says what they are; `facts["chosen"]` holds the areas.

    Attributes:
        negatives: the `shift` of the logarithm.
        rank: of the proximity.
        seed: of the links that are hidden.

    Example:
        >>> import numpy as np
        >>> ring = np.roll(np.eye(8), 1, axis=1) + np.roll(np.eye(8), -1, axis=1)
        >>> obs = Observations.from_matrix(ring, rows="node", cols="neighbor")
        >>> AutoWindow().choose(obs)[0][0].window  # too few links to hide any
        10
    """

    negatives: float = 1.0
    rank: int = 192
    seed: int = 0

    def __post_init__(self) -> None:
        self._steps(1)  # refuses what these refuse

    def choose(self, obs: Observations) -> tuple[tuple[Step, ...], dict[str, Any]]:
        """Return the steps to take instead of this one, and what was found."""
        areas, error = hidden_link_auc(obs, WINDOWS, self.negatives, self.seed)
        best = WINDOWS[0]
        for window in WINDOWS[1:]:
            if areas and areas[window] > areas[best] + _ERRORS * np.sqrt(2) * error:
                best = window
        found = {str(window): round(area, 4) for window, area in areas.items()}
        return self._steps(best), {"window": best, "hidden_link_auc": found}

    def apply(self, obs: Observations) -> tuple[Observations, State]:
        """Return the matrix with the window that `choose` finds; the state is empty."""
        for step in self.choose(obs)[0]:
            obs, _ = step.apply(obs)
        return obs, {}

    def new_row(
        self,
        state: State,
        side: SideOf,
        positions: NDArray[np.int64],
        values: NDArray[np.float32],
    ) -> NewRow:
        """Refuse: only the steps that were chosen know how."""
        raise UnsupportedError(
            "AutoWindow() stands for steps that are chosen by rowspace.fit; fold into a space that "
            "it made, or name the window"
        )

    def _steps(self, window: int) -> tuple[Step, ...]:
        return Proximity(window=window, rank=self.rank), Nonlinear("log", shift=self.negatives)


def hidden_link_auc(
    obs: Observations, windows: tuple[int, ...], negatives: float = 1.0, seed: int = 0
) -> tuple[dict[int, float], float]:
    """Return how well each window tells hidden links from the same ends paired anew.

    Args:
        obs: a graph of any kind.
        windows, negatives: of the matrices to compare.
        seed: of the links that are hidden.

    Returns:
        {window: area under the curve}, empty where fewer than 20 links can be hidden, and the
        standard error of an area.
    """
    graph = graph_of(obs, "AutoWindow")
    rng = np.random.default_rng(seed)
    n, m = graph.cells.shape
    cols = np.sort(rng.choice(m, min(_COLUMNS, m), replace=False))
    place = np.full(m, -1)
    place[cols] = np.arange(len(cols))
    links = graph.cells.tocoo()
    i, j = links.coords
    inside = place[j] >= 0
    if graph.kind != "bipartite":
        inside &= i != j
    if graph.kind == "undirected":  # each link once
        inside &= (place[i] < 0) | (i < j)
    open_to_hide = np.flatnonzero(inside)
    hidden = rng.permutation(open_to_hide)[: min(len(open_to_hide) // 5, _LINKS)]
    if len(hidden) < _FEWEST_LINKS:
        return {}, 0.0
    ends, others = i[hidden].astype(np.int64), j[hidden].astype(np.int64)
    anew = rng.permutation(others)
    linked = np.isin(ends * m + anew, i.astype(np.int64) * m + j)
    free = ~linked & ((ends != anew) | (graph.kind == "bipartite"))
    if not free.any():
        return {}, 0.0
    kept = np.ones(links.nnz, bool)
    kept[hidden] = False
    if graph.kind == "undirected":
        kept &= ~np.isin(j.astype(np.int64) * m + i, ends * m + others)
    from scipy.sparse import csr_array

    rest = csr_array((links.data[kept], (i[kept], j[kept])), shape=(n, m))
    rest_graph = graph_of(obs.with_cells(rest), "AutoWindow")
    shared = Proximity(rank=_RANK).pairs(rest_graph, _TOLERANCE)
    areas = {}
    for window in windows:
        cells, _ = Proximity(window=window, rank=_RANK).of(rest_graph, shared)
        u, v = _factors(cells, negatives, cols)
        scores = [
            np.einsum("ij,ij->i", u[a], v[place[b]])
            for a, b in ((ends, others), (ends[free], anew[free]))
        ]
        areas[window] = _area(*scores)
    a, b = len(hidden), int(free.sum())
    return areas, float(np.sqrt((a + b + 1) / (12 * a * b)))


def _factors(
    cells: Any, negatives: float, cols: NDArray[np.int64]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return factors (n, k) and (cols, k) of the logarithm of some columns of lifts."""
    from rowspace.linalg.krylov import truncated_svd
    from rowspace.linalg.operators import LowRank
    from rowspace.linalg.products import Products
    from rowspace.threads import kernel_threads

    low_rank = isinstance(cells, LowRank)
    there = LowRank(cells.left, cells.right[cols]) if low_rank else cells[:, cols]
    some = Observations.from_matrix(there, rows="row", cols="column")
    bent: Any = Nonlinear("log", shift=negatives).apply(some)[0].cells
    with kernel_threads():
        found = truncated_svd(Products.of(bent), _DIM, _TOLERANCE)
    return found.left * found.values.astype(np.float32), found.right


def _area(high: NDArray[np.floating], low: NDArray[np.floating]) -> float:
    """Return how often one of `high` is above one of `low`, a tie being half."""
    ordered = np.sort(low)
    below = np.searchsorted(ordered, high, "left") + np.searchsorted(ordered, high, "right")
    return float(below.mean() / 2 / len(low))

"""Proximities of the nodes of a graph: walks of every length, added up.

The first part of the grid of Zhu, Lu, Heimann, Koutra 2021, "Node proximity is all you need": a
proximity (here), a nonlinearity (`nonlinear.py`), a factor; DeepWalk's matrix is one point of it.
Large matrices are never formed: the largest eigenpairs of the normalised adjacency
(`eigenpairs.py`) stand for them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import InputError, UnsupportedError
from rowspace.observe.eigenpairs import EXACT_NODES, TOLERANCE, largest_eigenpairs, radius
from rowspace.observe.graphs import Graph, graph_of, own_degree, powered, scaled
from rowspace.observe.observations import Observations
from rowspace.observe.steps import NewRow, SideOf, State, StepBase

__all__ = ["Proximity"]

_DENSE_BYTES = 1 << 30
_SMALLEST_TERM = 1e-6

_Floats = NDArray[np.float64]
Pairs = tuple[_Floats, _Floats, _Floats, _Floats]
"""u, values, v with u diag(values) v' the base, and what the base was divided by."""


@dataclass(frozen=True)
class Proximity(StepBase):
    """Add up walks between nodes, S = sum_r c_r P^r, P = D^-1 A, sum_r c_r = 1, r = 1, 2, ...

    * "walk": c_r = 1/window for r up to `window` (DeepWalk's co-occurrences; Qiu et al. 2018,
      "Network embedding as matrix factorization: unifying DeepWalk, LINE, PTE, and node2vec")
    * "ppr": c_r = restart (1 - restart)^(r-1), personalised PageRank after a first step (Page et
      al. 1999)
    * "heat": c_r = e^-time time^(r-1) / (r-1)!, the heat kernel after a first step (Kondor,
      Lafferty 2002)
    * "katz": S = (1 - decay) sum_r decay^(r-1) (A / rho)^r with rho the largest eigenvalue of A
      (Katz 1953); weights instead of probabilities

    With `lift` every cell is divided by the share q_j of walks that end in j by chance, where walks
    begin at a node in proportion to its links: S_ij / q_j is 1 where i says nothing about j, and
    its logarithm is mutual information. In an undirected graph q_j = d_j / sum(d), so with "walk"
    it is the matrix inside NetMF's logarithm. (For "katz", 1 is the mean cell instead.)

    Undirected: P = D^-1/2 N D^1/2 with symmetric N, so S follows from the eigenpairs of N: all of
    them for up to 1,000 nodes, else the `rank` largest (NetMF's approximation for large windows),
    as a `LowRank` operator. Bipartite: the part of the whole graph's S between rows and columns, to
    which odd r contribute, by the singular triplets. Directed, and undirected with a `rank` of 0:
    exactly, as a dense matrix, up to 16,384 nodes. A "walk" of `window` 1 is exact and sparse for
    all.

    A new row's walks begin with its own links and go on as in training. That is exact for what was
    there at training (to the precision of the eigenpairs); where there are none, it is refused for
    more than one step.

    Attributes:
        measure: "walk", "ppr", "heat" or "katz".
        window: of "walk", at least 1.
        restart: of "ppr", between 0 and 1.
        time: of "heat", above 0.
        decay: of "katz", between 0 and 1.
        lift: whether to divide by chance.
        rank: how many eigenpairs; 0: none, every walk exactly.

    Example:
        >>> ring = np.roll(np.eye(4), 1, axis=1) + np.roll(np.eye(4), -1, axis=1)
        >>> obs = Observations.from_matrix(ring, rows="node", cols="neighbor")
        >>> np.round(Proximity(window=2, lift=False).apply(obs)[0].cells @ np.eye(4), 3)[0].tolist()
        [0.25, 0.25, 0.25, 0.25]
    """

    measure: str = "walk"
    window: int = 10
    restart: float = 0.15
    time: float = 1.0
    decay: float = 0.5
    lift: bool = True
    rank: int = 192

    def __post_init__(self) -> None:
        if self.measure not in ("walk", "ppr", "heat", "katz"):
            raise InputError(
                f"Proximity.measure is {self.measure!r}, but 'walk', 'ppr', 'heat' or 'katz' was "
                "expected"
            )
        for name, least in (("window", 1), ("rank", 0)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < least:
                raise InputError(
                    f"Proximity.{name} is {value!r}, but a whole number of at least {least} was "
                    "expected"
                )
        for name in ("restart", "decay"):
            if not 0 < getattr(self, name) < 1:
                raise InputError(
                    f"Proximity.{name} is {getattr(self, name)}, but a number between 0 and 1 was "
                    "expected"
                )
        if not 0 < self.time < 500:
            raise InputError(
                f"Proximity.time is {self.time}, but a number above 0 and below 500 was expected"
            )

    def apply(self, obs: Observations) -> tuple[Observations, State]:
        """Return the proximities: sparse for one step, `LowRank`, or dense (see the class).

        Raises:
            UnsupportedError: the matrix is an operator, or a directed graph of too many nodes.
            InputError: a weight is negative.
        """
        graph = graph_of(obs, "Proximity")
        cells, state = self.of(graph, None if self.one_step else self.pairs(graph))
        return obs.with_cells(cells), state

    def of(self, graph: Graph, pairs: Pairs | None) -> tuple[Any, State]:
        """Return the proximities in a graph and the state, from what `pairs` gave."""
        state: State = {
            "row_degrees": graph.row_degrees,
            "col_degrees": graph.col_degrees,
            "chance": np.array([1 / graph.volume if graph.volume else 1.0]),
        }
        if self.one_step:
            right = np.ones(len(graph.col_degrees))
            if self.lift:
                right = powered(graph.col_degrees, 1.0) / state["chance"]
            return scaled(graph.cells, powered(graph.row_degrees, 1.0), right), state
        if pairs is None:
            return self._series(graph), state
        from rowspace.linalg.operators import LowRank

        u, values, v, state["radius"] = pairs
        gains = self._gains(values)
        if graph.kind == "bipartite":  # only odd numbers of steps lead to the other side
            gains = gains + self._gains(-values)
            gains /= (self._gains(np.ones(1)) + self._gains(-np.ones(1)))[0]
            state["cols"] = v.astype(np.float32)
        state["gains"], state["rows"] = gains, u.astype(np.float32)
        if self.measure == "katz":
            mean = u.sum(axis=0) * values * gains @ v.sum(axis=0) / max(len(u) * len(v), 1)
            state["chance"] = np.array([mean if mean > 0 else 1.0])
        left, right = self._ends(state)
        return LowRank(
            (u * (values * gains) * left[:, None]).astype(np.float32),
            (v * right[:, None]).astype(np.float32),
            symmetric=graph.kind == "undirected" and self.lift,
        ), state

    def pairs(self, graph: Graph, tolerance: float = TOLERANCE) -> Pairs | None:
        """Return what steps of the same `measure` and `rank` share; None for exact walks."""
        if graph.kind == "directed" or not self.rank:
            return None
        base, largest = self._base(graph)
        return (*_pairs(base, self.rank, graph.kind == "bipartite", tolerance), largest)

    def new_row(
        self,
        state: State,
        side: SideOf,
        positions: NDArray[np.int64],
        values: NDArray[np.float32],
    ) -> NewRow:
        """Return the proximities of one new row (or to one new column); every cell comes back."""
        own = own_degree(values, "Proximity")
        partner = state["col_degrees" if side == "rows" else "row_degrees"][positions]
        chance = state["chance"][0]
        if self.one_step:
            out, into = (own, partner) if side == "rows" else (partner, own)
            known = (values > 0) & (partner > 0)
            lifted = values / np.where(out > 0, out, 1)
            if self.lift:
                lifted = lifted / (np.where(into > 0, into, 1) * chance)
            return positions[known], lifted[known].astype(np.float32)
        if "gains" not in state:
            raise UnsupportedError(
                "a new node of a directed graph changes the walks of all others, and so it does "
                "where rank is 0; use window=1, or an undirected graph and a rank, or fit again"
            )
        rows = state["rows"]
        there = state.get("cols", rows) if side == "rows" else rows
        left, right = self._ends(state)
        if self.measure == "katz":
            start, scale = values.astype(np.float64), 1 / state["radius"][0]
            scale /= chance if self.lift and side == "cols" else 1.0
        else:
            start, scale = values * powered(partner, 0.5), 1.0
            if side == "rows":
                scale = 1 / own if own > 0 else 0.0
            elif self.lift:
                scale = 1 / (own * chance) if own > 0 else 0.0
        inner = start @ there[positions] * state["gains"] * scale
        found = there @ inner * (right if side == "rows" else left)
        return np.arange(len(found), dtype=np.int64), found.astype(np.float32)

    @property
    def one_step(self) -> bool:
        """Whether only the links themselves count."""
        return self.measure == "walk" and self.window == 1

    def _ends(self, state: State) -> tuple[_Floats, _Floats]:
        """Return the diagonals left and right of the powers of the symmetric base."""
        rows, cols, chance = state["row_degrees"], state["col_degrees"], state["chance"][0]
        if self.measure == "katz":
            return np.ones(len(rows)), np.full(len(cols), 1 / chance if self.lift else 1.0)
        return powered(rows, 0.5), powered(cols, 0.5) / chance if self.lift else powered(cols, -0.5)

    def _base(self, graph: Graph) -> tuple[Any, _Floats]:
        """Return what is raised to powers: P, the symmetric N, or A / rho; and rho."""
        n, m = graph.cells.shape
        if self.measure == "katz":
            largest = radius(graph.cells)
            return scaled(graph.cells, np.full(n, 1 / largest), np.ones(m)), np.array([largest])
        exact = graph.kind == "directed" or not self.rank
        rows, cols = (1.0, 0.0) if exact else (0.5, 0.5)
        left, right = powered(graph.row_degrees, rows), powered(graph.col_degrees, cols)
        return scaled(graph.cells, left, right), np.ones(1)

    def _gains(self, x: _Floats) -> _Floats:
        """Return sum_r c_r x^(r-1)."""
        if self.measure == "walk":
            return np.asarray(np.mean([x**r for r in range(self.window)], axis=0))
        if self.measure == "ppr":
            return self.restart / (1 - (1 - self.restart) * x)
        if self.measure == "heat":
            return np.exp(self.time * (x - 1))
        return (1 - self.decay) / (1 - self.decay * x)

    def _coefficients(self) -> list[float]:
        """Return c_1, c_2, ... until what is left is negligible."""
        if self.measure == "walk":
            return [1 / self.window] * self.window
        found, left = list[float](), 1.0
        stay = 1 - self.restart if self.measure == "ppr" else self.decay
        while left > _SMALLEST_TERM:
            if self.measure == "heat":
                r = len(found)
                found.append(found[-1] * self.time / r if r else float(np.exp(-self.time)))
            else:
                found.append((1 - stay) * stay ** len(found))
            left -= found[-1]
        return found

    def _series(self, graph: Graph) -> NDArray[np.float32]:
        """Return the powers of P (or A / rho) added up exactly, as a dense matrix."""
        from rowspace.linalg.csr import Csr
        from rowspace.threads import kernel_threads

        n = len(graph.row_degrees)
        if graph.kind == "bipartite":
            raise UnsupportedError(
                "all walks exactly (rank=0) are for graphs of one kind of node, but this one joins "
                "two different sides; give a rank"
            )
        if 4 * n * n > _DENSE_BYTES:
            raise UnsupportedError(
                f"exact walks of several steps in a graph of {n:,} nodes need a matrix of "
                f"{4 * n * n / 1e9:.1f} GB; use window=1, or an undirected graph and a rank"
            )
        step, diagonal = Csr.of(self._base(graph)[0]), np.arange(n)
        coefficients = self._coefficients()
        total = np.zeros((n, n), np.float32)
        with kernel_threads():
            for c in coefficients[::-1]:
                total[diagonal, diagonal] += np.float32(c)
                total = step.times(total)
        if self.lift and self.measure == "katz":
            mean = float(total.mean(dtype=np.float64)) if n else 1.0
            total /= np.float32(mean if mean > 0 else 1.0)
        elif self.lift:
            reached = graph.row_degrees @ total / max(graph.volume, np.finfo(float).tiny)
            total *= np.where(reached > 0, 1 / np.where(reached > 0, reached, 1), 0).astype(
                np.float32
            )
        return total


def _pairs(
    base: Any, rank: int, bipartite: bool, tolerance: float
) -> tuple[_Floats, _Floats, _Floats]:
    """Return u, values, v with base ~ u diag(values) v': singular, or the largest eigenpairs."""
    from rowspace.linalg.krylov import truncated_svd
    from rowspace.linalg.products import Products
    from rowspace.threads import kernel_threads

    with kernel_threads():
        if max(base.shape) > EXACT_NODES and bipartite:
            found = truncated_svd(Products.of(base), rank, tolerance)
            return found.left.astype(np.float64), found.values, found.right.astype(np.float64)
        if bipartite:
            u, values, vt = np.linalg.svd(base.toarray().astype(np.float64), full_matrices=False)
            return u, values, vt.T
        values, u = largest_eigenpairs(base, rank, tolerance=tolerance)
    return u, values, u

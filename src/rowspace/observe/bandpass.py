"""Links as information, passed through a band of the graph's spectrum: the matrix of ProNE.

`BandPass` factors how much more than by chance a node leads to another, on the links only, and
spreads what it found with a filter that keeps the middle of the spectrum of the graph. A step of
`Factorization.matrix`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import InputError, UnsupportedError
from rowspace.observe.graphs import graph_of, powered
from rowspace.observe.observations import Observations
from rowspace.observe.steps import NewRow, SideOf, State, StepBase

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = ["BandPass"]


@dataclass(frozen=True)
class BandPass(StepBase):
    """g(L) U S^1/2 V' with the truncated SVD U S V' of the information of links.

    The information of link ij is log(p_ij) - log(q_j), p_ij = a_ij / d_i, with the shares
    q_j = s_j^0.75 / sum_j s_j^0.75 of s_j = sum_i p_ij; all other cells are 0. The filter is
    g(L) x = (I + A)(x - c(L - mu) x), c the Chebyshev expansion of a Gaussian of width theta around
    mu in the spectrum of L = I - D'^-1 (I + A): c(M) = sum_k (2 - [k = 0]) (-1)^k I_k(theta) T_k,
    with the Bessel functions I_k and T_k+1 = (M^2 - 2) T_k - T_k-1, T_0 = x, T_1 = M^2 x / 2 - x
    (Zhang, Dong, Wang, Tang, Ding 2019, "ProNE: fast and scalable network representation
    learning", sections 3.1 and 3.2, with the recursion of the authors' program).

    Directed graphs follow their links. The filter acts on `rank` vectors that were found first, as
    in the paper: to factor the filtered matrix itself would take the filter in every pass.

    Attributes:
        rank: of the SVD of the links, at least the dimension that is wanted.
        mu, theta: the middle and the inverse width of the band.
        order: terms of the expansion; 0 leaves the filter out.

    Example:
        >>> ring = np.roll(np.eye(6), 1, axis=1)
        >>> obs = Observations.from_matrix(ring + ring.T, rows="node", cols="neighbor")
        >>> BandPass(rank=4).apply(obs)[0]
        Observations(node 6 x neighbor 6, operator, 36 observed)
    """

    rank: int = 128
    mu: float = 0.2
    theta: float = 0.5
    order: int = 10

    def __post_init__(self) -> None:
        if self.rank < 1 or self.order < 0 or not np.isfinite([self.mu, self.theta]).all():
            raise InputError(
                f"{self} needs a rank of at least 1, an order of at least 0, finite mu and theta"
            )

    def apply(self, obs: Observations) -> tuple[Observations, State]:
        """Return the filtered matrix as an operator of low rank; the state is empty.

        Raises:
            UnsupportedError: the matrix is an operator, or joins two different sides.
            InputError: a weight is negative.
        """
        from rowspace.linalg.krylov import truncated_svd
        from rowspace.linalg.operators import LowRank
        from rowspace.linalg.products import Products
        from rowspace.threads import kernel_threads

        graph = graph_of(obs, "BandPass", ("undirected", "directed"))
        with kernel_threads():
            found = truncated_svd(Products.of(information(graph.cells)), self.rank, _TOLERANCE)
            roots = np.sqrt(found.values).astype(np.float32)
            left = self.filtered(graph.cells, found.left * roots) if self.order else None
        if left is None:  # the plain matrix, in as few dimensions
            left = found.left * (roots * roots)
        return obs.with_cells(LowRank(left, found.right)), {}

    def filtered(self, adjacency: csr_array, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return g(L) x, (n, b) float32, for x (n, b); call inside `kernel_threads()`."""
        from scipy.sparse import eye_array
        from scipy.special import iv

        from rowspace.linalg.csr import Csr

        looped = (adjacency + eye_array(adjacency.shape[0])).tocsr()
        degrees = np.asarray(looped.sum(axis=1), np.float64).ravel()
        steps = looped.copy()
        steps.data = steps.data / np.repeat(degrees, np.diff(looped.indptr))
        walk, spread = Csr.of(steps), Csr.of(looped)
        shift = np.float32(1 - self.mu)

        def shifted(y: NDArray[np.float32]) -> NDArray[np.float32]:
            return np.asarray(shift * y - walk.times(y))  # (L - mu) y

        before, now = x, np.float32(0.5) * shifted(shifted(x)) - x
        total = np.float32(iv(0, self.theta)) * before - np.float32(2 * iv(1, self.theta)) * now
        for k in range(2, self.order):
            before, now = now, shifted(shifted(now)) - 2 * now - before
            total += np.float32((-1) ** k * 2 * iv(k, self.theta)) * now
        out: NDArray[np.float32] = spread.times(x - total)
        return out

    def new_row(
        self,
        state: State,
        side: SideOf,
        positions: NDArray[np.int64],
        values: NDArray[np.float32],
    ) -> NewRow:
        """Refuse: what a new node receives depends on how it changes the walks of all others."""
        raise UnsupportedError(
            "a new node would change the filter of the graph, so its vector does not follow from "
            "its links; fit again with it, or use line or netmf"
        )


_TOLERANCE = 1e-2


def information(adjacency: csr_array) -> csr_array:
    """Return log(p_ij) - log(q_j) on the links of a graph, see `BandPass`; n x n float32."""
    from scipy.sparse import csr_array

    rows = np.repeat(np.arange(adjacency.shape[0]), np.diff(adjacency.indptr))
    inverse = powered(np.asarray(adjacency.sum(axis=1), np.float64).ravel(), 1.0)
    p = adjacency.data * inverse[rows]
    shares = np.bincount(adjacency.indices, p, adjacency.shape[1]) ** 0.75
    q = shares / max(shares.sum(), np.finfo(float).tiny)
    data = np.log(p) - np.log(q[adjacency.indices])
    kept = (data.astype(np.float32), adjacency.indices, adjacency.indptr)
    return csr_array(kept, shape=adjacency.shape)

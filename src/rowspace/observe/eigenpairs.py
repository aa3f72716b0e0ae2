"""The largest eigenpairs of symmetric sparse matrices, and the step `Positive` that keeps them.

Eigenvalues are ordered by value, not by magnitude: in a graph the largest ones belong to its smooth
directions (communities), the most negative ones to what alternates (two halves). Block Krylov
iteration does not mind disconnected graphs, whose eigenvalue 1 occurs once per component.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import InputError
from rowspace.observe.graphs import graph_of
from rowspace.observe.observations import Observations
from rowspace.observe.steps import NewRow, SideOf, State, StepBase

__all__ = ["Positive", "largest_eigenpairs", "radius"]

EXACT_NODES = 1000
"""Up to here all eigenpairs are found: it costs a fraction of a second."""

TOLERANCE = 1e-2


def largest_eigenpairs(
    matrix: Any, rank: int, bound: float = 1.0, tolerance: float = TOLERANCE
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the eigenvalues of a symmetric matrix, largest first, and its eigenvectors.

    Args:
        matrix: n x n SciPy CSR.
        rank: how many; all of them where n is at most `EXACT_NODES`.
        bound: no eigenvalue is larger in magnitude.
        tolerance: relative residual of each pair.

    Returns:
        (k,) and (n, k) with orthonormal columns, float64.

    Example:
        >>> from scipy.sparse import csr_array
        >>> largest_eigenpairs(csr_array(np.array([[0, 1], [1, 0]])), 2)[0].round(6).tolist()
        [1.0, -1.0]
    """
    from scipy.sparse import eye_array

    from rowspace.linalg.krylov import truncated_eigh
    from rowspace.linalg.products import Products
    from rowspace.threads import kernel_threads

    n = matrix.shape[0]
    with kernel_threads():
        if n <= EXACT_NODES:
            values, vectors = np.linalg.eigh(matrix.toarray().astype(np.float64))
            return values[::-1].copy(), vectors[:, ::-1].copy()
        # Moved up, all are at least 0 and the largest are those of largest magnitude.
        moved = (matrix + np.float32(bound) * eye_array(n, dtype=np.float32)).tocsr()
        values, found = truncated_eigh(Products.of(moved), min(rank, n), tolerance)
    return values - bound, found.astype(np.float64)


def radius(matrix: Any) -> float:
    """Return the largest singular value of a sparse matrix, and 1 where all is zero.

    >>> from scipy.sparse import csr_array
    >>> round(radius(csr_array(np.array([[0, 3.0], [0, 0]]))), 4)
    3.0
    """
    from rowspace.linalg.krylov import truncated_svd
    from rowspace.linalg.products import Products
    from rowspace.threads import kernel_threads

    with kernel_threads():
        found = float(truncated_svd(Products.of(matrix), 1, 1e-4).values[0])
    return found if found > 0 else 1.0


@dataclass(frozen=True)
class Positive(StepBase):
    """Keep the part of a symmetric matrix with the largest eigenvalues above 0.

    sum_k lambda_k v_k v_k' over the `rank` largest lambda_k > 0. After `Normalized()` these are the
    smoothest vectors of the graph, Laplacian eigenmaps (Belkin, Niyogi 2003); the factors of what
    comes out are v_k sqrt(lambda_k). A matrix that is not symmetric (directed and bipartite
    graphs) is passed on as it is, since singular values have no signs.

    A new row x becomes V V'x; exact for what was there at training.

    Attributes:
        rank: how many eigenvalues, at most; as many as the vectors are long, or more.

    Example:
        >>> obs = Observations.from_matrix(np.array([[0, 1], [1, 0]]), rows="node", cols="neighbor")
        >>> np.round(Positive(1).apply(obs)[0].cells @ np.eye(2), 3).tolist()
        [[0.5, 0.5], [0.5, 0.5]]
    """

    rank: int = 128

    def __post_init__(self) -> None:
        if isinstance(self.rank, bool) or not isinstance(self.rank, int) or self.rank < 1:
            raise InputError(
                f"Positive.rank is {self.rank!r}, but a whole number of at least 1 was expected"
            )

    def apply(self, obs: Observations) -> tuple[Observations, State]:
        """Return the positive part as a `LowRank` operator; the state holds `vectors` (n, k).

        Raises:
            UnsupportedError: the matrix is an operator.
            InputError: a value is negative.
        """
        graph = graph_of(obs, "Positive")
        if graph.kind != "undirected":
            return obs, {}
        from rowspace.linalg.operators import LowRank

        values, vectors = largest_eigenpairs(graph.cells, self.rank, radius(graph.cells))
        kept = np.flatnonzero(values > 1e-6 * np.abs(values).max(initial=0))[: self.rank]
        v = vectors[:, kept].astype(np.float32)
        v[graph.row_degrees == 0] = 0  # not only up to rounding
        return obs.with_cells(LowRank(v * values[kept].astype(np.float32), v)), {"vectors": v}

    def new_row(
        self,
        state: State,
        side: SideOf,
        positions: NDArray[np.int64],
        values: NDArray[np.float32],
    ) -> NewRow:
        """Return what the smooth directions hold of one new row; every cell comes back."""
        if "vectors" not in state:
            return positions, values
        v = state["vectors"]
        return np.arange(len(v), dtype=np.int64), v @ (values @ v[positions])

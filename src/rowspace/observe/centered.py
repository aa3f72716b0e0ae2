"""A matrix minus its column means, as an operator: X - 1 mu', never formed.

Made by the step `Center` from a sparse matrix or another operator, multiplied by the spectral
solver. `matrix` and `means` are open, so that a solver with a faster product for `matrix` can use
it and subtract the same rank-one part.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.linalg import LinearOperator

_ROWS_PER_BLOCK = 8192


class CenteredOperator(LinearOperator):  # type: ignore[misc]
    """The operator X - 1 mu' for an n x m matrix X, in float32 like X.

    Products keep the type of the block: float32 in, float32 out. They do not depend on the number
    of threads.

    Args:
        matrix: X, a `csr_array` or a `LinearOperator`.
        means: mu, (m,) float64.
    """

    def __init__(self, matrix: Any, means: NDArray[np.float64]) -> None:
        super().__init__(np.dtype(np.float32), matrix.shape)
        self.matrix = matrix
        self.means = means

    def _matmat(self, block: NDArray[Any]) -> NDArray[Any]:
        """(X - 1 mu') B = X B - 1 (mu' B)."""
        product = np.asarray(self.matrix @ block)
        # einsum without BLAS, whose order of summation depends on its threads.
        product -= np.einsum("j,jk->k", self.means, block).astype(product.dtype)
        return product

    def _rmatmat(self, block: NDArray[Any]) -> NDArray[Any]:
        """(X - 1 mu')' B = X' B - mu (1' B)."""
        product = np.asarray(self.matrix.T @ block)
        sums = block.sum(axis=0, dtype=np.float64)
        for top in range(0, len(product), _ROWS_PER_BLOCK):
            part = slice(top, top + _ROWS_PER_BLOCK)
            product[part] -= np.multiply.outer(self.means[part], sums).astype(product.dtype)
        return product

    def _matvec(self, vector: NDArray[Any]) -> NDArray[Any]:
        return self._matmat(vector.reshape(-1, 1)).ravel()

    def _rmatvec(self, vector: NDArray[Any]) -> NDArray[Any]:
        return self._rmatmat(vector.reshape(-1, 1)).ravel()

"""Matrices that are never formed, as SciPy linear operators whose products are parallel.

The leaves are here: `SparseOperator` (a sparse matrix), `LowRank` (L R'), `RowBlocks` (rows that
are computed when they are needed) and `CenteredOperator` (X - 1 mu'). SciPy's own algebra composes
them: `a @ b`, `a + b`, `2.0 * a`, `a**3`, `a.T`. Products keep the type of the block (float32 in,
float32 out) and do not depend on the number of threads. Made by matrix steps, multiplied by the
solvers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.linalg import LinearOperator

from rowspace.linalg.csr import Csr
from rowspace.linalg.kernels import blocked
from rowspace.threads import kernel_threads
from rowspace.workers import each, run

_ROWS_PER_BLOCK = 8192
_CELLS_PER_BLOCK = 1 << 23  # of rows that are computed when they are needed: 32 MB a block


class BlockOperator(LinearOperator):  # type: ignore[misc]
    """An operator that multiplies blocks of vectors; a single vector is a block of one."""

    def _matvec(self, vector: NDArray[Any]) -> NDArray[Any]:
        return np.asarray(self._matmat(vector.reshape(-1, 1))).ravel()

    def _rmatvec(self, vector: NDArray[Any]) -> NDArray[Any]:
        return np.asarray(self._rmatmat(vector.reshape(-1, 1))).ravel()


class SparseOperator(BlockOperator):
    """A sparse matrix with parallel products.

    Args:
        matrix: n x m SciPy sparse; values are read as float32.

    Example:
        >>> from scipy.sparse import eye_array
        >>> twice = 2.0 * SparseOperator(eye_array(3).tocsr())
        >>> (twice @ twice @ np.ones((3, 1), np.float32)).ravel().tolist()
        [4.0, 4.0, 4.0]
    """

    def __init__(self, matrix: Any) -> None:
        super().__init__(np.dtype(np.float32), matrix.shape)
        self.csr = Csr.of(matrix.tocsr())

    def _matmat(self, block: NDArray[Any]) -> NDArray[Any]:
        return self.csr.times(block)

    def _rmatmat(self, block: NDArray[Any]) -> NDArray[Any]:
        return self.csr.T.times(block)


class LowRank(BlockOperator):
    """The product L R' of two tall matrices.

    Args:
        left: (n, h) float32.
        right: (m, h) float32.
        symmetric: whether the product is its own transpose.
    """

    def __init__(
        self, left: NDArray[np.float32], right: NDArray[np.float32], symmetric: bool = False
    ) -> None:
        super().__init__(np.dtype(np.float32), (len(left), len(right)))
        self.left, self.right, self.symmetric = left, right, symmetric

    def _matmat(self, block: NDArray[Any]) -> NDArray[Any]:
        return _through(self.left, self.right, block)

    def _rmatmat(self, block: NDArray[Any]) -> NDArray[Any]:
        return _through(self.right, self.left, block)


class RowBlocks(BlockOperator):
    """A matrix whose rows are computed whenever they are multiplied, some at a time.

    For dense n x m matrices that do not fit into memory but follow from something small.

    Args:
        shape: (n, m).
        rows: (first, last) -> the rows first .. last - 1, (last - first, m) float32; called from
            several threads at once.
        symmetric: whether the matrix is its own transpose.
    """

    def __init__(
        self,
        shape: tuple[int, int],
        rows: Callable[[int, int], NDArray[np.float32]],
        symmetric: bool = False,
    ) -> None:
        super().__init__(np.dtype(np.float32), shape)
        self.rows, self.symmetric = rows, symmetric

    def _matmat(self, block: NDArray[Any]) -> NDArray[Any]:
        out = np.empty((self.shape[0], block.shape[1]), block.dtype)

        def one(piece: tuple[int, int]) -> None:
            out[slice(*piece)] = self.rows(*piece) @ block

        with kernel_threads():
            run(one, self._pieces())
        return out

    def _rmatmat(self, block: NDArray[Any]) -> NDArray[Any]:
        if self.symmetric:
            return self._matmat(block)
        total = np.zeros((self.shape[1], block.shape[1]))
        with kernel_threads():
            parts = each(lambda piece: self.rows(*piece).T @ block[slice(*piece)], self._pieces())
            for part in parts:
                total += part
        return total.astype(block.dtype)

    def _pieces(self) -> list[tuple[int, int]]:
        n, m = self.shape
        height = max(1, min(2048, _CELLS_PER_BLOCK // max(m, 1)))
        return [(top, min(top + height, n)) for top in range(0, n, height)]


class CenteredOperator(BlockOperator):
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
        self._products = SparseOperator(matrix) if hasattr(matrix, "tocsr") else matrix
        self.means = means

    def _matmat(self, block: NDArray[Any]) -> NDArray[Any]:
        """(X - 1 mu') B = X B - 1 (mu' B)."""
        product = np.asarray(self._products @ block)
        # einsum without BLAS, whose order of summation depends on its threads.
        product -= np.einsum("j,jk->k", self.means, block).astype(product.dtype)
        return product

    def _rmatmat(self, block: NDArray[Any]) -> NDArray[Any]:
        """(X - 1 mu')' B = X' B - mu (1' B)."""
        product = np.asarray(self._products.rmatmat(block))
        sums = block.sum(axis=0, dtype=np.float64)
        for top in range(0, len(product), _ROWS_PER_BLOCK):
            part = slice(top, top + _ROWS_PER_BLOCK)
            product[part] -= np.multiply.outer(self.means[part], sums).astype(product.dtype)
        return product


def _through(left: NDArray[Any], right: NDArray[Any], block: NDArray[Any]) -> NDArray[Any]:
    """Return left (right' block) in the type of the block."""
    with kernel_threads():
        inner = blocked.cross(right, block).astype(block.dtype)
        return blocked.product(left, inner).astype(block.dtype, copy=False)

"""Sparse matrices as the kernels read them: CSR arrays of fixed types.

`Csr` fixes the types (int64 row starts, int32 columns, float32 values), so that each kernel is
compiled once. Its products are parallel and give the same bits whatever the number of threads.
Used by the matrix builders and by every solver.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import InputError
from rowspace.workers import run

_CELLS_PER_PIECE = 1 << 16
_MOST_PIECES = 256


@dataclass(frozen=True, eq=False)
class Csr:
    """A sparse matrix by rows.

    Attributes:
        indptr: (n + 1,) int64.
        indices: (nnz,) int32, ascending within a row.
        data: (nnz,) float32.
        shape: (n, m).
    """

    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    data: NDArray[np.float32]
    shape: tuple[int, int]

    @classmethod
    def of(cls, matrix: Any) -> Csr:
        """Return a SciPy CSR matrix with the types of the kernels (arrays are shared if they fit).

        Raises:
            InputError: it has more columns than int32 can count.
        """
        if matrix.shape[1] > np.iinfo(np.int32).max:
            raise InputError(f"the matrix has {matrix.shape[1]} columns; at most 2^31 - 1 work")
        return cls(
            np.asarray(matrix.indptr, np.int64),
            np.asarray(matrix.indices, np.int32),
            np.asarray(matrix.data, np.float32),
            (int(matrix.shape[0]), int(matrix.shape[1])),
        )

    @classmethod
    def full(cls, dense: NDArray[np.float32]) -> Csr:
        """Return a dense matrix with every cell stored, zeros too."""
        n, m = dense.shape
        return cls(
            np.arange(n + 1, dtype=np.int64) * m,
            np.tile(np.arange(m, dtype=np.int32), n),
            np.ascontiguousarray(dense, np.float32).ravel(),
            (n, m),
        )

    def dense(self) -> NDArray[np.float32]:
        """Return the matrix with its zeros, (n, m) float32."""
        out = np.zeros(self.shape, np.float32)
        out[self.row_of, self.indices] = self.data
        return out

    def with_data(self, data: NDArray[np.float32]) -> Csr:
        """Return the same cells with other values (nnz,) float32."""
        other = Csr(self.indptr, self.indices, data, self.shape)
        for known in ("_transposed", "row_of", "_pieces"):  # of the places, not of the values
            if known in self.__dict__:
                other.__dict__[known] = self.__dict__[known]
        return other

    @property
    def lengths(self) -> NDArray[np.int64]:
        """The number of stored cells of every row, (n,) int64."""
        return np.diff(self.indptr)

    @cached_property
    def transposing(self) -> NDArray[np.int64]:
        """Where each stored cell of the transpose stands in this matrix, (nnz,) int64."""
        return self._transposed[0]

    @cached_property
    def T(self) -> Csr:
        """The transpose."""
        if "_transposed" in self.__dict__:
            order, indptr, indices = self._transposed
            return Csr(indptr, indices, self.data[order], self.shape[::-1])
        from scipy.sparse import csr_array

        # Moving the values themselves is half the work of finding out where they go.
        return Csr.of(csr_array((self.data, self.indices, self.indptr), shape=self.shape).T.tocsr())

    @cached_property
    def _transposed(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32]]:
        from scipy.sparse import csr_array

        places = np.arange(len(self.data), dtype=np.int64)
        flipped = csr_array((places, self.indices, self.indptr), shape=self.shape).T.tocsr()
        return (
            flipped.data,
            np.asarray(flipped.indptr, np.int64),
            np.asarray(flipped.indices, np.int32),
        )

    def times(self, block: NDArray[Any]) -> NDArray[Any]:
        """Return this matrix times `block` (m, b) float32 or float64, in the block's type."""
        from rowspace.linalg.kernels.spmm import spmm

        out = np.empty((self.shape[0], block.shape[1]), block.dtype)
        block = np.ascontiguousarray(block)

        def rows(piece: tuple[int, int]) -> None:
            spmm(self.indptr, self.indices, self.data, block, *piece, out)

        run(rows, self._pieces)
        return out

    def times_sparse(self, block: Csr) -> NDArray[np.float32]:
        """Return this matrix times a sparse `block` (m, b), as a dense (n, b) float32."""
        from rowspace.linalg.kernels.spspmm import spspmm

        out = np.empty((self.shape[0], block.shape[1]), np.float32)

        def rows(piece: tuple[int, int]) -> None:
            spspmm(
                self.indptr, self.indices, self.data,
                block.indptr, block.indices, block.data, *piece, out,
            )  # fmt: skip

        run(rows, self._pieces)
        return out

    def scores(self, rows: NDArray[np.float32], cols: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return rows_i . cols_j of every stored cell (i, j), (nnz,) float32."""
        from rowspace.linalg.kernels.scores import scores

        out = np.empty(len(self.indices), np.float32)
        rows, cols = (np.ascontiguousarray(x, np.float32) for x in (rows, cols))

        def some(piece: tuple[int, int]) -> None:
            scores(self.indptr, self.indices, rows, cols, *piece, out)

        run(some, self._pieces)
        return out

    @cached_property
    def row_of(self) -> NDArray[np.int32]:
        """The row of every stored cell, (nnz,) int32."""
        return np.repeat(np.arange(self.shape[0], dtype=np.int32), self.lengths)

    @cached_property
    def _pieces(self) -> list[tuple[int, int]]:
        """Ranges of rows with about as many stored cells each."""
        parts = int(np.clip(len(self.data) // _CELLS_PER_PIECE, 1, _MOST_PIECES))
        cuts = np.linspace(0, self.indptr[-1], parts + 1).astype(np.int64)
        bounds = np.searchsorted(self.indptr, cuts)
        bounds[0], bounds[-1] = 0, self.shape[0]
        return [(int(a), int(b)) for a, b in itertools.pairwise(bounds)]

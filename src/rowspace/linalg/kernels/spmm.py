"""The sparse product: every row of CSR times a dense block is a weighted sum of the block's rows.

Called by `Csr.times` for pieces of the rows; the transposed product is this one on the transposed
matrix, so that threads never write to the same place.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from rowspace.linalg.kernels.prefetch import LINE, prefetch

AHEAD = 12  # stored cells: how early their rows of the block are asked for


@njit(cache=True, nogil=True, fastmath={"contract"})
def spmm(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    data: NDArray[np.float32],
    block: NDArray[Any],
    first: int,
    last: int,
    out: NDArray[Any],
) -> None:
    """Write out_i = sum_j a_ij block_j.

    Args:
        indptr: (n + 1,) int64.
        indices: (nnz,) int32.
        data: (nnz,) float32.
        block: (m, b) float32 or float64, C order.
        first, last: the range of rows to write.
        out: (n, b) of the block's type, C order, written.
    """
    b = block.shape[1]
    begin, width = block.ctypes.data, b * block.itemsize
    head = min(width, 4 * LINE)  # what follows it the processor guesses
    for i in range(first, last):
        for c in range(b):
            out[i, c] = 0
        end = indptr[i + 1]
        p = indptr[i]
        # Four rows of the block at once: a quarter of the reads and writes of the sum.
        while p + 4 <= end:
            for q in range(p + AHEAD, min(p + AHEAD + 4, len(indices))):
                for offset in range(0, head, LINE):
                    prefetch(begin + indices[q] * width + offset)
            a0, a1, a2, a3 = data[p], data[p + 1], data[p + 2], data[p + 3]
            j0, j1 = np.uint64(indices[p]), np.uint64(indices[p + 1])
            j2, j3 = np.uint64(indices[p + 2]), np.uint64(indices[p + 3])
            for c in range(b):
                two = a0 * block[j0, c] + a1 * block[j1, c]
                out[i, c] += two + (a2 * block[j2, c] + a3 * block[j3, c])
            p += 4
        while p < end:
            a, j = data[p], np.uint64(indices[p])
            for c in range(b):
                out[i, c] += a * block[j, c]
            p += 1

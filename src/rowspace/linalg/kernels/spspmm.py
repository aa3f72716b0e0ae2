"""The product of two sparse matrices as a dense one, where the second has few cells in a row.

Called by `products.times_sparse` for pieces of the rows: the first product of a random projection.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True, fastmath={"contract"})
def spspmm(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    data: NDArray[np.float32],
    right_indptr: NDArray[np.int64],
    right_indices: NDArray[np.int32],
    right_data: NDArray[np.float32],
    first: int,
    last: int,
    out: NDArray[np.float32],
) -> None:
    """Write out_i = sum_j a_ij b_j, the rows b_j sparse too.

    Args:
        indptr, indices, data: CSR of the (n, m) left matrix: (n + 1,) int64, int32, float32.
        right_indptr, right_indices, right_data: CSR of the (m, b) right matrix, likewise.
        first, last: the range of rows to write.
        out: (n, b) float32, C order, written.
    """
    for i in range(first, last):
        for c in range(out.shape[1]):
            out[i, c] = 0
        for p in range(indptr[i], indptr[i + 1]):
            a, j = data[p], np.uint64(indices[p])
            for q in range(right_indptr[j], right_indptr[j + 1]):
                out[i, np.uint64(right_indices[q])] += a * right_data[q]

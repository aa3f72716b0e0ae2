"""The scores of stored cells: for every cell (i, j) of CSR the inner product u_i . v_j.

Called by `cells.scores` for pieces of the rows; used where the loss is reweighted.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True, fastmath={"contract", "reassoc"})
def scores(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    rows: NDArray[np.float32],
    cols: NDArray[np.float32],
    first: int,
    last: int,
    out: NDArray[np.float32],
) -> None:
    """Write out_p = rows_i . cols_j for every stored cell p = (i, j) of a range of rows.

    Args:
        indptr: (n + 1,) int64; indices: (nnz,) int32.
        rows: (n, k) float32; cols: (m, k) float32, C order.
        first, last: the range of rows.
        out: (nnz,) float32, written.
    """
    k = rows.shape[1]
    for i in range(first, last):
        u = rows[i]
        for p in range(indptr[i], indptr[i + 1]):
            v = cols[indices[p]]
            s = np.float32(0)
            for a in range(k):
                s += u[a] * v[a]
            out[p] = s

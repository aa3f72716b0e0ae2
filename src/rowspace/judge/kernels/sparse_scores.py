"""Sparse rows times dense columns: each column is read once while it is in the cache.

Called by `judge/scorer.py` for blocks of rows.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def sparse_scores(
    indptr: NDArray[Any],
    indices: NDArray[Any],
    data: NDArray[np.float32],
    cols: NDArray[np.float32],
    out: NDArray[np.float32],
) -> None:
    """Write out_uj = sum_i x_ui v_ji.

    Args:
        indptr, indices, data: x, n rows of CSR.
        cols: (m, d) float32, C order.
        out: (n, m) float32, written.
    """
    for j in range(len(cols)):
        for u in range(len(indptr) - 1):
            total = np.float32(0.0)
            for p in range(indptr[u], indptr[u + 1]):
                total += data[p] * cols[j, indices[p]]
            out[u, j] = total

"""Which negatives of a batch were observed: two loops, for shared columns and for own ones."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def clear_shared(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    rows: NDArray[np.int64],
    place: NDArray[np.int32],
    weight: NDArray[np.float32],
) -> None:
    """Set the weight of shared negatives that were observed in the row to 0.

    Args:
        indptr, indices: of the observed cells, (n + 1,) and (nnz,).
        rows: (B,).
        place: (m,) where in the shared columns a column is, -1 where it is not.
        weight: (B, K), changed.
    """
    for b in range(len(rows)):
        for at in range(indptr[rows[b]], indptr[rows[b] + 1]):
            k = place[indices[at]]
            if k >= 0:
                weight[b, k] = 0


@njit(cache=True, nogil=True)
def clear_own(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    rows: NDArray[np.int64],
    cols: NDArray[np.int64],
    weight: NDArray[np.float32],
) -> None:
    """Set the weight of negatives (B, K) that were observed in the row to 0; columns are sorted."""
    for b in range(len(rows)):
        begin, end = indptr[rows[b]], indptr[rows[b] + 1]
        for k in range(cols.shape[1]):
            low, high = begin, end
            while low < high:
                middle = (low + high) >> 1
                if indices[middle] < cols[b, k]:
                    low = middle + 1
                else:
                    high = middle
            if low < end and indices[low] == cols[b, k]:
                weight[b, k] = 0

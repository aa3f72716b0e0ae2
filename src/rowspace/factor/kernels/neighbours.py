"""Gather: for every column its best neighbours and the Gram matrix among them.

Called by `factor/neighbourhood.py` for batches of columns.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def gather(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    data: NDArray[np.float32],
    diagonal: NDArray[np.float64],
    first: int,
    l2: float,
    chosen: NDArray[np.int32],
    counts: NDArray[np.int64],
    inside: NDArray[np.float64],
    pull: NDArray[np.float64],
) -> None:
    """Choose the k neighbours i of column j with the largest G_ij^2 / (G_ii + l2), ascending.

    Args:
        indptr, indices, data: G = X'X, m x m, sorted.
        diagonal: (m,) float64, of G.
        first: the first column of the batch.
        l2: see above.
        chosen: (b, k) int32, written; counts: (b,) int64, how many there are.
        inside: (b, k, k) float64 zeros, gets G among the chosen.
        pull: (b, k) float64 zeros, gets G_ij.
    """
    b, k = chosen.shape
    m = len(indptr) - 1
    mark = np.full(m, -1, np.int32)
    for c in range(b):
        j = first + c
        begin, end = indptr[j], indptr[j + 1]
        gains = np.zeros(end - begin)
        for p in range(begin, end):
            i = indices[p]
            if i != j and data[p] != 0.0:
                below = diagonal[i] + l2
                gains[p - begin] = data[p] * data[p] / below if below > 0.0 else 0.0
        worst = 0.0
        room = k
        if len(gains) > k:
            worst = np.partition(gains, len(gains) - k)[len(gains) - k]
            above = 0
            for gain in gains:
                if gain > worst:
                    above += 1
            room = k - above  # for those that tie with the last, the first ones
        n = 0
        for p in range(begin, end):
            gain = gains[p - begin]
            if gain <= 0.0 or gain < worst:
                continue
            if gain == worst:
                if room == 0:
                    continue
                room -= 1
            chosen[c, n] = indices[p]
            pull[c, n] = data[p]
            mark[indices[p]] = n
            n += 1
            if n == k:
                break
        counts[c] = n
        for a in range(n):
            i = chosen[c, a]
            for p in range(indptr[i], indptr[i + 1]):
                at = mark[indices[p]]
                if at >= 0:
                    inside[c, a, at] = data[p]
        for a in range(n):
            mark[chosen[c, a]] = -1

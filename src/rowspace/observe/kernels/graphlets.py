"""The loop that counts the links among the common neighbours of two nodes.

Called by `observe/graphlets.py`.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def links_between(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    pair_indptr: NDArray[np.int64],
    pair_indices: NDArray[np.int32],
    first: int,
    last: int,
    out: NDArray[np.float32],
) -> None:
    """Write for each pair (x, y), x from first to last - 1, the links c - d with c, d near both.

    For every link c - d among the neighbours of x, all y near c and d get one more.

    Args:
        indptr, indices: of a symmetric graph without self loops, sorted within a row.
        pair_indptr, pair_indices: the pairs, (n + 1,) and (pairs,).
        out: (pairs,) float32, written.
    """
    n = len(indptr) - 1
    near = np.zeros(n, np.bool_)
    total = np.zeros(n, np.int64)
    for x in range(first, last):
        for e in range(indptr[x], indptr[x + 1]):
            near[indices[e]] = True
        for e in range(indptr[x], indptr[x + 1]):
            c = np.int64(indices[e])
            for f in range(indptr[c], indptr[c + 1]):
                d = np.int64(indices[f])
                if d <= c or not near[d]:
                    continue
                a, b = indptr[c], indptr[d]
                while a < indptr[c + 1] and b < indptr[d + 1]:
                    if indices[a] < indices[b]:
                        a += 1
                    elif indices[a] > indices[b]:
                        b += 1
                    else:
                        total[indices[a]] += 1
                        a += 1
                        b += 1
        for s in range(pair_indptr[x], pair_indptr[x + 1]):
            out[s] = total[pair_indices[s]]
        for e in range(indptr[x], indptr[x + 1]):  # leave both as they were
            c = np.int64(indices[e])
            near[c] = False
            for f in range(indptr[c], indptr[c + 1]):
                total[indices[f]] = 0

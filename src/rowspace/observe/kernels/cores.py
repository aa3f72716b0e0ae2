"""The peeling loop: the core number of every node, in time proportional to the links.

Batagelj, Zaversnik 2003, "An O(m) algorithm for cores decomposition of networks": nodes stand in
order of their remaining degree; the first is taken away and its neighbours move forward by one
bucket each. Called by `observe/cores.py`.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def core_numbers(indptr: NDArray[np.int64], indices: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return for each node the largest k such that it is in the k-core.

    Args:
        indptr, indices: of a symmetric graph without self loops, (n + 1,) and (nnz,).

    Returns:
        (n,) int64.
    """
    n = len(indptr) - 1
    degree = indptr[1:] - indptr[:-1]
    most = 0
    for v in range(n):
        most = max(most, degree[v])
    bucket = np.zeros(most + 2, np.int64)  # where the nodes of each degree begin
    for v in range(n):
        bucket[degree[v] + 1] += 1
    for d in range(most + 1):
        bucket[d + 1] += bucket[d]
    order, place = np.empty(n, np.int64), np.empty(n, np.int64)
    following = bucket.copy()
    for v in range(n):
        place[v] = following[degree[v]]
        order[place[v]] = v
        following[degree[v]] += 1
    for i in range(n):
        v = order[i]
        for e in range(indptr[v], indptr[v + 1]):
            u = np.int64(indices[e])
            if degree[u] > degree[v]:  # swap u with the first node of its bucket
                head = bucket[degree[u]]
                w = order[head]
                order[head], order[place[u]] = u, w
                place[w], place[u] = place[u], head
                bucket[degree[u]] += 1
                degree[u] -= 1
    return degree


@njit(cache=True, nogil=True)
def spread(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    order: NDArray[np.int64],
    rank: NDArray[np.int64],
    block: NDArray[np.float32],
) -> None:
    """Give each node of `order`, in turn, the mean of its neighbours of smaller rank.

    Args:
        indptr, indices: as for `core_numbers`.
        order: the nodes to fill.
        rank: (n,) int64, when a node is filled; those that are full from the start have 0.
        block: (n, b) float32 or float64, changed.
    """
    b = block.shape[1]
    total = np.empty(b, np.float64)
    for v in order:
        total[:] = 0
        n = 0
        for e in range(indptr[v], indptr[v + 1]):
            u = indices[e]
            if rank[u] < rank[v]:
                n += 1
                for k in range(b):
                    total[k] += block[u, k]
        for k in range(b):
            block[v, k] = total[k] / n if n else 0.0


@njit(cache=True, nogil=True)
def gather(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    order: NDArray[np.int64],
    rank: NDArray[np.int64],
    block: NDArray[np.float64],
) -> None:
    """Undo the nodes of `order` backwards: share each row among the neighbours of smaller rank.

    The transpose of `spread`; the arguments are the same, `block` (n, b) float64.
    """
    b = block.shape[1]
    for i in range(len(order) - 1, -1, -1):
        v = order[i]
        n = 0
        for e in range(indptr[v], indptr[v + 1]):
            n += rank[indices[e]] < rank[v]
        for e in range(indptr[v], indptr[v + 1]):
            u = indices[e]
            if rank[u] < rank[v]:
                for k in range(b):
                    block[u, k] += block[v, k] / n
        for k in range(b):
            block[v, k] = 0.0

"""One sum under many permutations: sum_ij K_ij L_p(i)p(j), all that changes when y is permuted.

Called by `judge/dependence.py`.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray


@njit(cache=True, parallel=True)
def permuted_products(
    k: NDArray[np.float64],
    other: NDArray[np.float64],
    orders: NDArray[np.int64],
    out: NDArray[np.float64],
) -> None:
    """Write the sum of the products of k with the other matrix in each order.

    Args:
        k, other: (n, n) float64.
        orders: (permutations, n) int64.
        out: (permutations,) float64, written.
    """
    n = len(k)
    for p in prange(len(orders)):
        order = orders[p]
        total = 0.0
        for i in range(n):
            row = other[order[i]]
            part = 0.0
            for j in range(n):
                part += k[i, j] * row[order[j]]
            total += part
        out[p] = total

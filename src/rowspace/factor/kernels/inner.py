"""All inner products of a few vectors: Z Z' in float32, without calling BLAS.

For a few dozen vectors BLAS spends most of its time on copying them into its own order. Here four
by two inner products are summed in registers. Called by the kernel `dual_rows`.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract", "reassoc"})
def inner(z: NDArray[np.float32], s: NDArray[np.float32]) -> None:
    """Write S = Z Z'.

    Args:
        z: (n, k) float32, C order, n a multiple of 4.
        s: (n, n) float32, C order; the lower triangle is written.
    """
    n, k = z.shape
    for f in range(0, n, 4):
        f0, f1, f2, f3 = np.uint64(f), np.uint64(f + 1), np.uint64(f + 2), np.uint64(f + 3)
        for g in range(0, f + 4, 2):
            g0, g1 = np.uint64(g), np.uint64(g + 1)
            a0 = a1 = a2 = a3 = b0 = b1 = b2 = b3 = np.float32(0)
            for a in range(k):
                x, y = z[g0, a], z[g1, a]
                a0 += z[f0, a] * x
                a1 += z[f1, a] * x
                a2 += z[f2, a] * x
                a3 += z[f3, a] * x
                b0 += z[f0, a] * y
                b1 += z[f1, a] * y
                b2 += z[f2, a] * y
                b3 += z[f3, a] * y
            s[f0, g0], s[f1, g0], s[f2, g0], s[f3, g0] = a0, a1, a2, a3
            s[f0, g1], s[f1, g1], s[f2, g1], s[f3, g1] = b0, b1, b2, b3

"""The Gram matrices of some rows, one after the other: gather, multiply, mirror.

    G_i = scale_i shared + sum_p extra_p v_p v_p' + ridge_i I,
    c_i = sum_p pull_p v_p + linear_i

over the observed cells p of row i, where v_p is the partner's vector. The partner's vectors are
copied, scaled by sqrt(extra), into a short block, so that the sum of outer products is one matrix
product. Called by `factor/prox/systems.py`, for the constraints that need G_i whole.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from rowspace.factor.kernels.lapack import call

BLOCK = 1 << 16  # numbers per block: 256 KiB of float32


@njit(cache=True, nogil=True, fastmath={"contract"})
def build(
    rows: NDArray[np.int64],
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    extra: NDArray[np.float32],
    pull: NDArray[np.float32],
    partner: NDArray[np.float32],
    shared: NDArray[np.float64],
    scale: NDArray[np.float64],
    ridge: NDArray[np.float64],
    linear: NDArray[np.float64],
    ssyrk: int,
    g: NDArray[np.float64],
    c: NDArray[np.float64],
) -> None:
    """Write G and c of every row.

    Args:
        rows: (b,) int64, which.
        indptr: (n + 1,) int64; indices: (nnz,) int32.
        extra, pull: (nnz,) float32, extra at least 0.
        partner: (m, k) float32, C order.
        shared: (k, k) float64; scale, ridge: (n,) float64.
        linear: (n, k) float64, or (0, k) for none.
        ssyrk: address.
        g: (b, k, k) float64, written; c: (b, k) float64, written.
    """
    k = partner.shape[1]
    depth = max(32, min(1024, BLOCK // k))
    block = np.empty((depth, k), np.float32)
    outer = np.empty((k, k), np.float32)
    # Fortran reads these by address. A row-major lower triangle is its upper triangle "U".
    text = np.array([ord("U"), ord("N")], np.uint8)
    sizes = np.array([k, 0], np.int32)
    factors = np.array([1.0, 0.0], np.float32)

    for at in range(len(rows)):
        # Taken anew for every row: an array lives as long as the loop that names it.
        upper, plain = text.ctypes.data, text.ctypes.data + 1
        size, filled_at = sizes.ctypes.data, sizes.ctypes.data + 4
        one, zero = factors.ctypes.data, factors.ctypes.data + 4

        i = rows[at]
        for a in range(k):
            for b in range(a + 1):
                g[at, a, b] = scale[i] * shared[a, b]
            g[at, a, a] += ridge[i]
            c[at, a] = linear[i, a] if len(linear) else 0.0
        filled, end = 0, indptr[i + 1]
        for p in range(indptr[i], end):
            v = partner[indices[p]]
            w, root = np.float64(pull[p]), np.sqrt(extra[p])
            for a in range(k):
                c[at, a] += w * v[a]
                block[filled, a] = root * v[a]
            filled += 1
            if filled == depth or p + 1 == end:
                sizes[1] = filled
                call(ssyrk, (upper, plain, size, filled_at, one, block.ctypes.data, size,
                             zero, outer.ctypes.data, size))  # fmt: skip
                for a in range(k):
                    for b in range(a + 1):
                        g[at, a, b] += outer[a, b]
                filled = 0
        for a in range(k):
            for b in range(a):
                g[at, b, a] = g[at, a, b]

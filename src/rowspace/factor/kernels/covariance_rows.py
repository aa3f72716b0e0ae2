"""The row loop of error bars: the inverse of every row's Gram matrix.

For row i the matrix of `least_squares_rows.py`, restricted to the coordinates that may move,

    G_i = scale_i shared + sum_p extra_p v_p v_p' + ridge_i I,

is summed in float64, factored by Cholesky and inverted. Called by `factor/covariance.py`.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from rowspace.factor.kernels.lapack import call

BLOCK = 1 << 15  # numbers per block: 256 KiB of float64
SINGULAR = 1e-12  # of the mean diagonal: a squared pivot that is rounding error


@njit(cache=True, nogil=True, fastmath={"contract"})
def invert(
    rows: NDArray[np.int64],
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    extra: NDArray[np.float32],
    partner: NDArray[np.float32],
    shared: NDArray[np.float64],
    scale: NDArray[np.float64],
    ridge: NDArray[np.float64],
    free: NDArray[np.bool_],
    dsyrk: int,
    dpotrf: int,
    dpotri: int,
    out: NDArray[np.float64],
    used: NDArray[np.float64],
) -> None:
    """Invert G_i of the given rows on their free coordinates; 0 on the others.

    A singular G_i has no inverse: infinity on the diagonal, 0 beside it.

    Args:
        rows: (r,) int64.
        indptr: (n + 1,) int64; indices: (nnz,) int32; extra: (nnz,) float32, at least 0.
        partner: (m, k) float32, C order.
        shared: (k, k) float64; scale, ridge: (n,) float64.
        free: (n, k) bool, which coordinates may move; (0, k) for all.
        dsyrk, dpotrf, dpotri: addresses.
        out: (r, k, k) float64, written.
        used: (r,) float64, written: the trace of the row's hat matrix, the parameters it uses.
    """
    k = partner.shape[1]
    depth = max(16, min(512, BLOCK // k))
    block = np.empty((depth, k), np.float64)
    # Fortran reads these by address. A row-major lower triangle is its upper triangle "U".
    text = np.array([ord("U"), ord("N")], np.uint8)
    sizes = np.array([k, 0, 0], np.int32)
    factors = np.array([1.0])

    for r in range(len(rows)):
        # Taken anew for every row: an array lives as long as the loop that names it.
        upper, plain = text.ctypes.data, text.ctypes.data + 1
        size, filled_at, info = sizes.ctypes.data, sizes.ctypes.data + 4, sizes.ctypes.data + 8
        one = factors.ctypes.data
        i = rows[r]
        g = out[r]
        start, end = indptr[i], indptr[i + 1]
        for a in range(k):
            for b in range(k):
                g[a, b] = scale[i] * shared[a, b]
        filled = 0
        for p in range(start, end):
            v = partner[indices[p]]
            root = np.sqrt(np.float64(extra[p]))
            for a in range(k):
                block[filled, a] = root * v[a]
            filled += 1
            if filled == depth or p + 1 == end:
                sizes[1] = filled
                call(dsyrk, (upper, plain, size, filled_at, one, block.ctypes.data, size, one,
                             g.ctypes.data, size))  # fmt: skip
                filled = 0
        mean, moving = 0.0, 0
        for a in range(k):
            g[a, a] += ridge[i]
            if len(free) and not free[i, a]:
                for b in range(a):
                    g[a, b] = 0.0
                for b in range(a + 1, k):
                    g[b, a] = 0.0
                g[a, a] = 1.0
            else:
                mean += g[a, a]
                moving += 1
        mean /= max(moving, 1)
        call(dpotrf, (upper, size, g.ctypes.data, size, info))
        singular = sizes[2] != 0
        for a in range(k):
            fixed = len(free) > 0 and not free[i, a]
            singular = singular or (not fixed and not g[a, a] * g[a, a] > SINGULAR * mean)
        if singular and moving:
            for a in range(k):
                for b in range(k):
                    g[a, b] = 0.0
                if not (len(free) and not free[i, a]):
                    g[a, a] = np.inf
            used[r] = float(min(int(end - start), moving))
            continue
        call(dpotri, (upper, size, g.ctypes.data, size, info))
        trace = 0.0
        for a in range(k):
            if len(free) and not free[i, a]:
                g[a, a] = 0.0
            trace += g[a, a]
            for b in range(a):
                g[b, a] = g[a, b]
        used[r] = moving - ridge[i] * trace

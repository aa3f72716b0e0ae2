"""The row loop of weighted least squares: gather, multiply, factor, solve.

Row i minimises 1/2 x'G_i x - c_i'x with

    G_i = scale_i shared + sum_p extra_p v_p v_p' + ridge_i I,
    c_i = sum_p pull_p v_p + linear_i

over its observed cells p, where v_p is the partner's vector (Hu, Koren, Volinsky 2008, equation 4).
The partner's vectors are copied, scaled by sqrt(extra), into a short block that stays in the
processor's cache, so that the sum of outer products is one matrix product; G_i and its Cholesky
factor are float64. Called by `factor/rows.py`.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from rowspace.factor.kernels.lapack import call

BLOCK = 1 << 16  # numbers per block: 256 KiB of float32
SINGULAR = 1e-6  # of the mean diagonal: a pivot that may be rounding error of float32
TINY = 1e-10  # of the mean diagonal: the ridge that makes a singular system solvable


@njit(cache=True, nogil=True, fastmath={"contract"})
def solve(
    order: NDArray[np.int64],
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
    dpotrf: int,
    dpotrs: int,
    out: NDArray[np.float32],
    least: NDArray[np.float64],
) -> None:
    """Solve every row's system by Cholesky.

    A singular system (no charge, too few cells) is summed again in float64 and solved with the
    ridge TINY * mean diagonal, which gives nearly the shortest of its solutions, 0 where nothing
    was observed.

    Args:
        order: (r,) int64, the rows to solve.
        indptr: (n + 1,) int64; indices: (nnz,) int32.
        extra, pull: (nnz,) float32, extra at least 0.
        partner: (m, k) float32, C order.
        shared: (k, k) float64; scale, ridge: (n,) float64.
        linear: (n, k) float64, or (0, k) for none.
        ssyrk, dpotrf, dpotrs: addresses.
        out: (n, k) float32, written.
        least: (n,) float64, written: 1/2 x'G_i x - c_i'x at the solution.
    """
    k = partner.shape[1]
    depth = max(32, min(1024, BLOCK // k))
    block = np.empty((depth, k), np.float32)
    outer = np.empty((k, k), np.float32)
    g = np.empty((k, k), np.float64)
    c = np.empty(k, np.float64)
    x = np.empty(k, np.float64)
    # Fortran reads these by address. A row-major lower triangle is its upper triangle "U".
    text = np.array([ord("U"), ord("N")], np.uint8)
    sizes = np.array([k, 0, 1, 0], np.int32)
    factors = np.array([1.0, 0.0], np.float32)

    for i in order:
        # Taken anew for every row: an array lives as long as the loop that names it.
        upper, plain = text.ctypes.data, text.ctypes.data + 1
        size, filled_at = sizes.ctypes.data, sizes.ctypes.data + 4
        one_column, info = sizes.ctypes.data + 8, sizes.ctypes.data + 12
        one, zero = factors.ctypes.data, factors.ctypes.data + 4

        start, end = indptr[i], indptr[i + 1]
        for a in range(k):
            for b in range(a + 1):
                g[a, b] = scale[i] * shared[a, b]
            c[a] = linear[i, a] if len(linear) else 0.0
        filled = 0
        for p in range(start, end):
            v = partner[indices[p]]
            w, root = np.float64(pull[p]), np.sqrt(extra[p])
            for a in range(k):
                c[a] += w * v[a]
                block[filled, a] = root * v[a]
            filled += 1
            if filled == depth or p + 1 == end:
                sizes[1] = filled
                call(ssyrk, (upper, plain, size, filled_at, one, block.ctypes.data, size,
                             zero, outer.ctypes.data, size))  # fmt: skip
                for a in range(k):
                    for b in range(a + 1):
                        g[a, b] += outer[a, b]
                filled = 0
        mean, added = 0.0, 0.0
        for a in range(k):
            g[a, a] += ridge[i]
            mean += g[a, a] / k
        call(dpotrf, (upper, size, g.ctypes.data, size, info))
        singular = sizes[3] != 0
        for a in range(k):
            singular = singular or g[a, a] * g[a, a] < SINGULAR * mean
        if singular and mean > 0.0:
            # In float32 the sum is singular only nearly, in other directions than c knows.
            for a in range(k):
                for b in range(a + 1):
                    g[a, b] = scale[i] * shared[a, b]
            for p in range(start, end):
                v = partner[indices[p]]
                for a in range(k):
                    w = np.float64(extra[p]) * v[a]
                    for b in range(a + 1):
                        g[a, b] += w * v[b]
            added = TINY * mean
            for a in range(k):
                g[a, a] += ridge[i] + added
            call(dpotrf, (upper, size, g.ctypes.data, size, info))

        if mean == 0.0:
            out[i] = 0
            least[i] = 0.0
            continue
        x[:] = c
        call(dpotrs, (upper, size, one_column, g.ctypes.data, size, x.ctypes.data, size, info))
        value = 0.0
        for a in range(k):
            out[i, a] = x[a]
            value -= 0.5 * (c[a] + added * x[a]) * x[a]
        least[i] = value

"""The row loop of the dual: a row of few cells is solved by a system of its cells, exactly.

Row i minimises 1/2 x'G_i x - c_i'x with

    G_i = D + sum_p extra_p v_p v_p',    D = diag(scale_i values + ridge_i) > 0,
    c_i = sum_p pull_p v_p + linear_i

over its observed cells p (the partner's vectors v_p are in the basis in which what all rows share
is diagonal). With the rows sqrt(extra_p) D^-1/2 v_p of Z, h_p = pull_p / sqrt(extra_p) and
e = D^-1/2 linear_i, Woodbury's identity gives, without cancellation,

    x = D^-1/2 (e + Z'y),    (I + Z Z') y = h - Z e

(Pilaszy, Zibriczky and Tikk 2010 solve rows of few cells so). Cells that weigh nothing extra only
pull: they join e. Called by `factor/rows.py`.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from rowspace.factor.kernels.gathered import AHEAD, LINE, SOLVED, ask_for, descent, dot
from rowspace.factor.kernels.inner import inner
from rowspace.factor.kernels.lapack import call
from rowspace.linalg.kernels.prefetch import prefetch

FEW = 128  # cells up to which products in registers beat BLAS
FLAT = 1e-6  # least of D, relative to its largest, that float32 can divide by
RISKY = 300.0  # trace of Z Z', above its condition, beyond which the residual is looked at


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract", "reassoc"})
def solve_dual(
    order: NDArray[np.int64],
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    extra: NDArray[np.float32],
    pull: NDArray[np.float32],
    partner: NDArray[np.float32],
    values: NDArray[np.float64],
    scale: NDArray[np.float64],
    ridge: NDArray[np.float64],
    linear: NDArray[np.float64],
    longest: int,
    ssyrk: int,
    spotrf: int,
    spotrs: int,
    out: NDArray[np.float32],
    least: NDArray[np.float64],
    solved: NDArray[np.bool_],
) -> None:
    """Solve every row of `order`.

    Args:
        order: (r,) int64, the rows.
        indptr: (n + 1,) int64; indices: (nnz,) int32.
        extra, pull: (nnz,) float32, extra at least 0.
        partner: (m, k) float32, C order.
        values: (k,) float64, at least 0; scale, ridge: (n,) float64, at least 0.
        linear: (n, k) float64, or (0, k) for none.
        longest: the most cells of a row of `order`.
        ssyrk, spotrf, spotrs: addresses.
        out: (n, k) float32, written.
        least: (n,) float64, written: 1/2 x'G_i x - c_i'x at the solution.
        solved: (n,) bool, written: whether float32 was enough.
    """
    k = partner.shape[1]
    most = (longest + 3) // 4 * 4
    z, room = np.empty((most, k), np.float32), np.empty(most * most, np.float32)
    h, y = np.empty(most, np.float32), np.empty(most, np.float32)
    ones = np.ones(most, np.float32)
    t, e = np.empty(k, np.float32), np.empty(k, np.float32)
    u, c = np.empty(k, np.float32), np.empty(k, np.float32)
    # Fortran reads these by address. A row-major lower triangle is its upper triangle "U".
    text = np.array([ord("U"), ord("T")], np.uint8)
    sizes = np.array([k, 0, 1, 0, 0], np.int32)
    factors = np.array([1.0, 0.0], np.float32)
    at = partner.ctypes.data

    for turn_of in range(len(order)):
        i = order[turn_of]
        if turn_of + 1 < len(order):
            after = order[turn_of + 1]
            ask_for(partner, indices, indptr[after], indptr[after + 1])
        # Taken anew for every row: an array lives as long as the loop that names it.
        upper, transposed = text.ctypes.data, text.ctypes.data + 1
        width, size = sizes.ctypes.data, sizes.ctypes.data + 4
        one_column, info = sizes.ctypes.data + 8, sizes.ctypes.data + 12
        stride = sizes.ctypes.data + 16
        one, zero = factors.ctypes.data, factors.ctypes.data + 4

        begin, end = indptr[i], indptr[i + 1]
        smallest, largest = np.inf, 0.0
        for a in range(k):
            diagonal = scale[i] * values[a] + ridge[i]
            smallest, largest = min(smallest, diagonal), max(largest, diagonal)
            t[a] = np.float32(1) / np.sqrt(np.float32(diagonal))
            e[a] = 0
        solved[i] = smallest > FLAT * largest
        if not solved[i]:
            out[i] = 0
            continue
        if len(linear):
            for a in range(k):
                e[a] = t[a] * np.float32(linear[i, a])
        n = 0
        for p in range(begin, end):
            if p + AHEAD < end:
                ahead = at + 4 * k * np.int64(indices[p + AHEAD])
                for a in range(0, k, LINE):
                    prefetch(ahead + 4 * a)
            j, g = np.uint64(indices[p]), np.uint64(n)
            if extra[p] > 0:
                root = np.sqrt(extra[p])
                h[g] = pull[p] / root
                for a in range(k):
                    z[g, a] = root * t[a] * partner[j, a]
                n += 1
            else:
                w = pull[p]
                for a in range(k):
                    e[a] += w * t[a] * partner[j, a]
        trace = 0.0
        if n:
            full = (n + 3) // 4 * 4
            z[n:full] = 0
            sizes[1], sizes[4] = n, full
            s = room[: full * full].reshape(full, full)
            if n <= FEW:
                inner(z[:full], s)
            else:
                call(ssyrk, (upper, transposed, size, width, one, z.ctypes.data, width,
                             zero, s.ctypes.data, stride))  # fmt: skip
            for f in range(n):
                trace += s[f, f]
                s[f, f] += 1
                y[f] = h[f]
            if len(linear) or n < end - begin:
                for f in range(n):
                    w = np.float32(0)
                    for a in range(k):
                        w += z[f, a] * e[a]
                    y[f] -= w
            call(spotrf, (upper, size, s.ctypes.data, stride, info))
            call(spotrs, (upper, size, one_column, s.ctypes.data, stride, y.ctypes.data, size,
                          info))  # fmt: skip
        for a in range(k):
            u[a] = e[a]
            c[a] = e[a]
        f = 0
        while f + 2 <= n:
            f0, f1 = np.uint64(f), np.uint64(f + 1)
            y0, y1, h0, h1 = y[f0], y[f1], h[f0], h[f1]
            for a in range(k):
                u[a] += y0 * z[f0, a] + y1 * z[f1, a]
                c[a] += h0 * z[f0, a] + h1 * z[f1, a]
            f += 2
        if f < n:
            f0 = np.uint64(f)
            y0, h0 = y[f0], h[f0]
            for a in range(k):
                u[a] += y0 * z[f0, a]
                c[a] += h0 * z[f0, a]
        if not trace < RISKY:
            missed, asked = 0.0, 0.0
            for a in range(k):
                e[a] = c[a] - u[a]
            descent(z, ones[:n], h[:n], 0, u, e)
            for a in range(k):
                missed += (e[a] / t[a]) ** 2
                asked += (c[a] / t[a]) ** 2
            solved[i] = missed <= SOLVED * SOLVED * asked
            if not solved[i]:
                out[i] = 0
                continue
        least[i] = -0.5 * dot(u, c)
        for a in range(k):
            out[i, a] = t[a] * u[a]

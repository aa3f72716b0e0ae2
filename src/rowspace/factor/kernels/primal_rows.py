"""The row loop of the primal: a row of many cells is solved by a system of the size of its vector.

Row i minimises 1/2 x'G_i x - c_i'x with

    G_i = diag(scale_i values + ridge_i) + sum_p extra_p v_p v_p',
    c_i = sum_p pull_p v_p + linear_i

over its observed cells p (Hu, Koren, Volinsky 2008, equation 4; the partner's vectors v_p are in
the basis in which what all rows share is diagonal). The sum of outer products is one matrix product
per block, the Cholesky factor is float32, and the residual, taken from the vectors themselves,
corrects the solution. Called by `factor/rows.py`.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from rowspace.factor.kernels.gathered import BLOCK, SOLVED, descent, gather
from rowspace.factor.kernels.lapack import call

SINGULAR = 1e-6  # of the mean diagonal: a pivot that may be rounding error of float32
EXACT = 1e-6  # relative residual that needs no correction


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract", "reassoc"})
def solve_primal(
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
        ssyrk, spotrf, spotrs: addresses.
        out: (n, k) float32, written.
        least: (n,) float64, written: 1/2 x'G_i x - c_i'x at the solution.
        solved: (n,) bool, written: whether float32 was enough.
    """
    k = partner.shape[1]
    depth = max(32, min(1024, BLOCK // k))
    block = np.empty((depth, k), np.float32)
    ones = np.ones(depth, np.float32)
    g = np.empty((k, k), np.float32)
    diagonal, x = np.empty(k, np.float32), np.empty(k, np.float32)
    r, move = np.empty(k, np.float32), np.empty(k, np.float32)
    c, rest = np.empty(k, np.float64), np.empty(k, np.float64)
    # Fortran reads these by address. A row-major lower triangle is its upper triangle "U".
    text = np.array([ord("U"), ord("N")], np.uint8)
    sizes = np.array([k, 0, 1, 0], np.int32)
    factors = np.array([1.0, 0.0], np.float32)

    for i in order:
        # Taken anew for every row: an array lives as long as the loop that names it.
        upper, plain = text.ctypes.data, text.ctypes.data + 1
        size, filled = sizes.ctypes.data, sizes.ctypes.data + 4
        one_column, info = sizes.ctypes.data + 8, sizes.ctypes.data + 12
        one, kept = factors.ctypes.data, factors.ctypes.data + 4

        begin, end = indptr[i], indptr[i + 1]
        resident = end - begin <= depth
        for a in range(k):
            diagonal[a] = scale[i] * values[a] + ridge[i]
            c[a] = linear[i, a] if len(linear) else 0.0
            x[a] = 0
        if begin == end:
            g[:] = 0
        for p in range(begin, end, depth):
            stop = min(p + depth, end)
            gather(partner, indices, p, stop, block)
            r[:] = 0
            for f in range(stop - p):
                row, root, w = np.uint64(f), np.sqrt(extra[p + f]), pull[p + f]
                for a in range(k):
                    r[a] += w * block[row, a]
                    block[row, a] *= root
            for a in range(k):
                c[a] += r[a]
            sizes[1] = stop - p
            factors[1] = 0.0 if p == begin else 1.0
            call(ssyrk, (upper, plain, size, filled, one, block.ctypes.data, size,
                         kept, g.ctypes.data, size))  # fmt: skip
        asked, mean = 0.0, 0.0
        for a in range(k):
            g[a, a] += diagonal[a]
            mean += g[a, a] / k
            rest[a] = c[a]
            asked += c[a] * c[a]
        call(spotrf, (upper, size, g.ctypes.data, size, info))
        regular = sizes[3] == 0
        for a in range(k):
            regular = regular and g[a, a] * g[a, a] >= SINGULAR * mean
        missed = 0.0
        for _ in range(3):
            for a in range(k):
                move[a] = rest[a]
            call(spotrs, (upper, size, one_column, g.ctypes.data, size, move.ctypes.data, size,
                          info))  # fmt: skip
            for a in range(k):
                x[a] += move[a]
                rest[a] = c[a] - np.float64(diagonal[a]) * np.float64(x[a])
            for p in range(begin, end, depth):
                stop = min(p + depth, end)
                if not resident:
                    gather(partner, indices, p, stop, block)
                r[:] = 0
                weight = ones[: stop - p] if resident else extra[p:stop]
                descent(block, weight, pull[p:stop], 0, x, r)
                for a in range(k):
                    rest[a] += r[a]
            missed = 0.0
            for a in range(k):
                missed += rest[a] * rest[a]
            if missed <= EXACT * EXACT * asked:
                break
        solved[i] = regular and missed <= SOLVED * SOLVED * asked
        if not solved[i]:
            out[i] = 0
            continue
        value = 0.0
        for a in range(k):
            value -= 0.5 * (c[a] + rest[a]) * x[a]
            out[i, a] = x[a]
        least[i] = value

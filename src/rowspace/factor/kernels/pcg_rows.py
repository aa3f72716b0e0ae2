"""The row loop of conjugate gradient: every row goes a few steps from where it stands.

Row i minimises f(x) = 1/2 x'G_i x - c_i'x with

    G_i = diag(scale_i values + ridge_i) + sum_p extra_p v_p v_p',
    c_i = sum_p pull_p v_p + linear_i

over its observed cells p (the partner's vectors v_p are in the basis in which what all rows share
is diagonal). There the diagonal of G_i is nearly all of it, so three steps preconditioned by it
(Jacobi) come close to the minimum. f never rises. Called by `factor/rows.py`.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from rowspace.factor.kernels.gathered import BLOCK, ask_for, descent, dot, gather

STEPS = 3
FLAT = 1e-6  # least of the diagonal, relative to its largest: less is rounding error of float32
TINY = 1e-30


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract", "reassoc"})
def improve(
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
    place: NDArray[np.int64],
    start: NDArray[np.float32],
    out: NDArray[np.float32],
    least: NDArray[np.float64],
) -> None:
    """Improve every row of `order` from its start.

    Args:
        order: (r,) int64, the rows.
        indptr: (n + 1,) int64; indices: (nnz,) int32.
        extra, pull: (nnz,) float32, extra at least 0.
        partner: (m, k) float32, C order.
        values: (k,) float64, at least 0; scale, ridge: (n,) float64, at least 0.
        linear: (n, k) float64, or (0, k) for none.
        place: (n,) int64, where the row stands in `start` (s, k) float32.
        out: (n, k) float32, written.
        least: (n,) float64, written: f where the row has come to.
    """
    k = partner.shape[1]
    depth = max(32, min(1024, BLOCK // k))
    block = np.empty((depth, k), np.float32)
    diagonal, jacobi = np.empty(k, np.float32), np.empty(k, np.float32)
    x, r = np.empty(k, np.float32), np.empty(k, np.float32)
    d, q = np.empty(k, np.float32), np.empty(k, np.float32)

    for turn_of in range(len(order)):
        i = order[turn_of]
        if turn_of + 1 < len(order):
            after = order[turn_of + 1]
            ask_for(partner, indices, indptr[after], indptr[after + 1])
        begin, end = indptr[i], indptr[i + 1]
        resident = end - begin <= depth
        x[:] = start[place[i]]
        for a in range(k):
            diagonal[a] = scale[i] * values[a] + ridge[i]
            jacobi[a] = diagonal[a]
            r[a] = 0
        drawn = 0.0
        for p in range(begin, end, depth):
            stop = min(p + depth, end)
            gather(partner, indices, p, stop, block)
            drawn += descent(block, extra[p:stop], pull[p:stop], 1, x, r)
            for f in range(stop - p):
                w = extra[p + f]
                for a in range(k):
                    jacobi[a] += w * block[np.uint64(f), a] * block[np.uint64(f), a]
        for a in range(k):
            r[a] -= diagonal[a] * x[a]
            if len(linear):
                r[a] += np.float32(linear[i, a])
                drawn += linear[i, a] * x[a]
        largest = np.float32(TINY)
        for a in range(k):
            largest = max(largest, jacobi[a])
        for a in range(k):
            jacobi[a] = np.float32(1) / max(jacobi[a], np.float32(FLAT) * largest)
            d[a] = jacobi[a] * r[a]
        left = dot(r, d)
        for _ in range(STEPS):
            q[:] = 0
            ahead = 0.0
            for p in range(begin, end, depth):
                stop = min(p + depth, end)
                if not resident:
                    gather(partner, indices, p, stop, block)
                ahead += descent(block, extra[p:stop], pull[p:stop], 0, d, q)
            for a in range(k):
                q[a] = diagonal[a] * d[a] - q[a]
                if len(linear):
                    ahead += linear[i, a] * d[a]
            curved = dot(d, q)
            if not (left > 0.0 and curved > 0.0):
                break
            far = left / curved
            drawn += far * ahead
            step = np.float32(far)
            for a in range(k):
                x[a] += step * d[a]
                r[a] -= step * q[a]
                q[a] = jacobi[a] * r[a]
            before, left = left, dot(r, q)
            turn = np.float32(left / before)
            for a in range(k):
                d[a] = q[a] + turn * d[a]
        out[i] = x
        least[i] = -0.5 * (drawn + dot(r, x))

"""Coordinate descent where all rows share one Gram matrix: many rows side by side.

Row r minimises 1/2 x'G_r x - c_r'x + l1 |x|_1 over low <= x <= high, with G_r = a_r S + l_r I.
For coordinate a with gradient g and curvature h = a_r S_aa + l_r the minimiser is

    x_a <- clip(soft(h x_a - g, l1) / h, low, high),    soft(z, t) = sign(z) max(|z| - t, 0)

(HALS: Cichocki, Zdunek, Amari 2007; several passes for one C: Gillis, Glineur 2012). A block of
rows is copied with its coordinates outermost, so that the innermost loop runs over rows and fills
the processor's vectors. Called by `factor/prox/separable.py`.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

LANES = 64  # rows side by side


@njit(cache=True, nogil=True, fastmath={"contract", "nsz", "nnan"})
def descend(
    first: int,
    last: int,
    c: NDArray[np.float32],
    shared: NDArray[np.float32],
    scale: NDArray[np.float32],
    ridge: NDArray[np.float32],
    l1: np.float32,
    low: np.float32,
    high: np.float32,
    passes: int,
    worth: float,
    still: float,
    x: NDArray[np.float32],
    least: NDArray[np.float64],
) -> None:
    """Improve the rows first .. last - 1 of x until their steps fade away.

    The step of a pass is sum h d^2 over the block, for changes d. A block is done when a step is
    below `worth` times its first one or `still` times sum h x^2.

    Args:
        first, last: the range of rows; `first` divides by LANES.
        c: (n, k) float32, C order.
        shared: S (k, k) float32; scale: a, ridge: l, (n,) float32.
        l1, low, high: see above; low may be -inf, high inf.
        passes: over the coordinates, at most.
        worth, still: when to stop.
        x: (n, k) float32 within the bounds, improved.
        least: (n / LANES rounded up,) float64, written: 1/2 x'G x - c'x of every block.
    """
    k = shared.shape[0]
    zero, half = np.float32(0), np.float32(0.5)
    rest = min(max(zero, low), high)  # for a coordinate that nothing pulls
    ct, xt = np.empty((k, LANES), np.float32), np.empty((k, LANES), np.float32)
    own, charge = np.empty(LANES, np.float32), np.empty(LANES, np.float32)
    sx = np.empty(LANES, np.float32)
    step, size = np.empty(LANES, np.float32), np.empty(LANES, np.float32)
    value = np.empty(LANES, np.float64)
    for begin in range(first, last, LANES):
        width = min(LANES, last - begin)
        ct[:], xt[:], own[:], charge[:] = zero, zero, zero, zero
        for r in range(width):
            own[r], charge[r] = scale[begin + r], ridge[begin + r]
            for a in range(k):
                ct[a, r], xt[a, r] = c[begin + r, a], x[begin + r, a]

        most = 0.0
        for _ in range(passes):
            step[:], size[:] = zero, zero
            for a in range(k):
                multiply(shared, a, xt, sx)
                curvature = shared[a, a]
                for r in range(LANES):
                    h = own[r] * curvature + charge[r]
                    old = xt[a, r]
                    z = ct[a, r] - own[r] * (sx[r] - curvature * old)  # h x - g
                    z = max(z - l1, zero) + min(z + l1, zero)
                    found = z / h if h > zero else rest
                    found = min(max(found, low), high)
                    xt[a, r] = found
                    step[r] += h * (found - old) * (found - old)
                    size[r] += h * found * found
            moved, there = 0.0, 0.0
            for r in range(width):
                moved += step[r]
                there += size[r]
            most = max(most, moved)
            if moved <= worth * most or moved <= still * there:
                break

        value[:] = 0.0
        for a in range(k):
            multiply(shared, a, xt, sx)
            for r in range(LANES):
                gx = own[r] * sx[r] + charge[r] * xt[a, r]
                value[r] += xt[a, r] * (half * gx - ct[a, r])
        total = 0.0
        for r in range(width):
            total += value[r]
            for a in range(k):
                x[begin + r, a] = xt[a, r]
        least[begin // LANES] = total


@njit(cache=True, nogil=True, fastmath={"contract"})
def multiply(
    shared: NDArray[np.float32], a: int, xt: NDArray[np.float32], sx: NDArray[np.float32]
) -> None:
    """Write row a of S times x^t (k, LANES) into sx (LANES,)."""
    for r in range(LANES):
        sx[r] = 0
    b, k = 0, shared.shape[0]
    # Four terms at once: a quarter of the reads and writes of the sum.
    while b + 4 <= k:
        s0, s1, s2, s3 = shared[a, b], shared[a, b + 1], shared[a, b + 2], shared[a, b + 3]
        for r in range(LANES):
            two = s0 * xt[b, r] + s1 * xt[b + 1, r]
            sx[r] += two + (s2 * xt[b + 2, r] + s3 * xt[b + 3, r])
        b += 4
    while b < k:
        s0 = shared[a, b]
        for r in range(LANES):
            sx[r] += s0 * xt[b, r]
        b += 1

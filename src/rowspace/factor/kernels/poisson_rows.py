"""The row loop of the Poisson loss: coordinate descent by steps that can only lower the objective.

Row i minimises, over x >= 0,

    b.x + ridge_i |x|^2 / 2 - sum_p e_p log(v_p.x),    b = own_i column + sum_p c_p v_p + l1,

over its observed cells p. Along coordinate a, with r_p = v_pa / (v_p.x), the derivative after a
step d is

    B + ridge (x_a + d) - sum_p e_p r_p / (1 + d r_p),    B = b_a.

Write N = sum e r, H = sum e r^2 (so that -N and H are derivatives of the logarithms), q = N / H.
1 / (1 + d r) is convex in r. To the right (d > 0) Jensen bounds the sum from below by
N q / (q + d); to the left (d < 0) the chord over 0 <= r <= 1 / X, X = 1 / max r >= x_a, bounds it
from above by N (1 - (X / q) d / (X + d)). The zero of the bounded derivative lies between x_a and
the minimum, so the step never raises the objective, needs no line search and no logarithm, moves
further than the multiplicative update x_a N / B (which is the chord's at X = q = x_a), leaves 0
where it should, and reaches it exactly. Called by `factor/poisson.py`.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

LINE = 16  # cells copied together: one cache line of the block


# Without numpy's error model a division might raise, and the loop would not be vectorized.
_FAST = {"contract", "reassoc", "nnan", "nsz", "arcp"}


@njit(cache=True, nogil=True, error_model="numpy", fastmath=_FAST)
def solve(
    order: NDArray[np.int64],
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    pull: NDArray[np.float32],
    confidence: NDArray[np.float32],
    partner: NDArray[np.float32],
    column: NDArray[np.float64],
    own: NDArray[np.float64],
    l1: float,
    ridge: NDArray[np.float64],
    floor: float,
    passes: int,
    still: float,
    start: NDArray[np.float32],
    out: NDArray[np.float32],
) -> None:
    """Improve every row by passes over its coordinates; a row without a positive target gets 0.

    The vectors of a row's cells are copied once into a block that lies by coordinate and stays in
    the processor's cache for all passes.

    Args:
        order: (r,) int64, the rows to solve.
        indptr: (n + 1,) int64; indices: (nnz,) int32.
        pull: (nnz,) float32, e_p = weight * target, at least 0.
        confidence: (nnz,) float32, c_p, the weight beyond the background; (0,) for none.
        partner: (m, k) float32, C order, at least 0.
        column: (k,) float64, sum_j d_j v_j of the background; own: (n,) float64, a_i.
        l1: charge on the sum of a row; ridge: (n,) float64.
        floor: below which no score of a cell with a positive target is taken.
        passes: at most so many over the coordinates.
        still: stop when no coordinate moved by more than this share of the largest.
        start: (n, k) float32, at least 0.
        out: (n, k) float32, written.
    """
    k = partner.shape[1]
    longest = 0
    for i in order:
        longest = max(longest, indptr[i + 1] - indptr[i])
    block = np.empty((k, longest), np.float32)
    at = np.empty(longest, np.int32)
    e = np.empty(longest, np.float32)
    score = np.empty(longest, np.float32)
    inverse = np.empty(longest, np.float32)
    ratio = np.empty(longest, np.float32)
    bits = ratio.view(np.int32)
    b = np.empty(k, np.float64)
    low = np.float32(floor)

    for i in order:
        for a in range(k):
            b[a] = own[i] * column[a] + l1
        n = 0
        for p in range(indptr[i], indptr[i + 1]):
            if len(confidence) and confidence[p] > 0:
                v, c = partner[indices[p]], np.float64(confidence[p])
                for a in range(k):
                    b[a] += c * v[a]
            if pull[p] > 0:
                at[n] = indices[p]
                e[n] = pull[p]
                n += 1
        if n == 0:
            out[i] = 0
            continue
        for first in range(0, n, LINE):
            last = min(first + LINE, n)
            for p in range(first, last):
                v = partner[at[p]]
                for a in range(k):
                    block[a, p] = v[a]
        x = out[i]
        x[:] = start[i]
        score[:n] = 0
        for a in range(k):
            if x[a] != 0:
                v, xa = block[a], x[a]
                for p in range(n):
                    score[p] += xa * v[p]
        _move(block[0], np.float32(0), low, score, inverse, n)

        for _ in range(passes):
            largest, moved = 0.0, 0.0
            for a in range(k):
                v = block[a]
                sum_n, sum_h = _sums(v, e, inverse, n)
                xa, base, charge = np.float64(x[a]), b[a], ridge[i]
                slope = base + charge * xa - sum_n
                if sum_h == 0 or (slope >= 0 and xa == 0):
                    x[a] = 0
                    continue
                q = sum_n / sum_h
                if slope < 0:
                    away, linear, rest = q, base, sum_n * q
                else:
                    away = 1.0 / _largest(v, inverse, ratio, bits, n)
                    linear = base - sum_n + sum_n * away / q
                    rest = sum_n * away / q * away
                linear += charge * (xa - away)
                root = np.sqrt(linear * linear + 4.0 * charge * rest)
                new = np.float32(max(0.0, xa - away + 2.0 * rest / (linear + root)))
                step = new - x[a]
                if step == 0:
                    continue
                x[a] = new
                largest = max(largest, np.float64(new))
                moved = max(moved, np.float64(abs(step)))
                _move(v, step, low, score, inverse, n)
            if moved <= still * largest:
                break


@njit(cache=True, nogil=True, error_model="numpy", fastmath=_FAST)
def _sums(
    v: NDArray[np.float32], e: NDArray[np.float32], inverse: NDArray[np.float32], n: int
) -> tuple[float, float]:
    """Return N = sum e r and H = sum e r^2 with r = v * inverse, over the first n cells."""
    sum_n, sum_h = np.float32(0), np.float32(0)
    for p in range(n):
        r = v[p] * inverse[p]
        er = e[p] * r
        sum_n += er
        sum_h += er * r
    return np.float64(sum_n), np.float64(sum_h)


@njit(cache=True, nogil=True, error_model="numpy", fastmath=_FAST)
def _largest(
    v: NDArray[np.float32],
    inverse: NDArray[np.float32],
    ratio: NDArray[np.float32],
    bits: NDArray[np.int32],
    n: int,
) -> float:
    """Return max v * inverse over the first n cells.

    Numbers of at least 0 are ordered as their bits are; the maximum of whole numbers is vectorized.
    """
    for p in range(n):
        ratio[p] = v[p] * inverse[p]
    best, at = np.int32(0), 0
    for p in range(n):
        best = max(best, bits[p])
    while bits[at] != best:
        at += 1
    return np.float64(ratio[at])


@njit(cache=True, nogil=True, error_model="numpy", fastmath=_FAST)
def _move(
    v: NDArray[np.float32],
    step: float,
    low: float,
    score: NDArray[np.float32],
    inverse: NDArray[np.float32],
    n: int,
) -> None:
    """Add step * v to the scores of the first n cells, and invert them."""
    for p in range(n):
        s = max(score[p] + step * v[p], low)
        score[p] = s
        inverse[p] = np.float32(1) / s

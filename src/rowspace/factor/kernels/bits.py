"""Rows of bits: the best flips, and every row of bits where there are few.

A row minimises 1/2 x'Gx - c'x over x in {0, 1}^k. Flipping bit a by d = 1 - 2 x_a changes the value
by d (Gx - c)_a + G_aa / 2, so that with the gradient at hand each flip costs k (discrete
cyclic coordinate descent: Shen et al. 2015; here always the best flip). Called by
`factor/constrained.py`.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

FEW = 10  # bits: 1024 rows are all tried


@njit(cache=True, nogil=True)
def flip(g: NDArray[np.float64], c: NDArray[np.float64], x: NDArray[np.float64]) -> None:
    """Write the best row of bits for up to FEW, beyond that one that no single flip improves.

    Descends from the row as it is and from zeros, and keeps the better.

    Args:
        g: (b, k, k) float64, symmetric; c: (b, k) float64.
        x: (b, k) float64, rounded to bits and improved.
    """
    k = c.shape[1]
    gradient, other = np.empty(k), np.empty(k)
    for i in range(len(c)):
        if k <= FEW:
            enumerate_all(g[i], c[i], gradient, other, x[i])
            continue
        for a in range(k):
            other[a] = 0.0
            x[i, a] = 1.0 if x[i, a] > 0.5 else 0.0
        here = descend(g[i], c[i], gradient, x[i])
        if descend(g[i], c[i], gradient, other) < here:
            x[i] = other


@njit(cache=True, nogil=True)
def descend(
    g: NDArray[np.float64],
    c: NDArray[np.float64],
    gradient: NDArray[np.float64],
    x: NDArray[np.float64],
) -> float:
    """Flip the bit that gains most until none gains; return 1/2 x'Gx - c'x."""
    k = len(c)
    value, scale = 0.0, 0.0
    for a in range(k):
        gradient[a] = -c[a]
        scale = max(scale, abs(c[a]), g[a, a])
    for a in range(k):
        if x[a] == 1.0:
            value += gradient[a] + 0.5 * g[a, a]
            for b in range(k):
                gradient[b] += g[a, b]
    while True:
        best, gain = -1, -1e-12 * scale  # below that a gain may be rounding
        for a in range(k):
            change = (1.0 - 2.0 * x[a]) * gradient[a] + 0.5 * g[a, a]
            if change < gain:
                best, gain = a, change
        if best < 0:
            return value
        d = 1.0 - 2.0 * x[best]
        x[best] += d
        value += gain
        for b in range(k):
            gradient[b] += d * g[best, b]


@njit(cache=True, nogil=True)
def enumerate_all(
    g: NDArray[np.float64],
    c: NDArray[np.float64],
    gradient: NDArray[np.float64],
    bits: NDArray[np.float64],
    x: NDArray[np.float64],
) -> None:
    """Write the best of all rows of bits, each one flip from the one before (Gray code)."""
    k = len(c)
    for a in range(k):
        gradient[a], bits[a], x[a] = -c[a], 0.0, 0.0
    value, best = 0.0, 0.0
    for turn in range(1, 1 << k):
        a = 0
        while not (turn >> a) & 1:
            a += 1
        d = 1.0 - 2.0 * bits[a]
        value += d * gradient[a] + 0.5 * g[a, a]
        bits[a] += d
        for b in range(k):
            gradient[b] += d * g[a, b]
        if value < best:
            best = value
            x[:] = bits

"""The loops behind bootstrap and permutation: many random means of the same numbers.

Every draw has its own stream of random bits, computed from the seed and the number of the draw, so
that the draws do not depend on the number of threads. Called by `judge/significance.py` only.
"""

from __future__ import annotations

import numpy as np
from numba import njit

_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)


@njit(cache=True, inline="always")
def _mixed(x):  # type: ignore[no-untyped-def]
    """Return 64 random bits of the counter `x` (uint64): SplitMix64, Steele et al. 2014."""
    x = (x ^ (x >> np.uint64(30))) * _MIX_1
    x = (x ^ (x >> np.uint64(27))) * _MIX_2
    return x ^ (x >> np.uint64(31))


@njit(cache=True, nogil=True)
def bootstrap_means(begin, stop, values, seed, means):  # type: ignore[no-untyped-def]
    """Write the column means of rows drawn with replacement, for draws begin .. stop - 1.

    Args:
        values: (n, m) float64, n below 2**32.
        seed: uint64.
        means: (draws, m) float64, written.
    """
    n, m = values.shape
    for d in range(begin, stop):
        state = _mixed(seed + _STEP * np.uint64(d + 1))
        total = means[d]
        total[:] = 0.0
        for _ in range(n):
            state += _STEP
            # The upper half of the bits, scaled to 0 .. n-1 by a product instead of a division.
            row = ((_mixed(state) >> np.uint64(32)) * np.uint64(n)) >> np.uint64(32)
            for j in range(m):
                total[j] += values[row, j]
        for j in range(m):
            total[j] /= n


@njit(cache=True, nogil=True)
def flipped_means(begin, stop, differences, seed, means):  # type: ignore[no-untyped-def]
    """Write the mean of the differences with random signs, for draws begin .. stop - 1.

    Args:
        differences: (n,) float64.
        seed: uint64.
        means: (draws,) float64, written.
    """
    n = len(differences)
    for d in range(begin, stop):
        state = _mixed(seed + _STEP * np.uint64(d + 1))
        total = 0.0
        for start in range(0, n, 64):
            state += _STEP
            bits = _mixed(state)
            for i in range(start, min(start + 64, n)):
                total += differences[i] * (1.0 - 2.0 * np.float64(bits & np.uint64(1)))
                bits >>= np.uint64(1)
        means[d] = total / n

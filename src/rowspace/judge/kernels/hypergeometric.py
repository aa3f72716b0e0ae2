"""The closed form of what chance alone gives: the mean of sum n_ij log n_ij over all permutations.

A cell with row sum a and column sum b of n rows is hypergeometric when y is permuted. Its weights
are taken relative to the mode by their ratios, up and down until they no longer count, and divided
by their sum at the end, so that no factorial is ever formed. Called by `judge/information.py`.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray


@njit(cache=True)
def expected_cell(a: int, b: int, n: int, n_log_n: NDArray[np.float64]) -> float:
    """Return E[k log k] for k the overlap of a and b rows drawn at random out of n."""
    mode = (a + 1) * (b + 1) // (n + 2)
    weight = 1.0
    mass = 1.0
    total = n_log_n[mode]
    k = mode
    while k < min(a, b) and weight > 1e-20:
        weight *= (a - k) * (b - k) / ((k + 1.0) * (n - a - b + k + 1.0))
        k += 1
        mass += weight
        total += weight * n_log_n[k]
    weight = 1.0
    k = mode
    while k > max(0, a + b - n) and weight > 1e-20:
        weight *= k * (n - a - b + k) / ((a - k + 1.0) * (b - k + 1.0))
        k -= 1
        mass += weight
        total += weight * n_log_n[k]
    return float(total / mass)


@njit(cache=True, parallel=True)
def expected_sums(
    a: NDArray[np.int64],
    b: NDArray[np.int64],
    times: NDArray[np.int64],
    n_log_n: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    """Write, for each different group size, the mean of sum_j n_ij log n_ij.

    Args:
        a: (sizes,) int64, the different group sizes.
        b, times: (class sizes,) int64, the different class sizes and how many classes have each.
        n_log_n: (n + 1,) float64, k log k at k.
        out: (sizes,) float64, written.
    """
    n = len(n_log_n) - 1
    for i in prange(len(a)):
        total = 0.0
        for j in range(len(b)):
            total += times[j] * expected_cell(a[i], b[j], n, n_log_n)
        out[i] = total


@njit(cache=True)
def conditional_sums(
    strata: NDArray[np.int64],
    x: NDArray[np.int32],
    y: NDArray[np.int32],
    counts: NDArray[np.int64],
    runs: NDArray[np.int64],
    seen: NDArray[np.int32],
    n_log_n: NDArray[np.float64],
) -> tuple[float, float]:
    """Return n I(x; y | strata) and its mean when y is permuted within each stratum.

    Args:
        strata: (strata,) int64, their sizes.
        x, y: (n,) int32, the strata one after the other, equal values of x together in each.
        counts: (2, classes) int64, all zero; workspace.
        runs: (n,) int64 and seen: (classes,) int32, workspace.
        n_log_n: (n + 1,) float64, k log k at k.
    """
    observed = 0.0
    expected = 0.0
    start = 0
    for s in range(len(strata)):
        size = strata[s]
        stop = start + size
        classes = 0
        for i in range(start, stop):
            if counts[0, y[i]] == 0:
                seen[classes] = y[i]
                classes += 1
            counts[0, y[i]] += 1
        groups = 0
        margins = n_log_n[size]
        begin = start
        for i in range(start, stop):
            counts[1, y[i]] += 1
            if i + 1 == stop or x[i + 1] != x[i]:
                for j in range(begin, i + 1):
                    observed += n_log_n[counts[1, y[j]]]
                    counts[1, y[j]] = 0
                runs[groups] = i + 1 - begin
                margins -= n_log_n[runs[groups]]
                groups += 1
                begin = i + 1
        for c in range(classes):
            margins -= n_log_n[counts[0, seen[c]]]
        observed += margins
        expected += margins
        for c in range(classes):
            b = counts[0, seen[c]]
            for g in range(groups):
                if runs[g] > 1 and b > 1:
                    expected += expected_cell(runs[g], b, size, n_log_n)
            counts[0, seen[c]] = 0
        start = stop
    return observed, expected

"""The counting loops of mutual information: how often each class stands in each group of rows.

Rows that share a value of x are brought together by one counting sort; then a walk over the groups
with one counter per class gives every cell of the contingency table without ever storing it, so an
identifier with as many values as rows costs what a yes/no column costs. With f(k) = k log k, cells
n_ij, row sums a_i and column sums b_j, n I = sum f(n_ij) - sum f(a_i) - sum f(b_j) + f(n), and only
the first sum changes when y is permuted. The permutations of y need no x at all, only the sizes of
its groups, and share one shuffle for all columns. Called by `judge/information.py`.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray


@njit(cache=True)
def group(
    x: NDArray[np.int32], y: NDArray[np.int32], slots: NDArray[np.int64], out: NDArray[np.int32]
) -> None:
    """Write y in the order of the values of x, and within one value in the order of the rows.

    Args:
        x, y: (n,) int32 codes.
        slots: (values of x,) int64, where the rows of each value begin; moved to where they end.
        out: (n,) int32, written.
    """
    for i in range(len(x)):
        s = slots[x[i]]
        out[s] = y[i]
        slots[x[i]] = s + 1


@njit(cache=True)
def joint_sum(
    y: NDArray[np.int32],
    sizes: NDArray[np.int64],
    counts: NDArray[np.int64],
    n_log_n: NDArray[np.float64],
) -> float:
    """Return the sum of n_ij log n_ij over groups i and classes j.

    Args:
        y: (at least sum of sizes,) int32 classes, the groups one after the other.
        sizes: (groups,) int64.
        counts: (classes,) int64, all zero; workspace, left all zero.
        n_log_n: (n + 1,) float64, k log k at k.
    """
    total = 0.0
    start = 0
    for g in range(len(sizes)):
        stop = start + sizes[g]
        if sizes[g] > 1:
            for i in range(start, stop):
                counts[y[i]] += 1
            if sizes[g] > len(counts):
                for c in range(len(counts)):
                    total += n_log_n[counts[c]]
                    counts[c] = 0
            else:
                for i in range(start, stop):
                    total += n_log_n[counts[y[i]]]
                    counts[y[i]] = 0
        start = stop
    return total


@njit(cache=True)
def joint_squares(
    y: NDArray[np.int32],
    sizes: NDArray[np.int64],
    class_log: NDArray[np.float64],
    counts: NDArray[np.int64],
) -> float:
    """Return the sum of n_ij (log n_ij - log a_i - log b_j + log n)^2.

    Args:
        y, sizes, counts: as for `joint_sum`.
        class_log: (classes,) float64, log b_j - log n.
    """
    total = 0.0
    start = 0
    for g in range(len(sizes)):
        stop = start + sizes[g]
        if stop > start:
            size_log = np.log(sizes[g])
            for i in range(start, stop):
                counts[y[i]] += 1
            for i in range(start, stop):
                k = counts[y[i]]
                if k > 0:
                    total += k * (np.log(k) - size_log - class_log[y[i]]) ** 2
                    counts[y[i]] = 0
        start = stop
    return total


@njit(cache=True, parallel=True)
def permuted_sums(
    y: NDArray[np.int32],
    sizes: NDArray[np.int64],
    offsets: NDArray[np.int64],
    seeds: NDArray[np.uint64],
    n_log_n: NDArray[np.float64],
    labels: NDArray[np.int32],
    counts: NDArray[np.int64],
    out: NDArray[np.float64],
) -> None:
    """Write `joint_sum` of every column under every permutation of y.

    Each permutation starts from the same y and its own seed, so the result does not depend on how
    the permutations are shared out among workers.

    Args:
        y: (n,) int32.
        sizes: group sizes of all columns, one column after the other; int64.
        offsets: (columns + 1,) int64, where each column's sizes begin.
        seeds: (permutations,) uint64.
        n_log_n: (n + 1,) float64.
        labels: (workers, n) int32, workspace.
        counts: (workers, classes) int64, all zero; workspace.
        out: (columns, permutations) float64, written.
    """
    workers, n = labels.shape
    for t in prange(workers):
        mine = labels[t]
        for p in range(t, len(seeds), workers):
            mine[:] = y
            state = seeds[p]
            for i in range(n - 1, 0, -1):
                # splitmix64, then 53 bits as a fraction of the i + 1 places
                state = state + np.uint64(0x9E3779B97F4A7C15)
                z = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
                z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
                z = z ^ (z >> np.uint64(31))
                j = np.int64(np.float64(z >> np.uint64(11)) * (1.0 / (1 << 53)) * (i + 1))
                mine[i], mine[j] = mine[j], mine[i]
            for c in range(len(offsets) - 1):
                out[c, p] = joint_sum(mine, sizes[offsets[c] : offsets[c + 1]], counts[t], n_log_n)

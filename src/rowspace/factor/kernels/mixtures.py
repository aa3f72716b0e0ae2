"""Rows that are mixtures: pairs of coordinates exchange weight.

A row minimises 1/2 x'Gx - c'x over x >= 0, sum(x) = 1. Moving t from coordinate j to i keeps the
sum; the best t is (g_j - g_i) / (G_ii + G_jj - 2 G_ij), at most x_j, for the gradient g. i has the
least gradient and j promises the largest decrease (sequential minimal optimization with
second-order choice: Fan, Chen, Lin 2005). Called by `factor/constrained.py`.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def exchange(
    g: NDArray[np.float64],
    c: NDArray[np.float64],
    steps: int,
    still: float,
    x: NDArray[np.float64],
) -> None:
    """Improve every row of x until no exchange has a slope above `still` of the problem's scale.

    Args:
        g: (b, k, k) float64, symmetric; c: (b, k) float64.
        steps: exchanges per row, at most.
        still: of max(|c_a|, G_aa).
        x: (b, k) float64, made a mixture first and improved.
    """
    k = c.shape[1]
    gradient = np.empty(k)
    for i in range(len(c)):
        total, scale = 0.0, 0.0
        for a in range(k):
            x[i, a] = max(x[i, a], 0.0)
            total += x[i, a]
            scale = max(scale, abs(c[i, a]), g[i, a, a])
        for a in range(k):
            x[i, a] = x[i, a] / total if total > 0.0 else 1.0 / k
            gradient[a] = -c[i, a]
        for a in range(k):
            if x[i, a] != 0.0:
                for b in range(k):
                    gradient[b] += x[i, a] * g[i, a, b]
        for _ in range(steps):
            to = 0
            for a in range(1, k):
                if gradient[a] < gradient[to]:
                    to = a
            source, most, steepest = -1, 0.0, 0.0
            for a in range(k):
                slope = gradient[a] - gradient[to]
                if x[i, a] > 0.0 and slope > 0.0:
                    h = max(g[i, to, to] + g[i, a, a] - 2.0 * g[i, to, a], 1e-12 * scale)
                    steepest = max(steepest, slope)
                    if slope * slope / h > most:
                        source, most = a, slope * slope / h
            if source < 0 or steepest <= still * scale:
                break
            h = g[i, to, to] + g[i, source, source] - 2.0 * g[i, to, source]
            t, all_of_it = gradient[source] - gradient[to], x[i, source]
            if t >= h * all_of_it:
                t = all_of_it
                x[i, source] = 0.0
            else:
                t /= h
                x[i, source] -= t
            x[i, to] += t
            for b in range(k):
                gradient[b] += t * (g[i, to, b] - g[i, source, b])

"""Coordinate descent where every row has a Gram matrix of its own.

A row minimises 1/2 x'Gx - c'x + l1 |x|_1 over low <= x <= high. For coordinate a with gradient g
and curvature h = G_aa the minimiser is

    x_a <- clip(soft(h x_a - g, l1) / h, low, high),    soft(z, t) = sign(z) max(|z| - t, 0)

(Friedman, Hastie, Tibshirani 2010). The whole gradient is kept, so that a coordinate that rests
costs nothing. Called by `factor/prox/separable.py`.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True, fastmath={"contract"})
def descend(
    g: NDArray[np.float64],
    c: NDArray[np.float64],
    l1: float,
    low: float,
    high: float,
    passes: int,
    still: float,
    x: NDArray[np.float64],
) -> None:
    """Improve every row of x until the step of a pass, sum h d^2, is `still` times sum h x^2.

    Args:
        g: (b, k, k) float64, symmetric; c: (b, k) float64.
        l1, low, high: see above; low may be -inf, high inf.
        passes: over the coordinates, at most.
        still: when a row is done.
        x: (b, k) float64 within the bounds, improved.
    """
    k = c.shape[1]
    rest = min(max(0.0, low), high)  # for a coordinate that nothing pulls
    gradient = np.empty(k)
    for i in range(len(c)):
        for a in range(k):
            gradient[a] = -c[i, a]
        for a in range(k):
            if x[i, a] != 0.0:
                for b in range(k):
                    gradient[b] += x[i, a] * g[i, a, b]
        for _ in range(passes):
            step, size = 0.0, 0.0
            for a in range(k):
                h, old = g[i, a, a], x[i, a]
                z = h * old - gradient[a]
                z = max(z - l1, 0.0) + min(z + l1, 0.0)
                found = min(max(z / h, low), high) if h > 0.0 else rest
                d = found - old
                size += h * found * found
                if d != 0.0:
                    step += h * d * d
                    x[i, a] = found
                    for b in range(k):
                        gradient[b] += d * g[i, a, b]
            if step <= still * size:
                break

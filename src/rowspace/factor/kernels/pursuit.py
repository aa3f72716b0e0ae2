"""Orthogonal matching pursuit on the Gram matrix: at most `count` coordinates other than 0.

A row minimises 1/2 x'Gx - c'x. The coordinate whose gradient g promises the largest decrease,
g_a^2 / (2 G_aa), joins the support, on which the row is then solved again (Pati, Rezaiifar,
Krishnaprasad 1993; from Gram matrices: Rubinstein, Zibulevsky, Elad 2008). The support that the
row had is solved too, and the better of both kept, so that the value never rises. Called by
`factor/constrained.py`.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

PASSES = 1000  # over a support, at most
STILL = 1e-20  # step of a pass, sum h d^2, in units of sum h x^2
WORTH = 1e-14  # least decrease of a coordinate that joins, in units of c_a^2 / (2 G_aa)


@njit(cache=True, nogil=True)
def pursue(
    g: NDArray[np.float64],
    c: NDArray[np.float64],
    count: int,
    low: float,
    x: NDArray[np.float64],
) -> None:
    """Write a row with at most `count` coordinates other than 0, none below `low`.

    Args:
        g: (b, k, k) float64, symmetric; c: (b, k) float64.
        count: at least 1.
        low: 0 or -inf.
        x: (b, k) float64, improved; only its `count` largest coordinates are seen.
    """
    k = c.shape[1]
    gradient, other = np.empty(k), np.empty(k)
    held = np.empty(k, np.bool_)
    for i in range(len(c)):
        # The support that the row had.
        for a in range(k):
            held[a], x[i, a] = False, max(x[i, a], low)
        for _ in range(min(count, k)):
            best = -1
            for a in range(k):
                if not held[a] and x[i, a] != 0.0 and (best < 0 or abs(x[i, a]) > abs(x[i, best])):
                    best = a
            if best < 0:
                break
            held[best] = True
        for a in range(k):
            if not held[a]:
                x[i, a] = 0.0
        here = settle(g[i], c[i], held, low, gradient, x[i])

        # A new one.
        worth = 0.0
        for a in range(k):
            held[a], other[a], gradient[a] = False, 0.0, -c[i, a]
            if g[i, a, a] > 0.0:
                worth = max(worth, c[i, a] * c[i, a] / g[i, a, a])
        there = 0.0
        for _ in range(min(count, k)):
            best, gain = -1, WORTH * worth
            for a in range(k):
                if not held[a] and g[i, a, a] > 0.0 and (low < 0.0 or gradient[a] < 0.0):
                    promised = gradient[a] * gradient[a] / g[i, a, a]
                    if promised > gain:
                        best, gain = a, promised
            if best < 0:
                break
            held[best] = True
            there = settle(g[i], c[i], held, low, gradient, other)
        if there < here:
            x[i] = other


@njit(cache=True, nogil=True)
def settle(
    g: NDArray[np.float64],
    c: NDArray[np.float64],
    held: NDArray[np.bool_],
    low: float,
    gradient: NDArray[np.float64],
    x: NDArray[np.float64],
) -> float:
    """Solve x on its support by coordinate descent; return 1/2 x'Gx - c'x."""
    k = len(c)
    for a in range(k):
        gradient[a] = -c[a]
    for a in range(k):
        if x[a] != 0.0:
            for b in range(k):
                gradient[b] += x[a] * g[a, b]
    for _ in range(PASSES):
        step, size = 0.0, 0.0
        for a in range(k):
            if held[a] and g[a, a] > 0.0:
                found = max(x[a] - gradient[a] / g[a, a], low)
                d = found - x[a]
                size += g[a, a] * found * found
                if d != 0.0:
                    step += g[a, a] * d * d
                    x[a] = found
                    for b in range(k):
                        gradient[b] += d * g[a, b]
        if step <= STILL * size:
            break
    value = 0.0
    for a in range(k):
        value += 0.5 * x[a] * (gradient[a] - c[a])
    return value

"""Groups of coordinates that vanish together: block coordinate descent.

A row minimises 1/2 x'Gx - c'x + t sum_g |x_g| over groups g of neighbouring coordinates. With the
gradient g_g of a group and a bound L of the largest eigenvalue of its part of G,

    z = L x_g - g_g,    x_g <- max(0, 1 - t / |z|) z / L

never raises the value (Yuan, Lin 2006; with the bound: Qin, Scheinberg, Goldfarb 2013). Called by
`factor/constrained.py`.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

ROUNDS = 8  # steps on one group


@njit(cache=True, nogil=True)
def descend(
    g: NDArray[np.float64],
    c: NDArray[np.float64],
    charge: float,
    size: int,
    passes: int,
    still: float,
    x: NDArray[np.float64],
) -> None:
    """Improve every row of x until the step of a pass, sum L |d|^2, is `still` times sum L |x|^2.

    Args:
        g: (b, k, k) float64, symmetric; c: (b, k) float64.
        charge: t; size: of the groups, of which the last may be shorter.
        passes: over the groups, at most.
        still: when a row is done.
        x: (b, k) float64, improved.
    """
    k = c.shape[1]
    gradient, z, moved = np.empty(k), np.empty(size), np.empty(size)
    for i in range(len(c)):
        for a in range(k):
            gradient[a] = -c[i, a]
        for a in range(k):
            if x[i, a] != 0.0:
                for b in range(k):
                    gradient[b] += x[i, a] * g[i, a, b]
        for _ in range(passes):
            step, there = 0.0, 0.0
            for first in range(0, k, size):
                last = min(first + size, k)
                bound = 0.0  # the largest sum of absolute values of a row (Gershgorin)
                for a in range(first, last):
                    total = 0.0
                    for b in range(first, last):
                        total += abs(g[i, a, b])
                    bound = max(bound, total)
                # Several steps on the group alone, then the others learn of them.
                for a in range(first, last):
                    moved[a - first] = 0.0
                for _ in range(ROUNDS if bound > 0.0 else 0):
                    norm = 0.0
                    for a in range(first, last):
                        slope = gradient[a]
                        for b in range(first, last):
                            slope += g[i, a, b] * moved[b - first]
                        z[a - first] = bound * (x[i, a] + moved[a - first]) - slope
                        norm += z[a - first] ** 2
                    norm = np.sqrt(norm)
                    shrunk = (1.0 - charge / norm) / bound if norm > charge else 0.0
                    for a in range(first, last):
                        moved[a - first] = shrunk * z[a - first] - x[i, a]
                for a in range(first, last):
                    d = moved[a - first] if bound > 0.0 else -x[i, a]
                    there += bound * (x[i, a] + d) ** 2
                    if d != 0.0:
                        step += bound * d * d
                        x[i, a] += d
                        for b in range(k):
                            gradient[b] += d * g[i, a, b]
            if step <= still * there:
                break

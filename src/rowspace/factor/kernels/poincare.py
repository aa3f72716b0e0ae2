"""The loop of hyperbolic embeddings: Riemannian steps in the Poincare ball, or on the hyperboloid.

A point of the hyperboloid has one number more, x_0 = sqrt(1 + |x|^2), the first.
Threads lock nothing, as in `windows.py`. Called by `sampled/hyperbolic.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

EDGE = 1e-5  # how near to the boundary of the ball a point may come
LEAP = 1.0  # how far one step may go on the hyperboloid
FARTHEST = 1e5  # cosh of the distance from the middle


@njit(cache=True, nogil=True)
def distance(x: Any, y: Any) -> float:
    """Return the distance of two points of the ball."""
    apart, xx, yy = 0.0, 0.0, 0.0
    for c in range(len(x)):
        apart += (x[c] - y[c]) ** 2
        xx += x[c] * x[c]
        yy += y[c] * y[c]
    return float(np.arccosh(1.0 + 2.0 * apart / ((1.0 - xx) * (1.0 - yy))))


@njit(cache=True, nogil=True)
def _move(x: Any, y: Any, by: float, grad: Any) -> None:
    """Add `by` times the derivative of d(x, y) by x to grad (equation 4 of the paper)."""
    xx, yy, xy = 0.0, 0.0, 0.0
    for c in range(len(x)):
        xx += x[c] * x[c]
        yy += y[c] * y[c]
        xy += x[c] * y[c]
    alpha, beta = 1.0 - xx, 1.0 - yy
    gamma = 1.0 + 2.0 * max(xx - 2.0 * xy + yy, 0.0) / (alpha * beta)
    # Two points at one place have no direction to go.
    scale = 4.0 * by / (beta * np.sqrt(max(gamma * gamma - 1.0, 1e-15)))
    a, b = scale * (yy - 2.0 * xy + 1.0) / (alpha * alpha), scale / alpha
    for c in range(len(x)):
        grad[c] += a * x[c] - b * y[c]


@njit(cache=True, nogil=True)
def _step(x: Any, grad: Any, rate: float) -> None:
    """Take a Riemannian step and come back into the ball."""
    xx = 0.0
    for c in range(len(x)):
        xx += x[c] * x[c]
    down = rate * (1.0 - xx) ** 2 / 4.0
    new = 0.0
    for c in range(len(x)):
        x[c] -= down * grad[c]
        new += x[c] * x[c]
        grad[c] = 0.0
    if new >= (1.0 - EDGE) ** 2:
        back = (1.0 - EDGE) / np.sqrt(new)
        for c in range(len(x)):
            x[c] *= back


@njit(cache=True, nogil=True)
def _cosh(x: Any, y: Any) -> float:
    """Return cosh of the distance of two points of the hyperboloid."""
    total = x[0] * y[0]
    for c in range(1, len(x)):
        total -= x[c] * y[c]
    return max(float(total), 1.0)


@njit(cache=True, nogil=True)
def _move_lorentz(x: Any, y: Any, by: float, grad: Any) -> None:
    """Add `by` times the gradient of d(x, y), which is tangent at x, to grad."""
    z = _cosh(x, y)
    scale = by / np.sqrt(max(z * z - 1.0, 1e-15))
    for c in range(len(x)):
        grad[c] += scale * (z * x[c] - y[c])


@njit(cache=True, nogil=True)
def _step_lorentz(x: Any, grad: Any, rate: float) -> None:
    """Go along the geodesic against the gradient."""
    length = -grad[0] * grad[0]
    for c in range(1, len(x)):
        length += grad[c] * grad[c]
    length = np.sqrt(max(length, 0.0))
    far = min(rate * length, LEAP)
    along = -np.sinh(far) / max(length, 1e-15)
    total = 1.0
    for c in range(1, len(x)):
        x[c] = np.cosh(far) * x[c] + along * grad[c]
        total += x[c] * x[c]
        grad[c] = 0.0
    grad[0] = 0.0
    if total > FARTHEST * FARTHEST:
        back = FARTHEST / np.sqrt(total)
        total = 1.0
        for c in range(1, len(x)):
            x[c] *= back
            total += x[c] * x[c]
    x[0] = np.sqrt(total)


@njit(cache=True, nogil=True)
def steps(
    begin: int,
    stop: int,
    order: NDArray[np.int64],
    rows: NDArray[np.int64],
    cols: NDArray[np.int32],
    indptr: NDArray[np.int64],
    chance: NDArray[np.float32],
    other: NDArray[np.int32],
    k: int,
    rate: float,
    seed: int,
    points: NDArray[np.float64],
    lorentz: bool,
) -> float:
    """Let the links order[begin] .. order[stop - 1] take a step each and return their summed loss.

    -log(e^-d(u, v) / (e^-d(u, v) + sum_n e^-d(u, n))), n being nodes that u has no link to.

    Args:
        order: places of the links in `rows` and `cols`.
        rows, cols: (links,) the two ends, sorted by row and by column.
        indptr: (n + 1,) where the links of each row begin.
        chance, other: alias table of the negatives.
        k: negatives of a link.
        rate, seed: of the steps.
        points: (n, d) float64 in the open unit ball, or (n, d + 1) on the hyperboloid; changed.
        lorentz: which of the two.
    """
    d = points.shape[1]
    grads = np.zeros((k + 2, d))
    who = np.empty(k + 1, np.int64)
    weight = np.empty(k + 1)
    state = np.uint64(seed) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(0x2545F4914F6CDD1D)
    big, small = np.uint64(6364136223846793005), np.uint64(1442695040888963407)
    total = 0.0
    for at in range(begin, stop):
        u = rows[order[at]]
        who[0] = cols[order[at]]
        n, tries = 1, 0
        while n <= k and tries < 4 * k:
            tries += 1
            state = state * big + small
            z = np.int64((state >> np.uint64(32)) % np.uint64(len(chance)))
            state = state * big + small
            if np.float32(state >> np.uint64(40)) * np.float32(1.0 / (1 << 24)) >= chance[z]:
                z = np.int64(other[z])
            low, high = indptr[u], indptr[u + 1]
            while low < high:
                middle = (low + high) >> 1
                if cols[middle] < z:
                    low = middle + 1
                else:
                    high = middle
            if z == u or (low < indptr[u + 1] and cols[low] == z):
                continue
            who[n] = z
            n += 1
        x = points[u]
        nearest = np.inf
        for j in range(n):
            y = points[who[j]]
            weight[j] = np.arccosh(_cosh(x, y)) if lorentz else distance(x, y)
            nearest = min(nearest, weight[j])
        whole = 0.0
        own = weight[0]
        for j in range(n):
            weight[j] = np.exp(nearest - weight[j])
            whole += weight[j]
        total += own - nearest + np.log(whole)
        for j in range(n):
            by = (1.0 if j == 0 else 0.0) - weight[j] / whole
            y = points[who[j]]
            if lorentz:
                _move_lorentz(x, y, by, grads[0])
                _move_lorentz(y, x, by, grads[j + 1])
            else:
                _move(x, y, by, grads[0])
                _move(y, x, by, grads[j + 1])
        for j in range(n):
            if lorentz:
                _step_lorentz(points[who[j]], grads[j + 1], rate)
            else:
                _step(points[who[j]], grads[j + 1], rate)
        if lorentz:
            _step_lorentz(x, grads[0], rate)
        else:
            _step(x, grads[0], rate)
    return total

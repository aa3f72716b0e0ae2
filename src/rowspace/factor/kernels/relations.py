"""The vectors of questions (head, relation), and what their derivatives mean for both.

One pass over the numbers of a batch, where NumPy would make a dozen. Called by
`sampled/relations.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

DIAGONAL, COMPLEX, TRANSLATION, FLEXIBLE = 0, 1, 2, 3

_FAST = {"contract", "reassoc", "nsz", "arcp"}


@njit(cache=True, nogil=True, fastmath=_FAST)
def ask(
    kind: int,
    begin: int,
    stop: int,
    heads: NDArray[np.float32],
    relations: NDArray[np.float32],
    h: NDArray[np.int64],
    r: NDArray[np.int64],
    out: NDArray[np.float32],
) -> None:
    """Fill out[begin:stop] with the vectors of questions (h, r)."""
    d = heads.shape[1]
    k = d // 2
    for b in range(begin, stop):
        x, y, q = heads[h[b]], relations[r[b]], out[b]
        if kind == COMPLEX:
            for c in range(k):
                q[c] = x[c] * y[c] - x[k + c] * y[k + c]
            for c in range(k):
                q[k + c] = x[c] * y[k + c] + x[k + c] * y[c]
        elif kind == DIAGONAL:
            for c in range(d):
                q[c] = x[c] * y[c]
        else:
            by = np.float32(2 if kind == FLEXIBLE else 1)
            for c in range(d):
                q[c] = by * x[c] + y[c]


@njit(cache=True, nogil=True, fastmath=_FAST)
def learn(
    kind: int,
    begin: int,
    stop: int,
    heads: NDArray[np.float32],
    relations: NDArray[np.float32],
    h: NDArray[np.int64],
    r: NDArray[np.int64],
    grads: NDArray[np.float32],
    charges: NDArray[np.float32],
    by_h: NDArray[np.float32],
    by_r: NDArray[np.float32],
) -> None:
    """Fill by_h and by_r [begin:stop] with the derivatives by heads and relations, and charges.

    Args:
        kind: of the question.
        begin, stop: which questions of the batch.
        heads, relations, h, r: as in `ask`.
        grads: (b, d) derivatives by the questions.
        charges: (4,) cubic and l2 of heads, cubic and l2 of relations.
        by_h, by_r: (b, d).
    """
    d = heads.shape[1]
    k = d // 2
    for b in range(begin, stop):
        x, y, g, u, v = heads[h[b]], relations[r[b]], grads[b], by_h[b], by_r[b]
        if kind == COMPLEX:
            for c in range(k):
                u[c] = g[c] * y[c] + g[k + c] * y[k + c]
                v[c] = g[c] * x[c] + g[k + c] * x[k + c]
            for c in range(k):
                u[k + c] = g[k + c] * y[c] - g[c] * y[k + c]
                v[k + c] = g[k + c] * x[c] - g[c] * x[k + c]
        elif kind == DIAGONAL:
            for c in range(d):
                u[c] = g[c] * y[c]
                v[c] = g[c] * x[c]
        else:
            by = np.float32(2 if kind == FLEXIBLE else 1)
            for c in range(d):
                u[c] = by * g[c]
                v[c] = g[c]
        charge(kind == COMPLEX, charges[0], charges[1], x, u)
        charge(kind == COMPLEX, charges[2], charges[3], y, v)


@njit(cache=True, nogil=True, fastmath=_FAST)
def charge(paired: bool, cubic: Any, l2: Any, x: Any, out: Any) -> None:
    """Add the derivative of cubic / 3 sum |x_c|^3 + l2 / 2 sum x_c^2 to out; pairs are complex."""
    d = len(x)
    if cubic != 0 and paired:
        k = d // 2
        for c in range(k):
            size = cubic * np.sqrt(x[c] * x[c] + x[k + c] * x[k + c])
            out[c] += size * x[c]
            out[k + c] += size * x[k + c]
    elif cubic != 0:
        for c in range(d):
            out[c] += cubic * abs(x[c]) * x[c]
    if l2 != 0:
        for c in range(d):
            out[c] += l2 * x[c]


@njit(cache=True, nogil=True, fastmath=_FAST)
def charge_rows(
    paired: bool,
    cubic: Any,
    l2: Any,
    begin: int,
    stop: int,
    vectors: NDArray[np.float32],
    ids: NDArray[np.int64],
    out: NDArray[np.float32],
) -> None:
    """Fill out[begin:stop] with what the vectors of some ids are charged."""
    for b in range(begin, stop):
        out[b] = 0
        charge(paired, cubic, l2, vectors[ids[b]], out[b])

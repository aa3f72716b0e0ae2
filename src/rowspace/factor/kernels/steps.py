"""The update loop: gradients of the same row are summed up, then the row takes one step.

One call does the rows first .. last - 1 of those of a batch, each by itself, so that several
threads may share them and the result does not depend on how. Called by `sampled/updates.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

SGD, ADAGRAD, ADAM, ADAMP = 0, 1, 2, 3


@njit(cache=True, nogil=True, fastmath={"contract", "reassoc", "nsz"})
def step_rows(
    kind: int,
    first: int,
    last: int,
    starts: NDArray[np.int64],
    order: NDArray[np.int64],
    ids: NDArray[np.int64],
    grads: NDArray[np.float32],
    table: NDArray[np.float32],
    mean: NDArray[np.float32],
    square: NDArray[np.float32],
    taken: NDArray[np.int32],
    rate: float,
    keep_first: float,
    keep_second: float,
) -> None:
    """Let each row take a step.

    Args:
        kind: SGD, ADAGRAD, ADAM or ADAMP (this file); the formulas are in `sampling.py`.
        first, last: the rows, as places in `starts`.
        starts: (r + 1,) where the gradients of each row begin in `order`.
        order: places in `grads`, sorted by row.
        ids: (b,) the row of `table` of every gradient.
        grads: (b, d).
        table: (n, d), changed.
        mean, square, taken: (n, d), (n, d) and (n,) of Adam; AdaGrad has `square` only. Those that
            are not needed have no rows.
        rate: the size of the step.
        keep_first, keep_second: of Adam.
    """
    d = table.shape[1]
    total = np.empty(d, np.float32)
    down, one = np.float32(rate), np.float32(1)
    tiny = np.float32(1e-10)
    b1, b2 = np.float32(keep_first), np.float32(keep_second)
    for r in range(first, last):
        begin = starts[r]
        row = ids[order[begin]]
        grad = grads[order[begin]]
        for c in range(d):
            total[c] = grad[c]
        for at in range(begin + 1, starts[r + 1]):
            grad = grads[order[at]]
            for c in range(d):
                total[c] += grad[c]
        x = table[row]
        if kind == SGD:
            for c in range(d):
                x[c] -= down * total[c]
        elif kind == ADAGRAD:
            seen = square[row]
            for c in range(d):
                seen[c] += total[c] * total[c]
                x[c] -= down * total[c] / (np.sqrt(seen[c]) + tiny)
        else:
            _adam(kind, total, x, mean[row], square[row], taken, row, down, one, b1, b2)


@njit(cache=True, nogil=True, fastmath={"contract", "reassoc", "nsz"})
def _adam(
    kind: int, total: Any, x: Any, m: Any, v: Any, taken: Any, row: int, down: Any, one: Any,
    b1: Any, b2: Any,
) -> None:  # fmt: skip
    d = len(x)
    taken[row] += 1
    t = np.float32(taken[row])
    by_m, by_v = one / (one - b1**t), one / (one - b2**t)
    along, gg, xx, step_along = np.float32(0), np.float32(0), np.float32(0), np.float32(0)
    for c in range(d):
        along += total[c] * x[c]
        gg += total[c] * total[c]
        xx += x[c] * x[c]
        m[c] = b1 * m[c] + (one - b1) * total[c]
        v[c] = b2 * v[c] + (one - b2) * total[c] * total[c]
        total[c] = down * m[c] * by_m / (np.sqrt(v[c] * by_v) + np.float32(1e-8))
        step_along += total[c] * x[c]
    # The threshold 0.1 / sqrt(d) on the cosine of x and g is that of the paper.
    out = kind == ADAMP and xx > 0 and along * along * d < np.float32(0.01) * gg * xx
    part = step_along / xx if out else np.float32(0)
    for c in range(d):
        x[c] -= total[c] - part * x[c]

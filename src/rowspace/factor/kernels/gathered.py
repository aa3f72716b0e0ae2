"""What the row loops have in common: copy the vectors of a row's cells near, and pass over them.

The vectors of a row's cells are copied once into a block that stays in the processor's cache; every
further pass reads the block. Called by the kernels `dual_rows`, `primal_rows` and `pcg_rows`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from rowspace.linalg.kernels.prefetch import prefetch

BLOCK = 1 << 16  # numbers per block: 256 KiB of float32
AHEAD = 8  # vectors that are asked for before they are needed
NEXT = 1 << 12  # numbers of the next row that are asked for: 16 KiB
LINE = 16  # float32 per cache line
SOLVED = 1e-5  # relative residual of a row that is good enough

Vectors = NDArray[np.float32]


@njit(cache=True, nogil=True, error_model="numpy")
def ask_for(partner: Vectors, indices: NDArray[np.int32], first: int, last: int) -> None:
    """Ask for the vectors of the cells first .. last - 1 (of the next row), at most a block."""
    k = partner.shape[1]
    at = partner.ctypes.data
    for p in range(first, min(last, first + NEXT // k + 1)):
        start = at + 4 * k * np.int64(indices[p])
        for a in range(0, k, LINE):
            prefetch(start + 4 * a)


@njit(cache=True, nogil=True, error_model="numpy")
def gather(
    partner: Vectors, indices: NDArray[np.int32], first: int, last: int, block: Vectors
) -> None:
    """Copy the vectors of the cells first .. last - 1 to the rows of `block`.

    Args:
        partner: (m, k) float32, C order.
        indices: (nnz,) int32.
        first, last: the cells.
        block: (at least last - first, k) float32, written.
    """
    k = partner.shape[1]
    at = partner.ctypes.data
    for p in range(first, last):
        if p + AHEAD < last:
            ahead = at + 4 * k * np.int64(indices[p + AHEAD])
            for a in range(0, k, LINE):
                prefetch(ahead + 4 * a)
        j, f = np.uint64(indices[p]), np.uint64(p - first)
        for a in range(k):
            block[f, a] = partner[j, a]


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract", "reassoc"})
def descent(
    block: Vectors, weight: Vectors, pull: Vectors, keep: float, x: Vectors, out: Vectors
) -> float:
    """Add sum_f (keep pull_f - weight_f v_f . x) v_f over the first vectors v_f of a block.

    With keep = 1 that is the negative gradient that the cells contribute at x; with keep = 0 it is
    minus their matrix times x.

    Args:
        block: (f or more, k) float32; weight, pull: (f,) float32.
        keep: 0 or 1.
        x: (k,) float32; out: (k,) float32, added to.

    Returns:
        The sum of pull_f v_f . x.
    """
    k, count, kept = block.shape[1], len(pull), np.float32(keep)
    total = 0.0
    f = 0
    # Four vectors at once: a quarter of the reads and writes of x and of the sum.
    while f + 4 <= count:
        f0, f1, f2, f3 = np.uint64(f), np.uint64(f + 1), np.uint64(f + 2), np.uint64(f + 3)
        s0 = s1 = s2 = s3 = np.float32(0)
        for a in range(k):
            s0 += block[f0, a] * x[a]
            s1 += block[f1, a] * x[a]
            s2 += block[f2, a] * x[a]
            s3 += block[f3, a] * x[a]
        total += pull[f0] * s0 + pull[f1] * s1 + (pull[f2] * s2 + pull[f3] * s3)
        t0, t1 = kept * pull[f0] - weight[f0] * s0, kept * pull[f1] - weight[f1] * s1
        t2, t3 = kept * pull[f2] - weight[f2] * s2, kept * pull[f3] - weight[f3] * s3
        for a in range(k):
            two = t0 * block[f0, a] + t1 * block[f1, a]
            out[a] += two + (t2 * block[f2, a] + t3 * block[f3, a])
        f += 4
    while f < count:
        g = np.uint64(f)
        s = np.float32(0)
        for a in range(k):
            s += block[g, a] * x[a]
        total += pull[g] * s
        t = kept * pull[g] - weight[g] * s
        for a in range(k):
            out[a] += t * block[g, a]
        f += 1
    return total


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract", "reassoc"})
def dot(x: Vectors, y: Vectors) -> Any:
    """Return x . y in float64."""
    total = 0.0
    for a in range(len(x)):
        total += np.float64(x[a]) * np.float64(y[a])
    return total

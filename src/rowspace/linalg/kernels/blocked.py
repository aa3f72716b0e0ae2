"""Products of tall matrices in blocks of fixed size, so that the bits do not depend on threads.

Each block is one BLAS call on one thread (`workers.py` shares them out), and what is summed
over blocks is summed in their order, in float64. To be called inside
`rowspace.threads.kernel_threads()`. Used by the spectral solver and for the shared Gram matrices.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rowspace.workers import each, run

_BLOCK = 1 << 20  # numbers read per block


def product(x: NDArray[Any], w: NDArray[Any], out: NDArray[Any] | None = None) -> NDArray[Any]:
    """Return x w for x (n, k) and w (k, b), in the wider type of both (or into `out`)."""
    if out is None:
        out = np.empty((len(x), w.shape[1]), np.result_type(x, w))

    def one(rows: slice) -> None:
        np.matmul(x[rows], w, out=out[rows])

    run(one, _blocks(len(x), x.shape[1] + w.shape[1]))
    return out


def cross(x: NDArray[Any], y: NDArray[Any]) -> NDArray[np.float64]:
    """Return x'y (k, b) for x (n, k) and y (n, b), summed over blocks in float64."""
    blocks = _blocks(len(x), x.shape[1] + y.shape[1])
    total = np.zeros((x.shape[1], y.shape[1]))
    for part in each(lambda rows: x[rows].T @ y[rows], blocks):
        total += part
    return total


def gram(x: NDArray[Any]) -> NDArray[np.float64]:
    """Return x'x (k, k) for x (n, k), in float64 throughout.

    >>> import numpy as np
    >>> gram(np.array([[1, 2], [0, 1]], np.float32)).tolist()
    [[1.0, 2.0], [2.0, 5.0]]
    """

    def one(rows: slice) -> NDArray[np.float64]:
        wide = x[rows].astype(np.float64)
        return np.asarray(wide.T @ wide)

    total = np.zeros((x.shape[1], x.shape[1]))
    for part in each(one, _blocks(len(x), x.shape[1])):
        total += part
    return total


def _blocks(n: int, width: int) -> list[slice]:
    """Return the rows of every block, for rows of `width` numbers."""
    size = max(256, min(8192, _BLOCK // max(width, 1)))
    return [slice(r, min(r + size, n)) for r in range(0, n, size)]

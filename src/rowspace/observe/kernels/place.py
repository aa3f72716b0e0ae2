"""The step of a stable counting sort: where each entry goes, given where its key's run continues.

Called by `rowspace.observe.assemble`, which sorts the cells by column and then by row with it.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def place(
    keys: NDArray[np.int32], cursor: NDArray[np.int64], destination: NDArray[np.int64]
) -> None:
    """Write the destination of every entry and move the cursors past them.

    Args:
        keys: (n,) int32, 0 .. len(cursor) - 1.
        cursor: int64, the next free place of each key; moved.
        destination: (n,) int64, written.
    """
    for e in range(len(keys)):
        destination[e] = cursor[keys[e]]
        cursor[keys[e]] += 1

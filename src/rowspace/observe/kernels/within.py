"""Pairs of events of one sequence that lie near each other in time.

Called by `observe/sequences.py`, once to count the pairs and once to write them.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def pairs_within(
    indptr: NDArray[np.int64],
    items: NDArray[np.int32],
    times: NDArray[np.float64],
    within: float,
    order: NDArray[np.float64],
    first: NDArray[np.int32],
    second: NDArray[np.int32],
) -> int:
    """Return how many pairs of events of a row are at most `within` apart, each pair once.

    Args:
        indptr: (n + 1,) int64, where the events of each row begin.
        items, times: (events,) by time within each row.
        within: at least 0.
        order: (events,) rising within each row; events equal in it are no pair.
        first, second: (pairs,) int32, the earlier and the later item, written; or empty, to count.
    """
    n = 0
    for row in range(len(indptr) - 1):
        for a in range(indptr[row], indptr[row + 1]):
            for b in range(a + 1, indptr[row + 1]):
                if times[b] - times[a] > within:
                    break
                if order[b] == order[a]:
                    continue
                if len(first):
                    first[n], second[n] = items[a], items[b]
                n += 1
    return n

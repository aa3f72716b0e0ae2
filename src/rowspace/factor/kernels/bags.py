"""What the bags of a batch must leave out: the columns that hold the answer."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def _holds(parts: Any, j: int, answer: int) -> bool:
    """Return whether column j is the answer, or has it as a part."""
    found = j == answer
    for p in range(parts.shape[1]):
        found |= parts[j, p] == answer
    return bool(found)


@njit(cache=True, nogil=True)
def holding(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    rows: NDArray[np.int64],
    answers: NDArray[np.int64],
    parts: NDArray[np.int32],
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return, compressed, those columns of some rows that hold an answer.

    Args:
        indptr, indices: compressed rows.
        rows: (b,) which of them.
        answers: (b,) columns.
        parts: (m, p) the columns that a column consists of, -1 for none.
    """
    ends = np.zeros(len(rows) + 1, np.int64)
    for b in range(len(rows)):
        out = 0
        for at in range(indptr[rows[b]], indptr[rows[b] + 1]):
            out += _holds(parts, indices[at], answers[b])
        ends[b + 1] = ends[b] + out
    found = np.empty(ends[-1], np.int32)
    for b in range(len(rows)):
        to = ends[b]
        for at in range(indptr[rows[b]], indptr[rows[b] + 1]):
            if _holds(parts, indices[at], answers[b]):
                found[to] = indices[at]
                to += 1
    return ends, found

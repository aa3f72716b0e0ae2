"""The bags of a batch: what each row holds, without what it is asked for."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def _holds(parts: Any, j: int, answer: int) -> bool:
    """Return whether column j is the answer, or has it as a part."""
    if answer < 0:
        return False
    return bool(j == answer or parts[j, 0] == answer or parts[j, 1] == answer)


@njit(cache=True, nogil=True)
def bags(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    rows: NDArray[np.int64],
    answers: NDArray[np.int64],
    parts: NDArray[np.int32],
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return the columns of some rows, compressed, without those that hold the answer.

    Args:
        indptr, indices: compressed rows.
        rows: (b,) which of them.
        answers: (b,) columns; -1 leaves nothing out.
        parts: (m, 2) the columns that a column consists of, -1 for none; (0, 2) if no answer is
            given.
    """
    ends = np.zeros(len(rows) + 1, np.int64)
    for b in range(len(rows)):
        left = 0
        for at in range(indptr[rows[b]], indptr[rows[b] + 1]):
            if not _holds(parts, indices[at], answers[b]):
                left += 1
        ends[b + 1] = ends[b] + left
    found = np.empty(ends[-1], np.int32)
    for b in range(len(rows)):
        to = ends[b]
        for at in range(indptr[rows[b]], indptr[rows[b] + 1]):
            if not _holds(parts, indices[at], answers[b]):
                found[to] = indices[at]
                to += 1
    return ends, found

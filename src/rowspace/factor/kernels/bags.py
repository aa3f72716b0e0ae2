"""What the bags of a batch must leave out: the columns that hold the answer."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def _link(indptr: Any, indices: Any, row: int, parts: Any, first: Any, after: Any) -> Any:
    """Chain the places of a row that hold a column, for every column; return the links' room.

    first[j] is a link that holds column j, -1 for none; link t belongs to place t // (p + 1) of the
    row and goes on at after[t]. Places of a column come in falling order.
    """
    begin, wide = indptr[row], parts.shape[1] + 1
    room = (indptr[row + 1] - begin) * wide
    if len(after) < room:
        after = np.empty(2 * room, np.int64)
    for at in range(indptr[row + 1] - begin):
        j = indices[begin + at]
        after[at * wide] = first[j]
        first[j] = at * wide
        for p in range(parts.shape[1]):
            part = parts[j, p]
            # A column that consists of the same part twice holds it once.
            if part >= 0 and first[part] // wide != at:
                after[at * wide + p + 1] = first[part]
                first[part] = at * wide + p + 1
    return after


@njit(cache=True, nogil=True)
def _forget(indptr: Any, indices: Any, row: int, parts: Any, first: Any) -> None:
    """Undo `_link`."""
    for at in range(indptr[row], indptr[row + 1]):
        first[indices[at]] = -1
        for part in parts[indices[at]]:
            if part >= 0:
                first[part] = -1


@njit(cache=True, nogil=True)
def holding(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    rows: NDArray[np.int64],
    answers: NDArray[np.int64],
    parts: NDArray[np.int32],
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return, compressed, those columns of some rows that hold an answer.

    A row is read once for all of its answers that stand beside each other.

    Args:
        indptr, indices: compressed rows.
        rows: (b,) which of them.
        answers: (b,) columns.
        parts: (m, p) the columns that a column consists of, -1 for none.
    """
    wide = parts.shape[1] + 1
    first = np.full(len(parts), -1, np.int64)
    after = np.empty(0, np.int64)
    ends = np.zeros(len(rows) + 1, np.int64)
    found = np.empty(2 * len(rows), np.int32)
    for b in range(len(rows)):
        if b == 0 or rows[b] != rows[b - 1]:
            if b:
                _forget(indptr, indices, rows[b - 1], parts, first)
            after = _link(indptr, indices, rows[b], parts, first, after)
        to, link = ends[b], first[answers[b]]
        while link >= 0:
            if to == len(found):
                found = np.append(found, np.empty(len(found), np.int32))
            found[to] = indices[indptr[rows[b]] + link // wide]
            to += 1
            link = after[link]
        ends[b + 1] = to
    return ends, found[: ends[-1]]

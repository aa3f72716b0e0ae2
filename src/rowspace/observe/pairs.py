"""Pairs: how often which word stands near which, counted in memory or into a file.

Called by `text.cooccurrence`, with words as numbers.
"""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rowspace.progress import stage

if TYPE_CHECKING:
    from scipy.sparse import csr_array

BOUNDARY = -1  # after each document


def count_pairs(
    stream: NDArray[np.int32],
    word_counts: NDArray[np.int64],
    weights: NDArray[np.float64],
    before: bool,
    memory: int | None,
    kept: NDArray[np.float32] | None = None,
) -> csr_array:
    """Return the words x words CSR matrix of the windows of a stream of words and boundaries.

    With `kept` (words,), cell w, c is multiplied by kept[w] kept[c].
    """
    from scipy.sparse import csr_array

    from rowspace.observe.kernels.cooccurrence import count_cells, fill_cells, invert
    from rowspace.threads import kernel_threads

    words = len(word_counts)
    stream = np.concatenate(([np.int32(BOUNDARY)], stream))
    starts = np.concatenate(([0], np.cumsum(word_counts)))
    narrow = len(stream) < np.iinfo(np.int32).max
    positions = np.empty(starts[-1], np.int32 if narrow else np.int64)
    invert(stream, starts, positions)
    indptr = np.zeros(words + 1, np.int64)
    with kernel_threads() as workers:
        seen = np.full((workers, words), -1, np.int32)
        count_cells(stream, starts, positions, len(weights), before, seen, indptr[1:])
        np.cumsum(indptr, out=indptr)
        indices, data, ranges = _room(indptr, memory)
        sums = np.zeros((workers, words))
        with stage("count pairs", total=int(indptr[-1])) as step:
            for first, last in ranges:
                a, b = indptr[first], indptr[last]
                in_file = len(ranges) > 1
                some = np.empty(b - a, indices.dtype) if in_file else indices
                values = np.empty(b - a, np.float32) if in_file else data
                fill_cells(
                    stream, starts, positions, weights, before, first, last, sums, indptr, some,
                    values,
                )  # fmt: skip
                if kept is not None:
                    # One factor per cell, so that a symmetric matrix stays so to the last bit.
                    lengths = np.diff(indptr[first : last + 1])
                    values *= np.repeat(kept[first:last], lengths) * kept[some]
                if in_file:
                    indices[a:b], data[a:b] = some, values
                step(int(b - a))
    # SciPy would copy the column numbers into memory if the two had different types.
    return csr_array((data, indices, indptr.astype(indices.dtype)), shape=(words, words))


def _room(
    indptr: NDArray[np.int64], memory: int | None
) -> tuple[NDArray[Any], NDArray[np.float32], list[tuple[int, int]]]:
    """Return where column numbers and values go, and the ranges of rows that are counted at once.

    In memory in one go; or mapped from a temporary file that vanishes with them, so many rows at a
    time as fit (a single row that does not is counted all the same).
    """
    cells, words = int(indptr[-1]), len(indptr) - 1
    index = np.dtype(np.int32 if cells <= np.iinfo(np.int32).max else np.int64)
    each = index.itemsize + 4
    if memory is None or cells * each <= memory:
        return np.empty(cells, index), np.empty(cells, np.float32), [(0, words)]
    ranges, first = list[tuple[int, int]](), 0
    while first < words:
        room = indptr[first] + memory // each
        last = max(first + 1, int(np.searchsorted(indptr, room, side="right")) - 1)
        ranges.append((first, last))
        first = last
    with tempfile.TemporaryFile() as file:
        mapped = np.memmap(file, np.uint8, mode="w+", shape=cells * each)
    at = index.itemsize * cells
    return mapped[:at].view(index), mapped[at:].view(np.float32), ranges

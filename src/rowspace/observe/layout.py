"""The layout of cells: batches of coded cells become the arrays of a CSR matrix.

Two stable counting sorts, by column and then by row, put the cells in the order of row, column and
reading; repeated cells are then joined in place. Times and weights move along. At the peak the
batches and one copy of the matrix are in memory. Called by `rowspace.observe.assemble`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Duplicates = Literal["sum", "count", "last"]
DUPLICATES = ("sum", "count", "last")
_BLOCK = 1 << 20
# Blocks of this many entries are so large that every allocator returns them to the system at once.
_SMALLEST, _LARGEST = 1 << 16, 1 << 23


@dataclass
class Chunk:
    """The cells of one batch; `rows` and `cols` are codes."""

    rows: NDArray[np.int32]
    cols: NDArray[np.int32]
    values: NDArray[np.float32] | None
    times: NDArray[np.float64] | None
    weights: NDArray[np.float32] | None = None

    def parts(self) -> tuple[NDArray[Any] | None, ...]:
        """Return the five arrays."""
        return (self.rows, self.cols, self.values, self.times, self.weights)


class Pile:
    """Cells in the order of reading, kept in a few large blocks.

    The many small arrays of the batches would leave holes that the allocator keeps; blocks, of
    which only what is written takes memory, are given back one by one while they are sorted.
    """

    def __init__(self) -> None:
        self.blocks: list[Chunk] = []
        self._used = 0

    def add(self, chunk: Chunk) -> None:
        """Copy a batch to the end."""
        start = 0
        while start < len(chunk.rows):
            if not self.blocks or self._used == len(self.blocks[-1].rows):
                self.blocks.append(self._block(chunk))
                self._used = 0
            block = self.blocks[-1]
            stop = min(len(chunk.rows), start + len(block.rows) - self._used)
            to = slice(self._used, self._used + stop - start)
            for old, new in zip(block.parts(), chunk.parts()):
                if old is not None and new is not None:
                    old[to] = new[start:stop]
            self._used = to.stop
            start = stop

    def chunks(self) -> list[Chunk]:
        """Return the blocks, the last one cut to what is used, and forget them."""
        blocks, self.blocks = self.blocks, []
        if blocks:
            last = blocks.pop()
            blocks.append(
                Chunk(*(None if p is None else p[: self._used] for p in last.parts()))  # type: ignore[arg-type]
            )
        return blocks

    def _block(self, like: Chunk) -> Chunk:
        size = min(_SMALLEST << len(self.blocks), _LARGEST)
        return Chunk(*(None if p is None else np.empty(size, p.dtype) for p in like.parts()))  # type: ignore[arg-type]


def to_csr(
    chunks: list[Chunk], shape: tuple[int, int]
) -> tuple[
    NDArray[np.int64],
    NDArray[np.int32],
    NDArray[np.float32],
    NDArray[np.float64] | None,
    NDArray[np.float32] | None,
]:
    """Sort the cells by row, column and order of reading; empties `chunks` on the way."""
    from rowspace.observe.kernels.place import place

    n = sum(len(chunk.rows) for chunk in chunks)
    row_ends = _cumulated((chunk.rows for chunk in chunks), shape[0])
    col_ends = _cumulated((chunk.cols for chunk in chunks), shape[1])
    there = [part is not None for part in chunks[0].parts()[2:]]
    destination = np.empty(min(n, _BLOCK), np.int64)

    def carried() -> list[NDArray[Any] | None]:
        kinds = (np.float32, np.float64, np.float32)
        return [np.empty(n, kind) if here else None for kind, here in zip(kinds, there)]

    rows = np.empty(n, np.int32)
    by_column = carried()
    cursor = col_ends[:-1].copy()
    chunks.reverse()
    while chunks:
        chunk = chunks.pop()
        for start in range(0, len(chunk.rows), _BLOCK):
            part = slice(start, min(start + _BLOCK, len(chunk.rows)))
            to = destination[: part.stop - start]
            place(chunk.cols[part], cursor, to)
            rows[to] = chunk.rows[part]
            for new, old in zip(by_column, chunk.parts()[2:]):
                if new is not None and old is not None:
                    new[to] = old[part]
        del chunk

    indices = np.empty(n, np.int32)
    by_row = carried()
    cursor = row_ends[:-1].copy()
    for start in range(0, n, _BLOCK):
        part = slice(start, min(start + _BLOCK, n))
        to = destination[: part.stop - start]
        place(rows[part], cursor, to)
        indices[to] = _columns_of(col_ends, part)
        for new, old in zip(by_row, by_column):
            if new is not None and old is not None:
                new[to] = old[part]
    values, times, weights = by_row
    return row_ends, indices, np.ones(n, np.float32) if values is None else values, times, weights


def _cumulated(codes: Iterable[NDArray[np.int32]], n: int) -> NDArray[np.int64]:
    """Return where the run of each code ends, from 0: (n + 1,)."""
    counts = np.zeros(n + 1, np.int64)
    for block in codes:
        # In parts, since bincount makes an int64 copy.
        for start in range(0, len(block), _BLOCK):
            counts[1:] += np.bincount(block[start : start + _BLOCK], minlength=n)
    return np.cumsum(counts, out=counts)


def _columns_of(ends: NDArray[np.int64], part: slice) -> NDArray[np.int32]:
    """Return the column of the entries `part` of a matrix that is sorted by column."""
    first = int(np.searchsorted(ends, part.start, side="right")) - 1
    last = int(np.searchsorted(ends, part.stop, side="left"))
    bounds: NDArray[np.int64] = ends[first : last + 1].clip(part.start, part.stop)
    counts = bounds[1:] - bounds[:-1]
    return np.repeat(np.arange(first, last, dtype=np.int32), counts)


def merged(
    duplicates: Duplicates,
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    data: NDArray[np.float32],
    times: NDArray[np.float64] | None,
    weights: NDArray[np.float32] | None,
) -> tuple[
    NDArray[np.int32],
    NDArray[np.float32],
    NDArray[np.float64] | None,
    NDArray[np.float32] | None,
]:
    """Join repeated cells in place.

    Args:
        duplicates: what becomes of their values; "count" expects values of 1. Weights are added
            up with the values, or "last" takes the one of the line that it takes.
        indptr, indices, data, times, weights: what `to_csr` returned; overwritten, and shrunk.

    Returns:
        indices, data, times and weights of the cells that remain.
    """
    from rowspace.observe.kernels.merge import merge_last, merge_sum

    merge = merge_last if duplicates == "last" else merge_sum
    n = merge(
        indptr,
        indices,
        data,
        times if times is not None else np.empty(0),
        weights if weights is not None else np.empty(0, np.float32),
    )
    # Shrinking in place gives the memory back without a copy; nothing else refers to the arrays.
    for array in (indices, data, times, weights):
        if array is not None:
            array.resize(n, refcheck=False)
    return indices, data, times, weights

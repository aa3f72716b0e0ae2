"""Join the repeated cells of a sorted CSR matrix, in place.

The entries of a row are sorted by column, those of a cell in the order in which they were read.
Called by `rowspace.observe.assemble`.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def repeated(indptr: NDArray[np.int64], indices: NDArray[np.int32]) -> tuple[int, int, int]:
    """Count the entries that repeat the cell before them.

    Args:
        indptr: (n + 1,) int64; indices: (nnz,) int32.

    Returns:
        How many there are, and the row and the position of the first one (-1, -1 if none).
    """
    found, row, at = 0, -1, -1
    for i in range(len(indptr) - 1):
        for e in range(indptr[i] + 1, indptr[i + 1]):
            if indices[e] == indices[e - 1]:
                if found == 0:
                    row, at = i, e
                found += 1
    return found, row, at


@njit(cache=True, nogil=True)
def merge_sum(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    values: NDArray[np.float32],
    times: NDArray[np.float64],
    weights: NDArray[np.float32],
) -> int:
    """Add up the values and weights of every cell in float64 and keep its latest time.

    Args:
        indptr: (n + 1,) int64; indices: (nnz,) int32; values: (nnz,) float32.
        times: (nnz,) float64; weights: (nnz,) float32; empty where there are none. All five are
            overwritten.

    Returns:
        The number of cells that remain, at the front of the arrays.
    """
    timed, weighted = len(times) > 0, len(weights) > 0
    to = 0
    begin = indptr[0]
    for i in range(len(indptr) - 1):
        end = indptr[i + 1]
        first = to
        total, mass = 0.0, 0.0
        for e in range(begin, end):
            if to > first and indices[to - 1] == indices[e]:
                total += np.float64(values[e])
                values[to - 1] = total
                if weighted:
                    mass += np.float64(weights[e])
                    weights[to - 1] = mass
                if timed and times[e] > times[to - 1]:
                    times[to - 1] = times[e]
            else:
                total = np.float64(values[e])
                if weighted:
                    mass = np.float64(weights[e])
                indices[to] = indices[e]
                values[to] = values[e]
                if weighted:
                    weights[to] = weights[e]
                if timed:
                    times[to] = times[e]
                to += 1
        begin = end
        indptr[i + 1] = to
    return to


@njit(cache=True, nogil=True)
def merge_last(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    values: NDArray[np.float32],
    times: NDArray[np.float64],
    weights: NDArray[np.float32],
) -> int:
    """Keep value and weight of every cell's latest time, or last entry; arguments as above."""
    timed, weighted = len(times) > 0, len(weights) > 0
    to = 0
    begin = indptr[0]
    for i in range(len(indptr) - 1):
        end = indptr[i + 1]
        first = to
        for e in range(begin, end):
            if to > first and indices[to - 1] == indices[e]:
                if not timed or times[e] >= times[to - 1]:
                    values[to - 1] = values[e]
                    if weighted:
                        weights[to - 1] = weights[e]
                    if timed:
                        times[to - 1] = times[e]
            else:
                indices[to] = indices[e]
                values[to] = values[e]
                if weighted:
                    weights[to] = weights[e]
                if timed:
                    times[to] = times[e]
                to += 1
        begin = end
        indptr[i + 1] = to
    return to

"""The co-occurrence loops: for every word, walk its positions and add up what stands around them.

The rows of the matrix are independent, so no list of pairs is ever made and nothing is shared
between threads: worker t of W takes the words t, t + W, ... (words are sorted by frequency, which
balances the work). Two passes, `count_cells` for the size of every row and `fill_cells` for the
cells, so that the matrix is allocated once and exactly. Called by `observe/text.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray


@njit(cache=True)
def invert(tokens: NDArray[np.int32], starts: NDArray[np.int64], positions: NDArray[Any]) -> None:
    """Write where every word stands: word w at positions[starts[w] : starts[w + 1]], ascending.

    Args:
        tokens: (n,) int32, word numbers, and a negative number before, between and after documents.
        starts: (words + 1,) int64, cumulated word counts.
        positions: (number of words in `tokens`,) int32 or int64, written.
    """
    next_slot = starts[:-1].copy()
    for p in range(len(tokens)):
        w = tokens[p]
        if w >= 0:
            positions[next_slot[w]] = p
            next_slot[w] += 1


@njit(cache=True, parallel=True)
def count_cells(
    tokens: NDArray[np.int32],
    starts: NDArray[np.int64],
    positions: NDArray[Any],
    window: int,
    before: bool,
    seen: NDArray[np.int32],
    row_cells: NDArray[np.int64],
) -> None:
    """Write the number of different words around each word.

    Args:
        tokens: as for `invert`.
        starts, positions: what `invert` wrote.
        window: how many words to the right and, with `before`, to the left.
        seen: (workers, words) int32, filled with -1; workspace.
        row_cells: (words,) int64, written.
    """
    workers, words = seen.shape
    for t in prange(workers):
        mark = seen[t]
        for w in range(t, words, workers):
            n = 0
            for s in range(starts[w], starts[w + 1]):
                p = np.int64(positions[s])
                for side in range(2 if before else 1):
                    step = 1 - 2 * side
                    for d in range(1, window + 1):
                        c = tokens[p + step * d]
                        if c < 0:
                            break
                        if mark[c] != w:
                            mark[c] = w
                            n += 1
            row_cells[w] = n


@njit(cache=True, parallel=True)
def fill_cells(
    tokens: NDArray[np.int32],
    starts: NDArray[np.int64],
    positions: NDArray[Any],
    weights: NDArray[np.float64],
    before: bool,
    first: int,
    last: int,
    sums: NDArray[np.float64],
    indptr: NDArray[np.int64],
    indices: NDArray[Any],
    data: NDArray[np.float32],
) -> None:
    """Write the cells x_wc = sum of weights[distance - 1] over all c within the window of a w.

    Args:
        tokens: as for `invert`.
        starts, positions: what `invert` wrote.
        weights: (window,) float64, all above zero; entry d - 1 is the weight of distance d.
        before: whether to look to the left too.
        first, last: the range of words whose rows are written.
        sums: (workers, words) float64 zeros; workspace, zeros again at the end.
        indptr: (words + 1,) int64, cumulated `row_cells`.
        indices: (cells of the range,) int32 or int64, written, ascending within a row.
        data: (cells of the range,) float32, written.
    """
    workers = len(sums)
    window = len(weights)
    for t in prange(workers):
        total = sums[t]
        for w in range(first + t, last, workers):
            start = indptr[w] - indptr[first]
            row = indices[start : start + indptr[w + 1] - indptr[w]]
            n = 0
            for s in range(starts[w], starts[w + 1]):
                p = np.int64(positions[s])
                for side in range(2 if before else 1):
                    step = 1 - 2 * side
                    for d in range(1, window + 1):
                        c = tokens[p + step * d]
                        if c < 0:
                            break
                        if total[c] == 0.0:
                            row[n] = c
                            n += 1
                        total[c] += weights[d - 1]
            row.sort()
            for k in range(n):
                data[start + k] = total[row[k]]
                total[row[k]] = 0.0

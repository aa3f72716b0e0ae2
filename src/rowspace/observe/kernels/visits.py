"""The loops that count which node comes how soon after which on walks.

A row of counts belongs to one node and is filled from all places where the node stands, so that
nothing is shared between threads and no list of pairs is made. Called by `observe/walks.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def places(walks: NDArray[np.int32], starts: NDArray[np.int64], out: NDArray[np.int64]) -> None:
    """Write where every node stands: node v at out[starts[v] : starts[v + 1]], ascending.

    Args:
        walks: flat, -1 after every walk; starts: (n + 1,) cumulated numbers of visits.
        out: (visits,) int64, written.
    """
    following = starts[:-1].copy()
    for at in range(len(walks)):
        v = walks[at]
        if v >= 0:
            out[following[v]] = at
            following[v] += 1


@njit(cache=True, nogil=True)
def count_after(
    walks: NDArray[np.int32],
    starts: NDArray[np.int64],
    at: NDArray[np.int64],
    window: int,
    first: int,
    last: int,
    row_cells: NDArray[np.int64],
) -> None:
    """Write how many different nodes come within `window` steps after each node first .. last - 1.

    Args:
        walks, starts: as for `places`; at: what it wrote.
        row_cells: (n,) int64, written.
    """
    mark = np.full(len(row_cells), -1, np.int64)
    for v in range(first, last):
        n = 0
        for s in range(starts[v], starts[v + 1]):
            for d in range(1, window + 1):
                c = walks[at[s] + d]
                if c < 0:
                    break
                if mark[c] != v:
                    mark[c] = v
                    n += 1
        row_cells[v] = n


@njit(cache=True, nogil=True)
def fill_after(
    walks: NDArray[np.int32],
    starts: NDArray[np.int64],
    at: NDArray[np.int64],
    window: int,
    first: int,
    last: int,
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    data: NDArray[Any],
) -> None:
    """Write the counts of the rows first .. last - 1.

    Args:
        walks, starts, at, window, first, last: as for `count_after`.
        indptr: (n + 1,) int64, its counts cumulated.
        indices: (cells,) int32, written, ascending within a row; data: (cells,) float32, written.
    """
    total = np.zeros(len(indptr) - 1, np.int64)
    for v in range(first, last):
        row = indices[indptr[v] : indptr[v + 1]]
        n = 0
        for s in range(starts[v], starts[v + 1]):
            for d in range(1, window + 1):
                c = walks[at[s] + d]
                if c < 0:
                    break
                if total[c] == 0:
                    row[n] = c
                    n += 1
                total[c] += 1
        row.sort()
        for k in range(n):
            data[indptr[v] + k] = total[row[k]]
            total[row[k]] = 0

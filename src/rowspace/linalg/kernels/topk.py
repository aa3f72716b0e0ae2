"""The best k of a tile of scores, with some columns left out.

Called by `judge/all_items.py` and `factor/samplers/hard.py`.

Row r keeps its best k so far in a heap whose top is the worst of them: the lowest score, of equal
scores the largest position. Tiles come in ascending order of columns, so a newcomer that only
equals the worst has a larger position and stays out.
"""

from __future__ import annotations

import numpy as np
from numba import njit

_CHUNK = 32


@njit(cache=True, inline="always")
def _worse(score_a, item_a, score_b, item_b):  # type: ignore[no-untyped-def]
    return score_a < score_b or (score_a == score_b and item_a > item_b)


@njit(cache=True)
def _sink(scores, items, n):  # type: ignore[no-untyped-def]
    """Restore the heap of n entries after its top was replaced."""
    score, item = scores[0], items[0]
    at = 0
    while True:
        child = 2 * at + 1
        if child >= n:
            break
        if child + 1 < n and _worse(
            scores[child + 1], items[child + 1], scores[child], items[child]
        ):
            child += 1
        if not _worse(scores[child], items[child], score, item):
            break
        scores[at], items[at] = scores[child], items[child]
        at = child
    scores[at], items[at] = score, item


@njit(cache=True, nogil=True)
def merge_tile(tile, first, seen_ptr, seen, cursor, items, scores, counts):  # type: ignore[no-untyped-def]
    """Take the scores of the columns `first` .. into the heaps of their rows.

    Args:
        tile: (b, c) float32, scores; those of columns to leave out are overwritten by -inf.
        first: position of the tile's first column.
        seen_ptr, seen: (b + 1,) int64 and (nnz,) int32, ascending columns to leave out by row.
        cursor: (b,) int64, entries of `seen` used so far; start with `seen_ptr[:-1]`. Updated.
        items, scores: (b, k) int32 and float32, the heaps. Updated.
        counts: (b,) int64, how full each heap is. Updated.
    """
    rows, width = tile.shape
    k = items.shape[1]
    for r in range(rows):
        line = tile[r]
        at = cursor[r]
        while at < seen_ptr[r + 1] and seen[at] < first + width:
            line[seen[at] - first] = -np.inf
            at += 1
        cursor[r] = at
        best, who, n = scores[r], items[r], counts[r]
        floor = best[0] if n == k else np.float32(-np.inf)
        for start in range(0, width, _CHUNK):
            stop = min(start + _CHUNK, width)
            above = np.int32(0)
            for j in range(start, stop):
                above |= np.int32(line[j] > floor)
            if above == 0:
                continue
            for j in range(start, stop):
                if not line[j] > floor:
                    continue
                if n < k:
                    # Sift the newcomer up from the end.
                    at = n
                    n += 1
                    while at > 0 and _worse(
                        line[j], first + j, best[(at - 1) // 2], who[(at - 1) // 2]
                    ):
                        best[at], who[at] = best[(at - 1) // 2], who[(at - 1) // 2]
                        at = (at - 1) // 2
                    best[at], who[at] = line[j], first + j
                else:
                    best[0], who[0] = line[j], first + j
                    _sink(best, who, k)
                floor = best[0] if n == k else np.float32(-np.inf)
        counts[r] = n


@njit(cache=True, nogil=True)
def unheap(items, scores, counts):  # type: ignore[no-untyped-def]
    """Sort each row's heap, best first; what it lacks becomes item -1 with score -inf.

    Args:
        items, scores: (b, k) int32 and float32, heaps. Overwritten.
        counts: (b,) int64, how full each heap is.
    """
    rows, k = items.shape
    for r in range(rows):
        best, who = scores[r], items[r]
        for n in range(counts[r] - 1, 0, -1):
            best[0], best[n] = best[n], best[0]
            who[0], who[n] = who[n], who[0]
            _sink(best, who, n)
        for j in range(counts[r], k):
            best[j], who[j] = -np.inf, -1


@njit(cache=True, nogil=True)
def first_unseen(begin, stop, order, seen_ptr, seen, mark, items, counts):  # type: ignore[no-untyped-def]
    """Give rows begin .. stop - 1 the first k of one order of columns that it has not seen.

    Args:
        order: (m,) int32, columns, best first.
        seen_ptr, seen: (n + 1,) int64 and (nnz,) int32, columns to leave out by row.
        mark: (m,) int64 zeros; workspace, one per thread.
        items, counts: (n, k) int32 and (n,) int64, written; -1 beyond the count.
    """
    k = items.shape[1]
    for r in range(begin, stop):
        for i in range(seen_ptr[r], seen_ptr[r + 1]):
            mark[seen[i]] = r + 1
        found = 0
        for j in range(len(order)):
            if found == k:
                break
            if mark[order[j]] != r + 1:
                items[r, found] = order[j]
                found += 1
        counts[r] = found
        items[r, found:] = -1

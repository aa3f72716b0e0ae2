"""The loops of an exact neighbour search: tiles of scores into lists of the best k.

A list holds the best k so far, best first; of equal scores the smaller position is better, so the
list does not depend on the order in which tiles come. Empty places hold score -inf and the largest
position. Called by `judge/neighbours.py` and `judge/preservation.py`.
"""

from __future__ import annotations

import numpy as np
from numba import njit

_CHUNK = 16


@njit(cache=True, inline="always")
def _insert(best, who, score, position):  # type: ignore[no-untyped-def]
    """Put a newcomer that beats the last into its place in a list."""
    at = len(best) - 1
    while at > 0 and (score > best[at - 1] or (score == best[at - 1] and position < who[at - 1])):
        best[at], who[at] = best[at - 1], who[at - 1]
        at -= 1
    best[at], who[at] = score, position


@njit(cache=True, nogil=True)
def merge_rows(tile, first, own, positions, scores):  # type: ignore[no-untyped-def]
    """Take each row of a tile into the list of that row.

    Args:
        tile: (b, c) float32, scores of the candidates first .. first + c - 1; overwritten by -inf
            where a row meets itself.
        first: position of the first candidate.
        own: (b,) int64, the row's own position among the candidates, -1 for none.
        positions, scores: (b, k) int32 and float32, the lists. Updated.
    """
    rows, width = tile.shape
    last = scores.shape[1] - 1
    for r in range(rows):
        line, best, who = tile[r], scores[r], positions[r]
        mine = own[r] - first
        if 0 <= mine < width:
            line[mine] = -np.inf
        floor = best[last]
        for start in range(0, width, _CHUNK):
            part = line[start : start + _CHUNK]
            if len(part) == _CHUNK:
                # Few pieces hold a newcomer: their largest score, in vector registers, tells.
                top = part[0]
                for j in range(_CHUNK):
                    top = part[j] if part[j] > top else top
                if top < floor:
                    continue
            for j in range(len(part)):
                s = part[j]
                here = first + start + j
                if s > floor or (s == floor and s > -np.inf and here < who[last]):
                    _insert(best, who, s, here)
                    floor = best[last]


@njit(cache=True, nogil=True)
def merge_columns(tile, first, positions, scores, floors):  # type: ignore[no-untyped-def]
    """Take each column of a tile into the list of that column.

    Args:
        tile: (b, c) float32, scores of the candidates first .. first + b - 1, one a row.
        first: position of the first candidate.
        positions, scores: (c, k) int32 and float32, the lists. Updated.
        floors: (c,) float32, the last score of each list. Updated.
    """
    rows, width = tile.shape
    last = scores.shape[1] - 1
    for r in range(rows):
        line = tile[r]
        row = first + r
        for start in range(0, width, _CHUNK):
            part = line[start : start + _CHUNK]
            floor = floors[start : start + _CHUNK]
            if len(part) == _CHUNK:
                top = part[0] - floor[0]
                for j in range(_CHUNK):
                    excess = part[j] - floor[j]
                    top = excess if excess > top else top
                if top < 0:
                    continue
            for j in range(len(part)):
                s = part[j]
                c = start + j
                if s > floor[j] or (s == floor[j] and s > -np.inf and row < positions[c, last]):
                    _insert(scores[c], positions[c], s, row)
                    floor[j] = scores[c, last]


@njit(cache=True, nogil=True)
def distances(begin, stop, vectors, positions, out):  # type: ignore[no-untyped-def]
    """Write the Euclidean distances to the listed rows, and sort each list by them.

    Lists begin .. stop - 1, summed in float64; of equal distances the smaller position first.

    Args:
        vectors: (n, d) float32.
        positions: (n, k) int32, overwritten in the new order.
        out: (n, k) float64, written.
    """
    d = vectors.shape[1]
    k = positions.shape[1]
    whole = d - d % 4
    for i in range(begin, stop):
        x = vectors[i]
        for a in range(k):
            who = positions[i, a]
            y = vectors[who]
            # Four sums, so that one addition need not wait for the one before.
            s0 = s1 = s2 = s3 = 0.0
            for j in range(0, whole, 4):
                e0 = np.float64(x[j] - y[j])
                e1 = np.float64(x[j + 1] - y[j + 1])
                e2 = np.float64(x[j + 2] - y[j + 2])
                e3 = np.float64(x[j + 3] - y[j + 3])
                s0 += e0 * e0
                s1 += e1 * e1
                s2 += e2 * e2
                s3 += e3 * e3
            for j in range(whole, d):
                e0 = np.float64(x[j] - y[j])
                s0 += e0 * e0
            s = np.sqrt((s0 + s1) + (s2 + s3))
            at = a
            while at > 0 and (
                s < out[i, at - 1] or (s == out[i, at - 1] and who < positions[i, at - 1])
            ):
                out[i, at] = out[i, at - 1]
                positions[i, at] = positions[i, at - 1]
                at -= 1
            out[i, at] = s
            positions[i, at] = who


@njit(cache=True, nogil=True)
def places(scores, asked, out):  # type: ignore[no-untyped-def]
    """Write the place (from 1) of some candidates of each row among all candidates.

    Args:
        scores: (b, n) float32, -inf for a candidate that does not count.
        asked: (b, k) int32, candidates.
        out: (b, k) int64, written.
    """
    n = scores.shape[1]
    for r in range(len(asked)):
        line = scores[r]
        for a in range(asked.shape[1]):
            at = asked[r, a]
            s = line[at]
            before = np.int32(0)
            for j in range(at):
                before += np.int32(line[j] >= s)
            for j in range(at + 1, n):
                before += np.int32(line[j] > s)
            out[r, a] = before + 1

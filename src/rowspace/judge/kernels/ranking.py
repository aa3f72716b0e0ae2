"""The loops behind ranking metrics: rows into order of score, and every metric in one pass.

The results of query q are the entries `indptr[q] : indptr[q + 1]` of flat arrays, its judgments the
entries `judged_ptr[q] : judged_ptr[q + 1]`. A loop takes the queries `begin` .. `stop - 1` and runs
without the interpreter's lock, one call per thread, which compiles several times faster than
numba's own threads. Called by `judge/ranking.py` only.
"""

from __future__ import annotations

import numpy as np
from numba import njit

NDCG, NDCG_EXP, RECALL, PRECISION, MRR, MAP, HIT, UNJUDGED = range(8)
_LOW = np.int64(0xFFFFFFFF)
_SEEN = np.int64(0xFFFFFFFF)


@njit(cache=True, nogil=True)
def unordered_rows(begin, stop, indptr, scores):  # type: ignore[no-untyped-def]
    """Count the rows whose scores rise or hold a NaN.

    Args:
        indptr: (n + 1,) int64.
        scores: (nnz,) float32.
    """
    bad = 0
    for q in range(begin, stop):
        row = scores[indptr[q] : indptr[q + 1]]
        steps = 0
        for i in range(1, len(row)):
            steps += row[i - 1] >= row[i]
        bad += steps < len(row) - 1 or (len(row) == 1 and row[0] != row[0])
    return bad


@njit(cache=True, nogil=True)
def sort_rows(begin, stop, indptr, bits, low, keys):  # type: ignore[no-untyped-def]
    """Sort each row by descending score, then ascending `low`.

    A float32 without NaN keeps its order as an unsigned number once its sign bit is flipped (all
    bits, when it is negative), so that score and `low` together are one integer.

    Args:
        indptr: (n + 1,) int64.
        bits: (nnz,) uint32, the scores' bits (no NaN, no -0.0).
        low: (nnz,) uint32.
        keys: (nnz,) uint64, written: sorted within each row; the lower half is `low`.
    """
    sign = np.uint32(0x80000000)
    for q in range(begin, stop):
        for i in range(indptr[q], indptr[q + 1]):
            b = bits[i]
            descending = b if b & sign else (~b) ^ sign
            keys[i] = (np.uint64(descending) << np.uint64(32)) | np.uint64(low[i])
        keys[indptr[q] : indptr[q + 1]].sort()


@njit(cache=True, nogil=True)
def last_occurrences(begin, stop, indptr, items, mark, keep):  # type: ignore[no-untyped-def]
    """Mark the last occurrence of each item in each row.

    Args:
        indptr: (n + 1,) int64.
        items: (nnz,) int32.
        mark: (items,) int64 zeros; workspace, one per thread.
        keep: (nnz,) bool, written.
    """
    for q in range(begin, stop):
        for i in range(indptr[q + 1] - 1, indptr[q] - 1, -1):
            keep[i] = mark[items[i]] != q + 1
            mark[items[i]] = q + 1


@njit(cache=True, nogil=True, error_model="numpy")
def evaluate(  # type: ignore[no-untyped-def]
    begin, stop,
    indptr, items, scores, judged_ptr, judged, relevance,
    kinds, cuts, logs, mark, ideals, values, dropped,
):  # fmt: skip
    """Compute every metric of every query, as its expected value over random orders of ties.

    Places s .. s + t - 1 hold t results of equal score, r of them relevant with the sum of gains
    g; R relevant ones came before. Of these places, c are within the cut. Then the group adds
        nDCG       g / t * sum_j 1 / log2(s + j + 2)
        hits       r c / t
        AP         sum_j r / t * (1 + R + j (r - 1) / (t - 1)) / (s + j + 1)
        RR         sum_j P(the first relevant one is at j) / (s + j + 1), if R = 0
        hit        1 - C(t - r, c) / C(t, c), if R = 0
    with j = 0 .. c - 1 (McSherry & Najork 2008); a group of one gives the textbook term.

    Args:
        indptr, items: (n + 1,) int64 and (nnz,) int32, results in order.
        scores: (nnz,) float32, equal where tied; of length 0 when there are no ties.
        judged_ptr, judged, relevance: (n + 1,) int64, (j,) int32 without repetition, (j,) float32.
        kinds, cuts: (metrics,) int64, what to compute and how many places count.
        logs: (places,) float64, log2(place + 2) for every place that may be read.
        mark: (items,) int64 zeros; workspace, one per thread: (query + 1) << 32 | judgment + 1.
        ideals: (longest,) float64; workspace, one per thread, for one query's relevances.
        values: (n, metrics) float64 zeros, written.
        dropped: (n,) int64, written: repeated results among those read.
    """
    n_metrics = len(kinds)
    limit = cuts.max()
    tied = len(scores) > 0
    for q in range(begin, stop):
        stamp = np.int64(q + 1) << 32
        first = judged_ptr[q]
        n_judged = judged_ptr[q + 1] - first
        n_relevant = 0
        for j in range(n_judged):
            mark[judged[first + j]] = stamp | (j + 1)
            ideals[j] = relevance[first + j]
            n_relevant += relevance[first + j] > 0

        value = values[q]
        hits = 0
        s = 0
        i = indptr[q]
        end = indptr[q + 1]
        repeated = 0
        while i < end and s < limit:
            t = 0
            r = 0
            unjudged = 0
            gain = 0.0
            gain_exp = 0.0
            head = i
            while i < end and (i == head or (tied and scores[i] == scores[head])):
                m = mark[items[i]]
                i += 1
                if m & ~_LOW != stamp:
                    mark[items[i - 1]] = stamp | _SEEN
                    t += 1
                    unjudged += 1
                elif m & _LOW == _SEEN:
                    repeated += 1
                else:
                    mark[items[i - 1]] = stamp | _SEEN
                    t += 1
                    x = np.float64(relevance[first + (m & _LOW) - 1])
                    if x > 0:
                        r += 1
                        gain += x
                        gain_exp += 2.0**x - 1.0
            if r > 0 or unjudged > 0:
                for m in range(n_metrics):
                    kind = kinds[m]
                    c = min(cuts[m] - s, t)
                    if c <= 0:
                        continue
                    if kind == UNJUDGED:
                        value[m] += unjudged * c / t
                    elif r == 0:
                        continue
                    elif kind in (RECALL, PRECISION):
                        value[m] += r * c / t
                    elif kind in (NDCG, NDCG_EXP):
                        g = (gain if kind == NDCG else gain_exp) / t
                        for j in range(c):
                            value[m] += g / logs[s + j]
                    elif kind == MAP:
                        slope = (r - 1) / (t - 1) if t > 1 else 0.0
                        for j in range(c):
                            value[m] += r / t * (1 + hits + j * slope) / (s + j + 1)
                    elif hits == 0:
                        # No relevant one in the j places before, then one at j.
                        none = 1.0
                        for j in range(c):
                            if kind == MRR:
                                value[m] += none * r / (t - j) / (s + j + 1)
                            none *= max(t - j - r, 0) / (t - j)
                        if kind == HIT:
                            value[m] = 1.0 - none
            hits += r
            s += t
        dropped[q] = repeated

        ideal = ideals[:n_judged]
        ideal.sort()
        for m in range(n_metrics):
            kind = kinds[m]
            if kind == PRECISION:
                value[m] /= cuts[m]
            elif kind == UNJUDGED:
                value[m] /= max(min(cuts[m], s), 1)
            elif n_relevant == 0:
                continue
            elif kind in (RECALL, MAP):
                value[m] /= n_relevant
            elif kind in (NDCG, NDCG_EXP):
                best = 0.0
                for j in range(min(n_relevant, cuts[m])):
                    x = ideal[n_judged - 1 - j]
                    best += (x if kind == NDCG else 2.0**x - 1.0) / logs[j]
                if best > 0.0:
                    value[m] /= best

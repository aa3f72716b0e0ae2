"""The place of one right answer among all candidates. Called by `judge/triples.py` only."""

from __future__ import annotations

from numba import njit


@njit(cache=True, nogil=True)
def filtered_counts(begin, stop, scores, right, known_ptr, known, better, equal, candidates):  # type: ignore[no-untyped-def]
    """Count the candidates that beat the right answer, and those that tie with it.

    Takes the questions begin .. stop - 1.

    Args:
        scores: (b, n) float32, one row per question.
        right: (b,) int64, the right answer of each.
        known_ptr, known: (b + 1,) int64 and (nnz,) int64, answers known to be right too, each once
            per question; they are no candidates. The right answer may be among them.
        better, equal: (b,) int64, written; the right answer itself is in neither.
        candidates: (b,) int64, written, the right answer included; 0 where a score is NaN.
    """
    n = scores.shape[1]
    for q in range(begin, stop):
        line = scores[q]
        mine = line[right[q]]
        above = 0
        same = 0
        nans = 0
        for j in range(n):
            above += line[j] > mine
            same += line[j] == mine
            nans += line[j] != line[j]
        rest = n
        for i in range(known_ptr[q], known_ptr[q + 1]):
            if known[i] != right[q]:
                above -= line[known[i]] > mine
                same -= line[known[i]] == mine
                rest -= 1
        better[q] = above
        equal[q] = same - 1
        candidates[q] = 0 if nans else rest

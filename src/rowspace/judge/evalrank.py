"""EvalRank: is the row that belongs to a row found among everything else?

Graded similarities ask for an order among pairs that no task needs; this asks only that known
partners stand near the top of a ranking of all rows. In: vectors and pairs of positions; out: a
`Block`. Called by hand and by benchmarks.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rowspace.errors import InputError
from rowspace.judge.blocks import Block
from rowspace.judge.measure import Measure
from rowspace.judge.rows import Floats, finite_rows, unit_rows
from rowspace.judge.significance import bootstrap_means
from rowspace.recipes.registry import Paper, published
from rowspace.threads import kernel_threads
from rowspace.workers import each

_ROWS = 64


@published(
    kind="measure",
    claim="Whether known partners (synonyms, paraphrases, duplicates) rank high among all rows, "
    "which foretells tasks better than graded similarity does.",
    papers=(
        Paper(
            "Wang, Kuo, Li",
            2022,
            "Just rank: rethinking evaluation with word and sentence similarities",
            "ACL",
            literature=294,
        ),
    ),
    test="tests/judge/test_evalrank.py",
)
def evalrank(
    vectors: ArrayLike, pairs: ArrayLike, *, hits: Sequence[int] = (1, 3, 10), seed: int = 0
) -> Block:
    """Rank the partner of each pair among all rows by cosine, and average.

    For a pair (i, j) the row i ranks all other rows; with s rows above j and t (j included) equal
    to it, it adds (H(s + t) - H(s)) / t to the mean reciprocal rank, and the share of the places
    s + 1 .. s + t that are within k to Hits@k: the expectation over orders of ties.

    Args:
        vectors: (n, d) numbers, finite, no row zero: the pairs' rows and the background.
        pairs: (p, 2) positions; one direction is asked, so give both if both should count.
        hits: the cut-offs k.
        seed: of the intervals (bootstrap over pairs).

    Returns:
        `Block` "EvalRank" with "MRR" and "Hits@k", the reference a random order, exact. Series
        "rank" (p,), the expected place of each partner.

    Raises:
        InputError: a row is not finite or zero, there is no pair, or a pair names a row that is not
            there or the same row twice.

    Example:
        >>> x = np.array([[1, 0], [1, 0.1], [0, 1]])
        >>> evalrank(x, [[0, 1], [0, 2]])["MRR"].value
        0.75
    """
    u = unit_rows(finite_rows(vectors))
    n = len(u)
    asked = np.asarray(pairs)
    if asked.ndim != 2 or asked.shape[1] != 2 or asked.dtype.kind not in "iu" or not len(asked):
        raise InputError(
            f"pairs are an array of {asked.dtype} of shape {asked.shape}, but at least one pair of "
            "positions was expected"
        )
    if asked.min() < 0 or asked.max() >= n:
        raise InputError(
            f"pairs name rows from {asked.min()} to {asked.max()}, but there are {n} rows, from 0 "
            "on"
        )
    same = np.flatnonzero(asked[:, 0] == asked[:, 1])
    if len(same):
        raise InputError(
            f"pair {same[0]} is row {asked[same[0], 0]} with itself; two rows were expected"
        )
    if any(k < 1 for k in hits):
        raise InputError(f"hits are {tuple(hits)}, but cut-offs of at least 1 were expected")
    with kernel_threads():
        above, level = _above_and_level(u, asked)
    harmonic = np.concatenate([[0.0], np.cumsum(1 / np.arange(1, n + 1))])
    columns = [(harmonic[above + level] - harmonic[above]) / level]
    columns += [np.clip((k - above) / level, 0, 1) for k in hits]
    values = np.column_stack(columns)
    low, high = np.quantile(bootstrap_means(values, seed=seed), [0.025, 0.975], axis=0)
    chance = [harmonic[n - 1] / (n - 1), *(min(k / (n - 1), 1.0) for k in hits)]
    measures = tuple(
        Measure(name, float(values[:, i].mean()), len(values), float(low[i]), float(high[i]), seed,
                {"random order": float(chance[i])})
        for i, name in enumerate(("MRR", *(f"Hits@{k}" for k in hits)))
    )  # fmt: skip
    return Block("EvalRank", measures, {"rank": above + (level + 1) / 2})


def _above_and_level(
    u: Floats, pairs: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return how many other rows are nearer than the partner, and how many as near, it included."""

    def one(start: int) -> NDArray[np.int64]:
        own, partner = pairs[start : start + _ROWS].T
        scores = u[own] @ u.T
        scores[np.arange(len(own)), own] = -np.inf
        mine = scores[np.arange(len(own)), partner][:, None]
        return np.column_stack([(scores > mine).sum(axis=1), (scores == mine).sum(axis=1)])

    found = np.concatenate(list(each(one, range(0, len(pairs), _ROWS))))
    return found[:, 0], found[:, 1]

"""Rank: how many factors a matrix holds, by predicting cells that were held out.

Blocks of cells are hidden, predicted from truncated singular value decompositions of the rest, and
a factor counts when it improves the prediction as real factors do. Where no rank predicts well, or
other blocks say otherwise, the answer is "undetermined". In: a dense matrix; out: a `Block`. Called
by hand and by benchmarks.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rowspace.errors import InputError
from rowspace.judge.blocks import Block
from rowspace.judge.measure import Measure
from rowspace.judge.rows import finite_rows
from rowspace.recipes.registry import Paper, published
from rowspace.threads import kernel_threads
from rowspace.workers import each

Array = NDArray[np.float64]
_SPLITS = 2
_LEAST_SHARE = 0.2
_LEAST_T = 2.0
_LEAST_EXPLAINED = 1 / 3


@published(
    kind="measure",
    claim="The number of factors in a matrix from held-out cells, and 'undetermined' where the "
    "noise does not let it be known.",
    papers=(
        Paper(
            "Owen, Perry",
            2009,
            "Bi-cross-validation of the SVD and the nonnegative matrix factorization",
            "Annals of Applied Statistics 3",
        ),
        Paper(
            "Truong, Skau, Vu, Bhattarai, Nebgen, Alexandrov",
            2020,
            "Determination of latent dimensionality in international trade flow",
            "Machine Learning: Science and Technology",
            literature=14,
        ),
    ),
    test="tests/judge/test_rank.py",
    benchmark="benchmarks/identifiability.py",
)
def estimate_rank(matrix: ArrayLike, *, most: int = 20, folds: int = 5, seed: int = 0) -> Block:
    """Estimate the number of factors of a matrix.

    Rows and columns are cut into `folds` groups each. A block A of a row and a column group is
    predicted from the cells B beside it, C above it and D elsewhere as B D_k^+ C, with D_k the best
    approximation of D of rank k (Owen, Perry 2009); e_k is the squared error over all blocks, e_0
    that of the mean of D. The rank is the largest k such that every factor up to it

    * lowers the error by two standard errors over blocks, and
    * lowers it by at least a fifth of the average gain of the factors 2 .. k - 1 before it (the
      second by a fiftieth of the gain of the first, which holds the mean): clipped or otherwise
      bent noise makes weak factors without end.

    The rank is "undetermined" (NaN) when its factors explain less than a third of the held-out
    variance, when two random splits disagree, or when the last rank tried is still better. These
    rules were fixed on other planted matrices than those of the benchmark.

    Args:
        matrix: (n, m) numbers, finite; factors are counted without centring.
        most: the largest rank to try; less where the matrix is small.
        folds: groups of rows and of columns.
        seed: of the splits.

    Returns:
        `Block` "Rank" with "rank" and "held-out variance explained" (at that rank, or at the best
        one where undetermined; the reference has all cells shuffled). Series: "k" from 0 and
        "explained" (splits, k).

    Raises:
        InputError: a cell is not finite, or there are fewer than 2 `folds` rows or columns.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> x = rng.exponential(size=(60, 3)) @ rng.exponential(size=(3, 80))
        >>> estimate_rank(x)["rank"].value
        3.0
    """
    x = finite_rows(matrix, "the matrix's rows").astype(np.float64)
    n, m = x.shape
    if folds < 2 or min(n, m) < 2 * folds:
        raise InputError(
            f"a matrix of {n} x {m} cells cannot be cut into {folds} x {folds} blocks of at least "
            "2 rows and columns; lower folds (at least 2)"
        )
    least = min(n, m)
    most = max(1, min(most, least - math.ceil(least / folds) - 1))
    with kernel_threads():
        errors = [_errors(x, most, folds, [seed, 9, s]) for s in range(_SPLITS)]
        shuffled = np.random.default_rng([seed, 10]).permutation(x.ravel()).reshape(x.shape)
        null = _explained(_errors(shuffled, most, folds, [seed, 9]))
    explained = np.array([_explained(e) for e in errors])
    ranks = [_chosen(e) for e in errors]
    rank = ranks[0]
    best = int(explained.mean(axis=0).argmax())
    reason = ""
    if not explained[0, -1] > -np.inf or float(errors[0][:, 0].sum()) == 0:
        reason = "the matrix is constant"
    elif max(ranks) == most:
        reason = f"more than the {most} factors tried may help; raise most"
    elif len(set(ranks)) > 1:
        reason = f"two splits say {ranks[0]} and {ranks[1]}"
    elif explained[:, rank].mean() < _LEAST_EXPLAINED:
        reason = (
            f"the best rank predicts {max(explained[:, best].mean(), 0):.0%} of the held-out "
            "variance, less than a third"
        )
    at = best if reason else rank
    measures = (
        Measure(
            "rank",
            math.nan if reason else float(rank),
            n * m,
            seed=seed,
            reference={},
            note=f"Undetermined: {reason}." if reason else f"Both of {_SPLITS} splits say so.",
        ),
        Measure(
            "held-out variance explained",
            float(explained[:, at].mean()),
            n * m,
            seed=seed,
            reference={"shuffled cells": float(null.max())},
            note=f"By {at} factors.",
        ),
    )
    return Block("Rank", measures, {"k": np.arange(most + 1), "explained": explained})


def _errors(x: Array, most: int, folds: int, seed: list[int]) -> Array:
    """Return the squared error of each block at each rank from 0, (folds^2, most + 1)."""
    rng = np.random.default_rng(seed)
    rows = rng.permutation(x.shape[0]) % folds
    cols = rng.permutation(x.shape[1]) % folds

    def one(block: tuple[int, int]) -> Array:
        r, c = rows == block[0], cols == block[1]
        a, b = x[np.ix_(r, c)], x[np.ix_(r, ~c)]
        above, d = x[np.ix_(~r, c)], x[np.ix_(~r, ~c)]
        wide = d.shape[0] <= d.shape[1]
        values, axes = np.linalg.eigh(d @ d.T if wide else d.T @ d)
        values, axes = values[::-1][:most], axes[:, ::-1][:, :most]
        there = values > 1e-12 * max(values[0], np.finfo(float).tiny)
        weights = np.where(there, 1 / np.where(there, values, 1.0), 0.0)
        # D^+ = sum_k v_k u_k' / s_k with u = D v / s, or v = D'u / s.
        left = b @ (d.T @ axes) if wide else b @ axes
        right = axes.T @ above if wide else (d @ axes).T @ above
        out = np.empty(most + 1)
        out[0] = ((a - d.mean()) ** 2).sum()
        rest = a.copy()
        for k in range(most):
            rest -= weights[k] * np.outer(left[:, k], right[k])
            out[k + 1] = (rest**2).sum()
        return out

    return np.array(list(each(one, [(i, j) for i in range(folds) for j in range(folds)])))


def _explained(errors: Array) -> Array:
    total = errors.sum(axis=0)
    return np.asarray(1 - total / total[0] if total[0] > 0 else np.zeros(len(total)))


def _chosen(errors: Array) -> int:
    """Return the rank by the rule of `estimate_rank`."""
    gains = errors[:, :-1] - errors[:, 1:]
    mean = gains.mean(axis=0)
    error = gains.std(axis=0, ddof=1) / math.sqrt(len(gains))
    for k in range(len(mean)):
        before = mean[0] / 10 if k == 1 else mean[1:k].mean() if k else 0.0
        if mean[k] <= _LEAST_T * error[k] or mean[k] < _LEAST_SHARE * before:
            return k
    return len(mean)

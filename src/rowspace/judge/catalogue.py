"""What recommendations do to the catalogue: how much of it they show, and how unevenly.

Each function takes a `Run`, looks at the first k results of every query and gives one `Measure`
that is exact for that run. Called by the report of recommendations.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rowspace.errors import InputError
from rowspace.judge.measure import Measure
from rowspace.judge.runs import Run


def coverage(run: Run, n_items: int, *, k: int) -> Measure:
    """Return the share of the catalogue that somebody is shown.

    coverage@k = |union over queries of the first k results| / n_items (Ge et al. 2010). The
    reference is what as many random draws from the catalogue would cover.

    Args:
        run: the results, best first.
        n_items: size of the catalogue.
        k: how many results of each query count.

    Raises:
        InputError: `k` is below 1 or a result is beyond the catalogue.

    Example:
        >>> coverage(Run.top([[0, 1], [0, 2]]), 4, k=2).value
        0.75
    """
    shown = _exposure(run, n_items, k)
    chance = 1 - (1 - 1 / n_items) ** shown.sum() if n_items else math.nan
    return Measure(
        f"Coverage@{k}",
        float((shown > 0).mean()) if n_items else math.nan,
        n=run.n,
        reference={"random items": float(chance)},
    )


def gini(run: Run, n_items: int, *, k: int) -> Measure:
    """Return how unevenly the catalogue is shown: 0 all items alike, towards 1 a few only.

    G = sum_i (2 i - n - 1) x_i / (n sum x), x ascending: how often each of n items is shown.

    Args:
        run: the results, best first.
        n_items: size of the catalogue; items never shown count with 0.
        k: how many results of each query count.

    Raises:
        InputError: `k` is below 1 or a result is beyond the catalogue.

    Example:
        >>> gini(Run.top([[0], [1]]), 2, k=1).value, gini(Run.top([[1], [1]]), 2, k=1).value
        (0.0, 0.5)
    """
    shown = np.sort(_exposure(run, n_items, k)).astype(np.float64)
    total = shown.sum()
    if not total:
        return Measure(f"Gini@{k}", math.nan, run.n, note="Undefined: nothing was recommended.")
    weights = 2 * np.arange(1, n_items + 1) - n_items - 1
    return Measure(f"Gini@{k}", float(weights @ shown / (n_items * total)), run.n)


def novelty(run: Run, popularity: ArrayLike, n_users: int, *, k: int) -> Measure:
    """Return how little known the recommended items are, in bits.

    The mean over all results shown of -log2(popularity_i / n_users), the self-information of having
    met item i (Zhou et al. 2010). An item nobody met counts as met once, so that it stays finite.
    The reference is the same for the items that users did meet.

    Args:
        run: the results, best first.
        popularity: (items,) how many users met each item in training.
        n_users: users in training.
        k: how many results of each query count.

    Raises:
        InputError: `k` is below 1, a result is beyond the catalogue, or a popularity is not from 0
            to `n_users`.

    Example:
        >>> novelty(Run.top([[0, 1]]), [8, 2], 8, k=2).value
        1.0
    """
    met = np.asarray(popularity, np.float64)
    if met.ndim != 1 or n_users < 1 or not ((met >= 0) & (met <= n_users)).all():
        raise InputError(f"the popularity of items must be one number each, from 0 to {n_users}")
    shown = _exposure(run, len(met), k)
    bits = -np.log2(np.maximum(met, 1) / n_users)
    total = shown.sum()
    unmet = int(shown[met == 0].sum())
    return Measure(
        f"Novelty@{k}",
        float(shown @ bits / total) if total else math.nan,
        n=run.n,
        reference={"items met in training": float(met @ bits / met.sum())} if met.any() else {},
        note=(f"{unmet} results nobody met in training count as met once." if unmet else "")
        if total
        else "Undefined: nothing was recommended.",
    )


def _exposure(run: Run, n_items: int, k: int) -> NDArray[np.int64]:
    """Return how often each item is among the first k results."""
    if k < 1:
        raise InputError(f"k is {k}, but at least 1 was expected")
    place = np.arange(len(run.items)) - np.repeat(run.indptr[:-1], np.diff(run.indptr))
    items = run.items[place < k]
    if len(items) and items.max() >= n_items:
        raise InputError(
            f"the run recommends item {items.max()}, but the catalogue has {n_items} items"
        )
    return np.bincount(items, minlength=n_items)

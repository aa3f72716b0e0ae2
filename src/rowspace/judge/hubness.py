"""Hubness: how unevenly rows turn up in the neighbour lists of others, and which ones do.

In many dimensions a few rows are among the neighbours of very many (hubs) and many of nobody
(anti-hubs), which no single search shows. In: `Neighbours`; out: a `Block` that names the hubs by
position. Called by `judge/label_free.py`.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import InputError
from rowspace.judge.blocks import Block
from rowspace.judge.measure import Measure
from rowspace.judge.neighbours import Neighbours
from rowspace.recipes.registry import Paper, published

_HUBS = 20


@published(
    kind="measure",
    claim="Whether some rows are everybody's neighbours and many nobody's, and which the hubs are.",
    papers=(
        Paper(
            "Radovanovic, Nanopoulos, Ivanovic",
            2010,
            "Hubs in space: popular nearest neighbors in high-dimensional data",
            "JMLR 11",
        ),
        Paper(
            "Feldbauer, Leodolter, Plant, Flexer",
            2018,
            "Fast approximate hubness reduction for large high-dimensional data",
            "ICBK",
        ),
    ),
    test="tests/judge/test_hubness.py",
    benchmark="benchmarks/judge_report.py",
)
def hubness(neighbours: Neighbours, *, k: int = 10) -> Block:
    """Count in how many lists of k neighbours every row is.

    With N_i these counts, whose mean is k:

    * skewness: E (N - k)^3 / sd^3;
    * Robin Hood index: sum |N_i - k| / (2 n k), the share of places to take from the rich for all
      to be equal;
    * anti-hubs: share of rows in no list; hub places: share of all places that the rows in more
      than 2 k lists hold; largest: max N.

    All are exact for the rows given, and grow with n: compare at equal n only. The reference are
    random neighbours, for which N is binomial.

    Args:
        neighbours: with at least k neighbours.
        k: length of the lists.

    Returns:
        `Block` "Hubness"; series "hubs" (positions of up to 20 rows, the largest N first) and "hub
        counts", "counts" (n,) N_i, "lists" 0 .. max N and "rows by lists" (how many rows are in so
        many lists).

    Raises:
        InputError: `k` is not from 1 to the number of neighbours.

    Example:
        >>> from rowspace.judge.neighbours import nearest_neighbours
        >>> star = np.vstack([np.zeros((1, 3)), np.eye(3), -np.eye(3)])
        >>> block = hubness(nearest_neighbours(star, 1, metric="euclidean"), k=1)
        >>> int(block.series["hubs"][0]), int(block.series["hub counts"][0])
        (0, 6)
    """
    if not 1 <= k <= neighbours.k:
        raise InputError(f"k is {k}, but from 1 to {neighbours.k} neighbours were expected")
    n = neighbours.n
    counts = np.bincount(neighbours.positions[:, :k].ravel(), minlength=n)
    skew, robin, anti = _values(counts, k)
    random = "random neighbours"
    p = k / (n - 1)
    many = counts > 2 * k
    order = np.argsort(-counts, kind="stable")[:_HUBS]
    exact = "Exact for these rows; grows with their number."
    measures = (
        Measure(
            f"skewness of N_{k}", skew, n, note=exact if not math.isnan(skew) else "Undefined: all "
            "rows are in equally many lists.", reference={random: _binomial_skewness(n - 1, p)},
        ),
        Measure(
            "Robin Hood index", robin, n, reference={random: _binomial_robin_hood(n - 1, k, p)},
            note="Share of the places in lists that rows would have to give away to be equal.",
        ),
        Measure(
            "anti-hubs", anti, n, reference={random: (1 - p) ** (n - 1)},
            note=f"Share of rows that are in nobody's top {k}.",
        ),
        Measure(
            "hub places", float(counts[many].sum() / (n * k)), n,
            note=f"Share of all places held by the {int(many.sum()):,} rows in more than {2 * k} "
            "lists.",
        ),
        Measure(
            "largest hub", float(counts.max()), n,
            note=f"Row {int(order[0])} is in so many lists.",
        ),
    )  # fmt: skip
    series = {
        "hubs": order,
        "hub counts": counts[order],
        "counts": counts,
        "lists": np.arange(counts.max() + 1),
        "rows by lists": np.bincount(counts),
    }
    return Block("Hubness", measures, series)


def skewness(neighbours: Neighbours, k: int) -> float:
    """Return the skewness of the number of lists of k neighbours that rows are in."""
    return _values(np.bincount(neighbours.positions[:, :k].ravel(), minlength=neighbours.n), k)[0]


def _values(counts: NDArray[np.int64], k: int) -> tuple[float, float, float]:
    """Return skewness, Robin Hood index and share of anti-hubs."""
    apart = counts - np.float64(k)
    sd = math.sqrt(float((apart**2).mean()))
    skew = float((apart**3).mean()) / sd**3 if sd > 0 else math.nan
    robin = float(np.abs(apart).sum() / (2 * k * len(counts)))
    return skew, robin, float((counts == 0).mean())


def _binomial_skewness(n: int, p: float) -> float:
    variance = n * p * (1 - p)
    return (1 - 2 * p) / math.sqrt(variance) if variance > 0 else math.nan


def _binomial_robin_hood(n: int, k: int, p: float) -> float:
    """Return E |N - k| / (2 k) for N binomial with mean k = n p (de Moivre's formula)."""
    if p >= 1:
        return 0.0
    log_choose = math.lgamma(n + 1) - math.lgamma(k + 2) - math.lgamma(n - k)
    log_value = log_choose + (k + 1) * math.log(p) + (n - k) * math.log1p(-p)
    return (k + 1) * math.exp(log_value) / k

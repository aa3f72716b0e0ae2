"""Intrinsic dimension: how many numbers would locate a row among its neighbours.

Two estimators, both of ratios of neighbours' distances and so free of the scale; where they
disagree, the dimension depends on the distance at which one looks. Above about 20 both are biased
low. In: `Neighbours`; out: `Measure`s and a `Block`. Called by `judge/label_free.py`.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import InputError
from rowspace.judge.blocks import Block
from rowspace.judge.measure import Measure
from rowspace.judge.neighbours import Neighbours
from rowspace.judge.rows import groups_of, left_out_interval
from rowspace.recipes.registry import Paper, published

Array = NDArray[np.float64]
_KEPT = 0.9
_POINTS = 200
_DATASET_PROPERTIES = Paper(
    "Konz, Mazurowski",
    2024,
    "The effect of intrinsic dataset properties on generalization: unraveling learning differences "
    "between natural and medical images",
    "ICLR",
    literature=420,
)


@published(
    kind="measure",
    claim="Intrinsic dimension from the two nearest neighbours only, so little curvature and "
    "density matter.",
    papers=(
        Paper(
            "Facco, d'Errico, Rodriguez, Laio",
            2017,
            "Estimating the intrinsic dimension of datasets by a minimal neighborhood information",
            "Scientific Reports 7",
        ),
        _DATASET_PROPERTIES,
    ),
    test="tests/judge/test_dimension.py",
    benchmark="benchmarks/judge_report.py",
)
def two_nn(neighbours: Neighbours, *, seed: int = 0) -> Measure:
    """Estimate the dimension from the ratio of the distances of the two nearest neighbours.

    With mu = r2 / r1, P(mu > m) = m^-d wherever the density is even within r2. d is the slope of
    -log(1 - F) over log mu through the origin, F = i / N the empirical distribution, its largest
    tenth left out (Facco et al. 2017). Rows with r1 = 0 are left out and counted in the note.

    Args:
        neighbours: k at least 2.
        seed: of the groups behind the interval (delete-a-group jackknife over rows).

    Returns:
        A `Measure`; NaN where no ratio differs from 1 or fewer than 3 rows are left.

    Raises:
        InputError: there are fewer than two neighbours.

    Example:
        >>> from rowspace.judge.neighbours import nearest_neighbours
        >>> x = np.random.default_rng(0).random((2000, 2))
        >>> bool(abs(two_nn(nearest_neighbours(x, 2, metric="euclidean")).value - 2) < 0.15)
        True
    """
    ratios = log_ratios(neighbours)
    value = _slope(np.sort(ratios))
    groups = groups_of(len(ratios), seed)
    left = [_slope(np.sort(np.delete(ratios, rows))) for rows in groups] if len(groups) > 1 else []
    return _measure("TwoNN dimension", value, left, len(ratios), neighbours.n, seed)


@published(
    kind="measure",
    claim="Intrinsic dimension from k nearest neighbours by maximum likelihood, at any scale.",
    papers=(
        Paper(
            "Levina, Bickel",
            2004,
            "Maximum likelihood estimation of intrinsic dimension",
            "NeurIPS",
        ),
        Paper(
            "MacKay, Ghahramani",
            2005,
            "Comments on 'Maximum likelihood estimation of intrinsic dimension'",
            "online note",
        ),
        _DATASET_PROPERTIES,
    ),
    test="tests/judge/test_dimension.py",
    benchmark="benchmarks/judge_report.py",
)
def mle_dimension(neighbours: Neighbours, k: int, *, seed: int = 0) -> Measure:
    """Estimate the dimension from the distances of the k nearest neighbours.

    1 / d = mean over rows of 1/(k - 1) sum_{j < k} log(r_k / r_j): the likelihood of Levina &
    Bickel (2004), rows combined by their inverses as MacKay & Ghahramani (2005) showed they must
    be. Rows with r1 = 0 are left out and counted in the note.

    Args:
        neighbours: with at least k neighbours.
        k: from 2 on; a larger k looks at a larger scale.
        seed: of the groups behind the interval (delete-a-group jackknife over rows).

    Returns:
        A `Measure`; NaN where all distances of every row are equal.

    Raises:
        InputError: `k` is not from 2 to the number of neighbours.

    Example:
        >>> from rowspace.judge.neighbours import nearest_neighbours
        >>> x = np.random.default_rng(0).random((2000, 2))
        >>> near = nearest_neighbours(x, 10, metric="euclidean")
        >>> bool(abs(mle_dimension(near, 10).value - 2) < 0.15)
        True
    """
    inverse = _inverse_dimensions(neighbours, k)
    value = _inverted(inverse)
    groups = groups_of(len(inverse), seed)
    left = [_inverted(np.delete(inverse, rows)) for rows in groups] if len(groups) > 1 else []
    return _measure(f"MLE dimension, k = {k}", value, left, len(inverse), neighbours.n, seed)


def dimension(
    neighbours: Neighbours, *, noise: Neighbours | None = None, k: int = 10, seed: int = 0
) -> Block:
    """Estimate the dimension in two ways and at every scale that the neighbours reach.

    Args:
        neighbours: of the rows, at least 2.
        noise: neighbours of the reference, a Gaussian of the same columns; with fewer rows its
            dimension comes out a little lower. None for no reference.
        k: of the second estimator, at most as many as there are neighbours.
        seed: of the groups behind the intervals.

    Returns:
        `Block` "Dimension"; series "k", "MLE dimension" (one per k from 2 on), "log ratio" and
        "minus log tail" (points of the TwoNN fit, which lie on a line where it fits).

    Raises:
        InputError: there are fewer than two neighbours.
    """
    from dataclasses import replace

    k = min(k, neighbours.k)
    found = [two_nn(neighbours, seed=seed), mle_dimension(neighbours, max(k, 2), seed=seed)]
    if noise is not None:
        where = "Gaussian of the same shape"
        if noise.n != neighbours.n:
            where = f"Gaussian of the same columns, {noise.n:,} rows"
        null = [two_nn(noise, seed=seed), mle_dimension(noise, max(min(k, noise.k), 2), seed=seed)]
        found = [replace(m, reference={where: r.value}) for m, r in zip(found, null)]
    scales = np.arange(2, neighbours.k + 1)
    x = np.sort(log_ratios(neighbours))
    some = np.unique(np.linspace(0, max(len(x) - 2, 0), _POINTS).astype(int))
    series = {
        "k": scales,
        "MLE dimension": np.array(
            [_inverted(_inverse_dimensions(neighbours, int(s))) for s in scales]
        ),
        "log ratio": x[some] if len(x) else x,
        "minus log tail": -np.log1p(-(some + 1) / max(len(x), 1)) if len(x) > 1 else x,
    }
    return Block("Dimension", tuple(found), series)


def log_ratios(neighbours: Neighbours) -> Array:
    """Return log(r2 / r1) of every row whose r1 is not 0."""
    if neighbours.k < 2:
        raise InputError("a dimension needs at least 2 neighbours of every row; ask for more")
    r = neighbours.distances
    there = r[:, 0] > 0
    return np.asarray(np.log(r[there, 1] / r[there, 0]))


def _slope(ordered: Array) -> float:
    n = len(ordered)
    cut = int(_KEPT * n)
    if cut < 2 or ordered[cut - 1] <= 0:
        return math.nan
    x, y = ordered[:cut], -np.log1p(-np.arange(1, cut + 1) / n)
    return float((x @ y) / (x @ x))


def _inverse_dimensions(neighbours: Neighbours, k: int) -> Array:
    if not 2 <= k <= neighbours.k:
        raise InputError(f"k is {k}, but from 2 to {neighbours.k} neighbours were expected")
    r = neighbours.distances
    logs = np.log(r[r[:, 0] > 0, :k])
    return np.asarray((logs[:, -1:] - logs[:, :-1]).mean(axis=1))


def _inverted(inverse: Array) -> float:
    mean = float(inverse.mean()) if len(inverse) else 0.0
    return 1 / mean if mean > 0 else math.nan


def _measure(
    name: str, value: float, left: list[float], used: int, rows: int, seed: int
) -> Measure:
    ends = left_out_interval(value, np.array(left))
    note = ""
    if math.isnan(value):
        note = "Undefined: too few rows, or all neighbours are equally far."
    elif used < rows:
        note = f"{rows - used} rows left out, which lie on their nearest neighbour."
    elif value > 20:
        note = "Biased low at such dimensions."
    low, high = ends or (None, None)
    return Measure(name, value, used, low, high, seed, note=note)

"""LiDAR: how many directions tell objects apart, when each object was seen several times.

The rank of a covariance counts noise as richness; here only what varies between objects counts, in
units of what varies within them. In: vectors of repeated rows and which object each shows; out: a
`Measure`. Called by hand and by benchmarks.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rowspace.errors import InputError
from rowspace.judge.jackknife import jackknifed
from rowspace.judge.measure import Measure
from rowspace.judge.rows import finite_rows
from rowspace.recipes.registry import Paper, published

Array = NDArray[np.float64]


@published(
    kind="measure",
    claim="Quality of vectors without labels, from several noisy versions of each row: the "
    "effective rank of what distinguishes the rows.",
    papers=(
        Paper(
            "Thilak, Huang, Saremi, Dinh, Goh, Nakkiran, Susskind, Littwin",
            2024,
            "LiDAR: sensing linear probing performance in joint embedding SSL architectures",
            "ICLR",
            literature=178,
        ),
    ),
    test="tests/judge/test_lidar.py",
)
def lidar(
    vectors: ArrayLike,
    objects: ArrayLike,
    *,
    ridge: float = 1e-4,
    permutations: int = 5,
    seed: int = 0,
) -> Measure:
    """Measure the linear discriminant analysis rank.

    With object means m_x and their mean m: S_b = mean over objects of (m_x - m)(m_x - m)', S_w =
    mean over objects, and over the views e of each, of (e - m_x)(e - m_x)' + ridge I. LiDAR is exp
    of the entropy of the eigenvalues of S_w^-1/2 S_b S_w^-1/2, scaled to sum 1. It is at most the
    number of objects less one, so compare at equal numbers of objects and views.

    Args:
        vectors: (n, d) numbers, finite.
        objects: (n,) labels: which object a row is a view of. At least two objects, and at least
            one of them with two views.
        ridge: added to S_w; the paper's value, for vectors of a length about 1.
        permutations: of the objects, for the reference.
        seed: of permutations and of the groups of objects behind the interval.

    Returns:
        A `Measure` over objects, its interval by leaving out groups of objects.

    Raises:
        InputError: a number is not finite, the labels are not one per row, or there are too few
            objects or views.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> centres = rng.normal(size=(200, 4)) * [1, 1, 0, 0]     # two directions matter
        >>> views = np.repeat(centres, 5, axis=0) + 0.1 * rng.normal(size=(1000, 4))
        >>> 1.9 < lidar(views, np.repeat(np.arange(200), 5)).value < 2.3
        True
    """
    x = finite_rows(vectors).astype(np.float64)
    labels = np.asarray(objects)
    if labels.shape != (len(x),):
        raise InputError(
            f"objects have shape {labels.shape}, but one label for each of {len(x)} rows was "
            "expected"
        )
    if not ridge > 0:
        raise InputError(f"ridge is {ridge}, but a number above 0 was expected")
    _, object_of = np.unique(labels, return_inverse=True)
    views = np.bincount(object_of)
    if len(views) < 2 or views.max(initial=0) < 2:
        raise InputError(
            f"there are {len(views)} objects with at most {views.max(initial=0)} views, but at "
            "least 2 objects, one of them with 2 views, were expected"
        )
    means, within = _moments(x, object_of, len(views))

    def statistic(rows: NDArray[np.int64]) -> float:
        return _rank(means[rows], within[rows], ridge)

    value, low, high = jackknifed(statistic, len(views), seed=seed)
    rng = np.random.default_rng([seed, 12])
    null = [
        _rank(*_moments(x, rng.permutation(object_of), len(views)), ridge)
        for _ in range(permutations)
    ]
    return Measure(
        "LiDAR",
        value,
        len(views),
        low,
        high,
        seed,
        {"permuted objects": float(np.mean(null))} if null else {},
        f"{views.min()} to {views.max()} views an object, ridge {ridge:g}; at most "
        f"{min(len(views) - 1, x.shape[1])}."
        if not math.isnan(value)
        else "Undefined: all objects are the same.",
    )


def _moments(x: Array, object_of: NDArray[np.int64], objects: int) -> tuple[Array, Array]:
    """Return each object's mean (objects, d) and covariance of views (objects, d, d)."""
    d = x.shape[1]
    order = np.argsort(object_of, kind="stable")
    ends = np.cumsum(np.bincount(object_of, minlength=objects))
    means, within = np.empty((objects, d)), np.empty((objects, d, d))
    for i, rows in enumerate(np.split(order, ends[:-1])):
        means[i] = x[rows].mean(axis=0)
        apart = x[rows] - means[i]
        within[i] = apart.T @ apart / len(rows)
    return means, within


def _rank(means: Array, within: Array, ridge: float) -> float:
    from scipy.linalg import eigh

    apart = means - means.mean(axis=0)
    between = apart.T @ apart / len(means)
    inside = within.mean(axis=0) + ridge * np.eye(means.shape[1])
    values = np.maximum(eigh(between, inside, eigvals_only=True), 0.0)
    total = float(values.sum())
    if total <= 0:
        return math.nan
    p = values[values > 0] / total
    return float(np.exp(-(p * np.log(p)).sum()))

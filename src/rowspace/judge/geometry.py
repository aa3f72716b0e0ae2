"""Geometry: where the vectors lie on the sphere, and whether a cosine says anything there.

If all vectors lean the same way, two random ones look alike and no threshold on a cosine carries
over to another space. In: vectors (n, d), pairs that belong together if there are any; out: a
`Block`. Called by `judge/label_free.py`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rowspace.errors import InputError
from rowspace.judge.blocks import Block
from rowspace.judge.measure import Measure
from rowspace.judge.moments import Moments, moments
from rowspace.judge.neighbours import Neighbours
from rowspace.judge.rows import (
    GAUSSIAN,
    Floats,
    finite_rows,
    gaussian_like,
    left_out_interval,
    unit_rows,
)
from rowspace.judge.spectrum import participation_ratio
from rowspace.recipes.registry import Paper, published
from rowspace.threads import kernel_threads
from rowspace.workers import each

Array = NDArray[np.float64]
_PAIRS = 100_000
_BINS = 100
_BLOCK = 8192


@published(
    kind="measure",
    claim="Whether cosines mean anything: how far vectors lean one way, and how evenly they fill "
    "the sphere, against noise.",
    papers=(
        Paper(
            "Wang, Isola",
            2020,
            "Understanding contrastive representation learning through alignment and uniformity on "
            "the hypersphere",
            "ICML",
        ),
        Paper(
            "Rudman, Gillman, Rayne, Eickhoff",
            2022,
            "IsoScore: measuring the uniformity of embedding space utilization",
            "Findings of ACL",
        ),
    ),
    test="tests/judge/test_geometry.py",
    benchmark="benchmarks/judge_report.py",
)
def geometry(
    vectors: ArrayLike,
    *,
    pairs: ArrayLike | None = None,
    neighbours: Neighbours | None = None,
    seed: int = 0,
) -> Block:
    """Measure isotropy, uniformity and alignment of the directions of vectors.

    With unit rows u:

    * mean cosine, over all pairs of different rows: (|sum u|^2 - n) / (n (n - 1));
    * IsoScore: (PR - 1) / (d - 1) with the participation ratio PR of the vectors' covariance, which
      is what the definition of Rudman et al. (2022) comes to; 1 is isotropic, 0 a line;
    * uniformity: log E exp(-2 |u - v|^2) over random pairs of different rows (Wang, Isola 2020);
      lower is more even, and no distribution is below the uniform one;
    * alignment: E |u - v|^2 over the pairs that belong together.

    Args:
        vectors: (n, d) numbers, finite, no row zero, n at least 2.
        pairs: (p, 2) positions of rows that belong together; None for none.
        neighbours: of the same rows by cosine, for the series "neighbours".
        seed: of the random pairs, the groups behind intervals, and the reference.

    Returns:
        `Block` "Geometry"; series "cosine edges" and the densities "random pairs", "Gaussian pairs"
        and, where given, "neighbours" and "pairs".

    Raises:
        InputError: a row is not finite or zero, there are fewer than two, or a pair names a row
            that is not there.

    Example:
        >>> x = np.random.default_rng(0).normal(size=(500, 3))
        >>> block = geometry(x)
        >>> bool(abs(block["uniformity"].value - block["uniformity"].reference["uniform"]) < 0.05)
        True
    """
    x = finite_rows(vectors)
    u = unit_rows(x)
    if len(u) < 2:
        raise InputError(f"geometry is about pairs of rows, but there is {len(u)} row; give more")
    together = None
    if pairs is not None:
        together = np.asarray(pairs)
        if together.ndim != 2 or together.shape[1] != 2 or together.dtype.kind not in "iu":
            raise InputError(
                f"pairs are an array of {together.dtype} of shape {together.shape}, but two "
                "positions per pair were expected"
            )
        if len(together) and not 0 <= together.min() <= together.max() < len(u):
            raise InputError(
                f"pairs name rows from {together.min()} to {together.max()}, but there are "
                f"{len(u)} rows, from 0 on"
            )
    noise = gaussian_like(x, seed)
    return geometry_block(
        u, noise_units(noise), moments(x, seed=seed), moments(u, seed=seed), neighbours, together,
        seed,
    )  # fmt: skip


def noise_units(noise: Floats) -> Floats:
    """Return noise at unit length; a row of zeros (all columns constant) becomes an axis."""
    if not noise.any(axis=1).all():
        noise = noise.copy()
        noise[~noise.any(axis=1), 0] = 1.0
    return unit_rows(noise, "reference")


def geometry_block(
    units: Floats,
    noise: Floats,
    of_rows: Moments,
    of_units: Moments,
    neighbours: Neighbours | None,
    together: NDArray[Any] | None,
    seed: int,
) -> Block:
    """Return the block of `geometry` from parts that other measures share.

    Args:
        units, noise: (n, d) float32, unit rows of the vectors and of the reference.
        of_rows, of_units: moments of the vectors and of the unit rows, in the same groups.
        neighbours, together, seed: see `geometry`.
    """
    n, d = units.shape
    rng = np.random.default_rng([seed, 1])
    a, b = random_pairs(n, _PAIRS, rng)
    with kernel_threads():
        cosines, null = pair_cosines(units, a, b), pair_cosines(noise, a, b)
    value, low, high = log_mean_exp(4 * cosines - 4)
    total_units = of_units.sums.sum(axis=0)
    mean = _mean_cosine(total_units, n)
    groups = len(of_units.counts)
    several = range(groups) if groups > 1 else ()
    left_mean = [
        _mean_cosine(total_units - of_units.sums[g], n - of_units.counts[g]) for g in several
    ]
    # The participation ratio needs no eigenvalues: (tr C)^2 / |C|^2.
    iso = _iso_score(of_rows.covariance)
    left_iso = [_iso_score(of_rows.resampled(1.0 - np.eye(groups)[g])) for g in several]
    # Of n Gaussian rows with covariance S: E |C|^2 = |S|^2 + (tr^2 S + |S|^2) / n.
    p = participation_ratio(np.diag(of_rows.covariance).clip(0))
    ends_mean = left_out_interval(mean, np.array(left_mean)) or (None, None)
    ends_iso = left_out_interval(iso, np.array(left_iso)) or (None, None)
    measures = [
        Measure(
            "mean cosine", mean, n * (n - 1) // 2, ends_mean[0], ends_mean[1], seed,
            {GAUSSIAN: 0.0},
            "Two random rows are this alike: read every cosine from here.",
        ),
        Measure(
            "IsoScore", iso, n, ends_iso[0], ends_iso[1], seed,
            {GAUSSIAN: _of_ratio(p / (1 + (1 + p) / n), d)},
            "1: all directions vary alike; 0: one line."
            if not math.isnan(iso)
            else "Undefined: there is one column, or all rows are the same.",
        ),
        Measure(
            "uniformity", value, len(a), low, high, seed,
            {GAUSSIAN: log_mean_exp(4 * null - 4)[0], "uniform": uniform_uniformity(d)},
            "Lower is more even.",
        ),
        Measure(
            "spread of cosines", float(cosines.std()), len(a), None, None, seed,
            {GAUSSIAN: float(null.std()), "uniform": 1 / math.sqrt(d)},
            "Standard deviation over random pairs.",
        ),
    ]  # fmt: skip
    edges = np.linspace(-1, 1, _BINS + 1)
    series: dict[str, NDArray[Any]] = {
        "cosine edges": edges,
        "random pairs": _density(cosines, edges),
        "Gaussian pairs": _density(null, edges),
    }
    if neighbours is not None:
        series["neighbours"] = _density(1 - neighbours.distances**2 / 2, edges)
    if together is not None:
        measures.append(_alignment(units, together, cosines, seed))
        series["pairs"] = _density(pair_cosines(units, together[:, 0], together[:, 1]), edges)
    return Block("Geometry", tuple(measures), series)


def uniform_uniformity(d: int) -> float:
    """Return the uniformity of the uniform distribution on the sphere in d dimensions.

    log E exp(4 c - 4) = log 0F1(; d / 2; 4) - 4 for the cosine c of two independent points.

    Example:
        >>> round(uniform_uniformity(384), 3), round(uniform_uniformity(1), 3)  # 1: log cosh 4 - 4
        (-3.979, -0.693)
    """
    from scipy.special import hyp0f1

    return float(np.log(hyp0f1(d / 2, 4.0)) - 4)


def random_pairs(
    n: int, count: int, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return `count` independent random pairs of different rows among n, n at least 2."""
    a = rng.integers(0, n, count)
    b = rng.integers(0, n - 1, count)
    return a, b + (b >= a)


def pair_cosines(units: Floats, a: NDArray[Any], b: NDArray[Any]) -> Array:
    """Return the cosine of rows a_i and b_i of unit rows, (p,) float64."""

    def one(part: slice) -> NDArray[np.float32]:
        return np.asarray(np.vecdot(units[a[part]], units[b[part]]), np.float32)

    parts = [slice(i, i + _BLOCK) for i in range(0, len(a), _BLOCK)]
    return np.asarray(np.concatenate([np.zeros(0), *each(one, parts)]).clip(-1, 1))


def log_mean_exp(x: Array) -> tuple[float, float, float]:
    """Return log mean exp(x) and its 95 % interval for independent x (delta method)."""
    top = float(x.max())
    weights = np.exp(x - top)
    mean = float(weights.mean())
    error = float(weights.std(ddof=1)) / math.sqrt(len(x)) / mean if len(x) > 1 else math.nan
    value = top + math.log(mean)
    return value, value - 1.959964 * error, value + 1.959964 * error


def _alignment(units: Floats, together: NDArray[Any], cosines: Array, seed: int) -> Measure:
    apart = 2 - 2 * pair_cosines(units, together[:, 0], together[:, 1])
    p = len(apart)
    if not p:
        return Measure("alignment", math.nan, 0, note="Undefined: there are no pairs.")
    value = float(apart.mean())
    error = float(apart.std(ddof=1)) / math.sqrt(p) if p > 1 else math.nan
    return Measure(
        "alignment",
        value,
        p,
        low=value - 1.959964 * error if p > 1 else None,
        high=value + 1.959964 * error if p > 1 else None,
        seed=seed,
        reference={"random pairs": float((2 - 2 * cosines).mean())},
        note="Mean squared distance of rows that belong together; lower is better.",
    )


def _mean_cosine(total: Array, n: float) -> float:
    return float((total @ total - n) / (n * (n - 1)))


def _iso_score(covariance: Array) -> float:
    trace = float(np.trace(covariance))
    square = float((covariance**2).sum())
    return _of_ratio(trace**2 / square if square > 0 else math.nan, len(covariance))


def _of_ratio(ratio: float, d: int) -> float:
    return (ratio - 1) / (d - 1) if d > 1 else math.nan


def _density(cosines: Array, edges: Array) -> Array:
    flat = np.ravel(cosines)
    if not len(flat):
        return np.zeros(len(edges) - 1)
    counts = np.histogram(flat, edges)[0].astype(np.float64)
    return np.asarray(counts / (len(flat) * (edges[1] - edges[0])))

"""Preservation: how many neighbours a map, a projection or a code keeps.

Three numbers for any second set of vectors of the same rows, and the same for the usual ways to
make vectors smaller. In: vectors (n, d) and what became of them (n, e); out: `Measure`s or a
`Block`. Called by `judge/label_free.py` and by whoever draws a map.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rowspace.errors import InputError
from rowspace.judge.blocks import Block
from rowspace.judge.measure import Measure
from rowspace.judge.moments import Moments, moments
from rowspace.judge.neighbours import Metric, directions, kept, neighbours_of, scoring
from rowspace.judge.rows import GAUSSIAN, Floats, finite_rows, gaussian_like, unit_rows
from rowspace.recipes.registry import Paper, published
from rowspace.threads import kernel_threads
from rowspace.workers import each

Array = NDArray[np.float64]
_ROWS = 64


@published(
    kind="measure",
    claim="What a map or a compression does to neighbourhoods: how many neighbours it keeps, "
    "invents and loses.",
    papers=(
        Paper(
            "Venna, Kaski",
            2001,
            "Neighborhood preservation in nonlinear projection methods: an experimental study",
            "ICANN",
        ),
    ),
    test="tests/judge/test_preservation.py",
    benchmark="benchmarks/judge_report.py",
)
def preservation(
    original: ArrayLike,
    mapped: ArrayLike,
    *,
    k: int = 10,
    metric: Metric = "cosine",
    mapped_metric: Metric = "euclidean",
    queries: int = 1000,
    seed: int = 0,
) -> tuple[Measure, ...]:
    """Compare the neighbours of some rows, among all rows, before and after a mapping.

    With N_i and M_i the k nearest of row i before and after, and r, s the places of a row in the
    full orders before and after, the means over rows of

    * neighbours kept: |N_i and M_i| / k;
    * trustworthiness: 1 - 2 / (k (2n - 3k - 1)) sum_{j in M_i, not N_i} (r_ij - k): punishes false
      neighbours;
    * continuity: the same with N and M, r and s exchanged: punishes torn neighbourhoods.

    A two-dimensional map may have clusters of perfect purity and keep a sixth of the neighbours:
    print the first number on the map.

    Args:
        original: (n, d) numbers, finite.
        mapped: (n, e) numbers, finite, the same rows.
        k: how many neighbours, from 1 to below n / 2.
        metric, mapped_metric: "cosine" or "euclidean", before and after.
        queries: at most that many rows are asked, drawn by `seed`.
        seed: of the rows asked.

    Returns:
        "neighbours kept@k", "trustworthiness@k" and "continuity@k", with intervals over rows where
        not all were asked; the reference is a random map.

    Raises:
        InputError: the numbers of rows differ, a row is not finite (or zero, for the cosine), or
            `k` does not fit.

    Example:
        >>> x = np.random.default_rng(0).normal(size=(100, 3))
        >>> [m.value for m in preservation(x, 2 * x, k=5, metric="euclidean")]
        [1.0, 1.0, 1.0]
    """
    x, y = finite_rows(original, "original vectors"), finite_rows(mapped, "mapped vectors")
    n = len(x)
    if len(y) != n:
        raise InputError(f"there are {n} original and {len(y)} mapped rows; the same were expected")
    if k < 1 or 2 * k >= n:
        raise InputError(
            f"k is {k}, but from 1 to {max((n - 1) // 2, 0)} neighbours, fewer than half of the "
            f"{n} rows, were expected"
        )
    asked = np.sort(np.random.default_rng([seed, 5]).permutation(n)[:queries])
    before = scoring(directions(x, metric), metric)
    after = scoring(directions(y, mapped_metric), mapped_metric)
    near = [neighbours_of(left[asked], right, k, own=asked) for left, right in (before, after)]
    false = _places(*before, asked, near[1])
    torn = _places(*after, asked, near[0])
    scale = 2 / (k * (2 * n - 3 * k - 1))
    found = {
        f"neighbours kept@{k}": (kept(near[0], near[1]) / k, k / (n - 1)),
        f"trustworthiness@{k}": (1 - scale * np.maximum(false - k, 0).sum(axis=1), None),
        f"continuity@{k}": (1 - scale * np.maximum(torn - k, 0).sum(axis=1), None),
    }
    # A random row lies at place r with chance 1 / (n - 1), beyond k by (n-1-k)(n-k)/2 in sum.
    chance = 1 - scale * k * (n - 1 - k) * (n - k) / 2 / (n - 1)
    return tuple(
        _mean(name, values, n, seed, {"random map": chance if null is None else null})
        for name, (values, null) in found.items()
    )


def compressions(vectors: ArrayLike, *, k: int = 10, queries: int = 512, seed: int = 0) -> Block:
    """Make the directions of vectors smaller in the usual ways and count the neighbours kept.

    By cosine before; after: the leading principal components (a half, a quarter, and two, which is
    the best linear map), one byte a number, and one bit a number (its sign after centring).

    Args:
        vectors: (n, d) numbers, finite, no row zero.
        k: how many neighbours, from 1 to n - 1.
        queries: how many rows are asked, drawn by `seed`.
        seed: of the rows asked and of the reference.

    Returns:
        `Block` "Neighbourhood" of "top-k kept in ..." (counts from 0 to k), the reference a
        Gaussian of the same shape made smaller in the same way.

    Raises:
        InputError: a row is not finite or zero, or `k` is not from 1 to n - 1.

    Example:
        >>> block = compressions(np.random.default_rng(0).normal(size=(300, 8)), k=5)
        >>> [m.name for m in block.measures][:2]
        ['top-5 kept in 4 components', 'top-5 kept in 2 components']
    """
    x = finite_rows(vectors)
    if not 1 <= k <= len(x) - 1:
        raise InputError(
            f"{k} neighbours of each of {len(x)} rows were asked for, but from 1 to "
            f"{max(len(x) - 1, 0)} others are there; lower k"
        )
    noise = gaussian_like(x, seed)
    noise[~noise.any(axis=1), 0] = 1.0
    u, v = unit_rows(x), unit_rows(noise)
    return compressions_block(u, v, moments(u, groups=1), moments(v, groups=1), k, queries, seed)


def compressions_block(
    units: Floats,
    noise: Floats,
    of_units: Moments,
    of_noise: Moments,
    k: int,
    queries: int,
    seed: int,
) -> Block:
    """Return the block of `compressions` from parts that other measures share.

    Args:
        units, noise: (n, d) float32, unit rows of the vectors and of the reference.
        of_units, of_noise: their moments.
        k, queries, seed: see `compressions`.
    """
    n = len(units)
    asked = np.sort(np.random.default_rng([seed, 5]).permutation(n)[:queries])
    found = _kept_by_each(units, of_units, asked, k)
    null = _kept_by_each(noise, of_noise, asked, k)
    measures = tuple(
        _mean(
            f"top-{k} kept in {name}",
            counts.astype(np.float64),
            n,
            seed,
            {GAUSSIAN: float(null[name].mean()), "random rows": k * k / (n - 1)},
        )
        for name, counts in found.items()
    )
    return Block("Neighbourhood", measures)


def _kept_by_each(
    units: Floats, of_units: Moments, asked: NDArray[np.int64], k: int
) -> dict[str, NDArray[np.int64]]:
    """Return how many of the k neighbours of each asked row every compression keeps, by name."""
    n, d = units.shape
    before = neighbours_of(units[asked], units, k, own=asked)
    mean = of_units.sums.sum(axis=0) / n
    with kernel_threads():
        axes = np.linalg.eigh(of_units.covariance)[1][:, ::-1].astype(np.float32)
    centred = units - mean.astype(np.float32)
    out: dict[str, NDArray[np.int64]] = {}

    def judge(name: str, pair: tuple[Floats, Floats]) -> None:
        out[name] = kept(before, neighbours_of(pair[0][asked], pair[1], k, own=asked))

    sizes = [c for c in dict.fromkeys((d // 2, d // 4, 2)) if 1 <= c < d]
    if sizes:
        with kernel_threads():
            components = _product(centred, axes[:, : max(sizes)])
    for size in sorted(sizes, reverse=True):
        smaller = np.ascontiguousarray(components[:, :size])
        plural = "s" if size > 1 else ""
        judge(f"{size} component{plural}", scoring(smaller, "euclidean"))
    step = np.maximum(units.max(axis=0), -units.min(axis=0)) / np.float32(127)
    step[step == 0] = 1
    codes = units / step
    np.rint(codes, out=codes)
    codes *= step
    judge("one byte a number", scoring(codes, "euclidean"))
    del codes
    signs = np.where(centred < 0, np.float32(-1), np.float32(1))
    judge("one bit a number", (signs, signs))
    return out


def _product(x: Floats, w: Floats) -> Floats:
    from rowspace.linalg.kernels.blocked import product

    return np.asarray(product(x, np.ascontiguousarray(w)), np.float32)


def _places(
    left: Floats, right: Floats, asked: NDArray[np.int64], others: NDArray[np.int32]
) -> NDArray[np.int64]:
    """Return the place, from 1, of each of some others of each asked row in its full order."""
    from rowspace.judge.kernels.neighbours import places

    def one(start: int) -> NDArray[np.int64]:
        own = asked[start : start + _ROWS]
        scores = left[own] @ right.T
        scores[np.arange(len(own)), own] = -np.inf
        out = np.empty((len(own), others.shape[1]), np.int64)
        places(scores, others[start : start + _ROWS], out)
        return out

    with kernel_threads():
        return np.concatenate(list(each(one, range(0, len(asked), _ROWS))))


def _mean(name: str, values: Array, n: int, seed: int, reference: dict[str, float]) -> Measure:
    """Return the mean over rows; with an interval where the rows are a sample of n."""
    value, m = float(values.mean()), len(values)
    if m == n or m < 2:
        return Measure(name, value, m, seed=None if m == n else seed, reference=reference)
    error = 1.959964 * float(values.std(ddof=1)) / math.sqrt(m) * math.sqrt((n - m) / (n - 1))
    return Measure(name, value, m, value - error, value + error, seed, reference)

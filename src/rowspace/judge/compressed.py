"""Mutual information of two sets of long vectors: compress both sides, then estimate.

No estimator survives hundreds of dimensions, but what two sides share often lies in a few. Each
side is reduced to its leading principal components without looking at the other, so that chance
agreement is not fitted; what compression loses can only lower the result. In come two matrices of
paired rows, out comes a `Measure` in nats, refused where so many rows cannot vouch for so much.
Called by the report.
"""

from __future__ import annotations

from math import inf, log, nan, sqrt
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rowspace.errors import InputError
from rowspace.judge.dependence import vectors
from rowspace.judge.measure import Measure
from rowspace.recipes.registry import Paper, published

Array = NDArray[np.float64]


@published(
    kind="measure",
    claim="Mutual information of high-dimensional vectors (inputs and codes, two views, two "
    "spaces) from a few thousand pairs, and a refusal where the pairs are too few.",
    papers=(
        Paper(
            "Butakov, Tolmachev, Malanchuk, Neopryatnaya, Frolov, Andreev",
            2024,
            "Information bottleneck analysis of deep neural networks via lossy compression",
            "ICLR",
            literature=395,
        ),
        Paper(
            "Kraskov, Stogbauer, Grassberger",
            2004,
            "Estimating mutual information",
            "Physical Review E 69",
        ),
        Paper(
            "Ince, Giordano, Kayser, Rousselet, Gross, Schyns",
            2017,
            "A statistical framework for neuroimaging data analysis based on mutual information "
            "estimated via a Gaussian copula",
            "Human Brain Mapping 38",
        ),
        Paper(
            "McAllester, Stratos",
            2020,
            "Formal limitations on the measurement of mutual information",
            "AISTATS",
        ),
    ),
    test="tests/judge/test_compressed.py",
)
def compressed_information(
    x: ArrayLike,
    y: ArrayLike,
    *,
    dim: int | None = None,
    estimator: Literal["neighbours", "gaussian"] = "neighbours",
    neighbours: int = 5,
    permutations: int = 5,
    seed: int = 0,
    rows: int = 5000,
) -> Measure:
    """Mutual information of paired vectors in nats, after principal components of each side.

    Both sides become whitened principal components, and each component the normal scores of its
    ranks, which leaves information as it is and makes scales comparable. Then either

    * "neighbours" (Kraskov et al. 2004, equation 8): psi(k) + psi(n) - mean of psi(a_i + 1) +
      psi(b_i + 1), where a_i and b_i count the rows closer on one side than the k-th neighbour on
      both; no assumption, but it can never exceed psi(n) - psi(k) and falls short well before;
    * "gaussian" (Ince et al. 2017): log det S_x / 2 + log det S_y / 2 - log det S / 2 with the
      determinants' bias removed; sees only what a Gaussian copula has, in as many dimensions as
      there are rows to estimate them.

    No value above log n is given: no lower bound that holds whatever the distribution can reach it
    with n pairs (McAllester, Stratos 2020). Such a value, and one of "neighbours" within 1.5 nats
    of its ceiling, becomes NaN with the reason in `note`.

    Args:
        x, y: (n, width) numbers, one row per pair; widths may differ. A deterministic relation
            without noise has infinite information, and is refused in the way above.
        dim: components per side; None for as many as hold 95 % of the variance, at most 4 for
            "neighbours" and 32 (or a tenth of the rows) for "gaussian".
        estimator: see above.
        neighbours: k.
        permutations: of y, for the reference.
        seed: of permutations and of the sample of rows.
        rows: at most that many rows are used, drawn by `seed`.

    Returns:
        A `Measure`; its interval is the spread of the rows' contributions for "neighbours" and of
        20 blocks left out for "gaussian": variance, not the bias of compression. Its note says how
        much of each side's variance the components hold.

    Raises:
        InputError: different numbers of rows, too few rows, or a number that is not finite.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> x = rng.normal(size=(2000, 1))
        >>> y = x + rng.normal(size=(2000, 1))      # log(2) / 2 = 0.347 nats
        >>> mixing = rng.normal(size=(2, 1, 50))
        >>> bool(abs(compressed_information(x @ mixing[0], y @ mixing[1]).value - 0.347) < 0.05)
        True
    """
    a, b = vectors(x, "x"), vectors(y, "y")
    if len(a) != len(b):
        raise InputError(f"x has {len(a)} rows and y has {len(b)}; one pair per row was expected")
    if estimator not in ("neighbours", "gaussian"):
        raise InputError(f"estimator is {estimator!r}, but 'neighbours' or 'gaussian' was expected")
    total = len(a)
    rng = np.random.default_rng(seed)
    if total > rows:
        sample = np.sort(rng.choice(total, rows, replace=False))
        a, b = a[sample], b[sample]
    n = len(a)
    if neighbours < 1 or n < max(20, 4 * neighbours):
        raise InputError(
            f"{n} rows and {neighbours} neighbours: at least 1 neighbour and 20 rows, and 4 rows "
            "per neighbour, were expected"
        )
    if dim is not None and dim < 1:
        raise InputError(f"dim is {dim}, but at least 1 was expected")
    most = 4 if estimator == "neighbours" else max(1, min(32, n // 10))
    u, held_x = components(a, dim, most)
    v, held_y = components(b, dim, most)
    if u.shape[1] == 0 or v.shape[1] == 0:
        side = "x" if u.shape[1] == 0 else "y"
        return Measure(
            "mutual information, compressed", 0.0, n=n, seed=seed, note=f"{side} is constant"
        )
    if u.shape[1] + v.shape[1] >= n // 2:
        raise InputError(
            f"{u.shape[1]} + {v.shape[1]} components of {n} rows leave nothing to estimate from; "
            "lower dim"
        )
    if estimator == "neighbours":
        from scipy.special import digamma

        local = neighbour_terms(u, v, neighbours)
        value, spread = float(local.mean()), float(local.std()) / sqrt(n)
        null = [
            float(neighbour_terms(u, v[rng.permutation(n)], neighbours).mean())
            for _ in range(permutations)
        ]
        ceiling = min(log(n), float(digamma(n) - digamma(neighbours)) - 1.5)
    else:
        value, spread = gaussian_information(u, v), 0.0
        if value <= log(n):
            blocks = np.array_split(rng.permutation(n), 20)
            left = [gaussian_information(np.delete(u, i, 0), np.delete(v, i, 0)) for i in blocks]
            spread = sqrt(19 * float(np.var(left)))
        null = [gaussian_information(u, v[rng.permutation(n)]) for _ in range(permutations)]
        ceiling = log(n)
    note = (
        f"{u.shape[1]} and {v.shape[1]} components hold {held_x:.0%} and {held_y:.0%} of the "
        "variance; what the others share is not counted"
    )
    if n < total:
        note += f"; on {n} of {total} rows"
    reference = {"permuted": float(np.mean(null))} if null else {}
    name = f"mutual information, compressed ({estimator})"
    if value > ceiling:
        return Measure(
            name,
            nan,
            n=n,
            seed=seed,
            reference=reference,
            note=f"refused: the estimate is above {ceiling:.2f} nats, the most that {n} pairs can "
            f"vouch for; give more rows, or read it as at least that much; {note}",
        )
    return Measure(
        name,
        value,
        n=n,
        low=value - 1.959964 * spread,
        high=value + 1.959964 * spread,
        seed=seed,
        reference=reference,
        note=note,
    )


def components(x: Array, dim: int | None, most: int) -> tuple[Array, float]:
    """Return the normal scores of the leading principal components and the variance they hold.

    Args:
        x: (n, width).
        dim: how many; None for 95 % of the variance, at most `most`.
        most: see `dim`.

    Returns:
        (n, components) float64, none when x is constant, and the share of the variance, 0 to 1.
    """
    from scipy.special import ndtri

    centred = x - x.mean(axis=0)
    scale = float(np.abs(centred).max())
    if scale <= 1e-12 * float(np.abs(x).max()):
        return np.empty((len(x), 0)), 1.0
    centred /= scale
    if centred.shape[1] > len(x):
        variance, left = np.linalg.eigh(centred @ centred.T)
        scores = left
    else:
        variance, right = np.linalg.eigh(centred.T @ centred)
        scores = centred @ right
    variance, scores = np.maximum(variance[::-1], 0.0), scores[:, ::-1]
    rank = int((variance > 1e-12 * variance[0]).sum())
    share = np.cumsum(variance) / variance.sum()
    if dim is None:
        dim = min(most, int(np.searchsorted(share, 0.95 - 1e-12)) + 1)
    dim = min(dim, rank)
    ranks = scores[:, :dim].argsort(axis=0, kind="stable").argsort(axis=0, kind="stable")
    return ndtri((ranks + 1.0) / (len(x) + 1.0)), float(share[dim - 1])


def neighbour_terms(u: Array, v: Array, k: int) -> Array:
    """Return each row's contribution to the estimate of Kraskov et al. (2004), equation 8.

    Args:
        u, v: (n, components) float64.
        k: neighbours.
    """
    from scipy.special import digamma

    reach = nearest_reach(np.hstack([u, v]), k)
    # Strictly closer, by more than the rounding of a sum.
    inside = reach * (1 - 1e-10)
    terms = digamma(k) + digamma(len(u)) - digamma(closer(u, inside)) - digamma(closer(v, inside))
    return np.asarray(terms, np.float64)


def nearest_reach(points: Array, k: int) -> Array:
    """Return the distance (largest coordinate difference) of each row's k-th neighbour."""
    from scipy.spatial import cKDTree

    from rowspace.threads import budget

    found = cKDTree(points).query(points, k=[k + 1], p=np.inf, workers=budget())[0]
    return np.asarray(found[:, 0], np.float64)


def closer(points: Array, reach: Array) -> NDArray[np.int64]:
    """Return how many rows, itself included, lie within `reach` of each row."""
    from scipy.spatial import cKDTree

    from rowspace.threads import budget

    if points.shape[1] == 1:
        column = points[:, 0]
        ordered = np.sort(column)
        upper = np.searchsorted(ordered, column + reach, side="right")
        return np.asarray(upper - np.searchsorted(ordered, column - reach), np.int64)
    tree = cKDTree(points)
    found = tree.query_ball_point(points, reach, p=np.inf, workers=budget(), return_length=True)
    return np.asarray(found, np.int64)


def gaussian_information(u: Array, v: Array) -> float:
    """Return the information of a Gaussian of the same covariance, the bias of log det removed.

    Infinite when a component of one side is an exact function of the others.

    For a Wishart matrix of d columns and n - 1 degrees, E log det S - log det Sigma =
    sum_j psi((n - j) / 2) - d log((n - 1) / 2), j = 1 ... d.
    """
    from scipy.special import digamma

    n = len(u)
    both = np.hstack([u, v])
    covariance = np.cov(both, rowvar=False)
    d = u.shape[1]

    def log_det(block: Array) -> float:
        bias = digamma((n - np.arange(1, len(block) + 1)) / 2).sum() - len(block) * log((n - 1) / 2)
        return float(np.linalg.slogdet(block)[1] - bias)

    sides = log_det(covariance[:d, :d]) + log_det(covariance[d:, d:])
    if np.linalg.eigvalsh(covariance)[0] < 1e-13:
        return inf
    return 0.5 * (sides - log_det(covariance))

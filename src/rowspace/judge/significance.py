"""Is a difference more than luck: intervals and paired tests over the same queries.

Two systems that answered the same queries are compared query by query: the mean difference with a
percentile bootstrap interval, and the p-value of a permutation test that flips the sign of each
query's difference at random (Fisher's randomisation test, the one that Smucker, Allan and
Carterette 2007 recommend for retrieval). Several comparisons are corrected by Holm's method.
Takes per-query values, gives `Comparison`s; called by the report and by benchmarks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rowspace.errors import InputError
from rowspace.recipes.registry import Paper, published
from rowspace.workers import in_parts


@dataclass(frozen=True)
class Comparison:
    """The paired difference of two systems.

    Attributes:
        name_a, name_b: the two.
        difference: mean of a - b over the queries that have a value in both.
        low, high: ends of its 95 % percentile bootstrap interval.
        p: two-sided p-value of the sign-flip permutation test.
        p_holm: the same after Holm's correction over the comparisons made together.
        n: queries compared.
        seed: of both samplings.

    Example:
        >>> print(Comparison("a", "b", 0.02, 0.01, 0.03, p=0.001, p_holm=0.002, n=50, seed=0))
        a - b = 0.02 [0.01, 0.03] p=0.001 (Holm 0.002) n=50
    """

    name_a: str
    name_b: str
    difference: float
    low: float
    high: float
    p: float
    p_holm: float
    n: int
    seed: int

    def __str__(self) -> str:
        return (
            f"{self.name_a} - {self.name_b} = {self.difference:.4g} "
            f"[{self.low:.4g}, {self.high:.4g}] p={self.p:.3g} (Holm {self.p_holm:.3g}) n={self.n}"
        )


def bootstrap_means(values: ArrayLike, *, draws: int = 1000, seed: int = 0) -> NDArray[np.float64]:
    """Return means over rows drawn with replacement (Efron 1979).

    Args:
        values: (n, m) finite numbers; the m columns of a row are drawn together.
        draws: how many times n rows are drawn.
        seed: of the draws; the result does not depend on the number of threads.

    Returns:
        (draws, m) float64.

    Raises:
        InputError: there is no row, or a value is not finite, or `draws` is below 1.

    Example:
        >>> bootstrap_means([[1.0, 2.0]], draws=2)
        array([[1., 2.], [1., 2.]])
    """
    from rowspace.judge.kernels.resample import bootstrap_means as kernel

    rows = np.ascontiguousarray(values, np.float64)
    if rows.ndim != 2 or not len(rows) or not np.isfinite(rows).all():
        raise InputError("a bootstrap needs a table of finite numbers with at least one row")
    means = np.empty((_checked(draws), rows.shape[1]))
    stream = _stream(seed, 0)
    in_parts(draws, lambda begin, stop: kernel(begin, stop, rows, stream, means))
    return means


def permutation_p(differences: ArrayLike, *, draws: int = 10_000, seed: int = 0) -> float:
    """Return the two-sided p-value of a mean difference under random signs.

    p = (1 + number of draws with |mean| at least as large as the observed) / (1 + draws), so that
    it is never 0 and the test is valid at any number of draws (Phipson & Smyth 2010).

    Args:
        differences: (n,) finite numbers, n at least 1.
        draws: how many random sign patterns.
        seed: of the signs; the result does not depend on the number of threads.

    Raises:
        InputError: there is no difference, or one is not finite, or `draws` is below 1.

    Example:
        >>> permutation_p([0.0, 0.0])
        1.0
    """
    from rowspace.judge.kernels.resample import flipped_means

    d = np.ascontiguousarray(differences, np.float64)
    if d.ndim != 1 or not len(d) or not np.isfinite(d).all():
        raise InputError("a permutation test needs at least one difference, all of them finite")
    means = np.empty(_checked(draws))
    stream = _stream(seed, 1)
    in_parts(draws, lambda begin, stop: flipped_means(begin, stop, d, stream, means))
    # The same numbers summed with other signs may differ in the last bits.
    slack = 1e-12 * np.abs(d).mean()
    extreme = int((np.abs(means) >= abs(d.mean()) - slack).sum())
    return (1 + extreme) / (1 + draws)


def holm(p: ArrayLike) -> NDArray[np.float64]:
    """Return p-values corrected for being several (Holm 1979, step-down).

    The i-th smallest of m becomes max over j <= i of (m - j + 1) p_(j), at most 1.

    Args:
        p: (m,) numbers from 0 to 1.

    Returns:
        (m,) float64 in the same order.

    Raises:
        InputError: a number is not from 0 to 1.

    Example:
        >>> holm([0.01, 0.04, 0.03])
        array([0.03, 0.06, 0.06])
    """
    raw = np.asarray(p, np.float64)
    if raw.ndim != 1 or not ((raw >= 0) & (raw <= 1)).all():
        raise InputError("p-values must be a list of numbers from 0 to 1")
    order = np.argsort(raw, kind="stable")
    steps = raw[order] * np.arange(len(raw), 0, -1)
    corrected = np.empty(len(raw))
    corrected[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return corrected


@published(
    kind="measure",
    claim="Says whether one system is better than another on the same queries: the paired "
    "difference with its interval and the p-value of a randomisation test.",
    papers=(
        Paper(
            "Smucker, Allan, Carterette",
            2007,
            "A comparison of statistical significance tests for information retrieval evaluation",
            "CIKM",
        ),
        Paper(
            "Holm",
            1979,
            "A simple sequentially rejective multiple test procedure",
            "Scandinavian Journal of Statistics",
        ),
    ),
    test="tests/judge/test_significance.py",
    name="paired_comparison",
)
def compare(
    values: Mapping[str, ArrayLike],
    *,
    baseline: str | None = None,
    draws: int = 10_000,
    seed: int = 0,
) -> tuple[Comparison, ...]:
    """Compare systems on the same queries, each pair or each against a baseline.

    Args:
        values: (n,) numbers by system, one per query in the same order; NaN where a query does not
            count for that system (such queries are left out of its comparisons).
        baseline: the system to compare the others with; None compares every pair.
        draws: bootstrap samples and sign patterns.
        seed: of both.

    Returns:
        One `Comparison` per pair, in the order of `values`; `p_holm` corrects over all of them.

    Raises:
        InputError: there are fewer than two systems or no such baseline, lengths differ, a value is
            infinite, or two systems have no query in common.

    Example:
        >>> c, = compare({"new": [0.5, 0.7, 0.6], "old": [0.4, 0.6, 0.5]}, draws=99)
        >>> round(c.difference, 6), c.n
        (0.1, 3)
    """
    columns = {name: np.asarray(v, np.float64) for name, v in values.items()}
    if len(columns) < 2:
        raise InputError("a comparison needs the values of at least two systems")
    if baseline is not None and baseline not in columns:
        raise InputError(f"no system {baseline!r} to compare with; there are {', '.join(columns)}")
    sizes = {v.shape for v in columns.values()}
    if len(sizes) > 1 or len(next(iter(sizes))) != 1:
        raise InputError("systems to compare need one value per query, for the same queries")
    names = list(columns)
    pairs = (
        [(a, b) for i, a in enumerate(names) for b in names[i + 1 :]]
        if baseline is None
        else [(a, baseline) for a in names if a != baseline]
    )
    found = [_compare(a, columns[a], b, columns[b], draws, seed) for a, b in pairs]
    corrected = holm([c.p for c in found])
    return tuple(replace(c, p_holm=float(p)) for c, p in zip(found, corrected))


def _compare(
    name_a: str,
    a: NDArray[np.float64],
    name_b: str,
    b: NDArray[np.float64],
    draws: int,
    seed: int,
) -> Comparison:
    both = ~(np.isnan(a) | np.isnan(b))
    d = a[both] - b[both]
    if not len(d):
        raise InputError(f"{name_a!r} and {name_b!r} have no query in common; compare others")
    if not np.isfinite(d).all():
        raise InputError(f"{name_a!r} or {name_b!r} has an infinite value; leave that query out")
    low, high = np.quantile(bootstrap_means(d[:, None], draws=draws, seed=seed), [0.025, 0.975])
    p = permutation_p(d, draws=draws, seed=seed)
    return Comparison(name_a, name_b, float(d.mean()), float(low), float(high), p, p, len(d), seed)


def _checked(draws: int) -> int:
    if draws < 1:
        raise InputError(f"draws is {draws}, but at least 1 was expected")
    return draws


def _stream(seed: int, which: int) -> np.uint64:
    """Return the start of a random stream; `which` keeps bootstrap and permutation apart."""
    return np.uint64(np.random.SeedSequence([seed, which]).generate_state(1, np.uint64)[0])

"""Do two sets of vectors depend on each other at all? Two kernel checks beside mutual information.

`hsic` (Hilbert-Schmidt independence criterion) and `cauchy_schwarz` (the Cauchy-Schwarz divergence
of the joint density from the product of its margins) both compare two matrices of Gaussian
similarities and need no density, no bins and no bound. Both are functions of the same four sums,
so they share their permutation test and their jackknife interval. Vectors of any length in, a
`Measure` with p-value out. Called by the report.
"""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rowspace.errors import InputError
from rowspace.judge.measure import Measure
from rowspace.recipes.registry import Paper, published
from rowspace.threads import kernel_threads

Array = NDArray[np.float64]
# (sum K o L, sum K, sum L, row sums of K times row sums of L, n) -> statistic; all may be arrays.
Statistic = Callable[[Any, Any, Any, Any, int], Any]


@published(
    kind="measure",
    claim="Detects any dependence between two sets of vectors from pairs of rows, with an unbiased "
    "value and a permutation p-value.",
    papers=(
        Paper(
            "Gretton, Fukumizu, Teo, Song, Scholkopf, Smola",
            2007,
            "A kernel statistical test of independence",
            "NeurIPS",
        ),
        Paper(
            "Song, Smola, Gretton, Bedo, Borgwardt",
            2012,
            "Feature selection via dependence maximization",
            "JMLR 13",
        ),
    ),
    test="tests/judge/test_dependence.py",
)
def hsic(
    x: ArrayLike, y: ArrayLike, *, permutations: int = 200, seed: int = 0, rows: int = 1000
) -> Measure:
    """Unbiased Hilbert-Schmidt independence criterion with Gaussian kernels.

    With K and L the similarities exp(-d^2 / 2 s^2) of the rows of x and y, their diagonals set to
    zero and s the median distance of each side,
    HSIC = [sum K o L + (1'K1)(1'L1) / ((n-1)(n-2)) - 2 1'KL1 / (n-2)] / (n (n-3))
    (Song et al. 2012, equation 5). It is 0 on average when the sides are independent, and its
    expectation is positive when they depend on each other in whatever way.

    Args:
        x, y: (n,) or (n, width) numbers, one row per pair.
        permutations: of the rows of y, for p-value and reference.
        seed: of the permutations and of the sample of rows.
        rows: at most that many rows are used, drawn by `seed`: cost and memory grow as its square.

    Returns:
        A `Measure` with the jackknife's interval; its reference holds the mean over permutations,
        their sd, and p, the share of permutations (the observed order counted as one) at or above.

    Raises:
        InputError: different numbers of rows, fewer than 5 rows, or a number that is not finite.

    Example:
        >>> x = np.random.default_rng(0).normal(size=300)
        >>> found = hsic(x, np.abs(x))  # uncorrelated, and yet
        >>> round(found.reference["p"], 3)
        0.005
    """
    return with_null("HSIC", hsic_of_sums, x, y, 0.0, permutations, seed, rows)


@published(
    kind="measure",
    claim="Dependence of two sets of vectors as a divergence of densities, from the same pairs of "
    "rows, without a variational bound.",
    papers=(
        Paper(
            "Yu, Yu, Lokse, Jenssen, Principe",
            2024,
            "Cauchy-Schwarz divergence information bottleneck for regression",
            "ICLR",
            literature=391,
        ),
    ),
    test="tests/judge/test_dependence.py",
)
def cauchy_schwarz(
    x: ArrayLike, y: ArrayLike, *, permutations: int = 200, seed: int = 0, rows: int = 1000
) -> Measure:
    """Cauchy-Schwarz quadratic mutual information with Gaussian kernels.

    The divergence -log (integral p(x,y) p(x) p(y))^2 / (integral p(x,y)^2 integral p(x)^2 p(y)^2)
    with kernel density estimates becomes
    log(sum K o L / n^2) + log(1'K1 1'L1 / n^4) - 2 log(1'KL1 / n^3)
    (Yu et al. 2024, appendix, in nats), 0 when the densities factor. On samples it is above 0 even
    then: read it against the mean over permutations.

    Args:
        x, y, permutations, seed, rows: as for `hsic`.

    Returns:
        A `Measure` as from `hsic`.

    Example:
        >>> x = np.random.default_rng(0).normal(size=300)
        >>> found = cauchy_schwarz(x, np.abs(x))
        >>> found.value > 5 * found.reference["permuted"]
        True
    """
    return with_null(
        "Cauchy-Schwarz mutual information", cauchy_schwarz_of_sums, x, y, 1.0, permutations, seed,
        rows,
    )  # fmt: skip


def hsic_of_sums(products: Any, k: Any, other: Any, rows: Any, n: int) -> Any:
    """Return the unbiased HSIC from the four sums of kernels with zero diagonals."""
    centred = products + k * other / ((n - 1) * (n - 2)) - 2 * rows / (n - 2)
    return centred / (n * (n - 3))


def cauchy_schwarz_of_sums(products: Any, k: Any, other: Any, rows: Any, n: int) -> Any:
    """Return the Cauchy-Schwarz divergence from the four sums of kernels with unit diagonals."""
    return np.log(products) + np.log(k) + np.log(other) - 2 * np.log(rows)


def with_null(
    name: str,
    statistic: Statistic,
    x: ArrayLike,
    y: ArrayLike,
    diagonal: float,
    permutations: int,
    seed: int,
    rows: int,
) -> Measure:
    """Compute a statistic of two kernels, its permutation null and its jackknife interval."""
    from rowspace.judge.kernels.permuted import permuted_products

    a, b = vectors(x, "x"), vectors(y, "y")
    if len(a) != len(b):
        raise InputError(f"x has {len(a)} rows and y has {len(b)}; one pair per row was expected")
    if len(a) < 5 or rows < 5:
        raise InputError(
            f"a kernel test needs at least 5 rows, but there are {min(len(a), rows)} to use"
        )
    if permutations < 1:
        raise InputError(f"permutations is {permutations}, but at least 1 was expected")
    rng = np.random.default_rng(seed)
    total = len(a)
    if total > rows:
        sample = np.sort(rng.choice(total, rows, replace=False))
        a, b = a[sample], b[sample]
    n = len(a)
    k, other = gaussian_kernel(a), gaussian_kernel(b)
    np.fill_diagonal(k, diagonal)
    np.fill_diagonal(other, diagonal)
    k_rows, other_rows = k.sum(axis=1), other.sum(axis=1)
    k_sum, other_sum = k_rows.sum(), other_rows.sum()
    products = k * other
    value = float(statistic(products.sum(), k_sum, other_sum, float(k_rows @ other_rows), n))
    orders = np.stack([rng.permutation(n) for _ in range(permutations)])
    drawn = np.empty(permutations)
    with kernel_threads():
        permuted_products(k, other, orders, drawn)
    null = statistic(drawn, k_sum, other_sum, other_rows[orders] @ k_rows, n)

    # The four sums without row i, for every i at once.
    r = products.sum(axis=1)
    without = statistic(
        products.sum() - 2 * r + diagonal**2,
        k_sum - 2 * k_rows + diagonal,
        other_sum - 2 * other_rows + diagonal,
        k_rows @ other_rows - k_rows * other_rows - (k @ other_rows - diagonal * other_rows)
        - (other @ k_rows - diagonal * k_rows) + (r - diagonal**2),
        n - 1,
    )  # fmt: skip
    half = 1.959964 * sqrt((n - 1) / n * float(((without - without.mean()) ** 2).sum()))
    # Kernels of a constant side make every order equal up to rounding: those count as ties.
    p = (1 + int((null >= value - 1e-12 * (1 + abs(value))).sum())) / (1 + permutations)
    return Measure(
        name,
        value,
        n=n,
        low=value - half,
        high=value + half,
        seed=seed,
        reference={"permuted": float(null.mean()), "permuted, sd": float(null.std()), "p": p},
        note=f"p = {p:.2g} by {permutations} permutations"
        + (f", on {n} of {total} rows" if n < total else ""),
    )


def gaussian_kernel(x: Array) -> Array:
    """Return (n, n) exp(-d^2 / 2 s^2) with s the median distance; all ones when x is constant.

    Example:
        >>> gaussian_kernel(np.array([[0.0], [1.0], [1.0]])).round(3)
        array([[1.   , 0.607, 0.607],
               [0.607, 1.   , 1.   ],
               [0.607, 1.   , 1.   ]])
    """
    from scipy.spatial.distance import pdist, squareform

    distances = pdist(x, "sqeuclidean")
    width = float(np.median(distances))
    if width == 0.0:  # more than half of the pairs are equal: take the mean of the others
        apart = distances[distances > 0]
        width = float(apart.mean()) if len(apart) else 1.0
    kernel: Array = squareform(np.exp(distances / (-2 * width)))
    np.fill_diagonal(kernel, 1.0)
    return kernel


def vectors(values: ArrayLike, name: str) -> Array:
    """Return (n, width) finite float64; `InputError` naming the first row that is not."""
    try:
        table = np.asarray(values, np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"{name} does not hold numbers ({error}); give vectors") from error
    if table.ndim == 1:
        table = table[:, None]
    if table.ndim != 2 or table.shape[1] == 0:
        raise InputError(f"{name} has shape {table.shape}, but one vector per row was expected")
    bad = np.flatnonzero(~np.isfinite(table).all(axis=1))
    if len(bad):
        raise InputError(
            f"{name} has a missing or infinite number in row {bad[0]}; leave such rows out"
        )
    return table

"""How alike are two spaces of the same rows, whatever their dimensions and whoever made them?

Five answers, from the whole to the single row: debiased linear CKA (the same similarities up to
scale and rotation), orthogonal Procrustes (one is a rotated, rescaled copy of the other), the
correlation of cosines over all pairs and over successive rows, and what a user of search sees: how
far the neighbour lists agree (Jaccard@k and rank-biased overlap). Two arrays with the same rows in,
`Measure`s out, each with the same number after permuting one side's rows. Called by the report.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rowspace.errors import InputError
from rowspace.judge.dependence import hsic_of_sums, vectors
from rowspace.judge.jackknife import jackknife_interval
from rowspace.judge.measure import Measure
from rowspace.recipes.registry import Paper, published

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Array = NDArray[np.float64]

_TEST = "tests/judge/test_compare.py"
_SIMILARITY_FOR_RETRIEVAL = Paper(
    "Caspari, Dastidar, Zerhoudi, Mitrovic, Granitzer",
    2024,
    "Beyond Benchmarks: Evaluating Embedding Model Similarity for Retrieval Augmented Generation "
    "Systems",
    "arXiv:2407.08275",
    literature=220,
)


@published(
    kind="measure",
    claim="Whether two spaces hold the same similarities up to rotation and scale: 0 on average "
    "for spaces that have nothing in common, also when rows are few and dimensions many.",
    papers=(
        Paper(
            "Kornblith, Norouzi, Lee, Hinton",
            2019,
            "Similarity of neural network representations revisited",
            "ICML",
        ),
        Paper(
            "Nguyen, Raghu, Kornblith",
            2021,
            "Do wide and deep networks learn the same things?",
            "ICLR",
        ),
        _SIMILARITY_FOR_RETRIEVAL,
    ),
    test=_TEST,
)
def debiased_cka(
    x: ArrayLike, y: ArrayLike, *, permutations: int = 20, seed: int = 0, rows: int = 2000
) -> Measure:
    """Debiased linear centered kernel alignment of two spaces.

    CKA = HSIC(x, y) / sqrt(HSIC(x, x) HSIC(y, y)) with linear kernels and the unbiased estimate of
    each (Song et al. 2012, equation 5); 1 for spaces equal up to rotation and scale. The biased
    form, which is found elsewhere, gives 0.89 for unrelated Gaussians at 50 rows and 384
    dimensions.

    Args:
        x, y: (n, d) and (n, e) vectors of the same rows.
        permutations: of the rows of y, for the reference.
        seed: of the permutations, of the groups of the jackknife and of the sample of rows.
        rows: at most that many rows are used, drawn by `seed`.

    Returns:
        A `Measure` with the jackknife's interval; NaN when all vectors of one side are alike.

    Raises:
        InputError: different numbers of rows, fewer than 5, or a number that is not finite.

    Example:
        >>> x = np.random.default_rng(0).normal(size=(100, 3))
        >>> round(debiased_cka(x, 2 * x[:, ::-1]).value, 6)
        1.0
    """
    return _with_null("debiased CKA", _cka, x, y, permutations, seed, rows)


@published(
    kind="measure",
    claim="What is left of the difference of two spaces after the best shift, scale and rotation.",
    papers=(
        Paper(
            "Schönemann",
            1966,
            "A generalized solution of the orthogonal Procrustes problem",
            "Psychometrika 31",
        ),
        Paper(
            "Ding, Denain, Steinhardt",
            2021,
            "Grounding representation similarity through statistical testing",
            "NeurIPS",
        ),
    ),
    test=_TEST,
)
def procrustes_disparity(
    x: ArrayLike, y: ArrayLike, *, permutations: int = 20, seed: int = 0, rows: int = 2000
) -> Measure:
    """Disparity of two spaces after the best translation, scale and orthogonal map.

    With both sides centred and of unit Frobenius norm, min over s and orthogonal Q of
    ||x - s y Q||^2 = 1 - (sum of the singular values of x'y)^2: 0 for a rotated and scaled copy, at
    most 1. The narrower side is filled up with zeros. With few rows and many dimensions a rotation
    fits anything: read the value beside its permuted reference.

    Args:
        x, y, permutations, seed, rows: as for `debiased_cka`.

    Returns:
        A `Measure` with the jackknife's interval; NaN when all vectors of one side are alike.

    Raises:
        InputError: as for `debiased_cka`.

    Example:
        >>> x = np.random.default_rng(0).normal(size=(100, 3))
        >>> abs(round(procrustes_disparity(x, 2 * x[:, ::-1] + 5).value, 6))
        0.0
    """
    return _with_null("Procrustes disparity", _disparity, x, y, permutations, seed, rows)


@published(
    kind="measure",
    claim="Whether two spaces find the same pairs of rows similar.",
    papers=(
        Paper(
            "Mistry, Minai",
            2023,
            "A Comparative Study of Sentence Embedding Models for Assessing Semantic Variation",
            "arXiv:2308.04625",
            literature=123,
        ),
    ),
    test=_TEST,
)
def similarity_correlation(
    x: ArrayLike, y: ArrayLike, *, permutations: int = 20, seed: int = 0, rows: int = 1000
) -> Measure:
    """Pearson correlation of the cosines of all pairs of rows in two spaces.

    Unlike CKA it knows nothing of lengths, and a common direction of all vectors does not hide what
    differs. A zero vector has cosine 0 with everything.

    Args:
        x, y, permutations, seed, rows: as for `debiased_cka`.

    Returns:
        A `Measure` with the jackknife's interval; NaN when all cosines of one side are equal.

    Raises:
        InputError: as for `debiased_cka`.

    Example:
        >>> x = np.random.default_rng(0).normal(size=(50, 3))
        >>> round(similarity_correlation(x, 2 * x).value, 6)
        1.0
    """
    return _with_null(
        "cosine correlation, all pairs", _pair_correlation, x, y, permutations, seed, rows
    )


def succession_correlation(
    x: ArrayLike, y: ArrayLike, *, permutations: int = 100, seed: int = 0
) -> Measure:
    """Correlation of the cosines of successive rows, for rows in the order of a text or of time.

    Args:
        x, y: as for `debiased_cka`, the rows in their order.
        permutations: how many random shifts of one series against the other make the reference.
        seed: of the shifts.

    Returns:
        A `Measure`; its interval leaves out stretches of rows. NaN when a series is constant.

    Raises:
        InputError: as for `debiased_cka`.

    Example:
        >>> x = np.random.default_rng(0).normal(size=(50, 3))
        >>> round(succession_correlation(x, 2 * x).value, 6)
        1.0
    """
    a, b = (_unit(side) for side in _same_rows(x, y))
    first, second = (np.einsum("ij,ij->i", s[:-1], s[1:]) for s in (a, b))
    n = len(first)
    name = "cosine correlation, successive rows"
    value, low, high = jackknife_interval(lambda at: _pearson(first[at], second[at]), n, seed=None)
    if math.isnan(value):
        return Measure(name, math.nan, n, note="Undefined: all successive rows are equally alike.")
    rng = np.random.default_rng(seed)
    shifts = rng.integers(1, n, permutations)
    null = np.array([_pearson(first, np.roll(second, int(s))) for s in shifts])
    return Measure(
        name, value, n, max(low, -1.0), min(high, 1.0), seed,
        {"shifted rows": float(null.mean()), "shifted rows, sd": float(null.std())},
    )  # fmt: skip


@published(
    kind="measure",
    claim="How far searches in two spaces return the same rows: sets at any depth, and ranks.",
    papers=(
        Paper(
            "Webber, Moffat, Zobel",
            2010,
            "A similarity measure for indefinite rankings",
            "ACM TOIS 28(4)",
        ),
        _SIMILARITY_FOR_RETRIEVAL,
    ),
    test=_TEST,
)
def neighbour_overlap(
    x: ArrayLike,
    y: ArrayLike,
    *,
    ks: Sequence[int] = (1, 10, 100),
    p: float = 0.9,
    queries: int = 1000,
    permutations: int = 10,
    draws: int = 1000,
    seed: int = 0,
) -> tuple[Measure, ...]:
    """Agreement of the neighbour lists (by cosine, self left out) that two spaces give a row.

    Jaccard@k = |A_k and B_k| / |A_k or B_k|. Rank-biased overlap, extrapolated from depth D
    (Webber et al. 2010): RBO = X_D / D p^D + (1 - p)/p sum_d X_d / d p^d, with X_d the
    overlap of the first d of both lists. Jaccard at small k varies much: read its interval.

    Args:
        x, y: as for `debiased_cka`; every row is a candidate, rows of zeros are no queries.
        ks: depths of Jaccard; the largest (at most n - 1) is the depth of RBO.
        p: persistence of RBO; at 0.9 the first ten places have 86 % of the weight.
        queries: at most that many rows are asked, drawn by `seed`.
        permutations: of the rows of y, for the reference.
        draws, seed: of the bootstrap over queries.

    Returns:
        Jaccard at each k, then RBO; NaN for a k above n - 1 and when no row can be asked.

    Raises:
        InputError: as for `debiased_cka`, or a k below 1, or p not between 0 and 1.

    Example:
        >>> x = np.random.default_rng(0).normal(size=(50, 3))
        >>> [m.value for m in neighbour_overlap(x, 2 * x, ks=(1, 5))]
        [1.0, 1.0, 1.0]
    """
    from rowspace.judge.significance import bootstrap_means

    if not ks or min(ks) < 1 or not 0 < p < 1:
        raise InputError(
            f"ks is {tuple(ks)} and p is {p}, but depths of at least 1 and a p between 0 and 1 "
            "were expected"
        )
    a, b = (_unit(side) for side in _same_rows(x, y))
    n = len(a)
    depth = min(max(ks), n - 1)
    rng = np.random.default_rng(seed)
    able = np.flatnonzero(a.any(axis=1) & b.any(axis=1))
    asked = np.sort(rng.choice(able, min(queries, len(able)), replace=False))
    names = [*(f"Jaccard@{k}" for k in ks), f"RBO (p={p:g}, depth {depth})"]
    if not len(asked) or _alike(a) or _alike(b):
        note = "Undefined: all vectors of one side point the same way."
        return tuple(Measure(name, math.nan, 0, note=note) for name in names)
    (first, tied_a), (second, tied_b) = _lists(a, asked, depth), _lists(b, asked, depth)
    values = _agreement(first, second, ks, p)
    null = np.mean(
        [_agreement(first, _renamed(second, asked, n, rng), ks, p) for _ in range(permutations)],
        axis=(0, 1),
    )
    means = bootstrap_means(np.nan_to_num(values), draws=draws, seed=seed)
    ends = np.quantile(means, [0.025, 0.975], axis=0)
    left, tied = n - len(able), int((tied_a | tied_b).sum())
    notes = f"{len(asked)} of {n} rows asked." if len(asked) < n else ""
    notes += f" {left} rows of zeros are not asked." if left else ""
    notes += f" {tied} lists end in a tie, decided by position." if tied else ""
    return tuple(
        Measure(
            name, float(values[:, j].mean()), len(asked), float(ends[0, j]), float(ends[1, j]),
            seed, {"permuted rows": float(null[j])}, notes.strip(),
        )
        if j == len(ks) or ks[j] < n
        else Measure(name, math.nan, 0, note=f"Undefined: a row has only {n - 1} neighbours.")
        for j, name in enumerate(names)
    )  # fmt: skip


def _with_null(
    name: str,
    statistic: Callable[[Array, Array], float],
    x: ArrayLike,
    y: ArrayLike,
    permutations: int,
    seed: int,
    rows: int,
) -> Measure:
    """Compute a statistic of two tables, its jackknife interval and its permutation null."""
    from threadpoolctl import threadpool_limits

    a, b = _same_rows(x, y)
    if min(rows, len(a)) < 5:
        raise InputError(
            f"comparing spaces needs at least 5 rows, but there are {min(rows, len(a))} to use"
        )
    rng = np.random.default_rng(seed)
    total = len(a)
    if total > rows:
        sample = np.sort(rng.choice(total, rows, replace=False))
        a, b = a[sample], b[sample]
    with threadpool_limits(limits=1, user_api="blas"):  # the same bits on any number of threads
        value, low, high = jackknife_interval(lambda at: statistic(a[at], b[at]), len(a), seed=seed)
        if math.isnan(value):
            note = "Undefined: all vectors of one side are alike."
            return Measure(name, math.nan, len(a), note=note)
        null = np.array([statistic(a, b[rng.permutation(len(b))]) for _ in range(permutations)])
    return Measure(
        name, value, len(a), low, high, seed,
        {"permuted rows": float(null.mean()), "permuted rows, sd": float(null.std())},
        f"On {len(a)} of {total} rows." if total > rows else "",
    )  # fmt: skip


def _same_rows(x: ArrayLike, y: ArrayLike) -> tuple[Array, Array]:
    a, b = vectors(x, "x"), vectors(y, "y")
    if len(a) != len(b):
        raise InputError(f"x has {len(a)} rows and y has {len(b)}; match them by id first")
    if len(a) < 5:
        raise InputError(f"comparing spaces needs at least 5 rows, but there are {len(a)} to use")
    return a, b


def _centered(table: Array) -> Array | None:
    """Return the table less its mean row, of unit norm; None when that leaves only rounding."""
    size = float(np.abs(table).max(initial=0.0))
    rest = table / (size or 1.0)
    rest = rest - rest.mean(axis=0)
    norm = float(np.linalg.norm(rest))
    return rest / norm if norm > 1e-12 * math.sqrt(table.size) else None


def _cka(x: Array, y: Array) -> float:
    a, b = _centered(x), _centered(y)
    if a is None or b is None:
        return math.nan
    own = _hsic(a, a) * _hsic(b, b)
    return _hsic(a, b) / math.sqrt(own) if own > 0 else math.nan


def _hsic(a: Array, b: Array) -> float:
    """Return unbiased HSIC with linear kernels from d x e products: no n x n matrix is made."""
    squares_a, squares_b = (a * a).sum(axis=1), (b * b).sum(axis=1)
    rows_a, rows_b = a @ a.sum(axis=0) - squares_a, b @ b.sum(axis=0) - squares_b
    cross = a.T @ b
    products = (cross * cross).sum() - squares_a @ squares_b
    return float(hsic_of_sums(products, rows_a.sum(), rows_b.sum(), rows_a @ rows_b, len(a)))


def _disparity(x: Array, y: Array) -> float:
    a, b = _centered(x), _centered(y)
    if a is None or b is None:
        return math.nan
    return 1.0 - float(np.linalg.svd(a.T @ b, compute_uv=False).sum()) ** 2


def _pair_correlation(x: Array, y: Array) -> float:
    upper = np.triu_indices(len(x), 1)
    a, b = _unit(x), _unit(y)
    return _pearson((a @ a.T)[upper], (b @ b.T)[upper])


def _pearson(a: Array, b: Array) -> float:
    a, b = a - a.mean(), b - b.mean()
    scale = math.sqrt(float((a * a).sum()) * float((b * b).sum()))
    return float((a * b).sum()) / scale if scale > 1e-12 * len(a) else math.nan


def _unit(table: Array) -> Array:
    size = np.abs(table).max(axis=1, keepdims=True, initial=0.0)
    scaled = table / np.where(size > 0, size, 1.0)
    norms = np.linalg.norm(scaled, axis=1, keepdims=True)
    unit: Array = scaled / np.where(norms > 0, norms, 1.0)
    return unit


def _alike(unit: Array) -> bool:
    return bool(np.ptp(unit, axis=0).max() < 1e-9)


def _lists(
    unit: Array, asked: NDArray[np.int64], depth: int
) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Return the `depth` nearest other rows of each row asked, and whether the last is tied."""
    from rowspace.judge.all_items import top_items

    single = unit.astype(np.float32)
    itself = _one_each(asked, len(unit))
    items, scores, counts = top_items(single[asked], single, depth + 1, seen=itself)
    tied = (counts > depth) & (scores[:, depth - 1] == scores[:, depth])
    return items[:, :depth], tied


def _one_each(cols: NDArray[np.int64], m: int) -> csr_array:
    from scipy.sparse import csr_array

    ones = np.ones(len(cols), np.float32)
    return csr_array((ones, cols, np.arange(len(cols) + 1)), shape=(len(cols), m))


def _renamed(
    lists: NDArray[np.int32], asked: NDArray[np.int64], n: int, rng: np.random.Generator
) -> NDArray[np.int32]:
    """Return the lists after permuting all rows, with those asked among themselves."""
    order = rng.permutation(len(asked))
    others = np.setdiff1d(np.arange(n), asked)
    name = np.empty(n, np.int32)
    name[others] = rng.permutation(others)
    name[asked[order]] = asked  # the row asked[order[i]] is now called asked[i]
    return name[lists[order]]


def _agreement(
    first: NDArray[np.int32], second: NDArray[np.int32], ks: Sequence[int], p: float
) -> Array:
    """Return (queries, len(ks) + 1): Jaccard at each k (NaN beyond the depth), then RBO."""
    q, depth = first.shape
    overlap = _overlaps(first, second)
    columns = [
        overlap[:, k - 1] / (2 * k - overlap[:, k - 1]) if k <= depth else np.full(q, np.nan)
        for k in ks
    ]
    d = np.arange(1, depth + 1)
    share = overlap / d
    rbo = share[:, -1] * p**depth + (1 - p) / p * (share * p**d).sum(axis=1)
    return np.column_stack([*columns, rbo])


def _overlaps(first: NDArray[np.int32], second: NDArray[np.int32]) -> Array:
    """Return (queries, depth): how many items the first d places of both lists share."""
    q, depth = first.shape
    width = int(max(first.max(), second.max())) + 1
    base = np.arange(q, dtype=np.int64)[:, None] * width
    keys = (base + second).reshape(-1)
    order = np.argsort(keys)
    wanted = (base + first).reshape(-1)
    at = np.minimum(np.searchsorted(keys, wanted, sorter=order), len(keys) - 1)
    found = keys[order[at]] == wanted
    place = np.arange(q * depth) % depth
    query = np.arange(q * depth) // depth
    meets = np.maximum(place, order[at] % depth)[found]
    hits = np.bincount(query[found] * depth + meets, minlength=q * depth).reshape(q, depth)
    overlap: Array = hits.cumsum(axis=1).astype(np.float64)
    return overlap

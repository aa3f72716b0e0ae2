"""How far neighbour lists in two spaces agree: Jaccard@k and rank-biased overlap.

What a user of search sees of the difference between two spaces. Two arrays with the same rows in,
`Measure`s with intervals and references out. Called by the report beside `compare.py`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rowspace.errors import InputError
from rowspace.judge.compare import SIMILARITY_FOR_RETRIEVAL, same_rows, unit
from rowspace.judge.measure import Measure
from rowspace.recipes.registry import Paper, published

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Array = NDArray[np.float64]


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
        SIMILARITY_FOR_RETRIEVAL,
    ),
    test="tests/judge/test_overlap.py",
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
        x, y: as for `compare.debiased_cka`; every row is a candidate, rows of zeros are no queries.
        ks: depths of Jaccard; the largest (at most n - 1) is the depth of RBO.
        p: persistence of RBO; at 0.9 the first ten places have 86 % of the weight.
        queries: at most that many rows are asked, drawn by `seed`.
        permutations: of the rows of y, for the reference.
        draws, seed: of the bootstrap over queries.

    Returns:
        Jaccard at each k, then RBO; NaN for a k above n - 1 and when no row can be asked.

    Raises:
        InputError: as for `compare.debiased_cka`, or a k below 1, or p not between 0 and 1.

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
    a, b = (unit(side) for side in same_rows(x, y))
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


def _alike(units: Array) -> bool:
    return bool(np.ptp(units, axis=0).max() < 1e-9)


def _lists(
    units: Array, asked: NDArray[np.int64], depth: int
) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Return the `depth` nearest other rows of each row asked, and whether the last is tied."""
    from rowspace.judge.all_items import top_items

    single = units.astype(np.float32)
    itself = _one_each(asked, len(units))
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

"""Label sharpness: how fast labels change from one vector to another.

Where near rows have different labels, a classifier needs many examples and a small push changes its
answer. In: vectors and labels; out: `Measure`s. Called by hand and by benchmarks.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rowspace.errors import InputError
from rowspace.judge.geometry import random_pairs
from rowspace.judge.measure import Measure
from rowspace.judge.rows import Floats, finite_rows
from rowspace.recipes.registry import Paper, published
from rowspace.threads import kernel_threads
from rowspace.workers import each

Array = NDArray[np.float64]
_BLOCK = 8192


@published(
    kind="measure",
    claim="How close rows with different labels lie: data that are sharp in this sense need more "
    "examples and are easier to attack.",
    papers=(
        Paper(
            "Konz, Mazurowski",
            2024,
            "The effect of intrinsic dataset properties on generalization: unraveling learning "
            "differences between natural and medical images",
            "ICLR",
            literature=420,
        ),
    ),
    test="tests/judge/test_sharpness.py",
)
def label_sharpness(
    vectors: ArrayLike, labels: ArrayLike, *, pairs: int = 100_000, seed: int = 0
) -> tuple[Measure, Measure]:
    """Measure |change of label| / |x - x'| over random pairs of rows.

    The paper's K_F is the largest such ratio over the pairs looked at, an estimate of a Lipschitz
    constant that grows with their number; the mean over pairs is steadier and has an interval.
    Both have the unit 1 / distance: compare at one scale of the vectors only.

    Args:
        vectors: (n, d) numbers, finite.
        labels: (n,) numbers, whose difference counts, or names, for which a difference is 1.
        pairs: how many random pairs of different rows.
        seed: of the pairs, and of the shuffled labels of the reference.

    Returns:
        "label sharpness, mean" and "label sharpness, largest". Infinite where two of the rows
        looked at coincide and their labels differ.

    Raises:
        InputError: a number is not finite, the labels are not one per row, or there are fewer than
            two rows.

    Example:
        >>> x = np.linspace(0, 1, 50)[:, None]
        >>> mean, largest = label_sharpness(x, 3 * x[:, 0])
        >>> round(mean.value, 5), round(largest.value, 5)
        (3.0, 3.0)
    """
    x = finite_rows(vectors)
    y = np.asarray(labels)
    if y.shape != (len(x),) or len(x) < 2:
        raise InputError(
            f"labels have shape {y.shape} and there are {len(x)} rows, but one label for each of "
            "at least 2 rows was expected"
        )
    if pairs < 1:
        raise InputError(f"pairs is {pairs}, but at least 1 was expected")
    if y.dtype.kind in "fiub":
        value = y.astype(np.float64)
        if not np.isfinite(value).all():
            bad = int(np.flatnonzero(~np.isfinite(value))[0])
            raise InputError(f"the label of row {bad} is {value[bad]}; leave such rows out")
        change = _difference
    else:
        value = np.unique(y.astype(str), return_inverse=True)[1].astype(np.float64)
        change = _is_different
    rng = np.random.default_rng([seed, 13])
    a, b = random_pairs(len(x), pairs, rng)
    with kernel_threads():
        apart = _distances(x, a, b)
    shuffled = rng.permutation(value)
    ratios = _ratios(change(value[a], value[b]), apart)
    null = _ratios(change(shuffled[a], shuffled[b]), apart)
    mean, spread = float(ratios.mean()), math.nan
    if math.isfinite(mean) and pairs > 1:
        spread = 1.959964 * float(ratios.std(ddof=1)) / math.sqrt(pairs)
    known = not math.isnan(spread)
    note = "" if math.isfinite(mean) else "Two of the rows coincide and have different labels."
    return (
        Measure("label sharpness, mean", mean, pairs, mean - spread if known else None,
                mean + spread if known else None, seed, {"shuffled labels": float(null.mean())},
                note),
        Measure("label sharpness, largest", float(ratios.max()), pairs, None, None, seed,
                {"shuffled labels": float(null.max())}, note or "Grows with the pairs looked at."),
    )  # fmt: skip


def _difference(y: Array, other: Array) -> Array:
    return np.asarray(np.abs(y - other))


def _is_different(y: Array, other: Array) -> Array:
    return np.asarray((y != other).astype(np.float64))


def _ratios(change: Array, apart: Array) -> Array:
    """Return change / apart, 0 where nothing changes at no distance."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(change == 0, 0.0, change / apart))


def _distances(x: Floats, a: NDArray[np.int64], b: NDArray[np.int64]) -> Array:
    def one(start: int) -> Array:
        part = slice(start, start + _BLOCK)
        apart = x[a[part]].astype(np.float64) - x[b[part]]
        return np.asarray(np.sqrt(np.vecdot(apart, apart)))

    return np.concatenate(list(each(one, range(0, len(a), _BLOCK))))

"""Gauge test: how much of each neighbour list rests on a scale that no score depends on.

A factorization X ~ A B' fixes the products of rows of A and B, not their axes: A D^-1 and B D have
the same products for any diagonal D, and other cosines. Unless training fixed D (by penalising both
sides' lengths), what cosine neighbours change under D was decided by nobody. In: vectors B, the
other side A if there is one; out: a `Block`. Called by `judge/label_free.py`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rowspace.errors import InputError
from rowspace.judge.blocks import Block
from rowspace.judge.measure import Measure
from rowspace.judge.neighbours import kept, neighbours_of
from rowspace.judge.rows import GAUSSIAN, Floats, finite_rows, gaussian_like, unit_rows
from rowspace.recipes.registry import Paper, published
from rowspace.threads import kernel_threads
from rowspace.workers import each

Array = NDArray[np.float64]
SPREADS = (0.25, 0.5, 1.0, 1.5)
_DRAWS = 16
_BLOCK = 4096


@published(
    kind="measure",
    claim="How many cosine neighbours survive a rescaling of the axes that leaves every score of "
    "the factorization unchanged.",
    papers=(
        Paper(
            "Steck, Ekanadham, Kallus",
            2024,
            "Is cosine-similarity of embeddings really about similarity?",
            "Companion Proceedings of the ACM Web Conference",
            literature=129,
        ),
    ),
    test="tests/judge/test_gauge.py",
    benchmark="benchmarks/judge_report.py",
)
def gauge_test(
    vectors: ArrayLike,
    *,
    partner: ArrayLike | None = None,
    k: int = 10,
    spreads: Sequence[float] = SPREADS,
    queries: int = 512,
    seed: int = 0,
) -> Block:
    """Rescale the axes at random and count the nearest neighbours that stay.

    B becomes B D (and the partner A becomes A D^-1), log D_jj normal with standard deviation s: at
    s = 0.5 two thirds of the axes are stretched or shrunk by less than 1.65. The neighbours of some
    rows among all rows, by cosine, are found before and after. The cosine of D-scaled rows x and y
    is (x D^2) . y / (|x D| |y D|), so the rows themselves are never copied.

    How to read it: if 9 of 10 stay at s = 0.5, the neighbours are in the data; if 5 do, half of
    every list is an accident of the solver's scaling, and products with the other side (which
    cannot change) or a normalisation before training should be used instead. A rotation changes
    no cosine: all stay, by arithmetic.

    Args:
        vectors: (n, d) numbers, finite, no row zero.
        partner: (m, d), the other side of the factorization, to show that its products with
            `vectors` do not change; None when there is none.
        k: how many neighbours, from 1 to n - 1.
        spreads: the standard deviations s of log D.
        queries: how many rows are asked for their neighbours, in 16 groups with one D each.
        seed: of the rows, of every D, and of the reference.

    Returns:
        `Block` "Gauge" with the measures "top-k kept at log-sd s" (a count from 0 to k), "Jaccard@k
        at log-sd s", "top-k kept under rotation" and, with a partner, "largest change of a score".
        Intervals are over the draws of D. The reference is a Gaussian of the same shape. Series:
        "log-sd", "kept" and "kept, Gaussian" (shares), "kept by row" (spreads, queries).

    Raises:
        InputError: a row is not finite or zero, `k` is not from 1 to n - 1, the partner has another
            number of columns, or a spread is negative.

    Example:
        >>> x = np.random.default_rng(0).normal(size=(200, 8))
        >>> block = gauge_test(x, k=5, spreads=(0.0, 1.5))
        >>> block["top-5 kept at log-sd 0"].value, block["top-5 kept at log-sd 1.5"].value < 3
        (5.0, True)
    """
    x = finite_rows(vectors)
    n, d = x.shape
    if not 1 <= k <= n - 1:
        raise InputError(
            f"{k} neighbours of each of {n} rows were asked for, but from 1 to {max(n - 1, 0)} "
            "others are there; lower k"
        )
    other = None if partner is None else finite_rows(partner, "partner")
    if other is not None and other.shape[1] != d:
        raise InputError(
            f"the partner has {other.shape[1]} dimensions and the vectors {d}; both must agree"
        )
    if not all(s >= 0 for s in spreads) or queries < 1:
        raise InputError(f"spreads are {tuple(spreads)} and queries {queries}; neither may be below"
                         " 0, and at least one query was expected")  # fmt: skip
    noise = gaussian_like(x, seed)
    noise[~noise.any(axis=1), 0] = 1.0
    return gauge_block(x, unit_rows(x), unit_rows(noise), other, k, spreads, queries, seed)


def gauge_block(
    x: Floats,
    units: Floats,
    noise: Floats,
    partner: Floats | None,
    k: int,
    spreads: Sequence[float],
    queries: int,
    seed: int,
) -> Block:
    """Return the block of `gauge_test` from vectors that other measures have made already.

    Args:
        x: (n, d) float32, the rows.
        units: (n, d) float32, the rows at length 1. Scaling a row changes no cosine, so they can
            stand for the rows.
        noise: (n, d) float32, the reference, rows of any length.
        partner, k, spreads, queries, seed: see `gauge_test`.
    """
    n, d = units.shape
    rng = np.random.default_rng([seed, 2])
    size = max(1, min(queries, n) // _DRAWS)
    draws = min(_DRAWS, n)
    asked = rng.permutation(n)[: draws * size]
    log_scales = rng.standard_normal((draws, d))
    counts = _counts(units, asked, log_scales, spreads, k)
    null = _counts(noise, asked, log_scales, spreads, k)
    measures = []
    for i, s in enumerate(spreads):
        measures.append(_mean_over_draws(
            f"top-{k} kept at log-sd {s:g}", counts[i], draws, null[i], seed, (0.0, float(k)),
            f"Of {k} neighbours, when the axes are rescaled and no score changes.",
        ))  # fmt: skip
    for i, s in enumerate(spreads):
        measures.append(_mean_over_draws(
            f"Jaccard@{k} at log-sd {s:g}", counts[i] / (2 * k - counts[i]), draws,
            null[i] / (2 * k - null[i]), seed, (0.0, 1.0), "",
        ))  # fmt: skip
    rotated = kept(
        neighbours_of(units[asked], units, k, own=asked),
        _rotated_neighbours(units, asked, k, rng),
    )
    measures.append(
        Measure(
            f"top-{k} kept under rotation",
            float(rotated.mean()),
            len(asked),
            seed=seed,
            reference={"arithmetic": float(k)},
            note="Less only where neighbours tie within rounding.",
        )
    )
    if partner is not None and len(partner):
        measures.append(_score_change(x, partner, log_scales, max(spreads, default=0.0), rng, seed))
    series = {
        "log-sd": np.array(spreads, np.float64),
        "kept": counts.mean(axis=1) / k,
        "kept, Gaussian": null.mean(axis=1) / k,
        "kept by row": counts,
    }
    return Block("Gauge", tuple(measures), series)


def _counts(
    x: Floats, asked: NDArray[np.int64], log_scales: Array, spreads: Sequence[float], k: int
) -> NDArray[np.int64]:
    """Return how many of each asked row's neighbours stay, (spreads, queries)."""
    draws = len(log_scales)
    every = np.concatenate([np.zeros((1, x.shape[1])), *(s * log_scales for s in spreads)])
    weights = np.exp(2 * every)  # D^2, (1 + spreads * draws, d)
    with kernel_threads():
        inverse = _inverse_lengths(x, weights)
    before = neighbours_of(x[asked], x, k, own=asked, scale=inverse[:1])
    out = np.empty((len(spreads), len(asked)), np.int64)
    for i in range(len(spreads)):
        part = slice(1 + i * draws, 1 + (i + 1) * draws)
        scaled = x[asked].reshape(draws, -1, x.shape[1]) * weights[part, None]
        scaled /= np.abs(scaled).max(axis=2, keepdims=True)  # keeps products within float32
        rows = scaled.reshape(len(asked), -1).astype(np.float32)
        out[i] = kept(before, neighbours_of(rows, x, k, own=asked, scale=inverse[part]))
    return out


def _inverse_lengths(x: Floats, weights: Array) -> Floats:
    """Return 1 / |x D| for every row and every D^2 of `weights` (g, d), as (g, n) float32."""
    out = np.empty((len(weights), len(x)), np.float32)

    def one(start: int) -> None:
        squares = x[start : start + _BLOCK].astype(np.float64) ** 2
        out[:, start : start + _BLOCK] = 1 / np.sqrt(weights @ squares.T)

    list(each(one, range(0, len(x), _BLOCK)))
    return out


def _rotated_neighbours(
    units: Floats, asked: NDArray[np.int64], k: int, rng: np.random.Generator
) -> NDArray[np.int32]:
    """Return neighbours after a random rotation, made of eight reflections."""
    mirrors = rng.standard_normal((8, units.shape[1]))
    mirrors /= np.linalg.norm(mirrors, axis=1, keepdims=True)
    turned = np.empty_like(units)
    for start in range(0, len(units), _BLOCK):
        part = units[start : start + _BLOCK].astype(np.float64)
        for mirror in mirrors:
            part -= np.outer(2 * (part @ mirror), mirror)
        turned[start : start + _BLOCK] = part
    return neighbours_of(turned[asked], turned, k, own=asked)


def _mean_over_draws(
    name: str,
    values: NDArray[np.float64] | NDArray[np.int64],
    draws: int,
    null: NDArray[np.float64] | NDArray[np.int64],
    seed: int,
    bounds: tuple[float, float],
    note: str,
) -> Measure:
    """Return the mean with its interval over draws of D, whose rows stand in equal groups."""
    from scipy.special import stdtrit

    means = np.asarray(values, np.float64).reshape(draws, -1).mean(axis=1)
    value = float(means.mean())
    low = high = None
    if draws > 1:
        reach = float(stdtrit(draws - 1, 0.975)) * float(means.std(ddof=1)) / math.sqrt(draws)
        low, high = max(bounds[0], value - reach), min(bounds[1], value + reach)
    reference = {GAUSSIAN: float(null.mean())}
    return Measure(name, value, values.size, low, high, seed, reference, note)


def _score_change(
    x: Floats,
    partner: Floats,
    log_scales: Array,
    spread: float,
    rng: np.random.Generator,
    seed: int,
) -> Measure:
    """Return the largest change of a product with the partner, relative to the largest product."""
    some = x[rng.permutation(len(x))[:256]]
    others = partner[rng.permutation(len(partner))[:256]]
    scale = np.exp(spread * log_scales[0]).astype(np.float32)
    before = some.astype(np.float64) @ others.astype(np.float64).T
    after = (some * scale).astype(np.float64) @ (others / scale).astype(np.float64).T
    top = float(np.abs(before).max())
    return Measure(
        "largest change of a score",
        float(np.abs(after - before).max()) / top if top else 0.0,
        before.size,
        seed=seed,
        reference={"float32 rounding": float(np.finfo(np.float32).eps)},
        note=f"Relative, over products with the other side at log-sd {spread:g}.",
    )

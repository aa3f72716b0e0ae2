"""Stability: what stays when details that mean nothing are drawn again.

Rows are drawn with replacement and the leading directions compared with those of all rows; the
columns are halved at random and the neighbours by one half compared with those by the other. In:
vectors (n, d); out: a `Block`. Called by `judge/label_free.py`.
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
from rowspace.judge.neighbours import kept, neighbours_of
from rowspace.judge.rows import GAUSSIAN, Floats, finite_rows, gaussian_like, unit_rows
from rowspace.threads import kernel_threads
from rowspace.workers import each

Array = NDArray[np.float64]
_DIRECTIONS = 10
_BOOTSTRAPS = 20
_HALVINGS = 5


def stability(vectors: ArrayLike, *, k: int = 10, queries: int = 512, seed: int = 0) -> Block:
    """Draw rows and halve columns at random, and see what stays.

    * leading directions kept: |V' V*|^2 / r, with V the r = 10 leading principal axes (half of the
      axes, where there are fewer than 20) of all rows and V* those of a bootstrap over 20 groups of
      rows (Efron 1979). 1: the same subspace; r / d: a random one. Mean over 20 bootstraps, and
      their middle 95 % as interval.
    * top-k kept between halves: how many of a row's k nearest neighbours by cosine of one random
      half of the columns are among those of the other half. High where the columns repeat each
      other's message, chance where every column has its own. Mean over 5 halvings of different
      rows; the interval is over halvings.

    Args:
        vectors: (n, d) numbers, finite, no row zero.
        k: how many neighbours, from 1 to n - 1.
        queries: how many rows are asked for their neighbours.
        seed: of all draws and of the reference.

    Returns:
        `Block` "Stability"; series "direction kept" (r,), the mean |cosine| of each leading axis
        with that of the bootstrap of the same rank, and "direction kept, Gaussian".

    Raises:
        InputError: a row is not finite or zero, or `k` is not from 1 to n - 1.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> x = rng.normal(size=(400, 1)) * np.ones(8) + 0.1 * rng.normal(size=(400, 8))
        >>> stability(x)["leading directions kept"].reference["random directions"]
        0.5
    """
    x = finite_rows(vectors)
    if not 1 <= k <= len(x) - 1:
        raise InputError(
            f"{k} neighbours of each of {len(x)} rows were asked for, but from 1 to "
            f"{max(len(x) - 1, 0)} others are there; lower k"
        )
    noise = gaussian_like(x, seed)
    noise[~noise.any(axis=1), 0] = 1.0
    return stability_block(
        unit_rows(x), unit_rows(noise), moments(x, seed=seed), moments(noise, seed=seed), k,
        queries, seed,
    )  # fmt: skip


def stability_block(
    units: Floats,
    noise: Floats,
    of_rows: Moments,
    of_noise: Moments,
    k: int,
    queries: int,
    seed: int,
) -> Block:
    """Return the block of `stability` from parts that other measures share.

    Args:
        units, noise: (n, d) float32, unit rows of the vectors and of the reference.
        of_rows, of_noise: moments of the vectors and of the reference.
        k, queries, seed: see `stability`.
    """
    n, d = units.shape
    r = max(1, min(_DIRECTIONS, d // 2))
    draws, axes = _bootstraps(of_rows, r, seed)
    null, null_axes = _bootstraps(of_noise, r, seed)
    ends = np.quantile(draws, [0.025, 0.975]) if len(draws) else (None, None)
    undefined = "Undefined: too few rows to draw groups of them."
    measures = [
        Measure(
            "leading directions kept",
            float(draws.mean()) if len(draws) else math.nan,
            n,
            None if ends[0] is None else float(ends[0]),
            None if ends[1] is None else float(ends[1]),
            seed,
            {
                GAUSSIAN: float(null.mean()) if len(null) else math.nan,
                "random directions": r / d,
            },
            f"Of {r}, over bootstraps of rows." if len(draws) else undefined,
        )
    ]
    if d > 1:
        measures.append(_halves(units, noise, k, queries, seed))
    series: dict[str, NDArray[Any]] = {
        "direction kept": axes,
        "direction kept, Gaussian": null_axes,
    }
    return Block("Stability", tuple(measures), series)


def _bootstraps(of_rows: Moments, r: int, seed: int) -> tuple[Array, Array]:
    """Return the overlap of the leading axes by bootstrap (20,), and of each axis on average (r,).

    Empty where the rows are in fewer than five groups.
    """
    groups = len(of_rows.counts)
    if groups < 5:
        return np.zeros(0), np.zeros(0)
    rng = np.random.default_rng([seed, 3])
    times = rng.multinomial(groups, np.full(groups, 1 / groups), _BOOTSTRAPS).astype(np.float64)

    def leading(draw: Array) -> Array:
        from scipy.linalg import eigh

        d = of_rows.sums.shape[1]
        covariance = of_rows.resampled(draw)
        return np.asarray(eigh(covariance, subset_by_index=[d - r, d - 1])[1][:, ::-1])

    with kernel_threads():
        whole, *drawn = each(leading, [np.ones(groups), *times])
    cosines = np.array([whole.T @ one for one in drawn])
    same = np.abs(np.diagonal(cosines, axis1=1, axis2=2))
    return (cosines**2).sum(axis=(1, 2)) / r, same.mean(axis=0)


def _halves(units: Floats, noise: Floats, k: int, queries: int, seed: int) -> Measure:
    from scipy.special import stdtrit

    n, d = units.shape
    rng = np.random.default_rng([seed, 4])
    halvings = min(_HALVINGS, n)
    size = max(1, min(queries, n) // halvings)
    asked = rng.permutation(n)[: halvings * size].reshape(halvings, size)
    columns = [rng.permutation(d) for _ in range(halvings)]

    def share(x: Floats) -> Array:
        out = []
        for rows, order in zip(asked, columns):
            found = [_by_columns(x, rows, np.sort(half), k) for half in np.array_split(order, 2)]
            out.append(kept(*found).mean())
        return np.array(out, np.float64)

    means, null = share(units), share(noise)
    value = float(means.mean())
    low = high = None
    if halvings > 1:
        reach = float(stdtrit(halvings - 1, 0.975)) * float(means.std(ddof=1))
        reach /= math.sqrt(halvings)
        low, high = max(0.0, value - reach), min(float(k), value + reach)
    return Measure(
        f"top-{k} kept between halves",
        value,
        asked.size,
        low,
        high,
        seed,
        {GAUSSIAN: float(null.mean()), "random rows": k * k / (n - 1)},
        f"Of {k} neighbours by half of the columns, those that the other half gives too.",
    )


def _by_columns(
    x: Floats, rows: NDArray[np.int64], columns: NDArray[np.int64], k: int
) -> NDArray[np.int32]:
    """Return the neighbours of some rows by cosine of some columns; zero rows come last."""
    part = x[:, columns]
    lengths = np.sqrt(np.vecdot(part, part))
    inverse = np.where(lengths > 0, 1 / np.where(lengths > 0, lengths, 1), 0).astype(np.float32)
    return neighbours_of(part[rows], part, k, own=rows, scale=inverse[None])

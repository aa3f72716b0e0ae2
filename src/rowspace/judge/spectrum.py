"""Spectrum: how many directions the vectors use, from the eigenvalues of one Gram matrix.

Effective ranks differ in which matrix they look at (as it is, centred, of unit rows) and in how
they weigh small eigenvalues, so several stand side by side, each with its source. None of them is a
quality by itself: they grow with n, d and noise, and are to be compared at equal n and d only, or
with the reference. In: vectors (n, d) or their `Moments`; out: a `Block`. Called by
`judge/label_free.py`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rowspace.errors import InputError
from rowspace.judge.blocks import Block
from rowspace.judge.measure import Measure
from rowspace.judge.moments import Moments, moments
from rowspace.judge.rows import (
    GAUSSIAN,
    Floats,
    finite_rows,
    gaussian_like,
    left_out_interval,
    row_norms,
)
from rowspace.recipes.registry import Paper, published
from rowspace.threads import kernel_threads

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Eigenvalues:
    """Eigenvalues of the same rows seen in four ways, each descending, min(n, d) of them.

    Attributes:
        n, d: shape of the vectors.
        raw: of X'X.
        centred: of the covariance, with divisor n.
        unit: of U'U, with U the rows at length 1 (zero rows stay zero).
        correlation: of the correlation matrix of the columns that are not constant.
        columns: how many columns are not constant.
        total: sum of the lengths of the columns of U, the L1,2 norm.
    """

    n: int
    d: int
    raw: Array
    centred: Array
    unit: Array
    correlation: Array
    columns: int
    total: float


@published(
    kind="measure",
    claim="How many directions vectors really use, by every effective rank in use, each held "
    "against noise of the same shape and the Marchenko-Pastur edge.",
    papers=(
        Paper(
            "Garrido, Balestriero, Najman, LeCun",
            2023,
            "RankMe: assessing the downstream performance of pretrained self-supervised "
            "representations by their rank",
            "ICML",
        ),
        Paper(
            "Jung, Kim, Ko, Park, Rhee",
            2024,
            "Unveiling key aspects of fine-tuning in sentence embeddings: a representation rank "
            "analysis",
            "arXiv 2405.11297",
            literature=199,
        ),
        Paper(
            "Li, Xia, Chang, Wu",
            2024,
            "Large language model evaluation via matrix nuclear-norm",
            "arXiv 2410.10672",
            literature=322,
        ),
    ),
    test="tests/judge/test_spectrum.py",
    benchmark="benchmarks/judge_report.py",
)
def spectrum(vectors: ArrayLike, *, seed: int = 0) -> Block:
    """Measure the spectrum of vectors.

    With singular values s of X, eigenvalues l of its covariance, and u those of U'U / n (U has the
    rows at length 1, so the u sum to 1):

    * RankMe (Garrido et al. 2023): exp(-sum p ln p), p = s / sum s;
    * representation rank (199): exp(-sum u ln u), the exponential of the von Neumann entropy of the
      unit rows' autocorrelation;
    * participation ratio: (sum l)^2 / sum l^2; stable rank: sum s^2 / max s^2;
    * directions for 90 %: how many l make up 90 % of their sum; first direction: max l / sum l;
    * nuclear norm (322): sum of the singular values of U, over sqrt(n min(n, d)), the most it can
      be. It is exact here; the paper's L1,2 surrogate (sum of column lengths) is an upper bound and
      is told in the note;
    * directions above noise: eigenvalues of the correlation matrix above the largest that
      independent columns have in 95 % of cases (Marchenko-Pastur edge with the Tracy-Widom term of
      Johnstone 2001).

    Args:
        vectors: (n, d) numbers, finite.
        seed: of the reference and of the groups behind the intervals.

    Returns:
        `Block` "Spectrum"; intervals are over rows (delete-a-group jackknife, eigenvalues followed
        to first order), where n > d. Series: "eigenvalues" of the correlation matrix and
        "Marchenko-Pastur edges" (low, high) in its scale; "covariance eigenvalues", and
        "Gaussian eigenvalues", the same of the reference.

    Raises:
        InputError: a row is not finite, or there is none.

    Example:
        >>> block = spectrum(np.vstack([np.eye(4), -np.eye(4)]))
        >>> round(block["RankMe"].value, 6), round(block["participation ratio"].value, 6)
        (4.0, 4.0)
    """
    x = finite_rows(vectors)
    if not len(x):
        raise InputError("a spectrum needs at least one row, but there is no row")
    units = at_unit_length(x)
    known = n_over_d(x)
    of_units = moments(units, seed=seed) if known else None
    of_rows = moments(x, seed=seed) if known else None
    return spectrum_block(
        eigenvalues(x, units, of_rows, of_units),
        noise_eigenvalues(x, seed),
        without_groups(of_rows, of_units) if of_rows and of_units else [],
        seed,
    )


def n_over_d(x: Floats) -> bool:
    """Return whether there are more rows than columns, so that the d x d side is the smaller."""
    n, d = x.shape
    return bool(n > d)


def at_unit_length(x: Floats) -> Floats:
    """Return the rows at length 1; rows of zeros stay zero."""
    norms = row_norms(x)
    return np.asarray(x / np.where(norms > 0, norms, 1.0)[:, None], np.float32)


def eigenvalues(
    x: Floats, units: Floats, of_rows: Moments | None, of_units: Moments | None
) -> Eigenvalues:
    """Return the four spectra.

    Args:
        x, units: (n, d) float32, the rows and the rows at length 1.
        of_rows, of_units: their moments; None where n <= d, and the n x n side is used.
    """
    n, d = x.shape
    with kernel_threads():
        if of_rows is not None and of_units is not None:
            covariance = of_rows.covariance
            variance = np.diag(covariance).copy()
            scale = _scales(variance, np.diag(of_rows.gram) / n)
            keep = scale > 0
            correlation = covariance[np.ix_(keep, keep)] / np.outer(scale[keep], scale[keep])
            sides = [of_rows.gram, covariance, of_units.gram, correlation]
            columns = np.diag(of_units.gram)
        else:
            wide = x.astype(np.float64)
            centred = wide - wide.mean(axis=0) if n else wide
            scale = _scales((centred**2).mean(axis=0), (wide**2).mean(axis=0))
            keep = scale > 0
            standard = centred[:, keep] / scale[keep]
            own = units.astype(np.float64)
            sides = [wide @ wide.T, centred @ centred.T / n, own @ own.T]
            sides.append(standard @ standard.T / n)
            columns = (own**2).sum(axis=0)
        raw, middle, unit, corr = (_descending(side) for side in sides)
    most = min(n, d)
    return Eigenvalues(
        n, d, raw[:most], middle[:most], unit[:most], corr, int(keep.sum()),
        float(np.sqrt(columns).sum()),
    )  # fmt: skip


def noise_eigenvalues(x: Floats, seed: int) -> Eigenvalues:
    """Return the spectra of a Gaussian of the same shape and column scales."""
    noise = gaussian_like(x, seed)
    units = at_unit_length(noise)
    if n_over_d(x):
        return eigenvalues(noise, units, moments(noise, groups=1), moments(units, groups=1))
    return eigenvalues(noise, units, None, None)


def ranks(e: Eigenvalues) -> dict[str, float]:
    """Return every rank of the given eigenvalues by name (see `spectrum`)."""
    singular = np.sqrt(e.raw)
    total = float(e.centred.sum())
    most = math.sqrt(e.n * min(e.n, e.d))
    share = np.cumsum(e.centred) / total if total > 0 else np.zeros(0)
    return {
        "RankMe": _entropy_rank(singular),
        "representation rank": _entropy_rank(e.unit),
        "participation ratio": participation_ratio(e.centred),
        "stable rank": float(e.raw.sum() / e.raw[0]) if e.raw[0] > 0 else math.nan,
        "directions for 90 %": float(np.searchsorted(share, 0.9 - 1e-12) + 1)
        if total > 0
        else math.nan,
        "first direction": float(e.centred[0] / total) if total > 0 else math.nan,
        "nuclear norm": float(np.sqrt(e.unit).sum()) / most if e.raw[0] > 0 else math.nan,
        "directions above noise": float((e.correlation > noise_edges(e.n, e.columns)[1]).sum()),
    }


def participation_ratio(values: Array) -> float:
    """Return (sum l)^2 / sum l^2 of eigenvalues l, NaN when all are 0."""
    top = float(values.max(initial=0.0))
    if top <= 0:
        return math.nan
    scaled = values / top
    return float(scaled.sum() ** 2 / (scaled**2).sum())


def noise_edges(n: int, d: int) -> tuple[float, float]:
    """Return the range of the eigenvalues of a correlation matrix of independent columns.

    The lower end is (1 - sqrt(d / n))^2 (Marchenko, Pastur 1967); the upper end is the 95 %
    quantile of the largest, (m + 0.9793 s) / n with m = (sqrt(n-1) + sqrt(d))^2 and s =
    (sqrt(n-1) + sqrt(d)) (1 / sqrt(n-1) + 1 / sqrt(d))^(1/3) (Johnstone 2001).

    Args:
        n: rows, at least 1.
        d: columns.

    Example:
        >>> low, high = noise_edges(10_000, 100)
        >>> round(low, 2), round(high, 2)
        (0.81, 1.22)
    """
    if n < 2 or d < 1:
        return 0.0, math.inf
    a, b = math.sqrt(n - 1), math.sqrt(d)
    spread = (a + b) * (1 / a + 1 / b) ** (1 / 3)
    return max(0.0, 1 - math.sqrt(d / n)) ** 2, ((a + b) ** 2 + 0.9793 * spread) / n


def without_groups(of_rows: Moments, of_units: Moments) -> list[Eigenvalues]:
    """Return the spectra without one group of rows each, to first order.

    l_i - v_i' G_b v_i for the Gram matrix G_b of the group and the eigenvectors v_i of all rows.
    The correlation matrix is left out: the number of its directions above noise has no interval.
    """
    n, d = of_rows.n, of_rows.sums.shape[1]
    if len(of_rows.counts) < 2:
        return []
    out = []
    with kernel_threads():
        values_raw, vectors_raw = np.linalg.eigh(of_rows.gram)
        _, axes = np.linalg.eigh(of_rows.covariance)
        values_unit, vectors_unit = np.linalg.eigh(of_units.gram)
        squares = _quadratic(axes, of_rows.gram @ axes)
        total = of_rows.sums.sum(axis=0) @ axes
        for b, count in enumerate(of_rows.counts):
            left = n - count
            taken = squares - _quadratic(axes, of_rows.grams[b] @ axes)
            mean = (total - of_rows.sums[b] @ axes) / left
            raw = values_raw - _quadratic(vectors_raw, of_rows.grams[b] @ vectors_raw)
            unit = values_unit - _quadratic(vectors_unit, of_units.grams[b] @ vectors_unit)
            centred = taken / left - mean**2
            raw, centred, unit = (np.sort(v.clip(0))[::-1] for v in (raw, centred, unit))
            nothing = np.zeros(0)
            out.append(Eigenvalues(int(left), d, raw, centred, unit, nothing, 0, math.nan))
    return out


def spectrum_block(
    e: Eigenvalues, noise: Eigenvalues, without: list[Eigenvalues], seed: int
) -> Block:
    """Return the block of `spectrum` from the spectra of rows, reference, and rows less groups."""
    found, null = ranks(e), ranks(noise)
    left = [ranks(one) for one in without]
    exact = float(np.sqrt(e.unit).sum())
    notes = {
        "RankMe": f"At most {min(e.n, e.d)}. Compare at equal n and d only.",
        "nuclear norm": f"1 when all directions are used alike; {exact:.4g} before scaling, "
        f"where the L1,2 surrogate says {e.total / exact - 1:+.0%}."
        if exact
        else "",
        "directions above noise": "Correlated columns beyond chance; 5 % of pure noise has one.",
    }
    measures = []
    for name, value in found.items():
        ends = None
        if name != "directions above noise":
            ends = left_out_interval(value, np.array([one[name] for one in left]))
        measures.append(
            Measure(
                name,
                value,
                e.n,
                low=ends[0] if ends else None,
                high=ends[1] if ends else None,
                seed=seed,
                reference={GAUSSIAN: null[name]},
                note=notes.get(name, "")
                if not math.isnan(value)
                else "Undefined: all rows are the same.",
            )
        )
    low, high = noise_edges(e.n, e.columns)
    series = {
        "eigenvalues": e.correlation[: min(e.n, e.d)],
        "Marchenko-Pastur edges": np.array([low, high]),
        "covariance eigenvalues": e.centred,
        "Gaussian eigenvalues": noise.correlation[: min(e.n, e.d)],
    }
    return Block("Spectrum", tuple(measures), series)


def _quadratic(axes: Array, product: Array) -> Array:
    """Return v' G v for every column v of `axes` (d, k), given G times `axes`."""
    return np.asarray(np.einsum("ij,ij->j", axes, product))


def _entropy_rank(weights: Array) -> float:
    """Return exp of the entropy of weights scaled to sum 1, NaN when all are 0."""
    total = float(weights.sum())
    if total <= 0:
        return math.nan
    p = weights[weights > 0] / total
    return float(np.exp(-(p * np.log(p)).sum()))


def _descending(symmetric: Array) -> Array:
    """Return the eigenvalues of a symmetric matrix, largest first, none below 0."""
    if not len(symmetric):
        return np.zeros(0)
    return np.asarray(np.maximum(np.linalg.eigvalsh(symmetric)[::-1], 0.0))


def _scales(variance: Array, square: Array) -> Array:
    """Return standard deviations, 0 where they are no more than rounding of the values."""
    return np.asarray(np.where(variance > 1e-12 * square, np.sqrt(np.maximum(variance, 0)), 0.0))

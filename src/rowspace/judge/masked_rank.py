"""Masked rank: which `dim` a factorization should have, by foretelling hidden cells.

`rank` hides a share of the observed cells, fits every dim to the rest, and asks how well the hidden
ones are foretold; where factors are non-negative, it asks too whether perturbed data give the same
ones. In: observations and a recipe; out: a `Block`. Called by users and by `rowspace rank`.
`rank.py` does the like for a dense matrix without fitting anything but its singular vectors.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import InputError
from rowspace.factor.factors import Factors
from rowspace.factor.grammar import (
    Alternating,
    Factorization,
    Free,
    Lookup,
    NonNegative,
)
from rowspace.judge.blocks import Block
from rowspace.judge.masking import masked, with_cells_to_hide, with_zeros
from rowspace.judge.measure import Measure
from rowspace.judge.reproduced import STABLE, is_pinned, reproduced
from rowspace.judge.validation import default_metric, validation
from rowspace.observe.observations import Observations
from rowspace.observe.steps import applied
from rowspace.progress import stage, terminal
from rowspace.recipes import registry
from rowspace.recipes.registry import Paper, published

Array = NDArray[np.float64]


@published(
    kind="measure",
    name="rank",
    claim="The number of factors that foretells hidden cells best, for any recipe, and "
    "'undetermined' where the curve is flat or best at its end.",
    papers=(
        Paper(
            "Owen, Perry",
            2009,
            "Bi-cross-validation of the SVD and the nonnegative matrix factorization",
            "Annals of Applied Statistics 3",
        ),
        Paper(
            "Truong, Skau, Vu, Bhattarai, Nebgen, Alexandrov",
            2020,
            "Determination of latent dimensionality in international trade flow",
            "Machine Learning: Science and Technology",
            literature=14,
        ),
    ),
    test="tests/judge/test_masked_rank.py",
)
def rank(
    observations: Observations,
    method: str | Factorization,
    dims: Sequence[int],
    *,
    folds: int = 5,
    metric: str | None = None,
    perturbed: int = 8,
    seed: int = 0,
    progress: bool = False,
    **options: Any,
) -> Block:
    """Choose the dim of a factorization by cross-validation over cells.

    The observed cells of every row are dealt into `folds` parts; each is hidden in turn and
    foretold from the rest, at every dim. A hidden cell of a dense matrix is missing, and so is one
    of a sparse matrix (of up to a million cells) whose zeros are values like all others, as for
    `svd`; else a hidden cell is one more that was not observed. With e_k the mean error
    over folds and d_k = e_k - e_best of every fold, the choice is the smallest dim with
    mean(d_k) <= its standard error over folds. It is "undetermined" (NaN) when that is the largest
    dim tried; when it is the smallest tried and that is not 1; or when it is no better, by two
    standard errors, than rank 0 (one score for all cells, one order of items for everybody).

    Where a side is non-negative, its factors are fixed up to order, so that they can be found
    again: see `reproduced`. The second measure is the largest dim at which every factor is.

    Args:
        observations: sparse or dense.
        method: the name of a recipe, or a `Factorization`.
        dims: those to try, at least 2.
        folds: into how many parts the cells are dealt, from 2 on.
        metric: as for `tune`; None: Recall@20 where what was chosen is learned, else the error.
        perturbed: how many fits of perturbed data judge stability; 0: none.
        seed: of the folds, the perturbations and every fit.
        progress: show progress bars on a terminal.
        **options: the recipe's own options.

    Returns:
        `Block` "Rank" with "rank", the metric at the chosen dim (at the best where undetermined;
        the reference is rank 0) and, where factors can be found again, "stable rank". Series: "dim"
        (from 0 on), "value" and "error" (its standard error over folds), "folds" (folds, dims + 1)
        and, of the dims tried, "stability".

    Raises:
        InputError: fewer than 2 dims or folds, a dim that is not a whole number from 1 on, an
            option that the recipe does not have, or too few cells.
        UnsupportedError: a combination that no solver can do, or observations without cells.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> x = rng.normal(size=(40, 3)) @ rng.normal(size=(3, 30)) + rng.normal(size=(40, 30)) / 4
        >>> obs = Observations.from_matrix(x, rows="day", cols="sensor")
        >>> rank(obs, "svd", dims=[1, 2, 3, 4, 6])["rank"].value
        3.0
    """
    tried = _dims(dims)
    if folds < 2:
        raise InputError(f"folds is {folds}, but at least 2 was expected")
    if not isinstance(observations, Observations):
        raise InputError(
            f"rank needs observations, but got {type(observations).__name__}; "
            "make them with rowspace.read(...)"
        )
    f = method
    if not isinstance(f, Factorization):
        f = registry.build(f, {**options, "dim": tried[-1]})
    elif options:
        name = next(iter(options))
        raise InputError(f"a Factorization has no option {name!r}; set it in the Factorization")
    for step in f.matrix:
        observations, _ = applied(step, observations)
    f = replace(f, matrix=())
    with terminal() if progress else nullcontext():
        whole = with_zeros(observations, [f], metric or default_metric(f))
        found, name, larger = _validated(f, whole, tried, folds, metric, seed)
        stability = None
        if perturbed and (is_pinned(f, "rows") or is_pinned(f, "cols")):
            stability = reproduced(f, observations, tried, fits=perturbed, seed=seed)
    return _block(tried, found, name, larger, stability, observations.n_observed, seed)


def _validated(
    f: Factorization,
    obs: Observations,
    dims: list[int],
    folds: int,
    metric: str | None,
    seed: int,
) -> tuple[Array, str, bool]:
    """Return the metric of every fold at rank 0 and at every dim, its name, and its direction."""
    from rowspace.factor.solvers import settled
    from rowspace.observe.split import split_by

    whole = with_cells_to_hide(obs)
    fold_of = _dealt(np.diff(whole.cells.indptr), folds, seed)
    found = np.empty((folds, len(dims) + 1))
    with stage("ranks", total=folds * len(dims)) as step:
        for fold in range(folds):
            parts = split_by(whole, (fold_of == fold).astype(np.int64))
            if len(parts) < 2:
                raise InputError(
                    f"{whole.n_observed} observed cells cannot be dealt into {folds} parts; lower "
                    "folds, or observe more"
                )
            train, test = parts[0], parts[1]
            if obs.is_dense:
                whole_f = settled(replace(f, dim=dims[-1]), obs)
                (stated, train), (_, test) = masked(whole_f, train), masked(whole_f, test)
            else:
                stated = settled(replace(f, dim=dims[-1]), train)
            asked = validation(stated, train, test, metric, seed)
            found[fold, 0] = asked.judge_nothing().value
            for at, factors in enumerate(_fits(stated, train, dims, seed)):
                found[fold, at + 1] = asked.judge(factors).value
                step(note=f"dim {dims[at]}: {asked.name} {found[fold, at + 1]:.4g}")
    return found, asked.name, asked.ranks


def _fits(f: Factorization, train: Observations, dims: list[int], seed: int) -> Any:
    """Yield factors of every dim: a larger one goes on from the one before, where it can.

    The singular vectors of a smaller rank are the first of a larger one, so that one fit is enough.
    """
    from rowspace.factor.solvers import solve
    from rowspace.factor.start import grown

    if not isinstance(f.solver, Alternating):
        most = min(dims[-1], *train.shape)
        whole = solve(replace(f, dim=most), train, seed)
        for dim in dims:
            yield replace(whole, rows=whole.rows[:, :dim], cols=whole.cols[:, :dim])
        return
    grows = all(isinstance(c, Free | NonNegative) for c in _constraints(f))
    before: Factors | None = None
    for dim in dims:
        stated = replace(f, dim=dim)
        start = grown(stated, train, before, seed) if grows and before is not None else None
        before = solve(stated, train, seed, start=start)
        yield before


def _dealt(sizes: NDArray[np.int64], folds: int, seed: int) -> NDArray[np.int64]:
    """Return the fold of every cell: those of a row are dealt out evenly, from a random fold on."""
    rng = np.random.default_rng([seed, 13])
    n = int(sizes.sum())
    row = np.repeat(np.arange(len(sizes)), sizes)
    order = np.lexsort((rng.random(n), row))
    nth = np.arange(n) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    fold = np.empty(n, np.int64)
    fold[order] = (nth + np.repeat(rng.integers(0, folds, len(sizes)), sizes)) % folds
    return fold


def _block(
    dims: list[int],
    found: Array,
    name: str,
    larger: bool,
    stability: Array | None,
    n: int,
    seed: int,
) -> Block:
    """Return what the curve says, in numbers and in words."""
    errors = -found if larger else found
    chosen, reason = _chosen(errors, dims)
    at = int(errors.mean(axis=0).argmin()) if reason else chosen
    means = found.mean(axis=0)
    spread = found.std(axis=0, ddof=1) / math.sqrt(len(found))
    listed = [0, *dims]
    note = f"Undetermined: {reason}." if reason else _agreement(dims, chosen, stability)
    measures = [
        Measure("rank", math.nan if reason else float(listed[chosen]), n, seed=seed, note=note),
        Measure(
            f"held-out {name}",
            float(means[at]),
            n,
            float(means[at] - 1.96 * spread[at]),
            float(means[at] + 1.96 * spread[at]),
            seed,
            {"rank 0": float(means[0])},
            f"At dim {listed[at]}; the interval is over {len(found)} folds.",
        ),
    ]
    series: dict[str, NDArray[Any]] = {
        "dim": np.array(listed),
        "value": means,
        "error": spread,
        "folds": found,
    }
    if stability is not None:
        stable = [dim for dim, value in zip(dims, stability) if value >= STABLE]
        says = f"The largest dim at which every factor is found again (silhouette {STABLE} or more)"
        measures.append(
            Measure(
                "stable rank",
                float(max(stable)) if stable else math.nan,
                n,
                seed=seed,
                note=f"{says}." if stable else "Undetermined: no dim gives the same factors again.",
            )
        )
        series["stability"] = stability
    return Block("Rank", tuple(measures), series)


def _chosen(errors: Array, dims: list[int]) -> tuple[int, str]:
    """Return the place of the chosen dim in [0, *dims], and why it is undetermined."""
    folds = len(errors)

    def worse(k: int, than: int) -> tuple[float, float]:
        gap = errors[:, k] - errors[:, than]
        return float(gap.mean()), float(gap.std(ddof=1)) / math.sqrt(folds)

    if not np.isfinite(errors).all():
        return 0, "not every fit gave numbers"
    best = 1 + int(errors[:, 1:].mean(axis=0).argmin())
    gaps = [worse(k, best) for k in range(1, len(dims) + 1)]
    chosen = 1 + next(k for k, (mean, error) in enumerate(gaps) if mean <= error)
    gain, error = worse(0, chosen)
    if gain <= 2 * error:
        return chosen, "no dim foretells hidden cells better than rank 0 does"
    if chosen == 1 and len(dims) == sum(mean <= error for mean, error in gaps) and dims[0] > 1:
        return chosen, f"the curve is flat from dim {dims[0]} to {dims[-1]}; try smaller dims"
    if chosen == 1 and dims[0] > 1:
        return chosen, f"the smallest dim tried, {dims[0]}, is best; try smaller ones"
    if chosen == len(dims):
        return chosen, f"the largest dim tried, {dims[-1]}, is best; try larger ones"
    return chosen, ""


def _agreement(dims: list[int], chosen: int, stability: Array | None) -> str:
    said = "The smallest dim within a standard error of the best."
    if stability is None:
        return said
    again = stability[chosen - 1] >= STABLE
    return f"{said} Its factors are {'' if again else 'not '}found again in perturbed data."


def _constraints(f: Factorization) -> list[Any]:
    return [side.constraint for side in (f.rows, f.cols) if isinstance(side, Lookup)]


def _dims(dims: Sequence[int]) -> list[int]:
    for dim in dims:
        if isinstance(dim, bool) or not isinstance(dim, int | np.integer) or dim < 1:
            raise InputError(f"a dim is {dim!r}, but a whole number of at least 1 was expected")
    tried = sorted({int(dim) for dim in dims})
    if len(tried) < 2:
        raise InputError(f"dims is {list(dims)}, but at least 2 to choose from were expected")
    return tried

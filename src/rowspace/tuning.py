"""Tuning: a small, honest search for the options of a recipe.

`tune` puts a share of every row's cells aside, tries settings on the rest by successive halving,
and says of every one what it reached, at what cost. In: observations, a recipe and what to try;
out: a `Tuning`. Called by users and by `rowspace tune`.
"""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from rowspace.api import fit
from rowspace.errors import InputError, UnsupportedError
from rowspace.factor.factors import Factors
from rowspace.factor.grammar import Alternating, Factorization
from rowspace.observe.observations import Observations
from rowspace.observe.steps import applied
from rowspace.progress import stage, terminal
from rowspace.recipes import registry

if TYPE_CHECKING:
    from rowspace.judge.validation import Validation
    from rowspace.space.space import Space

__all__ = ["Trial", "Tuning", "tune"]

_HALVING = 3


@dataclass(frozen=True)
class Trial:
    """What one setting reached.

    Attributes:
        number: from 1, in the order of the grid.
        settings: the options that were tried, by name.
        sweeps: how many sweeps it went; 1 for a closed form.
        value: the metric on the validation part.
        error: its standard error over rows (ranking) or cells (values).
        cpu_seconds: of solving, all threads together.
        objective: what the solver minimised; NaN where it does not say. Those of different
            settings are of different problems.
        finished: whether it was kept to the end.
    """

    number: int
    settings: Mapping[str, Any]
    sweeps: int
    value: float
    error: float
    cpu_seconds: float
    objective: float
    finished: bool = False


@dataclass(frozen=True, eq=False)
class Tuning:
    """All trials of a search, and its winner.

    Attributes:
        recipe: its name.
        metric: as it is written, for example "Recall@20".
        larger_is_better: False for errors.
        trials: by number, each as far as it went.
        best: the best of those that were kept to the end.
        reference: the metric of one order of items for everybody (popular ones first), or of one
            score for all cells.
        notes: sentences about what to do next: a best value on the edge of what was tried, others
            that are as good.
        space: fitted to all observations with the best settings, if asked for.
    """

    recipe: str
    metric: str
    larger_is_better: bool
    trials: tuple[Trial, ...]
    best: Trial
    reference: float
    notes: tuple[str, ...]
    space: Space | None = None

    def table(self) -> list[dict[str, Any]]:
        """Return one dict of plain values per trial, by number."""
        return [asdict(trial) for trial in self.trials]


def tune(
    observations: Observations,
    recipe: str,
    grid: Mapping[str, Sequence[Any]],
    *,
    trials: int | None = None,
    metric: str | None = None,
    validation: float = 0.1,
    seed: int = 0,
    refit: bool = False,
    on_trial: Callable[[Trial], None] | None = None,
    progress: bool = False,
    **options: Any,
) -> Tuning:
    """Try settings of a recipe on a validation part of the data, and say what each reached.

    A share of every row's cells is put aside and judges all settings. They go by successive
    halving: all go a few sweeps, the best third (at least two) goes on from where it stands to
    three times as many, and so on to the recipe's `sweeps`, so that nothing is computed twice (a
    closed form goes its one step). The best of many values on one validation part is a little too
    good: judge the winner on data that were not given to `tune`.

    Args:
        observations: sparse or dense; never give those that the winner is judged on.
        recipe: its name; it can be anything that `fit` takes by name.
        grid: {option: values to try}; every combination is a trial.
        trials: try a random choice of so many combinations instead.
        metric: "rmse", "loss", or a ranking metric with a cut-off such as "ndcg@20". None: that of
            early stopping in `fit`, Recall@20 where what was chosen is learned, else the error
            (cells weighted as in the first trial).
        validation: the share of every row's cells that judges; zeros are cells too where `rank`
            hides them.
        seed: of the validation part, the random choice and every fit.
        refit: fit the best settings to all observations.
        on_trial: called with every `Trial` whenever it has gone some sweeps.
        progress: show progress bars on a terminal.
        **options: the recipe's options that are the same in all trials.

    Returns:
        The trials and the best of them.

    Raises:
        InputError: an option that the recipe does not have, is tried twice or not at all; a metric
            that makes no sense for it; too few cells.
        UnsupportedError: a combination that no solver can do, or observations without cells.

    Source: Jamieson, Talwalkar (2016). Non-stochastic best arm identification and hyperparameter
    optimization. AISTATS.

    Example:
        >>> import rowspace as rs
        >>> rng = np.random.default_rng(0)
        >>> likes = rng.random((60, 30)) < np.kron(np.eye(2), np.full((30, 15), 0.4)) + 0.05
        >>> rows, cols = likes.nonzero()
        >>> obs = rs.read({"user": rows, "item": cols}, rows="user", cols="item")
        >>> found = rs.tune(obs, "ials", {"l2": [0.001, 0.03, 1.0]}, dim=4, metric="recall@5")
        >>> [trial.sweeps for trial in found.trials], found.best.value > found.reference
        ([15, 15, 5], True)
    """
    if not isinstance(observations, Observations):
        raise InputError(
            f"tune needs observations, but got {type(observations).__name__}; "
            "make them with rowspace.read(...)"
        )
    settings = _settings(recipe, grid, options, trials, seed)
    stated = [registry.build(recipe, {**options, **s}) for s in settings]
    with terminal() if progress else nullcontext():
        found = _search(observations, recipe, settings, stated, metric, validation, seed, on_trial)
        notes = tuple(_notes(found, grid))
        space = (
            fit(observations, recipe, seed=seed, **options, **found.best.settings)
            if refit
            else None
        )
    return replace(found, notes=notes, space=space)


@dataclass
class _Runner:
    """One setting and where its fit stands."""

    factorization: Factorization
    asked: Validation
    trial: Trial
    factors: Factors | None = None


def _search(
    observations: Observations,
    recipe: str,
    settings: list[dict[str, Any]],
    stated: list[Factorization],
    metric: str | None,
    share: float,
    seed: int,
    on_trial: Callable[[Trial], None] | None,
) -> Tuning:
    from rowspace.factor.solvers import settled
    from rowspace.judge.masking import masked, with_cells_to_hide, with_zeros
    from rowspace.judge.validation import validation
    from rowspace.observe.split import split_rows

    if observations.is_dense and any(f.matrix for f in stated):
        raise UnsupportedError(
            f"{recipe} changes a dense matrix before it factors it, so no cell can be hidden; "
            "change the matrix first, and tune the rest"
        )
    metric = metric or _common_metric(stated)
    observations = with_zeros(observations, stated, metric)
    parts = split_rows(with_cells_to_hide(observations), test=share, seed=seed)
    runners: list[_Runner] = []
    for i, (f, s) in enumerate(zip(stated, settings)):
        trial = Trial(i + 1, s, 0, math.nan, math.nan, 0.0, math.nan)
        if observations.is_dense:
            f = settled(f, observations)
            (f, train), (_, test) = masked(f, parts.train), masked(f, parts.test)
        else:
            f, train, test = settled(f, _stepped(f, parts.train)), parts.train, parts.test
        asked = validation(f, train, test, metric, seed)
        if runners:  # or settings would be judged by different cells
            asked = replace(asked, weights=runners[0].asked.weights)
        runners.append(_Runner(f, asked, trial))
    solvers = [r.factorization.solver for r in runners]
    most = max((s.sweeps for s in solvers if isinstance(s, Alternating)), default=0)
    rungs = _rungs(len(runners), most) if most else [1]
    asked, going = runners[0].asked, runners
    for rung, sweeps in enumerate(rungs):
        last = rung + 1 == len(rungs)
        kept = 1 if last else max(2, math.ceil(len(going) / _HALVING))
        done: list[_Runner] = []
        with stage(f"trials, {sweeps} sweeps", total=len(going)) as step:
            for runner in going:
                _go(runner, sweeps, seed)
                runner.trial = replace(runner.trial, finished=last)
                if on_trial is not None:
                    on_trial(runner.trial)
                step(note=f"{asked.name} {runner.trial.value:.4g}")
                done.append(runner)
                done.sort(key=lambda r: -_better(asked, r.trial.value))
                for dropped in done[kept:]:
                    dropped.factors = None  # or the factors of all trials would be held at once
        best, going = done[0], sorted(done[:kept], key=lambda r: r.trial.number)
    return Tuning(
        recipe,
        asked.name,
        asked.ranks,
        tuple(runner.trial for runner in runners),
        best.trial,
        asked.judge_nothing().value,
        (),
    )


def _go(runner: _Runner, sweeps: int, seed: int) -> None:
    """Let a trial go on to so many sweeps, and judge it."""
    from rowspace.factor.solvers import solve

    f, trial, before = runner.factorization, runner.trial, runner.factors
    if isinstance(f.solver, Alternating):
        f = replace(f, solver=replace(f.solver, sweeps=sweeps - trial.sweeps))
    elif before is not None:
        return
    begun = time.process_time()
    factors = solve(f, _stepped(f, runner.asked.train), seed, start=before)
    spent = time.process_time() - begun
    score = runner.asked.judge(factors)
    runner.factors = factors
    runner.trial = replace(
        trial,
        sweeps=trial.sweeps + int(factors.facts.get("sweeps", 1)),
        value=score.value,
        error=score.error,
        cpu_seconds=trial.cpu_seconds + spent,
        objective=factors.trace[-1] if factors.trace else math.nan,
    )


def _stepped(f: Factorization, obs: Observations) -> Observations:
    """Return the matrix after the steps of a factorization."""
    for step in f.matrix:
        obs, _ = applied(step, obs)
    return obs


def _settings(
    recipe: str,
    grid: Mapping[str, Sequence[Any]],
    options: Mapping[str, Any],
    trials: int | None,
    seed: int,
) -> list[dict[str, Any]]:
    """Return the settings to try."""
    entry = registry.get(recipe, "recipe")
    if not grid:
        raise InputError("there is nothing to try; give for example {'l2': [0.01, 0.1, 1.0]}")
    for name, values in grid.items():
        if name not in entry.options:
            raise InputError(
                f"{recipe} has no option {name!r}; its options are {', '.join(entry.options)}"
            )
        if name == "sweeps":
            raise InputError(
                "sweeps are what the trials share out, so they cannot be tried; fix them with "
                "sweeps=N, and let fit stop early with held_out"
            )
        if name in options:
            raise InputError(f"{name} is both tried and fixed to {options[name]!r}; do one of them")
        if isinstance(values, str) or not isinstance(values, Sequence | np.ndarray):
            raise InputError(
                f"the values to try for {name} are {values!r}, but a list was expected"
            )
        if len(values) == 0 or len(set(map(repr, values))) < len(values):
            raise InputError(f"the values to try for {name} are none, or one of them comes twice")
    whole = [dict(zip(grid, values)) for values in itertools.product(*grid.values())]
    if trials is None or trials >= len(whole):
        return whole
    if trials < 1:
        raise InputError(f"trials is {trials}, but at least 1 was expected")
    chosen = np.random.default_rng([seed, 12]).choice(len(whole), trials, replace=False)
    return [whole[i] for i in np.sort(chosen)]


def _rungs(trials: int, sweeps: int) -> list[int]:
    """Return after how many sweeps the trials are thinned out, and where they end.

    >>> _rungs(1, 15), _rungs(6, 15), _rungs(12, 15), _rungs(100, 3)
    ([15], [5, 15], [2, 5, 15], [1, 3])
    """
    halvings, left = 0, sweeps
    while _HALVING ** (halvings + 1) <= trials and left >= _HALVING:
        halvings, left = halvings + 1, left // _HALVING
    return [math.ceil(sweeps / _HALVING**h) for h in range(halvings, -1, -1)]


def _common_metric(stated: list[Factorization]) -> str:
    """Return the metric by which all settings can be judged."""
    from rowspace.judge.validation import default_metric

    names = {default_metric(f) for f in stated}
    if "recall@20" in names:
        return "recall@20"
    return names.pop() if len({f.loss for f in stated}) == 1 else "rmse"


def _better(asked: Validation, value: float) -> float:
    """Return a value so that larger is better; what is not a number is worst."""
    return asked.better(value) if math.isfinite(value) else -math.inf


def _notes(found: Tuning, grid: Mapping[str, Sequence[Any]]) -> Iterator[str]:
    best = found.best
    for name, values in grid.items():
        numbers = [v for v in values if isinstance(v, int | float) and not isinstance(v, bool)]
        value = best.settings[name]
        if len(numbers) < 2 or value not in (min(numbers), max(numbers)):
            continue
        end, way = ("smallest", "smaller") if value == min(numbers) else ("largest", "larger")
        yield f"the best {name}, {value!r}, is the {end} that was tried; try {way} ones"
    alike = [
        str(t.number)
        for t in found.trials
        if t.finished and t is not best and abs(t.value - best.value) <= best.error
    ]
    if alike:
        said = f"trial {alike[0]} is" if len(alike) == 1 else f"trials {', '.join(alike)} are"
        yield f"{said} within one standard error of the best, trial {best.number}"
    sign = 1 if found.larger_is_better else -1
    if not sign * best.value > sign * found.reference:
        other = "one order of items for everybody" if sign > 0 else "one score for all cells"
        yield f"no trial did better than {other} ({found.reference:.4g})"

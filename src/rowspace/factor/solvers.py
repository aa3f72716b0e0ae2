"""Solvers: who solves a problem, and the sentence for what nobody can.

`choose` reads the table of `abilities.py` from the top; `solve` runs the chosen solver. A new
solver is one more `Entry` there, a new choice on an axis one more class in the `axes` of the
entries that can do it.
Called by the fit pipeline with the observations after the steps of `Factorization.matrix`.
"""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rowspace.errors import UnsupportedError
from rowspace.factor.abilities import TABLE, Entry
from rowspace.factor.factors import Factors, Watch
from rowspace.factor.grammar import (
    Alternating,
    Auto,
    Factorization,
    Lookup,
    Mean,
    Sampled,
    Solver,
)
from rowspace.factor.histories import with_dim
from rowspace.factor.policies import refuse_negative, resolved

if TYPE_CHECKING:
    from rowspace.factor.sampled.checkpoint import Checkpoint
    from rowspace.observe.observations import Observations


def choose(factorization: Factorization, obs: Observations) -> Solver:
    """Return the solver of a problem: the one it names, or for `Auto()` the first that can.

    Args:
        factorization: the problem.
        obs: its matrix, after the steps of `factorization.matrix`.

    Raises:
        UnsupportedError: the named solver, or every solver, cannot; the message says what it cannot
            do and names the nearest that can be done.

    Example:
        >>> import numpy as np
        >>> from rowspace.factor.grammar import Linear
        >>> from rowspace.observe.observations import Observations
        >>> obs = Observations.from_matrix(np.eye(2), rows="user", cols="item")
        >>> choose(Factorization(dim=1), obs)
        Spectral(power=0.5, tolerance=0.001, col_power=None, by_block=False)
        >>> choose(Factorization(dim=1, confidence=Linear(alpha=40)), obs)
        Alternating(sweeps=15, tolerance=0.0, exact=False)
    """
    named = factorization.solver
    if isinstance(named, Auto):
        for entry in TABLE:
            if not _obstacles(entry, factorization, obs):
                return entry.solver()
        entry = min(TABLE, key=lambda e: len(_obstacles(e, factorization, obs)))
        raise UnsupportedError(_refusal(entry, factorization, obs))
    entry = _entry(named)
    if _obstacles(entry, factorization, obs):
        raise UnsupportedError(_refusal(entry, factorization, obs))
    return named


def settled(factorization: Factorization, obs: Observations) -> Factorization:
    """Return the factorization with its solver named and every number that data decide filled in.

    Raises:
        UnsupportedError: see `choose`.
        InputError: a value that the problem has no meaning for; the message names the first cell.
    """
    refuse_negative(factorization, obs)
    stated = with_dim(resolved(factorization, obs), obs)
    return dataclasses.replace(stated, solver=choose(stated, obs))


def solve(
    factorization: Factorization,
    obs: Observations,
    seed: int = 0,
    *,
    start: Factors | None = None,
    watch: Watch | None = None,
    graphs: Mapping[str, Any] | None = None,
    checkpoint: Checkpoint | None = None,
    guide: tuple[Any, Any] | None = None,
) -> Factors:
    """Solve the problem and return its factors.

    Args:
        factorization: the problem; its `matrix` steps are already in `obs`. Never changed.
        obs: n x m.
        seed: the same seed gives the same bits, whatever the number of threads.
        start: factors to go on from, instead of a random start.
        watch: early stopping (see `factors.Watch`).
        graphs: {"rows": n x n, "cols": m x m} SciPy sparse, for sides that are `GraphSmooth`.
        checkpoint: where `Sampled` keeps its state after every epoch, to go on from.
        guide: (n, d) and (m, d) float32, vectors of another model for samplers of `Sampled` that
            ask for them.

    Returns:
        `Factors` with rows (n, dim) and cols (m, dim) float32.

    Raises:
        UnsupportedError: see `choose`.
        InputError: a value that the problem has no meaning for.

    Example:
        >>> import numpy as np
        >>> from rowspace.observe.observations import Observations
        >>> obs = Observations.from_matrix(np.diag([3.0, 1.0]), rows="user", cols="item")
        >>> solve(Factorization(dim=2), obs).spectrum.round(3).tolist()
        [3.0, 1.0]
    """
    stated = settled(factorization, obs)
    solver = stated.solver
    module = importlib.import_module(_entry(solver).module)
    more = {
        "start": start,
        "watch": watch,
        "graphs": graphs,
        "checkpoint": checkpoint,
        "guide": guide,
    }
    given = {name: value for name, value in more.items() if value is not None}
    able = {
        Alternating: {"start", "watch", "graphs"},
        Sampled: {"start", "watch", "checkpoint", "guide"},
    }
    own = {"checkpoint", "guide"} & set(given)
    if own and not isinstance(solver, Sampled):
        raise UnsupportedError(
            f"{type(solver).__name__}() takes no {min(own)}; leave it out, or set solver=Sampled()"
        )
    if set(given) - able.get(type(solver), set()):
        raise UnsupportedError(
            f"{type(solver).__name__}() solves in closed form and takes no {next(iter(given))}; "
            "set solver=Alternating()"
        )
    factors: Factors = module.solve(stated, obs, seed, **given)
    return factors


def _entry(solver: Solver) -> Entry:
    for entry in TABLE:
        if type(solver) is entry.solver:
            return entry
    known = " or ".join(f"{e.solver.__name__}()" for e in TABLE)
    raise UnsupportedError(f"nobody solves by {solver}; use solver={known}")


def _obstacles(
    entry: Entry, factorization: Factorization, obs: Observations
) -> list[tuple[str, str]]:
    """Return (what the solver cannot do, what can be done instead) for every obstacle."""
    found = []
    for axis, known in entry.axes.items():
        choice = getattr(factorization, axis)
        parts = [choice, choice.constraint] if isinstance(choice, Lookup | Mean) else [choice]
        for part in parts:
            if not isinstance(part, known):
                names = " or ".join(k.__name__ for k in known)
                found.append((f"do {axis}={part}", f"set {axis} to {names}"))
    if not found:
        found = [
            (need.cannot(factorization, obs), need.nearest)
            for need in entry.needs
            if not need.holds(factorization, obs)
        ]
    return found


def _refusal(entry: Entry, factorization: Factorization, obs: Observations) -> str:
    """Return the sentence: what stands in the way, and another solver or the nearest problem."""
    obstacles = _obstacles(entry, factorization, obs)
    able = [
        f"use solver={e.solver.__name__}()" for e in TABLE if not _obstacles(e, factorization, obs)
    ]
    cannot = " and cannot ".join(cannot for cannot, _ in obstacles)
    way_out = able[0] if able else " and ".join(nearest for _, nearest in obstacles)
    return f"{entry.solver.__name__} cannot {cannot}; {way_out}"

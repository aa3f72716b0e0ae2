"""The Python door: `fit`, which leads from observations through a recipe to a space."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from rowspace.errors import InputError
from rowspace.factor.grammar import Factorization
from rowspace.observe.observations import Observations
from rowspace.progress import terminal
from rowspace.recipes import registry

if TYPE_CHECKING:
    from rowspace.space.space import Space


def fit(
    observations: Observations,
    method: str | Factorization,
    *,
    dim: int | None = None,
    seed: int = 0,
    keep_cells: bool = True,
    progress: bool = False,
    **options: Any,
) -> Space:
    """Factor observations and return the two sides as named vectors.

    Args:
        observations: what `rowspace.read` returned.
        method: the name of a recipe ("ials"), or a `Factorization`.
        dim: the length of the vectors; the method's own default where None.
        seed: the same seed gives the same vectors, whatever the number of threads.
        keep_cells: store the observed cells in the space; leaving out what a row has already
            seen, and exports, need them.
        progress: show progress bars on a terminal.
        **options: the recipe's own options, for example `alpha=10`.

    Returns:
        A `Space` with one side per side of the observations; vectors are (n, dim) float32.

    Raises:
        InputError: an option or value that the method does not have.
        UnsupportedError: a combination that no solver can do.

    Example:
        >>> import rowspace as rs
        >>> plays = {"user": ["ann", "ann", "bob"], "song": ["x", "y", "x"], "n": [3, 1, 2]}
        >>> obs = rs.read(plays, rows="user", cols="song", values="n")
        >>> space = rs.fit(obs, "svd", dim=2)
        >>> round(space.score("ann", "x"), 3)
        3.0
    """
    if not isinstance(observations, Observations):
        raise InputError(
            f"fit needs observations, but got {type(observations).__name__}; "
            "make them with rowspace.read(...)"
        )
    if isinstance(method, Factorization):
        if options:
            name = next(iter(options))
            raise InputError(f"a Factorization has no option {name!r}; set it in the Factorization")
        factorization = method if dim is None else dataclasses.replace(method, dim=dim)
        recipe = None
    else:
        given = options if dim is None else {"dim": dim, **options}
        factorization = registry.build(method, given)
        recipe = _provenance(registry.get(method, "recipe"), given)
    with terminal() if progress else nullcontext():
        return _fit(observations, factorization, recipe, seed, keep_cells)


def _fit(
    observations: Observations,
    factorization: Factorization,
    recipe: dict[str, Any] | None,
    seed: int,
    keep_cells: bool,
) -> Space:
    from rowspace.factor.solvers import choose, solve
    from rowspace.space.space import Space

    timings: dict[str, float] = {}
    matrix, states = observations, list[Any]()
    for step in factorization.matrix:
        with _timed(timings, f"build {type(step).__name__}"):
            matrix, state = step.apply(matrix)
            states.append(state)
    solver = choose(factorization, matrix)
    factorization = dataclasses.replace(factorization, solver=solver)
    with _timed(timings, f"solve {type(solver).__name__}"):
        factors = solve(factorization, matrix, seed)
    return Space.from_factors(
        observations,
        factors,
        factorization,
        recipe=recipe,
        states=states,
        seed=seed,
        timings=timings,
        keep_cells=keep_cells,
    )


def _provenance(entry: registry.Entry, options: dict[str, Any]) -> dict[str, Any]:
    """Return what a space keeps of the recipe that made it."""
    return {
        "name": entry.name,
        "citation": entry.citation,
        "literature": list(entry.literature),
        "options": options,
    }


@contextmanager
def _timed(timings: dict[str, float], stage: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    timings[stage] = timings.get(stage, 0.0) + time.perf_counter() - start

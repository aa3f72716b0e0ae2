"""The Python door: `fit`, which leads from observations through a recipe to a space."""

from __future__ import annotations

import dataclasses
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rowspace.errors import InputError, UnsupportedError
from rowspace.factor.grammar import Alternating, Factorization, GraphSmooth, Lookup, Sampled
from rowspace.observe.observations import Mode, Observations
from rowspace.progress import terminal
from rowspace.recipes import registry

if TYPE_CHECKING:
    from rowspace.factor.factors import Factors
    from rowspace.factor.sampled.checkpoint import Checkpoint
    from rowspace.observe.steps import Step
    from rowspace.space.space import Space


def fit(
    observations: Observations,
    method: str | Factorization | Space,
    *,
    dim: int | None = None,
    seed: int = 0,
    held_out: Observations | None = None,
    patience: int = 3,
    graphs: Mapping[str, Any] | None = None,
    error_bars: str | None = None,
    guide: Space | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    keep_cells: bool = True,
    progress: bool = False,
    **options: Any,
) -> Space:
    """Factor observations and return the two sides as named vectors.

    Args:
        observations: what `rowspace.read` returned.
        method: the name of a recipe ("ials"), or a `Factorization`; or a `Space` made by `fit`,
            which is continued: ids that it knows go on from their vectors, new ones start as usual
            and those that `observations` lack are dropped. On the data it was learned from, n
            sweeps and m more are n + m sweeps.
        dim: the length of the vectors; the method's own default where None.
        seed: the same seed gives the same vectors, whatever the number of threads.
        held_out: observations that are measured after every sweep, to stop early; the vectors of
            the best sweep are kept. The measure is Recall@20 over all items where the target of
            every observed cell is 1 (`ials`) or the values are changed before they are factored,
            else the root of the mean squared error (`facts["held_out"]` in the manifest).
        patience: how many sweeps without a better measure are one too many.
        graphs: {side name: edges}, for sides that are `GraphSmooth` and for matrices that walk from
            row to row. Edges as `rowspace.read(..., format="edges")` gives them are matched by id
            (a node without a row gets one in which nothing was observed); a SciPy sparse matrix,
            n x n, is in the order of the rows.
        error_bars: store the covariance of every vector: "full", "diagonal" or "low-rank" (see
            `factor.covariance.error_bars`). `rowspace.explain` computes the few that a question
            needs where none are stored but the cells are.
        guide: a space of the same two sides, whose scores say which negatives are too good to be
            one (`Guided`), or one of the columns, or of the entities of triples, whose vectors say
            which are alike (`SameCluster`). Ids that it lacks have no say.
        checkpoint: a file to keep the state in after every epoch, for recipes that sample. If it
            is there, the fit goes on from it, to the same bits.
        keep_cells: store the observed cells in the space; leaving out what a row has already
            seen, and exports, need them.
        progress: show progress bars on a terminal.
        **options: the recipe's own options, for example `alpha=10`; those of a `Space` without a
            recipe are its solver's, for example `sweeps=5`.

    Returns:
        A `Space` with one side per side of the observations; vectors are (n, dim) float32.

    Raises:
        InputError: an option or value that the method does not have; a space that was imported or
            is of another `dim`; held-out cells that are in `observations` or about other ids.
        UnknownIdError: a graph for a side that is not there.
        UnsupportedError: a combination that no solver can do.

    Example:
        >>> import rowspace as rs
        >>> plays = {"user": ["ann", "ann", "bob"], "song": ["x", "y", "x"], "n": [3, 1, 2]}
        >>> obs = rs.read(plays, rows="user", cols="song", values="n")
        >>> space = rs.fit(obs, "svd", dim=2)
        >>> round(space.score("ann", "x"), 3)
        3.0
        >>> space = rs.fit(obs, "ials", dim=2, sweeps=5)
        >>> rs.fit(obs, space, sweeps=5).manifest["facts"]["continued"]["sweeps"]
        5
    """
    from rowspace.space.space import Space

    if not isinstance(observations, Observations):
        raise InputError(
            f"fit needs observations, but got {type(observations).__name__}; "
            "make them with rowspace.read(...)"
        )
    if patience < 1:
        raise InputError(f"patience is {patience}, but at least 1 was expected")
    observations, graphs = _linked(observations, graphs)
    if isinstance(method, Space):
        factorization, recipe = _continued(method, dim, options)
    else:
        factorization, recipe = _stated(method, dim, options)
    with terminal() if progress else nullcontext():
        return _fit(
            observations,
            factorization,
            recipe,
            seed,
            keep_cells,
            method if isinstance(method, Space) else None,
            held_out,
            patience,
            _by_mode(observations, graphs),
            error_bars,
            guide,
            checkpoint,
        )


def fit_partitioned(
    source: str | os.PathLike[str],
    method: str | Factorization,
    out: str | os.PathLike[str],
    *,
    partitions: int,
    dim: int | None = None,
    seed: int = 0,
    work: str | os.PathLike[str] | None = None,
    progress: bool = False,
    reading: Mapping[str, Any] | None = None,
    **options: Any,
) -> Space:
    """Factor a file of pairs whose vectors need not fit into memory, and write the space.

    Rows and columns are dealt out to partitions, of which two are in memory at a time; negatives
    come from the partition of the columns (Lerer et al. 2019, "PyTorch-BigGraph"). In memory are
    also the ids, one bucket of pairs and some numbers per column.

    Args:
        source: a table or an edge list, as `rowspace.read` takes them.
        method: a recipe that samples cells of a matrix (`bpr`, `warp`, `cml`, `simplex` with own=1,
            `line` with sampled=True), or such a `Factorization`.
        out: where the space is written, as `Space.save` does.
        partitions: of each side; vectors in memory are about 2 / partitions of all.
        dim, seed: as in `fit`.
        work: a folder for pairs and partitions, about twice the bytes of the vectors and of the
            source. A fit that was killed goes on from its last epoch if it is called again with
            it. A folder beside `out` that is removed at the end where None.
        progress: show progress bars on a terminal.
        reading: arguments of `rowspace.read` about the file: `rows`, `cols`, `values`, `format`,
            `separator`, `header`, `encoding`, `ids`, `directed`.
        **options: the recipe's own options.

    Returns:
        The space, opened; it keeps no cells.

    Raises:
        InputError: see `read_buckets`, or an option that the recipe does not have.
        UnsupportedError: a method that needs more than two partitions at a time.
        SpaceError: `out` is something else than a space, or cannot be written.

    Example:
        >>> import tempfile, pathlib
        >>> import rowspace as rs
        >>> here = pathlib.Path(tempfile.mkdtemp())
        >>> lines = "".join(f"u{i % 9},i{(i * i + i // 7) % 11}\\n" for i in range(40))
        >>> _ = (here / "plays.csv").write_text("user,item\\n" + lines)
        >>> space = rs.fit_partitioned(
        ...     here / "plays.csv", "bpr", here / "space", partitions=2, dim=4, epochs=2,
        ... )
        >>> space["item"].vectors.shape
        (11, 4)
    """
    import shutil
    import tempfile

    from rowspace.factor.sampled.partitions import solve_partitioned
    from rowspace.observe.buckets import READ_BY_BUCKETS, read_buckets
    from rowspace.space.manifest import read_manifest
    from rowspace.space.publish import sentences
    from rowspace.space.space import Space

    factorization, recipe = _stated(method, dim, options)
    target = Path(out)
    if target.exists():
        read_manifest(target)  # hours before it would be refused by being written to
    if stray := set(reading or {}) - READ_BY_BUCKETS:
        raise InputError(
            f"reading has {min(stray)!r}, but partitions are read with "
            f"{', '.join(sorted(READ_BY_BUCKETS))}"
        )
    if work is not None:
        folder = Path(work)
    else:
        with sentences(target):
            folder = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    timings: dict[str, float] = {}
    try:
        with terminal() if progress else nullcontext():
            with _timed(timings, "read"):
                shutil.rmtree(folder / "buckets", ignore_errors=True)
                buckets = read_buckets(source, folder / "buckets", partitions, **(reading or {}))
            with _timed(timings, "solve Sampled"):
                factors = solve_partitioned(factorization, buckets, folder / "vectors", seed)
            space = Space.from_factors(
                buckets.described(),
                factors,
                factorization,
                recipe=recipe,
                states=[],
                seed=seed,
                timings=timings,
                keep_cells=False,
            )
            space.manifest["observations"] |= {
                "n_observed": buckets.cells,
                "fingerprint": buckets.fingerprint,
            }
            space.save(target)
            del space, factors
    finally:
        if work is None:
            shutil.rmtree(folder, ignore_errors=True)
    return Space.open(target)


def _stated(
    method: str | Factorization, dim: int | None, options: dict[str, Any]
) -> tuple[Factorization, dict[str, Any] | None]:
    """Return what a method states, and the recipe that says so."""
    if isinstance(method, Factorization):
        if options:
            name = next(iter(options))
            raise InputError(f"a Factorization has no option {name!r}; set it in the Factorization")
        return method if dim is None else dataclasses.replace(method, dim=dim), None
    given = options if dim is None else {"dim": dim, **options}
    return registry.build(method, given), _provenance(registry.get(method, "recipe"), given)


def _fit(
    observations: Observations,
    factorization: Factorization,
    recipe: dict[str, Any] | None,
    seed: int,
    keep_cells: bool,
    before: Space | None,
    held_out: Observations | None,
    patience: int,
    graphs: dict[str, Any] | None,
    bars: str | None,
    guide: Space | None,
    checkpoint: str | os.PathLike[str] | None,
) -> Space:
    from rowspace.factor.solvers import settled, solve
    from rowspace.observe.steps import applied, chosen
    from rowspace.space.space import Space

    timings: dict[str, float] = {}
    matrix, states, taken = observations, list[Any](), list["Step"]()
    facts = dict[str, Any]()
    for stated in factorization.matrix:
        choosing = _timed(timings, f"choose {type(stated).__name__}")
        with choosing if hasattr(stated, "choose") else nullcontext():
            steps, found = chosen(stated, matrix)
        facts.update(found)
        for step in steps:
            with _timed(timings, f"build {type(step).__name__}"):
                matrix, state = applied(step, matrix, (graphs or {}).get("rows"))
                states.append(state)
                taken.append(step)
    factorization = settled(dataclasses.replace(factorization, matrix=tuple(taken)), matrix)
    solver = factorization.solver
    if not isinstance(solver, Alternating | Sampled) and (
        before is not None or held_out is not None
    ):
        nothing = "to continue; fit anew" if before else "to stop early; leave out held_out"
        raise UnsupportedError(f"{solver} solves in closed form, so there is nothing {nothing}")
    start = None
    if before is not None:
        start, facts["continued"] = _start(before, observations, matrix, factorization, seed)
    if any(getattr(step, "needs_graph", False) for step in factorization.matrix):
        graphs = graphs if _smooth(factorization) else None  # walked already
    asked = watch = None
    if held_out is not None:
        from rowspace.judge.validation import validation

        asked = validation(factorization, observations, held_out, seed=seed)
        watch = asked.watch(patience)
    with _timed(timings, f"solve {type(solver).__name__}"):
        factors = solve(
            factorization,
            matrix,
            seed,
            start=start,
            watch=watch,
            graphs=graphs,
            checkpoint=_checkpoint(checkpoint, factorization, matrix, seed),
            guide=None if guide is None else _guide(guide, matrix),
        )
    if bars is not None:
        from rowspace.factor.covariance import error_bars

        with _timed(timings, "error bars"):
            factors = error_bars(factorization, matrix, factors, bars)
    if asked is not None and watch is not None:
        values = [abs(value) for value in watch.values]
        facts["held_out"] = {
            "metric": asked.name,
            "values": values,
            "best_sweep": watch.best + 1,
            "best": values[watch.best],
            "patience": patience,
            "cells": asked.n,
            "left_out": asked.left_out,
        }
    own = {k: v for k, v in factors.facts.items() if k not in ("best_sweep", "watched")}
    return Space.from_factors(
        observations,
        dataclasses.replace(factors, facts={**own, **facts}),
        factorization,
        recipe=recipe,
        states=states,
        seed=seed,
        timings=timings,
        keep_cells=keep_cells,
        modes=_relabelled(observations, matrix),
    )


def _checkpoint(
    path: str | os.PathLike[str] | None, factorization: Factorization, obs: Observations, seed: int
) -> Checkpoint | None:
    """Return where a fit keeps its state, and what the file must be of."""
    if path is None:
        return None
    from rowspace.factor.sampled.checkpoint import Checkpoint

    return Checkpoint(Path(path), f"{factorization.to_json()} {obs.fingerprint} {seed}")


def _guide(space: Space, obs: Observations) -> tuple[Any, Any]:
    """Return the vectors of a guide in the order of the observations, zeros for ids it lacks.

    What answers in a knowledge graph are entities, which are its rows. A space of one side guides
    that side alone: the vectors of the other then have no numbers.
    """
    import numpy as np

    from rowspace.judge.inputs import shared

    triples = hasattr(obs, "triples")
    modes = (obs.rows,) if triples else obs.modes
    out = []
    for at, mode in enumerate(modes):
        named = [side for side in space.sides if side.name == mode.name]
        if not named and len(space.sides) == len(modes):
            named = [space.sides[at]]
        if not named:
            out.append(np.zeros((len(mode), 0), np.float32))
            continue
        side = named[0]
        own, theirs = shared(mode.ids, side.ids)
        vectors = np.zeros((len(mode), side.dim), np.float32)
        vectors[own] = np.asarray(side.vectors, np.float32)[theirs]
        out.append(vectors)
    if triples:
        return np.zeros((0, 0), np.float32), out[0]
    return out[0], out[1]


def _relabelled(before: Observations, after: Observations) -> tuple[Mode, ...] | None:
    """Return the sides after the matrix steps where those changed their ids, else None."""
    if all(a is b or a.ids == b.ids for a, b in zip(before.modes, after.modes)):
        return None
    return after.modes


def _continued(
    space: Space, dim: int | None, options: dict[str, Any]
) -> tuple[Factorization, dict[str, Any] | None]:
    """Return what a space is continued with, and the recipe that says so."""
    known, recipe = space.factorization, space.manifest["recipe"]
    if known is None:
        raise InputError(
            f"{space!r} was imported, so nothing says how its vectors were made; name a recipe"
        )
    if dim is not None and dim != known.dim:
        raise InputError(
            f"dim is {dim}, but the space to continue has {known.dim}; leave dim out, or fit anew"
        )
    if not options:
        return known, recipe
    if recipe is not None:
        given = {**recipe["options"], **options, "dim": known.dim}
        entry = registry.get(recipe["name"], "recipe")
        return registry.build(recipe["name"], given), _provenance(entry, given)
    names = list(known.solver.to_dict())[1:]
    for name in options:
        if name not in names:
            raise InputError(
                f"the space was made without a recipe, so {name!r} cannot be set; its solver has "
                f"{', '.join(names)}"
            )
    solver = type(known.solver)(**{**vars(known.solver), **options})
    return dataclasses.replace(known, solver=solver), None


def _start(
    space: Space,
    observations: Observations,
    matrix: Observations,
    factorization: Factorization,
    seed: int,
) -> tuple[Factors, dict[str, Any]]:
    """Return the factors of a space in the order of other observations, and what has changed."""
    from rowspace.factor.factors import Factors
    from rowspace.factor.start import moved
    from rowspace.judge.inputs import shared

    names = [side.name for side in space.sides]
    if names != [mode.name for mode in observations.modes]:
        raise InputError(
            f"the space has the sides {' and '.join(map(repr, names))}, but the data "
            f"{observations.rows.name!r} and {observations.cols.name!r}; name its rows and columns "
            "alike"
        )
    extras, places, told = {}, {}, dict[str, Any]()
    for role, side, mode in zip(("rows", "cols"), space.sides, observations.modes):
        extras[role] = dict(side.extras)
        places[role] = shared(mode.ids, side.ids)
        kept = len(places[role][0])
        told[side.name] = {
            "known": kept,
            "new": len(mode) - kept,
            "dropped": len(side) - kept,
        }
    rows, cols = (side.vectors for side in space.sides)
    known = Factors(rows, cols, extras=extras, facts=space.manifest["facts"])
    facts = known.facts
    gone = facts.get("held_out", {}).get("best_sweep", facts.get("sweeps", 0))
    told["sweeps"] = facts.get("continued", {}).get("sweeps", 0) + gone
    return moved(factorization, matrix, known, places, seed), told


def _smooth(factorization: Factorization) -> bool:
    """Say whether the solver too needs a graph."""
    return any(
        isinstance(side, Lookup) and isinstance(side.constraint, GraphSmooth)
        for side in (factorization.rows, factorization.cols)
    )


def _linked(
    obs: Observations, graphs: Mapping[str, Any] | None
) -> tuple[Observations, Mapping[str, Any] | None]:
    """Match the graphs that have ids with the sides; see `observe.linked`."""
    from rowspace.observe.linked import linked

    found = dict(graphs or {})
    for name, graph in found.items():
        if isinstance(graph, Observations):
            obs, found[name] = linked(obs, graph, name)
    return obs, found if graphs is not None else None


def _by_mode(obs: Observations, graphs: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return the graphs by "rows" and "cols" instead of by the names of the sides."""
    if graphs is None:
        return None
    return {
        "rows" if obs.mode(name) is obs.rows else "cols": graph for name, graph in graphs.items()
    }


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

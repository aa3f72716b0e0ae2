"""`rowspace fit`: a file in, a space out."""

from __future__ import annotations

import shlex
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rowspace.cli import options, output
from rowspace.cli.output import Json
from rowspace.cli.reading import AS_TYPED, Data, Reader, reading

if TYPE_CHECKING:
    from rowspace.observe.observations import Observations
    from rowspace.space.space import Space


@reading
def fit(
    data: Data,
    recipe: Annotated[
        str | None,
        typer.Argument(
            metavar="RECIPE",
            help="How to factor it: a name from `rowspace recipes`. Left out with --resume.",
            show_default=False,
        ),
    ] = None,
    out: options.Out = None,
    reader: Reader = AS_TYPED,
    dim: options.Dim = None,
    seed: Annotated[
        int, typer.Option(metavar="N", min=0, help="The same seed gives the same vectors.")
    ] = 0,
    settings: options.Settings = None,
    resume: Annotated[
        Path | None,
        typer.Option(
            metavar="SPACE",
            help="Go on from this space, as it was fitted: known ids from their vectors, new ones "
            "from the start. --set changes its recipe's options.",
        ),
    ] = None,
    held_out: Annotated[
        str | None,
        typer.Option(
            metavar="FILE|SHARE",
            help="Stop early by what a file like DATA holds, or by this share of every row's cells "
            "(such as 0.1), which is not learned from then.",
        ),
    ] = None,
    patience: Annotated[
        int,
        typer.Option(metavar="N", min=1, help="Sweeps without a better held-out measure to wait."),
    ] = 3,
    graph: Annotated[
        Path | None,
        typer.Option(
            metavar="EDGES",
            help="Edges between the rows, an edge list like DATA may be one; ids as in DATA. For "
            "recipes about nodes and what is known of them, such as musae and graph-nmf.",
        ),
    ] = None,
    graph_directed: Annotated[
        bool, typer.Option("--graph-directed", help="Keep the direction of the edges of --graph.")
    ] = False,
    error_bars: Annotated[
        str | None,
        typer.Option(
            metavar="KIND",
            help="Store the covariance of every vector: full, diagonal or low-rank.",
        ),
    ] = None,
    checkpoint: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Keep the state here after every epoch, and go on from it; for recipes that "
            "sample.",
        ),
    ] = None,
    partitions: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            help="Keep vectors on disk, dealt out to N partitions of each side, of which two are "
            "in memory; for recipes that sample, and pairs that need not fit either.",
        ),
    ] = None,
    work: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Where --partitions keeps them; a fit that was interrupted there goes on.",
        ),
    ] = None,
    cells: Annotated[
        bool,
        typer.Option(
            "--cells/--no-cells",
            help="Keep what was observed in the space; leaving out what a row has already seen "
            "needs it.",
        ),
    ] = True,
    as_json: Json = False,
) -> None:
    """Learn vectors for the rows and the columns of DATA and save them as a space."""
    if (recipe is None) == (resume is None):
        both = "either RECIPE or --resume SPACE was expected"
        raise typer.BadParameter(f"{both}, not both" if recipe else both)
    target = options.space_to_write(out, data)
    bars = options.choice(error_bars, "error-bars", ("full", "diagonal", "low-rank"))
    share = _share(held_out)
    chosen = {}
    if recipe is not None:
        chosen = options.recipe_options(options.recipe(recipe), settings or [])

    if partitions is not None:
        asked = {
            "--resume": resume, "--held-out": held_out, "--graph": graph,
            "--error-bars": bars, "--checkpoint": checkpoint,
        }  # fmt: skip
        for option, given in asked.items():
            if given is not None:
                raise typer.BadParameter(f"{option} says nothing beside --partitions; leave it out")
        assert recipe is not None
        _partitioned(data, recipe, target, partitions, work, dim, seed, reader, chosen, as_json)
        return
    if work is not None:
        raise typer.BadParameter("--work says nothing without --partitions; leave it out")
    from rowspace.api import fit as fit_space
    from rowspace.observe.split import split_rows
    from rowspace.progress import terminal
    from rowspace.space.space import open_space

    method: Any = recipe
    if resume is not None:
        method = open_space(resume)
        chosen = _space_options(method, settings or [])
    stages: dict[str, float] = {}
    with terminal():
        start = time.perf_counter()
        observed, aside = reader.read(data), None
        if share is not None:
            parts = split_rows(observed, test=share, seed=seed)
            observed, aside = parts.train, parts.test
        elif held_out is not None:
            aside = reader.read(held_out)
        graphs = {observed.rows.name: reader.edges(graph, graph_directed)} if graph else None
        stages["read"] = time.perf_counter() - start
        space = fit_space(
            observed,
            method,
            dim=dim,
            seed=seed,
            held_out=aside,
            patience=patience,
            graphs=graphs,
            error_bars=bars,
            checkpoint=checkpoint,
            keep_cells=cells,
            **chosen,
        )
        stages.update(space.manifest["timings"])
        start = time.perf_counter()
        space.save(target)
        stages["save"] = time.perf_counter() - start
    report = _report(data, observed, observed.n_observed, space, target, stages)
    if as_json:
        output.emit(report)
    else:
        _print(report, observed, space)


def _partitioned(
    data: str,
    recipe: str,
    target: Path,
    partitions: int,
    work: Path | None,
    dim: int | None,
    seed: int,
    reader: Reader,
    chosen: dict[str, Any],
    as_json: bool,
) -> None:
    """Fit in partitions, which reads the file itself, and report as `fit` does."""
    from scipy.sparse import csr_array

    from rowspace.api import fit_partitioned
    from rowspace.observe.buckets import READ_BY_BUCKETS
    from rowspace.observe.observations import Mode, Observations

    stray = sorted(set(reader.wishes) - READ_BY_BUCKETS)
    if stray:
        option = stray[0].replace("_", "-")
        raise typer.BadParameter(f"--{option} says nothing beside --partitions; leave it out")
    space = fit_partitioned(
        data, recipe, target, partitions=partitions, work=work, dim=dim, seed=seed,
        progress=True, reading=reader.wishes, **chosen,
    )  # fmt: skip
    rows, cols = (Mode(side.name, side.ids) for side in space.sides)
    observed = Observations(rows, cols, csr_array((len(rows), len(cols))))
    seen = space.manifest["observations"]["n_observed"]
    report = _report(data, observed, seen, space, target, space.manifest["timings"])
    facts = space.manifest["facts"]
    report |= {name: facts[name] for name in ("partitions", "resident_bytes", "whole_bytes")}
    if as_json:
        output.emit(report)
    else:
        _print(report, observed, space)


def _share(held_out: str | None) -> float | None:
    """Return what was typed as a share of the cells; None where it is a file, or nothing.

    >>> _share("0.1"), _share("test.csv")
    (0.1, None)
    """
    try:
        share = float(held_out or "")
    except ValueError:
        return None
    if not 0 < share < 1:
        raise typer.BadParameter(
            f"--held-out is {held_out}, but a file or a share between 0 and 1 was expected"
        )
    return share


def _space_options(space: Space, settings: list[str]) -> dict[str, Any]:
    """Return `NAME=VALUE` texts as the options that a space is continued with."""
    recipe = space.manifest["recipe"]
    if recipe is not None:
        return options.recipe_options(options.recipe(recipe["name"]), settings)
    if settings:
        raise typer.BadParameter(f"{space!r} was made without a recipe, so --set has no option")
    return {}


def _report(
    data: str,
    observed: Observations,
    n_observed: int,
    space: Space,
    target: Path,
    stages: dict[str, float],
) -> dict[str, Any]:
    n, m = observed.shape
    facts = space.manifest["facts"]
    return {
        "data": data,
        "rows": {"name": observed.rows.name, "n": n},
        "cols": {"name": observed.cols.name, "n": m},
        "observed": n_observed,
        "factorization": str(space.factorization),
        **{name: facts[name] for name in ("continued", "held_out") if name in facts},
        "seconds": stages,
        "out": str(target),
        "bytes": output.size_on_disk(target),
    }


def _print(report: dict[str, Any], observed: Observations, space: Space) -> None:
    rows, cols, out = observed.rows, observed.cols, report["out"]
    share = report["observed"] / max(1, len(rows) * len(cols))
    output.facts(
        [
            ("read", f"{report['data']}: {len(rows):,} {rows.name} x {len(cols):,} {cols.name}"),
            ("", f"{report['observed']:,} cells observed ({share:.2%})"),
            ("factored", report["factorization"]),
            *_told(report),
            *((stage, output.seconds(took)) for stage, took in report["seconds"].items()),
            ("saved", f"{out} ({output.size(report['bytes'])})"),
        ]
    )
    output.line()
    output.line("next:")
    for command in _next(report["out"], observed, space):
        output.line(f"  {command}")


def _told(report: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what there is to say of early stopping, partitions and a space that was continued."""
    if "partitions" in report:
        most, whole = (output.size(report[f"{name}_bytes"]) for name in ("resident", "whole"))
        yield "partitions", f"{report['partitions']} of each side, {most} of {whole} in memory"
    if "continued" in report:
        before = dict(report["continued"])
        yield "continued", f"after {before.pop('sweeps')} sweeps"
        for side, n in before.items():
            yield "", f"{side}: " + ", ".join(f"{count:,} {word}" for word, count in n.items())
    if "held_out" in report:
        found = report["held_out"]
        yield (
            "held out",
            f"{found['cells']:,} cells: {found['metric']} {found['best']:.4f} after sweep "
            f"{found['best_sweep']} of {len(found['values'])}",
        )


def _next(out: str, observed: Observations, made: Space) -> list[str]:
    """Return commands that ask the new space something, ready to be pasted into a shell."""
    assert made.factorization is not None
    rows, cols = made.sides
    space = shlex.quote(out)
    if made.is_relational:
        asked = f"rs.open({out!r}).complete({cols.ids[0]!r}, head={rows.ids[0]!r})"
        return [
            f"rowspace near {space} --side {shlex.quote(rows.name)} {_quoted(rows.ids[0])}",
            f"python -c {shlex.quote(f'import rowspace as rs; print({asked})')}",
            f"rowspace info {space}",
        ]
    seen = "" if observed.is_sparse and made.has_cells else " --include-seen"
    commands = [
        f"rowspace near {space} --side {shlex.quote(cols.name)} {_quoted(cols.ids[0])}",
        f"rowspace recommend {space}{seen} {_quoted(rows.ids[0])}",
        f"rowspace info {space}",
    ]
    walked = any(getattr(s, "needs_graph", False) for s in made.factorization.matrix)
    if cols.name == "word" and not walked:  # the neighbours of a new row would be unknown
        commands.insert(1, f"rowspace near {space} --text {_quoted(cols.ids[0])}")
    return commands


def _quoted(name: object) -> str:
    """Return an id as a shell argument, also where it looks like an option."""
    quoted = shlex.quote(str(name))
    return f"-- {quoted}" if quoted.startswith("-") else quoted

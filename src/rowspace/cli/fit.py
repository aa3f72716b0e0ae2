"""`rowspace fit`: a file in, a space out."""

from __future__ import annotations

import shlex
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rowspace.cli import options, output
from rowspace.cli.output import Json

if TYPE_CHECKING:
    from rowspace.observe.observations import Observations
    from rowspace.space.space import Space


def fit(
    data: Annotated[
        str,
        typer.Argument(
            metavar="DATA",
            help="A file or folder: CSV, TSV, JSON lines, Parquet, Arrow, Matrix Market, npz, "
            "edge list, MovieLens, or text; compressed or not.",
            show_default=False,
        ),
    ],
    recipe: Annotated[
        str,
        typer.Argument(
            metavar="RECIPE",
            help="How to factor it: a name from `rowspace recipes`.",
            show_default=False,
        ),
    ],
    out: options.Out = None,
    rows: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN",
            help="The column that names the rows; a whole number counts columns from 0. For a "
            "matrix or text, what to call the rows.",
        ),
    ] = None,
    cols: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="The column that names the columns, likewise."),
    ] = None,
    values: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="The column of values; guessed where left out."),
    ] = None,
    no_values: Annotated[
        bool, typer.Option("--no-values", help="There is none: every line is an event of value 1.")
    ] = False,
    time_column: Annotated[
        str | None,
        typer.Option(
            "--time", metavar="COLUMN", help="The column of time stamps; guessed where left out."
        ),
    ] = None,
    no_time: Annotated[bool, typer.Option("--no-time", help="There is none.")] = False,
    format_: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help="What DATA is, where its name does not tell: csv, movielens, edges, jsonl, "
            "parquet, arrow, mtx, npz, npy or text.",
        ),
    ] = None,
    separator: Annotated[
        str | None, typer.Option(metavar="TEXT", help="What stands between the fields of a line.")
    ] = None,
    header: Annotated[
        bool | None,
        typer.Option("--header/--no-header", help="Whether the first line names the columns."),
    ] = None,
    encoding: Annotated[
        str | None, typer.Option(metavar="NAME", help="The encoding of DATA, where not UTF-8.")
    ] = None,
    text_ids: Annotated[
        bool, typer.Option("--text-ids", help="Keep ids that look like whole numbers as text.")
    ] = False,
    duplicates: Annotated[
        str | None,
        typer.Option(metavar="CHOICE", help="Several lines about one cell: sum, count or last."),
    ] = None,
    directed: Annotated[
        bool, typer.Option("--directed", help="Edges: keep their direction.")
    ] = False,
    window: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            help="Text: count which words stand within N words of each other, instead of which "
            "words stand in which document.",
        ),
    ] = None,
    min_count: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Text: leave out rarer words.")
    ] = None,
    row_ids: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Matrix: the ids of its rows, one a line.")
    ] = None,
    col_ids: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Matrix: the ids of its columns.")
    ] = None,
    row_table: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="What is known about each row: a table with its id."),
    ] = None,
    col_table: Annotated[
        Path | None, typer.Option(metavar="FILE", help="What is known about each column.")
    ] = None,
    dim: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Length of the vectors. Default: the recipe's."),
    ] = None,
    seed: Annotated[
        int, typer.Option(metavar="N", min=0, help="The same seed gives the same vectors.")
    ] = 0,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="An option of the recipe (see `rowspace recipes show RECIPE`); repeatable.",
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
    from rowspace.observe.formats import SUFFIXES

    entry = options.recipe(recipe)
    chosen = options.recipe_options(entry, settings or [])
    target = options.space_to_write(out, data)
    wishes: dict[str, Any] = {
        "rows": options.column(rows),
        "cols": options.column(cols),
        "values": options.column(values, none=no_values, name="values"),
        "time": options.column(time_column, none=no_time, name="time"),
        "format": options.choice(format_, "format", SUFFIXES),
        "separator": separator,
        "header": header,
        "encoding": encoding,
        "ids": "text" if text_ids else None,
        "duplicates": options.choice(duplicates, "duplicates", ("sum", "count", "last")),
        "directed": directed or None,
        "window": window,
        "min_count": min_count,
        "row_ids": row_ids,
        "col_ids": col_ids,
        "row_table": row_table,
        "col_table": col_table,
    }

    from rowspace.api import fit as fit_space
    from rowspace.observe.read import read
    from rowspace.progress import terminal

    stages: dict[str, float] = {}
    with terminal():
        start = time.perf_counter()
        observed = read(data, **{k: v for k, v in wishes.items() if v is not None})
        stages["read"] = time.perf_counter() - start
        space = fit_space(observed, recipe, dim=dim, seed=seed, keep_cells=cells, **chosen)
        stages.update(space.manifest["timings"])
        start = time.perf_counter()
        space.save(target)
        stages["save"] = time.perf_counter() - start
    report = _report(data, observed, space, target, stages)
    if as_json:
        output.emit(report)
    else:
        _print(report, observed)


def _report(
    data: str, observed: Observations, space: Space, target: Path, stages: dict[str, float]
) -> dict[str, Any]:
    n, m = observed.shape
    return {
        "data": data,
        "rows": {"name": observed.rows.name, "n": n},
        "cols": {"name": observed.cols.name, "n": m},
        "observed": observed.n_observed,
        "factorization": str(space.factorization),
        "seconds": stages,
        "out": str(target),
        "bytes": output.size_on_disk(target),
    }


def _print(report: dict[str, Any], observed: Observations) -> None:
    rows, cols, out = observed.rows, observed.cols, report["out"]
    share = observed.n_observed / max(1, len(rows) * len(cols))
    output.facts(
        [
            ("read", f"{report['data']}: {len(rows):,} {rows.name} x {len(cols):,} {cols.name}"),
            ("", f"{observed.n_observed:,} cells observed ({share:.2%})"),
            ("factored", report["factorization"]),
            *((stage, output.seconds(took)) for stage, took in report["seconds"].items()),
            ("saved", f"{out} ({output.size(report['bytes'])})"),
        ]
    )
    output.line()
    output.line("next:")
    for command in _next(report["out"], observed):
        output.line(f"  {command}")


def _next(out: str, observed: Observations) -> list[str]:
    """Return commands that ask the new space something, ready to be pasted into a shell."""
    rows, cols = observed.rows, observed.cols
    space = shlex.quote(out)
    seen = "" if observed.is_sparse else " --include-seen"
    commands = [
        f"rowspace near {space} --side {shlex.quote(cols.name)} {_quoted(cols.ids[0])}",
        f"rowspace recommend {space}{seen} {_quoted(rows.ids[0])}",
        f"rowspace info {space}",
    ]
    if cols.name == "word":
        commands.insert(1, f"rowspace near {space} --text {_quoted(cols.ids[0])}")
    return commands


def _quoted(name: object) -> str:
    """Return an id as a shell argument, also where it looks like an option."""
    quoted = shlex.quote(str(name))
    return f"-- {quoted}" if quoted.startswith("-") else quoted

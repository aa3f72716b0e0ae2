"""How DATA is read: the options that every command has that learns from a file.

`reading` gives them to a command, which is handed a `Reader` in their place. Used by `fit.py`,
`tune.py` and `rank.py`.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rowspace.cli import options

if TYPE_CHECKING:
    from rowspace.observe.observations import Observations


@dataclass(frozen=True)
class Reader:
    """What was typed about how to read.

    Attributes:
        wishes: the arguments of `rowspace.read`.
    """

    wishes: dict[str, Any]

    def read(self, data: str) -> Observations:
        """Return the observations of a file or folder."""
        from rowspace.observe.read import read

        return read(data, **self.wishes)

    def edges(self, path: Path, directed: bool) -> Observations:
        """Return the graph of a file of edges, with ids as those of DATA are read."""
        from rowspace.observe.read import read

        ids = self.wishes.get("ids", "auto")
        return read(str(path), format="edges", directed=directed, ids=ids)


AS_TYPED = Reader({})
"""Stands where `reading` puts the options, as the default that a parameter after others needs."""

Data = Annotated[
    str,
    typer.Argument(
        metavar="DATA",
        help="A file or folder: CSV, TSV, JSON lines, Parquet, Arrow, Matrix Market, npz, "
        "edge list, MovieLens, or text; compressed or not.",
        show_default=False,
    ),
]
"""The argument of every command that learns from a file."""


def reading(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of reading DATA in place of its parameter `reader`."""
    own = inspect.signature(command, eval_str=True).parameters
    asked = inspect.signature(_wishes, eval_str=True).parameters
    listed: list[inspect.Parameter] = []
    for parameter in own.values():
        listed += asked.values() if parameter.name == "reader" else [parameter]

    @functools.wraps(command)
    def run(**given: Any) -> None:
        wishes = _wishes(**{name: given.pop(name) for name in asked})
        command(reader=Reader(wishes), **given)

    keyword = inspect.Parameter.KEYWORD_ONLY
    shown = [parameter.replace(kind=keyword) for parameter in listed]
    run.__signature__ = inspect.Signature(shown)  # type: ignore[attr-defined]
    run.__annotations__ = {p.name: p.annotation for p in listed}
    return run


def _wishes(
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
    weights: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="The column that says how much each line counts."),
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
    max_words: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Text: keep only the N most frequent words."),
    ] = None,
    stream: Annotated[
        bool, typer.Option("--stream", help="Text: read words in order, for recipes that stream.")
    ] = False,
    ngrams: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Text: sequences of up to N words are columns too."),
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
) -> dict[str, Any]:
    """Return what was typed as arguments of `rowspace.read`."""
    from rowspace.observe.formats import SUFFIXES

    wishes = {
        "rows": options.column(rows),
        "cols": options.column(cols),
        "values": options.column(values, none=no_values, name="values"),
        "time": options.column(time_column, none=no_time, name="time"),
        "weights": options.column(weights),
        "format": options.choice(format_, "format", (*SUFFIXES, "triples")),
        "separator": separator,
        "header": header,
        "encoding": encoding,
        "ids": "text" if text_ids else None,
        "duplicates": options.choice(duplicates, "duplicates", ("sum", "count", "last")),
        "directed": directed or None,
        "window": window,
        "min_count": min_count,
        "max_words": max_words,
        "stream": stream or None,
        "ngrams": ngrams,
        "row_ids": row_ids,
        "col_ids": col_ids,
        "row_table": row_table,
        "col_table": col_table,
    }
    return {name: wish for name, wish in wishes.items() if wish is not None}

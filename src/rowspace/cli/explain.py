"""`rowspace explain`: what a score is made of, and how sure it is."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rowspace.cli import output
from rowspace.cli.options import SpacePath
from rowspace.cli.output import Json

if TYPE_CHECKING:
    from rowspace.explain.reasons import Reasons
    from rowspace.observe.ids import Id
    from rowspace.space.space import Space


def explain(
    path: SpacePath,
    row: Annotated[
        str, typer.Argument(metavar="ROW", help="An id on the first side.", show_default=False)
    ],
    col: Annotated[
        str, typer.Argument(metavar="COL", help="An id on the second side.", show_default=False)
    ],
    k: Annotated[
        int, typer.Option("-k", metavar="N", min=1, help="How many observations to name.")
    ] = 10,
    side: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="The side whose observations are the reasons. Default: the first, that of ROW.",
        ),
    ] = None,
    error_bars: Annotated[
        bool,
        typer.Option("--error-bars", help="Also the standard error of the score."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Say which observations make the score of ROW and COL, and by how much."""
    from rowspace.explain.reasons import reasons
    from rowspace.explain.uncertainty import score
    from rowspace.space.space import open_space

    space = open_space(path)
    told = reasons(space, row, col, k, side)
    interval = score(space, row, col) if error_bars else None
    if as_json:
        document = {"row": row, "col": col, **described(told, space)}
        if interval is not None:
            document["interval"] = dataclasses.asdict(interval)
        output.emit(document)
        return
    table = space[told.side].table
    names = [] if table is None else list(table.column_names)
    blank = [""] * len(names)
    rows: list[list[object]] = [
        [name, float(value), share, *known]
        for (name, share), value, known in zip(
            told, told.values, metadata(space, told.side, told.ids)
        )
    ]
    rows += [[f"({name})", "", share, *blank] for name, share in told.named.items()]
    output.table([told.side, "value", "share", *names], [*rows, ["score", "", told.total, *blank]])
    if interval is not None:
        output.line(f"{100 * interval.level:g} %: {interval.low:.4f} to {interval.high:.4f}")


def described(told: Reasons, space: Space) -> dict[str, Any]:
    """Return reasons as plain values: the total, what has a name, and each observation."""
    table = space[told.side].table
    names = [] if table is None else list(table.column_names)
    found = [
        {
            "id": name,
            "value": float(value),
            "share": share,
            **({"table": dict(zip(names, known))} if names else {}),
        }
        for (name, share), value, known in zip(
            told, told.values, metadata(space, told.side, told.ids)
        )
    ]
    return {"score": told.total, "side": told.side, "reasons": found, "besides": told.named}


def metadata(space: Space, side: str, ids: list[Id]) -> list[list[Any]]:
    """Return the metadata of ids of a side, a list per id; empty ones where there are none."""
    table = space[side].table
    if table is None:
        return [[] for _ in ids]
    taken = table.take(space[side].ids.positions(ids))
    return [list(line.values()) for line in taken.to_pylist()]

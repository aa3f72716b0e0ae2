"""`rowspace judge`: what can be said about a space, as tables and as one page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rowspace.cli import options, output
from rowspace.cli.options import SpacePath
from rowspace.cli.output import Json


def judge(
    path: SpacePath,
    side: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="The side to judge. Default: the last one."),
    ] = None,
    test: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Held-out observations: what should have been recommended; any format that "
            "`rowspace fit` reads.",
        ),
    ] = None,
    overlap: Annotated[
        str,
        typer.Option(
            metavar="CHOICE",
            help="Held-out cells that the space was learned from: refuse or drop them.",
        ),
    ] = "refuse",
    labels: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A table with a label for each id of the side."),
    ] = None,
    label: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN",
            help="The column of labels; without --labels, one of the side's own metadata.",
        ),
    ] = None,
    against: Annotated[
        list[Path] | None,
        typer.Option(metavar="SPACE", help="Another space of the same things; repeatable."),
    ] = None,
    k: Annotated[
        int, typer.Option("-k", metavar="N", min=1, help="How many neighbours and results count.")
    ] = 10,
    seed: Annotated[
        int, typer.Option(metavar="N", min=0, help="The same seed gives the same numbers.")
    ] = 0,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="The page to write. Default: the name of SPACE with -report.html, here.",
            show_default=False,
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Judge the vectors of SPACE: print tables and write a report as one HTML page."""
    options.choice(overlap, "overlap", ("refuse", "drop"))
    target = _page_to_write(out, path)

    from rowspace.judge.extras import require
    from rowspace.judge.report import judge as judge_space
    from rowspace.judge.words import COLUMNS
    from rowspace.progress import terminal
    from rowspace.space.space import open_space

    require("matplotlib")
    space = open_space(path)
    others = [open_space(other) for other in against or []]
    with terminal():
        report = judge_space(
            space,
            side=side,
            test=test,
            labels=labels,
            label=label,
            against=others,
            overlap="drop" if overlap == "drop" else "refuse",
            k=k,
            seed=seed,
        )
        report.to_html(target)
    if as_json:
        output.emit({**report.to_dict(), "out": str(target)})
        return
    for title, rows, remarks in report.tables():
        output.line(title)
        output.table(COLUMNS, rows)
        for remark in remarks:
            output.line(output.shown(remark))
        output.line()
    output.facts([("report", f"{target} ({output.seconds(report.seconds)})")])


def _page_to_write(out: Path | None, space: Path) -> Path:
    """Return where to write the page; refuses, before any work, what could not be written.

    >>> _page_to_write(None, Path("data/films.space")).name
    'films-report.html'
    """
    stem = space.resolve().name.removesuffix(".space") or "space"
    target = out or Path(f"{stem}-report.html")
    if target.is_dir():
        raise typer.BadParameter(f"{target} is a folder, but a file was expected for --out")
    if not target.absolute().parent.is_dir():
        raise typer.BadParameter(f"there is no folder {target.absolute().parent} for --out")
    return target

"""`rowspace demo`: the main job on text that every machine has."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rowspace.cli import output
from rowspace.cli.output import Json


def demo(
    out: Annotated[
        Path, typer.Option(metavar="FOLDER", help="Where the two spaces are written.")
    ] = Path("rowspace-demo"),
    as_json: Json = False,
) -> None:
    """Learn words and documents from the sources of Python's own library, and ask them things.

    Needs no network; takes less than a minute on two processors.
    """
    from rowspace.demo.run import run

    result = run(out, None if as_json else output.console())
    if as_json:
        output.emit(result)

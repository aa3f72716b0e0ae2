"""`rowspace demo`: the main job on text that every machine has."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def demo(
    out: Annotated[
        Path, typer.Option(metavar="FOLDER", help="Where the two spaces are written.")
    ] = Path("rowspace-demo"),
) -> None:
    """Learn words and documents from the sources of Python's own library, and ask them things.

    Needs no network; takes less than a minute on two processors.
    """
    from rowspace.cli.output import console
    from rowspace.demo.run import run
    from rowspace.progress import terminal

    with terminal():
        run(out, console())

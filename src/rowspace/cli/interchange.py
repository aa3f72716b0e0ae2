"""`rowspace export` and `rowspace import`: vectors out to other tools, and in from them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rowspace.cli import options, output
from rowspace.cli.options import SpacePath
from rowspace.cli.output import Json


def export(
    path: SpacePath,
    out: Annotated[
        Path, typer.Argument(metavar="OUT", help="The file to write.", show_default=False)
    ],
    side: Annotated[
        str | None, typer.Option(metavar="NAME", help="The side whose vectors to write.")
    ] = None,
    cells: Annotated[
        bool, typer.Option("--cells", help="Write the observed cells instead of vectors.")
    ] = False,
    format_: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help="word2vec, word2vec-binary, csv, parquet, arrow, npy or safetensors; cells: csv, "
            "parquet or arrow. Default: what the name of OUT says.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Write the vectors of one side of SPACE with their ids, or its cells, for other tools."""
    if cells == (side is not None):
        raise typer.BadParameter("give either --side NAME or --cells, one of the two")

    from rowspace.progress import terminal
    from rowspace.space import interchange
    from rowspace.space.space import open_space

    options.choice(format_, "format", tuple(dict.fromkeys(interchange.FORMATS.values())))
    space = open_space(path)
    with terminal():
        if side is not None:
            written = interchange.export(space, side, out, format_)
        else:
            written = [interchange.export_cells(space, out, format_)]
    n_bytes = sum(file.stat().st_size for file in written)
    if as_json:
        output.emit({"files": [str(file) for file in written], "bytes": n_bytes})
    else:
        output.line(f"wrote {', '.join(str(file) for file in written)} ({output.size(n_bytes)})")


def import_vectors(
    data: Annotated[
        Path,
        typer.Argument(
            metavar="DATA",
            help="Vectors with names: word2vec text or binary, or GloVe text; gzip or not.",
            show_default=False,
        ),
    ],
    out: options.Out = None,
    side: Annotated[str, typer.Option(metavar="NAME", help="What the named things are.")] = "word",
    as_json: Json = False,
) -> None:
    """Make a space of vectors that another tool learned."""
    target = options.space_to_write(out, data)

    from rowspace.progress import terminal
    from rowspace.space.interchange import read_word2vec

    with terminal():
        space = read_word2vec(data, side=side)
        space.save(target)
    n, dim = len(space[side]), space[side].dim
    n_bytes = output.size_on_disk(target)
    if as_json:
        output.emit({"out": str(target), "side": side, "n": n, "dim": dim, "bytes": n_bytes})
    else:
        output.line(
            f"saved {n:,} {side} vectors of {dim} numbers: {target} ({output.size(n_bytes)})"
        )

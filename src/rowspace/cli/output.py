"""What the commands print: tables and lines for people, one JSON document for programs.

Results go to standard output, notes and progress to standard error. On a terminal, tables fit its
width; in a pipe there is no colour and nothing is cut. Called by every command.
"""

from __future__ import annotations

import datetime
import json
import math
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
"""The option that every command with results has."""

_PIPE_WIDTH = 100_000


def console() -> Console:
    """Return a rich console on standard output that prints ids as they are."""
    from rich.console import Console

    # Ids may look like markup, emoji names or numbers worth colouring; they are none of these.
    plain: dict[str, Any] = {"markup": False, "emoji": False, "highlight": False}
    if sys.stdout.isatty():
        return Console(**plain)
    return Console(width=_PIPE_WIDTH, no_color=True, force_terminal=False, **plain)


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows of cells below column names; floats with four decimals, to the right."""
    from rich.table import Table
    from rich.text import Text

    body = [list(row) for row in rows]
    grid = Table(box=None, pad_edge=False, header_style="bold")
    for j, name in enumerate(columns):
        numbers = bool(body) and all(
            isinstance(row[j], (int, float)) and not isinstance(row[j], bool) for row in body
        )
        grid.add_column(Text(name), justify="right" if numbers else "left", overflow="fold")
    for row in body:
        grid.add_row(*(Text(shown(cell)) for cell in row))
    out = console()
    # Rich fills every line up to the width of its table; a pipe gets no trailing blanks.
    if out.is_terminal:
        out.print(grid)
    else:
        with out.capture() as captured:
            out.print(grid)
        for line in captured.get().splitlines():
            print(line.rstrip())


def facts(pairs: Iterable[tuple[str, object]]) -> None:
    """Print names and values as two columns without a heading."""
    listed = [(name, shown(value)) for name, value in pairs]
    width = max((len(name) for name, _ in listed), default=0)
    for name, value in listed:
        line(f"{name:<{width}}  {value}")


def line(text: str = "") -> None:
    """Print one line as it is."""
    print(text)


def note(text: str) -> None:
    """Print one line on standard error."""
    print(f"rowspace: {text}", file=sys.stderr)


def emit(document: object) -> None:
    """Print one JSON document: NumPy numbers as numbers, dates as ISO text, NaN as null."""
    encoding = (sys.stdout.encoding or "ascii").lower().replace("-", "")
    print(json.dumps(plain(document), indent=2, ensure_ascii=encoding != "utf8"))


def plain(value: Any) -> Any:
    """Return `value` as what JSON knows.

    >>> plain({"a": (1, float("nan")), 2: None})
    {'a': [1, None], '2': None}
    """
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    return value if value is None or isinstance(value, (str, int)) else str(value)


def shown(cell: object) -> str:
    r"""Return a cell as one line of text; control characters are written as escapes.

    >>> shown("Amélie"), shown(0.5), shown("two\nlines"), shown(None)
    ('Amélie', '0.5000', 'two\\nlines', '')
    """
    if cell is None:
        return ""
    if isinstance(cell, float):
        return f"{cell:.4f}"
    text = str(cell)
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def size(n_bytes: int) -> str:
    """Return a number of bytes as people say it.

    >>> size(512), size(2_500_000)
    ('512 B', '2.5 MB')
    """
    if n_bytes < 1000:
        return f"{n_bytes} B"
    power = min(int(math.log10(n_bytes)) // 3, 4)
    return f"{n_bytes / 1000**power:.1f} {'_kMGT'[power]}B"


def size_on_disk(folder: Path) -> int:
    """Return the bytes of all files below a folder."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def seconds(elapsed: float) -> str:
    """Return a duration as people say it.

    >>> seconds(0.0123), seconds(75.2)
    ('0.01 s', '1 min 15 s')
    """
    if elapsed < 60:
        return f"{elapsed:.2f} s"
    return f"{int(elapsed // 60)} min {int(elapsed % 60)} s"

"""How the demo prints what it found: tables with colour on a terminal, plain lines in a pipe.

`show_header` is printed before the work, `show_result` takes what `run` returns. Called by `run`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

_NARROWEST_SUMMARY = 24
_PIPE_WIDTH = 100


def show_header(console: Console) -> None:
    """Say what is about to happen."""
    _line(console, "rowspace demo: what does Python's standard library say?", "bold")
    _line(
        console,
        "Two spaces are learned from its own documentation and sources, offline, and then asked.",
    )


def show_result(result: dict[str, Any], console: Console) -> None:
    """Print the steps, the neighbours, the searches, the sizes and what to type next.

    Args:
        result: what `run` returns.
        console: where to print; a terminal gets colour, anything else plain text.
    """
    steps = _table("step", "what it made", "seconds")
    for step in result["steps"]:
        steps.add_row(step["step"], step["made"], f"{step['seconds']:.2f}")
    steps.add_row("all of it", "", f"{sum(s['seconds'] for s in result['steps']):.2f}")
    _heading(console, f"What was done (Python {result['python']}, seed {result['seed']})")
    _print(console, steps)

    words = _table("word", "nearest words")
    for asked in result["words"]:
        words.add_row(asked["word"], ", ".join(hit["id"] for hit in asked["hits"]))
    _heading(console, "Nearest words")
    _print(console, words)

    _heading(console, "Searches")
    for found in result["searches"]:
        condition = "".join(f", only {k}={v}" for k, v in (found["filter"] or {}).items())
        took = f"{found['seconds'] * 1000:.0f} ms"
        _line(console, f'"{found["query"]}"{condition} ({took})', "cyan")
        width = max((len(hit["id"]) for hit in found["hits"]), default=0)
        room = max((console.width if console.is_terminal else _PIPE_WIDTH) - width - 12, 0)
        for hit in found["hits"]:
            summary = _cut(hit["summary"], room)
            _line(console, f"  {hit['score']:.3f}  {hit['id']:<{width}}  {summary}".rstrip())
        _line(console)

    sizes = _table("folder", "sides", "size")
    for space in result["spaces"]:
        sides = " x ".join(f"{name} {n:,}" for name, n in space["sides"].items())
        sizes.add_row(space["path"], sides, f"{space['bytes'] / 1e6:.1f} MB")
    _line(console, "On disk", "bold")
    _print(console, sizes)
    for space in result["spaces"]:
        _line(console, f"{space['path']}: {space['factorization']}", "dim")

    _heading(console, "What to type next")
    for command in result["next"]:
        _line(console, f"  {command}", "green")


def _cut(text: str, room: int) -> str:
    """Return as much of a text as there is room for; none of it where that would say nothing.

    >>> _cut("Compress data in one shot and return it.", 28)
    'Compress data in one shot …'
    """
    if room < _NARROWEST_SUMMARY:
        return ""
    return text if len(text) <= room else text[: room - 2].rstrip() + " …"


def _heading(console: Console, text: str) -> None:
    _line(console)
    _line(console, text, "bold")


def _line(console: Console, text: str = "", style: str | None = None) -> None:
    # Ids and summaries may look like markup; they are none.
    console.print(text, style=style, markup=False, emoji=False, highlight=False, soft_wrap=True)


def _table(*columns: str) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name in columns:
        numbers = name in ("seconds", "size")
        table.add_column(name, justify="right" if numbers else "left", overflow="fold")
    return table


def _print(console: Console, table: Table) -> None:
    """Print a table; in a pipe without the blanks that rich fills every line with."""
    if console.is_terminal:
        console.print(table, markup=False, emoji=False, highlight=False)
        return
    with console.capture() as captured:
        console.print(table, markup=False, emoji=False, highlight=False)
    for row in captured.get().splitlines():
        _line(console, row.rstrip())

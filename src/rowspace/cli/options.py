"""What people type after an option, turned into values: recipe options, filters, observations.

Each function takes the texts as typed and returns values, or raises `typer.BadParameter` (exit
status 2) with a sentence. Called by the commands.
"""

from __future__ import annotations

import datetime
import operator
import re
import types
import typing
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rowspace.errors import UnknownIdError, nearest_names

if TYPE_CHECKING:
    import pyarrow.compute as pc

    from rowspace.recipes.registry import Entry
    from rowspace.space.side import Side

SpacePath = Annotated[
    Path, typer.Argument(metavar="SPACE", help="The directory of a space.", show_default=False)
]
"""The argument of every command that reads a space."""

Out = Annotated[
    Path | None,
    typer.Option(
        metavar="SPACE",
        help="The directory to write. Default: the name of DATA with .space, here.",
        show_default=False,
    ),
]
"""The option of every command that writes a space."""

Dim = Annotated[
    int | None,
    typer.Option(metavar="N", min=1, help="Length of the vectors. Default: the recipe's."),
]
"""The option of every command that fits, or tries, a recipe."""

Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="An option of the recipe (see `rowspace recipes show RECIPE`); repeatable.",
    ),
]
"""The option of every command that takes a recipe."""

_CONDITION = re.compile(r"\s*(.+?)\s*(!=|>=|<=|=|>|<)\s*(.*?)\s*", re.DOTALL)
_TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def recipe(name: str) -> Entry:
    """Return the registry's entry of that name."""
    from rowspace.recipes import registry

    try:
        return registry.get(name, "recipe")
    except UnknownIdError as error:
        raise typer.BadParameter(str(error)) from None


def recipe_options(entry: Entry, settings: Sequence[str]) -> dict[str, Any]:
    """Return `NAME=VALUE` texts as the options of a recipe, typed by its signature.

    >>> from rowspace.recipes import registry
    >>> recipe_options(registry.get("ials"), ["alpha=10", "sweeps=3"])
    {'alpha': 10.0, 'sweeps': 3}
    """
    out: dict[str, Any] = {}
    known = [name for name in entry.options if name != "dim"]
    for setting in settings:
        name, equals, text = setting.partition("=")
        if not equals:
            raise typer.BadParameter(f"--set {setting!r} is not of the form NAME=VALUE")
        if name == "dim":
            raise typer.BadParameter(f"use --dim {text} for the length of the vectors")
        if name not in known:
            raise typer.BadParameter(
                f"{entry.name} has no option {name!r}; its options are {', '.join(known)}"
            )
        if name in out:
            raise typer.BadParameter(f"--set {name} is given twice")
        try:
            out[name] = _typed(text, entry.options[name].annotation)
        except ValueError as error:
            raise typer.BadParameter(
                f"{entry.name}'s option {name} is {text!r}, but {error} was expected"
            ) from None
    return out


def tried(entry: Entry, texts: Sequence[str]) -> dict[str, list[Any]]:
    """Return `NAME=VALUE,VALUE` texts as the values to try of a recipe's options.

    >>> from rowspace.recipes import registry
    >>> tried(registry.get("ials"), ["dim=8,16", "l2=0.1,1"])
    {'dim': [8, 16], 'l2': [0.1, 1.0]}
    """
    out: dict[str, list[Any]] = {}
    for text in texts:
        name, equals, values = text.partition("=")
        if not equals or not values:
            raise typer.BadParameter(f"--try {text!r} is not of the form NAME=VALUE,VALUE")
        if name not in entry.options:
            raise typer.BadParameter(
                f"{entry.name} has no option {name!r}; its options are {', '.join(entry.options)}"
                + nearest_names(name, entry.options)
            )
        if name in out:
            raise typer.BadParameter(f"--try {name} is given twice; list its values after one")
        try:
            kind = entry.options[name].annotation
            out[name] = [_typed(value, kind) for value in values.split(",")]
        except ValueError as error:
            raise typer.BadParameter(
                f"{entry.name}'s option {name} is tried at {values!r}, but {error} was expected"
            ) from None
    return out


def space_to_write(out: Path | None, data: str | Path) -> Path:
    """Return where to write a space; refuses, before any work, what could not be written.

    Args:
        out: what was typed; where None, the name of the data up to its first ending.
        data: the file or folder that the space is made of.

    >>> space_to_write(None, "data/ratings.csv.gz").name, space_to_write(None, "books/").name
    ('ratings.space', 'books.space')
    """
    target = out or Path(f"{Path(data).resolve().name.partition('.')[0] or 'data'}.space")
    if target.exists() and not (target / "space.json").exists():
        raise typer.BadParameter(f"{target} exists and is not a space; choose another --out")
    if not target.absolute().parent.is_dir():
        raise typer.BadParameter(f"there is no folder {target.absolute().parent} for --out")
    return target


def choice(typed: str | None, name: str, choices: Collection[str]) -> str | None:
    """Return what was typed after `--NAME` if it is one of the choices, or was left out."""
    if typed is not None and typed not in choices:
        raise typer.BadParameter(
            f"--{name} is {typed!r}, but one of {', '.join(choices)} was expected"
            + nearest_names(typed, choices)
        )
    return typed


def column(typed: str | None, none: bool = False, name: str = "") -> str | int | bool | None:
    """Return a column as it was typed: a name, a position (a whole number), or False for none.

    Args:
        typed: what stands after the option; None where it was left out.
        none: whether `--no-NAME` says that there is no such column.
        name: the NAME of the option.

    >>> column("user"), column("0"), column(None), column(None, none=True)
    ('user', 0, None, False)
    """
    if none and typed is not None:
        raise typer.BadParameter(f"--{name} and --no-{name} contradict each other")
    if none:
        return False
    return int(typed) if typed is not None and typed.isdecimal() else typed


def type_name(annotation: Any) -> str:
    """Return how the documentation writes the type of an option.

    >>> type_name(float), type_name(int | None)
    ('float', 'int | None')
    """
    return annotation.__name__ if isinstance(annotation, type) else str(annotation)


def filters(conditions: Sequence[str], side: Side) -> pc.Expression | None:
    """Return `COLUMN OP VALUE` texts as the filter that a space takes; None where there are none.

    Args:
        conditions: texts such as "year>=1990"; all must hold, and a column may occur twice.
        side: the side that is searched: the types of its metadata give those of the values.
    """
    import pyarrow.compute as pc

    compare = {
        "=": operator.eq,
        "!=": operator.ne,
        ">=": operator.ge,
        "<=": operator.le,
        ">": operator.gt,
        "<": operator.lt,
    }
    out = None
    for condition in conditions:
        found = _CONDITION.fullmatch(condition)
        if not found:
            raise typer.BadParameter(
                f"--filter {condition!r} is not of the form COLUMN OP VALUE, "
                f"where OP is one of {' '.join(compare)}"
            )
        column, op, text = found.groups()
        term = compare[op](pc.field(column), pc.scalar(_column_value(column, text, side)))
        out = term if out is None else out & term
    return out


def observations(given: Sequence[str]) -> dict[str, float]:
    """Return `ID=VALUE` texts as what was observed of a new row.

    >>> observations(["Heat (1995)=4", "a=b=2.5"])
    {'Heat (1995)': 4.0, 'a=b': 2.5}
    """
    out: dict[str, float] = {}
    for text in given:
        name, equals, value = text.rpartition("=")
        try:
            number = float(value)
        except ValueError:
            number = float("nan")
        if not equals or number != number or number in (float("inf"), float("-inf")):
            raise typer.BadParameter(
                f"--given {text!r} is not of the form ID=VALUE with a number as the value"
            )
        if name in out:
            raise typer.BadParameter(f"--given {name!r} is given twice")
        out[name] = number
    return out


def _typed(text: str, annotation: Any) -> Any:
    """Return `text` as the annotated type; raises ValueError that names what was expected."""
    if typing.get_origin(annotation) in (types.UnionType, typing.Union):
        choices = typing.get_args(annotation)
        if type(None) in choices and text.lower() == "none":
            return None
        return _typed(text, next(c for c in choices if c is not type(None)))
    if typing.get_origin(annotation) is typing.Literal:
        if text not in typing.get_args(annotation):
            raise ValueError("one of " + ", ".join(typing.get_args(annotation)))
        return text
    if typing.get_origin(annotation) is tuple:  # "0,1,1"; "0:1:1" where commas part the choices
        kind = typing.get_args(annotation)[0]
        return tuple(_typed(part.strip(), kind) for part in re.split("[,:]", text))
    if annotation is bool:
        return _parse(text.lower(), _TRUTH.__getitem__, "true or false")
    if annotation is int:
        return _parse(text, int, "a whole number")
    if annotation is float:
        return _parse(text, float, "a number")
    return text


def _column_value(column: str, text: str, side: Side) -> Any:
    """Return `text` as a value of the column's type; text where there is no such column."""
    import pyarrow as pa

    if column == "id":
        kind = side.ids.array.type
    elif side.table is not None and column in side.table.column_names:
        kind = side.table.schema.field(column).type
    else:
        return text  # the space names the columns that there are
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    readers: list[tuple[Callable[[Any], bool], Callable[[str], Any], str]] = [
        (pa.types.is_boolean, lambda t: _TRUTH[t.lower()], "true or false"),
        (pa.types.is_integer, _number, "a number"),
        (pa.types.is_floating, float, "a number"),
        (pa.types.is_timestamp, datetime.datetime.fromisoformat, "a date or time (ISO 8601)"),
        (pa.types.is_date, datetime.date.fromisoformat, "a date (YYYY-MM-DD)"),
    ]
    for matches, read, expected in readers:
        if matches(kind):
            try:
                return _parse(text, read, expected)
            except ValueError as error:
                raise typer.BadParameter(
                    f"column {column!r} is compared with {text!r}, but {error} was expected"
                ) from None
    return text


def _number(text: str) -> int | float:
    """Return a whole number as `int`, any other as `float` ("year>1989.5" is a fair question)."""
    try:
        return int(text)
    except ValueError:
        return float(text)


def _parse(text: str, read: Callable[[str], Any], expected: str) -> Any:
    try:
        return read(text)
    except (ValueError, KeyError):
        raise ValueError(expected) from None

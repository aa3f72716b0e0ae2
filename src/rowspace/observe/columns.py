"""Which column of a table plays which part: rows, cols, values, time and weights.

The user names columns (or numbers them from 0); parts that were left open are guessed from the
names that such columns usually have, and `announce` prints the guess. In goes a `Table`, out come
`Roles` and the names of the two sides. Called by `rowspace.observe.read`.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

from rowspace.errors import InputError, nearest_names

if TYPE_CHECKING:
    import pyarrow as pa

Column = str | int
Optional = Column | Literal[False] | None

# The usual names, likeliest first, in lower case without punctuation, "id" or "idx".
_USUAL = {
    "rows": (
        "user customer member reviewer visitor account subscriber buyer client player reader "
        "person uid author session document doc source src from head row"
    ),
    "cols": (
        "item movie film product sku track song artist album book asin parentasin isbn article "
        "news video game recipe business poi venue location place iid pid word term token target "
        "tgt dst to tail tag col column"
    ),
    "values": (
        "rating score stars overall weight value count counts plays playcount listens clicks views "
        "quantity qty amount frequency freq tf similarity strength"
    ),
    "time": "timestamp time datetime date ts unixreviewtime createdat",
}
# Columns of weights have no usual name: they are never guessed.
_PARTS = (*_USUAL, "weights")
NUMBERS = ("values", "weights")
_SUFFIX = re.compile(r"^(.+?)(?:[_\-. ][iI][dD]|(?<=[a-z])I[dD])$")


class Table(Protocol):
    """Something with columns that comes in batches: a file or a data frame.

    Attributes:
        name: what to call it in messages.
        columns: the names of the columns; "0", "1", ... when `named` is false.
        named: whether the names are the user's (a header was there).
        text: whether ids come as text that may spell whole numbers (delimited files).
        total: the number of lines, or None when it is not known in advance.
    """

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def columns(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def named(self) -> bool: ...  # noqa: D102
    @property
    def text(self) -> bool: ...  # noqa: D102
    @property
    def total(self) -> int | None: ...  # noqa: D102

    def batches(self, roles: Roles) -> Iterator[pa.RecordBatch]:
        """Yield record batches with the columns of `roles`, in its order, and no others."""
        ...

    def whole(self, ids: int) -> pa.Table:
        """Return all columns in memory; column `ids` as it would be read as ids."""
        ...

    def place(self, record: int) -> str:
        """Say where record number `record` (from 0) is, for a message: "line 7"."""
        ...


@dataclass(frozen=True)
class Roles:
    """The positions of the columns that play each part; None: nobody does."""

    rows: int
    cols: int
    values: int | None = None
    time: int | None = None
    weights: int | None = None
    guessed: frozenset[str] = frozenset()

    def used(self) -> list[tuple[str, int]]:
        """Return (part, position) of the parts that are played, in the order of the batches."""
        parts = [(part, getattr(self, part)) for part in _PARTS]
        return [(part, at) for part, at in parts if at is not None]


def choose(
    table: Table,
    rows: Column | None,
    cols: Column | None,
    values: Optional,
    time: Optional,
    graph: bool = False,
    weights: Column | None = None,
) -> tuple[Roles, tuple[str, str]]:
    """Find the columns that were named, guess those that were not, and name the sides.

    Args:
        table: where the columns are.
        rows, cols: column names or positions, or None to guess.
        values, time: the same, or False for none.
        graph: an edge list, whose sides are always "node" and "neighbor".
        weights: the column of weights, never guessed.

    Returns:
        The roles, and the names of the row and the column side: what the user wrote, else the
        guessed column without its "Id", else "row" and "col".

    Raises:
        InputError: a named column is not there or cannot be guessed.
    """
    asked: dict[str, Any] = {"rows": rows, "cols": cols, "values": values, "time": time}
    at = {
        part: _find(table, part, name)
        for part, name in asked.items()
        if name is not None and name is not False
    }
    guessed = {part for part, name in asked.items() if name is None}
    if weights is not None:
        at["weights"] = _find(table, "weights", weights)
    if table.named:
        for part in sorted(guessed, key=list(_USUAL).index):
            found = _usual(table, part, set(at.values()))
            if found is not None:
                at[part] = found
    elif "rows" in guessed and "cols" in guessed:
        free = [i for i in range(len(table.columns)) if i != at.get("weights")]
        at |= {p: i for p, i in zip(_USUAL, free, strict=False) if p in guessed}
    if graph and len(table.columns) >= 2 and not {"rows", "cols"} & set(at):
        at |= {"rows": 0, "cols": 1}
    for part in ("rows", "cols"):
        if part not in at:
            raise InputError(
                f"{table.name}: none of {_listed(table)} is a usual name for the {part}; "
                f"say {part}=COLUMN"
            )
    if at["rows"] == at["cols"]:
        raise InputError(
            f"{table.name}: rows and cols are both {label(table, at['rows'])}; name two"
        )
    roles = Roles(
        at["rows"],
        at["cols"],
        at.get("values"),
        at.get("time"),
        at.get("weights"),
        frozenset(guessed & set(at)),
    )
    if graph:
        return roles, ("node", "neighbor")
    return roles, (
        _side(table, rows, at["rows"], "row"),
        _side(table, cols, at["cols"], "col"),
    )


def announce(table: Table, roles: Roles) -> None:
    """Print to standard error which columns are read, if any of them was guessed."""
    if not roles.guessed:
        return
    names = {at: repr(table.columns[at]) if table.named else str(at) for _, at in roles.used()}
    parts = [f"{part} from column {names[at]}" for part, at in roles.used()]
    if roles.values is None:
        parts.insert(2, "1 for every line")
    bare = "" if table.named else ", which has no header"
    print(f"rowspace: read {', '.join(parts)} of {table.name}{bare}", file=sys.stderr)


def label(table: Table, at: int) -> str:
    """Call a column by its name, or by its number where it has none."""
    return f"column {table.columns[at]!r}" if table.named else f"column {at} (counting from 0)"


def stem(column: str) -> str:
    """Return a column's name without the "Id" at its end.

    >>> [stem(c) for c in ["userId", "movie_id", "userid", "uid", "Artist", "track id"]]
    ['user', 'movie', 'user', 'uid', 'Artist', 'track']
    """
    marked = _SUFFIX.match(column)
    if marked:
        return marked.group(1)
    short = column[:-2]
    usual = _USUAL["rows"].split() + _USUAL["cols"].split()
    return short if column.lower().endswith("id") and short.lower() in usual else column


def is_usual(column: str) -> bool:
    """Say whether columns of that name usually play one of the parts."""
    return any(_rank(part, column) is not None for part in _USUAL)


def _rank(part: str, column: str) -> int | None:
    """Return how unusual the name is for a part, from 0, or None."""
    usual = _USUAL[part].split()
    plain = re.sub(r"[^a-z0-9]", "", column.lower())
    if part in ("rows", "cols") and plain not in usual:
        plain = re.sub(r"(ids?|idx|index)$", "", plain)
    return usual.index(plain) if plain in usual else None


def _find(table: Table, part: str, name: Column) -> int:
    if isinstance(name, bool) or not isinstance(name, str | int):
        raise InputError(f"{part} is {name!r}, but the name or the number of a column was expected")
    if isinstance(name, int):
        if 0 <= name < len(table.columns):
            return name
        raise InputError(
            f"{table.name}: no column {name}, there are {len(table.columns)}, counted from 0"
        )
    if not table.named:
        raise InputError(
            f"{table.name}: no column {name!r}, since the file has no header; "
            f"say {part}=NUMBER, counting from 0"
        )
    found = [i for i, column in enumerate(table.columns) if column == name]
    if not found:
        raise InputError(
            f"{table.name}: no column {name!r} among {_listed(table)}"
            + nearest_names(name, table.columns)
        )
    if len(found) > 1:
        raise InputError(
            f"{table.name}: {len(found)} columns are called {name!r}; name one by its number, "
            f"{part}={found[0]}"
        )
    return found[0]


def _usual(table: Table, part: str, taken: set[int]) -> int | None:
    """Return the free column with the likeliest of the usual names of `part`, or None."""
    ranked = [
        (rank, i)
        for i, column in enumerate(table.columns)
        if i not in taken and (rank := _rank(part, column)) is not None
    ]
    return min(ranked)[1] if ranked else None


def _side(table: Table, asked: Column | None, at: int, default: str) -> str:
    if isinstance(asked, str):
        return asked
    return default if asked is not None or not table.named else stem(table.columns[at])


def _listed(table: Table, most: int = 12) -> str:
    if not table.named:
        return f"its {len(table.columns)} columns without names"
    names = ", ".join(repr(c) for c in table.columns[:most])
    more = len(table.columns) - most
    return f"the columns {names}" + (f" and {more} more" if more > 0 else "")

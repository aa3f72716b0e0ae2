"""Metadata: a table about the rows of one side, joined to the ids of that side.

In go observations and a file or data frame with one line per id; out come the observations whose
mode has the other columns of that table, in the order of the ids, null where an id has no line.
Called by `rowspace.observe.read`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from rowspace.errors import InputError
from rowspace.observe.checked import is_text
from rowspace.observe.columns import Table, label, stem
from rowspace.observe.formats import TABLES, recognise
from rowspace.observe.frames import open_frame
from rowspace.observe.observations import Mode
from rowspace.observe.tables import open_table

if TYPE_CHECKING:
    import pyarrow as pa


def joined(mode: Mode, source: Any) -> Mode:
    """Return the mode with the metadata of `source`.

    The ids are in the column called as the side, with or without "Id"; else in the first column.

    Raises:
        InputError: an id occurs twice, or no id of the side occurs at all.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    table = _opened(source)
    at = _id_column(table, mode.name)
    whole = table.whole(at)
    ids = whole.column(at)
    ids = ids.combine_chunks() if isinstance(ids, pa.ChunkedArray) else ids
    if pa.types.is_dictionary(ids.type):
        ids = ids.dictionary_decode()
    ids = _as_side(ids, mode, table, at)
    counts = pc.value_counts(ids.drop_null())
    twice = counts.filter(pc.greater(counts.field("counts"), 1))
    if len(twice):
        raise InputError(
            f"{table.name}: {label(table, at)} has {twice[0]['values'].as_py()!r} "
            f"{twice[0]['counts'].as_py()} times, but metadata has one line per {mode.name}"
        )
    found = pc.index_in(mode.ids.array, value_set=ids)
    if found.null_count == len(found) and len(found):
        raise InputError(
            f"{table.name}: none of the {len(found)} {mode.name} ids is in {label(table, at)}, "
            f"whose first is {ids[0].as_py()!r} while the first {mode.name} is {mode.ids[0]!r}"
            if len(ids)
            else f"{table.name} has no lines"
        )
    rest = whole.remove_column(at).take(found)
    return Mode(mode.name, mode.ids, rest.combine_chunks())


def _opened(source: Any) -> Table:
    if not isinstance(source, str | Path):
        return open_frame(source)
    path = Path(source)
    if not path.exists():
        raise InputError(f"there is no file {str(path)!r} to take metadata from")
    format = recognise(path, None)
    if format not in TABLES:
        raise InputError(f"{path.name} is {format}, but metadata is a table with one line per id")
    return open_table(path, format)


def _id_column(table: Table, side: str) -> int:
    if table.named:
        for known in (lambda c: c, lambda c: c.lower(), lambda c: stem(c).lower()):
            for i, column in enumerate(table.columns):
                if known(column) == known(side):
                    return i
    return 0


def _as_side(ids: pa.Array, mode: Mode, table: Table, at: int) -> pa.Array:
    """Return the ids in the type of the side's, those that cannot be one of them as null."""
    import pyarrow as pa
    import pyarrow.compute as pc

    wanted = mode.ids.array.type
    if is_text(ids.type) and mode.ids.is_integer:
        canonical = pc.match_substring_regex(ids, r"^(0|-?[1-9][0-9]{0,17})$")
        return pc.if_else(canonical, ids, None).cast(wanted)
    if is_text(ids.type) or pa.types.is_integer(ids.type):
        return ids.cast(wanted)
    if pa.types.is_null(ids.type):
        return ids.cast(wanted)
    raise InputError(
        f"{table.name}: {label(table, at)} holds {ids.type}, but the {mode.name} ids were expected "
        "there (text or whole numbers)"
    )

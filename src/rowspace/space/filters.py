"""Filters: which rows of a side may be found, decided before anything is scored.

A filter is one of
* a mapping {metadata column: condition}, all of which must hold; a condition is a value (equal), a
  list of values (one of them), None (missing), or a pair (op, value) with an op of `OPERATORS`;
  "id" names the ids themselves;
* a collection of ids: only these;
* a `pyarrow.compute.Expression` over the metadata columns and "id".

A row whose metadata are missing meets no condition but None. Called by `side.py`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import InputError, UnknownIdError, nearest_names
from rowspace.observe.ids import Ids

if TYPE_CHECKING:
    import pyarrow as pa

OPERATORS = {
    "=": "equal",
    "==": "equal",
    "!=": "not_equal",
    "<": "less",
    "<=": "less_equal",
    ">": "greater",
    ">=": "greater_equal",
}


def allowed(rule: Any, side: str, ids: Ids, table: pa.Table | None) -> NDArray[np.int64]:
    """Return the sorted positions of the rows that a filter lets through.

    Args:
        rule: the filter (see the module).
        side: the name of the side, for messages.
        ids: the n ids of the side.
        table: its metadata, n rows without the ids, or None.

    Raises:
        InputError: the filter is of another kind, or compares what cannot be compared.
        UnknownIdError: it names a column or an id that is not there.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if isinstance(rule, Mapping):
        mask = np.ones(len(ids), bool)
        for column, condition in rule.items():
            values = _column(column, side, ids, table)
            met = _meets(condition, values, column, side)
            mask &= pc.fill_null(met, False).to_numpy(zero_copy_only=False)
        return np.flatnonzero(mask)
    if isinstance(rule, pc.Expression):
        return _expressed(rule, side, ids, table)
    if isinstance(rule, str | bytes) or not isinstance(
        rule, Collection | np.ndarray | pa.Array | pa.ChunkedArray
    ):
        raise InputError(
            f"the filter is {rule!r:.60}, but a mapping of columns to values, a list of ids or an "
            "Arrow expression was expected"
        )
    names = rule.to_pylist() if isinstance(rule, pa.Array | pa.ChunkedArray) else rule
    return np.unique(ids.positions(names, side, "the filter"))


def _column(column: Any, side: str, ids: Ids, table: pa.Table | None) -> Any:
    import pyarrow as pa

    if column == "id":
        return ids.array
    if table is None or column not in table.column_names:
        raise _no_column(column, side, table)
    values = table.column(column)
    kind = values.type.value_type if pa.types.is_dictionary(values.type) else values.type
    if pa.types.is_string_view(kind):
        kind = pa.large_string()  # Arrow cannot compare string views
    return values if kind == values.type else values.cast(kind)


def _meets(condition: Any, values: Any, column: Any, side: str) -> Any:
    """Return a boolean Arrow array: which of the values meet the condition."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if condition is None:
        return pc.is_null(values)
    compare, wanted = pc.equal, condition
    if isinstance(condition, tuple):
        if len(condition) != 2 or condition[0] not in OPERATORS:
            raise InputError(
                f"the condition {condition!r} on column {column!r} should be a pair of one of "
                f"{' '.join(OPERATORS)} and a value; for one of several values give a list"
            )
        compare, wanted = getattr(pc, OPERATORS[condition[0]]), condition[1]
    elif isinstance(condition, Collection | np.ndarray) and not isinstance(condition, str | bytes):
        if not len(condition):
            return pa.array(np.zeros(len(values), bool))
        compare, wanted = pc.is_in, [_bare(value) for value in condition]
    try:
        if compare is pc.is_in:
            return pc.is_in(values, value_set=_like(values.type, pa.array(wanted)))
        return compare(values, _like(values.type, pa.scalar(_bare(wanted))))
    except (pa.ArrowException, OverflowError) as error:
        raise InputError(
            f"column {column!r} of side {side!r} holds {values.type}, which cannot be compared "
            f"with {condition!r:.60} ({str(error).partition(chr(10))[0]})"
        ) from None


def _like(kind: Any, wanted: Any) -> Any:
    """Return Arrow values that a column of type `kind` can be compared with.

    Arrow itself would compare dates with text as text, and read numbers out of text.
    """
    import pyarrow as pa

    if pa.types.is_null(wanted.type) or _is_text(wanted.type) is _is_text(kind):
        return wanted
    if _is_text(wanted.type) and pa.types.is_temporal(kind):
        return wanted.cast(kind)
    raise pa.ArrowTypeError("text and numbers have no common order")


def _is_text(kind: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _bare(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _expressed(rule: Any, side: str, ids: Ids, table: pa.Table | None) -> NDArray[np.int64]:
    """Return the positions of the rows for which an Arrow expression is true."""
    import pyarrow as pa
    from pyarrow import dataset

    place = "__position__"
    columns = {"id": ids.array, place: pa.array(np.arange(len(ids), dtype=np.int64))}
    for name in table.column_names if table is not None else ():
        columns[name] = _column(name, side, ids, table)
    try:
        # A data set, because it reads no columns but those that the expression needs.
        kept = dataset.dataset(pa.table(columns)).to_table([place], filter=rule).column(place)
    except pa.ArrowException as error:
        missing = re.search(r"No match for FieldRef\.Name\((.*?)\)", str(error))
        if missing:
            raise _no_column(missing.group(1), side, table) from None
        raise InputError(
            f"the filter {rule} does not fit side {side!r}: {str(error).partition(chr(10))[0]}"
        ) from None
    return np.sort(kept.to_numpy())


def _no_column(column: Any, side: str, table: pa.Table | None) -> UnknownIdError:
    names = ["id", *(table.column_names if table is not None else ())]
    near = nearest_names(column, names)
    return UnknownIdError(
        f"no column {column!r} on side {side!r}{near or '; there are: ' + ', '.join(names)}"
    )

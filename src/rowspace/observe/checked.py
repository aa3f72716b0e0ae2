"""Numbers and times of a batch, checked: float32 values and float64 seconds, or one sentence.

In go Arrow columns of a batch that starts at some record of a table; the sentence names the line.
Called by `rowspace.observe.assemble`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import InputError
from rowspace.observe.columns import Roles, Table, label
from rowspace.observe.observations import Nan

if TYPE_CHECKING:
    import pyarrow as pa


def refuse_missing(column: pa.Array, start: int, table: Table, at: int, more: str = "") -> None:
    """Raise `InputError` for the first null of a batch that starts at record `start`."""
    nulls = column.null_count
    if not nulls:
        return
    record = start + int(np.flatnonzero(column.is_null().to_numpy(zero_copy_only=False))[0])
    raise InputError(
        f"{table.name}, {table.place(record)}: {label(table, at)} is missing; "
        f"complete the line or remove it{more}"
    )


def float_values(
    column: pa.Array, start: int, table: Table, roles: Roles, nan: Nan = "refuse"
) -> NDArray[np.float32]:
    """Return a column of numbers as finite float32; NaN where missing if `nan="unobserved"`."""
    assert roles.values is not None
    if nan == "unobserved":
        return _floats(column, start, table, roles, "values", np.isinf)
    more = ', or say nan="unobserved" if there was nothing to observe'
    refuse_missing(column, start, table, roles.values, more)
    return _floats(column, start, table, roles, "values", lambda x: ~np.isfinite(x))


def float_weights(column: pa.Array, start: int, table: Table, roles: Roles) -> NDArray[np.float32]:
    """Return a column of weights without gaps as finite float32 of at least 0."""
    assert roles.weights is not None
    refuse_missing(column, start, table, roles.weights)
    weights = _floats(column, start, table, roles, "weights", lambda x: ~np.isfinite(x))
    bad = np.flatnonzero(weights < 0)
    if len(bad):
        raise InputError(
            f"{table.name}, {table.place(start + int(bad[0]))}: {label(table, roles.weights)} is "
            f"{weights[bad[0]]:g}, but a weight of at least 0 was expected"
        )
    return weights


def _floats(
    column: pa.Array,
    start: int,
    table: Table,
    roles: Roles,
    part: str,
    is_bad: Callable[[NDArray[np.float32]], NDArray[np.bool_]],
) -> NDArray[np.float32]:
    import pyarrow as pa

    at: int = getattr(roles, part)
    kind = column.type
    if pa.types.is_decimal(kind):
        column = column.cast(pa.float64())
    elif not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind)):
        raise InputError(
            f"{table.name}, {table.place(start)}: {label(table, at)} holds {column[0].as_py()!r}, "
            f"but a number was expected{way_out(roles, part)}"
        )
    numbers = column.to_numpy(zero_copy_only=False)
    with np.errstate(over="ignore"):
        values: NDArray[np.float32] = numbers.astype(np.float32)
    bad = np.flatnonzero(is_bad(values))
    if len(bad):
        record, value = start + int(bad[0]), numbers[bad[0]]
        raise InputError(
            f"{table.name}, {table.place(record)}: {label(table, at)} is {value}, but a finite "
            "number (within float32) was expected; correct the line or remove it"
        )
    return values


def float_times(column: pa.Array, start: int, table: Table, roles: Roles) -> NDArray[np.float64]:
    """Return times as float64: seconds since 1970 for dates and ISO text, numbers as they are."""
    import pyarrow as pa
    import pyarrow.compute as pc

    at = roles.time
    assert at is not None
    refuse_missing(column, start, table, at)
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if is_text(column.type):
        column = _parsed_times(column, start, table, roles)
    kind = column.type
    if pa.types.is_date(kind):
        column = column.cast(pa.timestamp("ms"))
        kind = column.type
    if pa.types.is_timestamp(kind):
        ticks = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[kind.unit]
        seconds: NDArray[np.float64] = column.cast(pa.int64()).to_numpy() / ticks
        return seconds
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind)):
        raise InputError(
            f"{table.name}: {label(table, at)} holds {kind}, but numbers, dates or ISO text were "
            f"expected for the time{way_out(roles, 'time')}"
        )
    times: NDArray[np.float64] = pc.cast(column, pa.float64(), safe=False).to_numpy()
    bad = np.flatnonzero(~np.isfinite(times))
    if len(bad):
        raise InputError(
            f"{table.name}, {table.place(start + int(bad[0]))}: {label(table, at)} is "
            f"{times[bad[0]]}, but a finite time was expected"
        )
    return times


def is_text(kind: pa.DataType) -> bool:
    """Say whether an Arrow type holds text."""
    import pyarrow as pa

    return bool(
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    )


def way_out(roles: Roles, part: str) -> str:
    """Return the end of a sentence: how to read without a column that was only guessed."""
    return f"; {part}=False reads without it" if part in roles.guessed else ""


def _parsed_times(column: pa.Array, start: int, table: Table, roles: Roles) -> pa.Array:
    """Return text as numbers or time stamps, whichever all of it is."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kinds = (pa.float64(), pa.timestamp("us"), pa.timestamp("us", "UTC"))
    for kind in kinds:
        try:
            return pc.cast(column, kind)
        except pa.ArrowInvalid:
            continue
    assert roles.time is not None
    for i, value in enumerate(column):
        fits = [kind for kind in kinds if _casts(value, kind)]
        if not fits:
            raise InputError(
                f"{table.name}, {table.place(start + i)}: {label(table, roles.time)} is "
                f"{value.as_py()!r}, but a number or an ISO time such as 2024-05-31T12:00:00 was "
                f"expected{way_out(roles, 'time')}"
            )
        kinds = tuple(fits)
    raise InputError(f"{table.name}: {label(table, roles.time)} mixes kinds of time")


def _casts(value: pa.Scalar, kind: pa.DataType) -> bool:
    import pyarrow as pa

    try:
        value.cast(kind)
    except pa.ArrowInvalid:
        return False
    return True

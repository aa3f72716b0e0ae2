"""Tables in memory: pandas, polars and Arrow tables, record batches, and dicts of columns.

`open_frame` returns a `Table` (see `rowspace.observe.columns`) whose batches are slices of the
columns that are asked for; other columns are never converted. Data frames go through narwhals, so
that none of their libraries is needed. Called by `rowspace.observe.read` and `.metadata`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from rowspace.errors import InputError
from rowspace.observe.columns import Roles

if TYPE_CHECKING:
    import pyarrow as pa

_RECORDS = 1 << 20


@dataclass(frozen=True)
class Frame:
    """A table in memory.

    Attributes:
        name: what it is, for messages.
        columns: the names of its columns.
        total: the number of its lines.
        get: returns the column at a position as an Arrow chunked array.
    """

    name: str
    columns: tuple[str, ...]
    total: int
    get: Callable[[int], pa.ChunkedArray]

    named = True
    text = False

    def batches(self, roles: Roles) -> Iterator[pa.RecordBatch]:
        """Yield slices of the columns, without copies where the frame is made of Arrow arrays."""
        import pyarrow as pa

        used = roles.used()
        table = pa.table([self.get(at) for _, at in used], names=[part for part, _ in used])
        yield from table.to_batches(max_chunksize=_RECORDS)

    def whole(self, ids: int) -> pa.Table:
        """Return all columns."""
        import pyarrow as pa

        return pa.table([self.get(i) for i in range(len(self.columns))], names=list(self.columns))

    def place(self, record: int) -> str:
        """Count positions from 0, as the frame's own library does."""
        return f"position {record}"


def open_frame(source: Any) -> Frame:
    """Open a data frame, an Arrow table, a dict of columns or a structured array.

    Raises:
        InputError: it is nothing of the kind, or its columns differ in length.
    """
    import pyarrow as pa

    if isinstance(source, np.ndarray) and source.dtype.names:
        source = {name: source[name] for name in source.dtype.names}
    if isinstance(source, Mapping):
        return _from_columns(source)
    if isinstance(source, pa.RecordBatchReader):
        source = source.read_all()
    if isinstance(source, pa.RecordBatch):
        source = pa.Table.from_batches([source])
    if isinstance(source, pa.Table):
        return Frame("Arrow table", tuple(source.column_names), source.num_rows, source.column)

    import narwhals as nw

    try:
        frame = nw.from_native(source)
    except TypeError:
        raise InputError(
            f"a {type(source).__name__} cannot be read; a path, a data frame, an Arrow table, a "
            "dict of columns, an array or a sparse matrix was expected"
        ) from None
    if isinstance(frame, nw.LazyFrame):
        frame = frame.collect()
    what = f"{type(source).__module__.partition('.')[0]} data frame"

    def get(at: int) -> pa.ChunkedArray:
        series = frame[:, at]
        try:
            column = series.to_arrow()
        except (pa.ArrowInvalid, pa.ArrowTypeError):
            column = _to_arrow(series.to_list(), what, str(frame.columns[at]))
        return column if isinstance(column, pa.ChunkedArray) else pa.chunked_array([column])

    return Frame(what, tuple(str(c) for c in frame.columns), len(frame), get)


def _from_columns(source: Mapping[Any, Any]) -> Frame:
    import pyarrow as pa

    lengths = {str(name): len(column) for name, column in source.items()}
    if len(set(lengths.values())) > 1:
        shown = ", ".join(f"{name!r} {n}" for name, n in lengths.items())
        raise InputError(f"the columns differ in length: {shown}; every line needs all of them")
    columns = list(source.values())
    names = tuple(lengths)

    def get(at: int) -> pa.ChunkedArray:
        column = columns[at]
        if isinstance(column, pa.ChunkedArray):
            return column
        if not isinstance(column, pa.Array):
            column = _to_arrow(column, "dict of columns", names[at])
        return pa.chunked_array([column])

    return Frame("dict of columns", names, next(iter(lengths.values()), 0), get)


def _to_arrow(column: Any, what: str, name: str) -> pa.Array:
    """Convert a column of Python or NumPy values, naming the first two that do not go together."""
    import pyarrow as pa

    if isinstance(column, np.ndarray) and column.dtype.kind == "U":
        column = column.tolist()
    try:
        return pa.array(column, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError) as error:
        first = None
        for i, value in enumerate(column):
            if value is None or (isinstance(value, float) and value != value):
                continue
            if first is None:
                first = value
            elif isinstance(value, str) is not isinstance(first, str):
                raise InputError(
                    f"{what}, position {i}: column {name!r} mixes text and numbers, {value!r} here "
                    f"and {first!r} before; make them all text or all numbers"
                ) from None
        raise InputError(f"{what}: column {name!r} cannot be read: {error}") from None

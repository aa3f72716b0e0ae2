"""Published splits: a table whose column says which part each line belongs to.

`read_split` reads every part of a table on its own and gives all of them the same two modes, so
that a position means the same row in each. Called by users and benchmarks as `split.read_split`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import InputError, nearest_names
from rowspace.observe.assemble import assemble
from rowspace.observe.columns import Column, Optional, Roles, Table, announce, choose
from rowspace.observe.formats import TABLES, recognise
from rowspace.observe.frames import open_frame
from rowspace.observe.ids import united
from rowspace.observe.layout import Duplicates
from rowspace.observe.metadata import joined
from rowspace.observe.observations import Mode, Nan, Observations, refuse_unknown_nan
from rowspace.observe.tables import open_table

if TYPE_CHECKING:
    import pyarrow as pa


def read_split(
    source: Any,
    column: str,
    *,
    rows: Column | None = None,
    cols: Column | None = None,
    values: Optional = None,
    time: Optional = None,
    weights: Column | None = None,
    duplicates: Duplicates | None = None,
    ids: Literal["auto", "text"] = "auto",
    row_table: Any = None,
    col_table: Any = None,
    nan: Nan = "refuse",
) -> dict[str | int, Observations]:
    """Read a table as one set of observations per value of a column ("train", "test", ...).

    Args:
        source: a file with a table (CSV, Parquet, Arrow, JSON lines), or a data frame, an Arrow
            table or a dict of columns.
        column: the column of labels, text or whole numbers; "0", "1", ... where there are no names.
        rows, cols, values, time, weights, duplicates, ids, row_table, col_table, nan: as for
            `rowspace.read`; `duplicates` is about repeated cells within a part.

    Returns:
        The observations of each label, in the order in which the labels first occur. All have the
        same ids on both sides, those of the first part first.

    Raises:
        InputError: there is no such column, a label is missing, a cell is in two parts, or
            whatever `rowspace.read` refuses.

    Example:
        >>> lines = {"user": ["a", "a", "b"], "item": ["x", "y", "y"], "part": [1, 2, 1]}
        >>> parts = read_split(lines, "part", rows="user", cols="item", values=False)
        >>> parts[1], parts[2]
        (Observations(user 2 x item 2, sparse, 2 observed),
         Observations(user 2 x item 2, sparse, 1 observed))
    """
    table = _opened(source)
    refuse_unknown_nan(nan)
    values = False if duplicates == "count" else values
    roles, sides = choose(table, rows, cols, values, time, weights=weights)
    labels, codes = _labels(table, column, roles)
    announce(table, roles)
    parts = [
        assemble(_Part(table, codes == code), roles, sides, duplicates=duplicates, ids=ids, nan=nan)
        for code in range(len(labels))
    ]
    row_mode, row_at = _united([part.rows for part in parts])
    col_mode, col_at = _united([part.cols for part in parts])
    row_mode = row_mode if row_table is None else joined(row_mode, row_table)
    col_mode = col_mode if col_table is None else joined(col_mode, col_table)
    moved = [_moved(part, row_mode, col_mode, *at) for part, *at in zip(parts, row_at, col_at)]
    _refuse_shared_cells(table.name, labels, moved)
    return dict(zip(labels, moved))


@dataclass(frozen=True, eq=False)
class _Part:
    """The lines of a table that `kept` marks, (total,) bool; itself a `Table`."""

    table: Table
    kept: NDArray[np.bool_]

    @property
    def name(self) -> str:
        return self.table.name

    @property
    def columns(self) -> tuple[str, ...]:
        return self.table.columns

    @property
    def named(self) -> bool:
        return self.table.named

    @property
    def text(self) -> bool:
        return self.table.text

    @property
    def total(self) -> int | None:
        return int(self.kept.sum())

    def batches(self, roles: Roles) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa

        start = 0
        for batch in self.table.batches(roles):
            kept = self.kept[start : start + batch.num_rows]
            start += batch.num_rows
            yield batch.filter(pa.array(kept))

    def whole(self, ids: int) -> pa.Table:
        import pyarrow as pa

        return self.table.whole(ids).filter(pa.array(self.kept))

    def place(self, record: int) -> str:
        return self.table.place(int(np.flatnonzero(self.kept)[record]))


def _opened(source: Any) -> Table:
    if not isinstance(source, str | os.PathLike):
        return open_frame(source)
    path = Path(source)
    if not path.exists():
        raise InputError(f"there is no file {str(path)!r}")
    kind = recognise(path, None)
    if kind not in TABLES:
        raise InputError(
            f"{path.name} is read as {kind}, but a table with a column of labels was expected"
        )
    return open_table(path, kind)


def _labels(table: Table, column: str, roles: Roles) -> tuple[list[str | int], NDArray[np.int32]]:
    """Return the different labels by first occurrence, and which of them each line has."""
    import pyarrow as pa
    import pyarrow.types as kinds

    if column not in table.columns:
        raise InputError(
            f"{table.name}: no column {column!r} among {', '.join(map(repr, table.columns))}"
            + nearest_names(column, table.columns)
        )
    at = table.columns.index(column)
    used = {position: part for part, position in roles.used()}
    if at in used:
        raise InputError(f"{table.name}: column {column!r} cannot be the labels and the {used[at]}")
    chunks, start = [], 0
    # As if the labels were ids: these are text or whole numbers too.
    for batch in table.batches(Roles(at, roles.cols)):
        chunk = batch.column(0)
        kind = chunk.type.value_type if kinds.is_dictionary(chunk.type) else chunk.type
        if not (kinds.is_integer(kind) or kinds.is_string(kind) or kinds.is_large_string(kind)):
            raise InputError(
                f"{table.name}: column {column!r} holds {kind}, but labels (text or whole numbers) "
                "were expected"
            )
        chunk = chunk.cast(pa.int64() if kinds.is_integer(kind) else pa.large_string())
        missing = np.flatnonzero(chunk.is_null().to_numpy(zero_copy_only=False))
        if len(missing):
            raise InputError(
                f"{table.name}, {table.place(start + int(missing[0]))}: column {column!r} is "
                "empty, but a label was expected"
            )
        start += len(chunk)
        chunks.append(chunk)
    if start == 0:
        raise InputError(f"{table.name} has no lines")
    coded = pa.chunked_array(chunks).combine_chunks().dictionary_encode()
    return coded.dictionary.to_pylist(), coded.indices.to_numpy()


def _united(modes: list[Mode]) -> tuple[Mode, list[NDArray[np.int64]]]:
    """Return one mode with the ids of all, and where in it the ids of each are."""
    ids, positions = united([mode.ids for mode in modes])
    return Mode(modes[0].name, ids), positions


def _moved(
    part: Observations,
    rows: Mode,
    cols: Mode,
    row_at: NDArray[np.int64],
    col_at: NDArray[np.int64],
) -> Observations:
    """Return the same cells, with their time stamps and weights, between larger modes."""
    from scipy.sparse import csr_array

    cells: Any = part.cells
    i = row_at[np.repeat(np.arange(len(part.rows)), np.diff(cells.indptr))]
    j = col_at[cells.indices]
    order = np.lexsort((j, i))
    indptr = np.concatenate(([0], np.cumsum(np.bincount(i, minlength=len(rows)))))
    return Observations(
        rows,
        cols,
        csr_array((cells.data[order], j[order], indptr), shape=(len(rows), len(cols))),
        None if part.times is None else part.times[order],
        part.source,
        None if part.weights is None else part.weights[order],
    )


def _refuse_shared_cells(name: str, labels: list[str | int], parts: list[Observations]) -> None:
    """Raise `InputError` naming the first cell that is in two parts, if there is one."""
    from scipy.sparse import csr_array

    before: Any = None
    for part in parts:
        cells: Any = part.cells
        ones = csr_array(
            (np.ones(cells.nnz, np.int8), cells.indices, cells.indptr), shape=cells.shape
        )
        shared = ones * before if before is not None else csr_array(cells.shape, dtype=np.int8)
        if shared.nnz:
            i, j = (int(x[0]) for x in shared.nonzero())
            both = [label for label, p in zip(labels, parts) if _has(p.cells, i, j)]
            raise InputError(
                f"{name}: {part.rows.name} {part.rows.ids[i]!r} and {part.cols.name} "
                f"{part.cols.ids[j]!r} are in both {both[0]!r} and {both[1]!r}, but a cell "
                "belongs to one part; remove the line from one of them"
            )
        before = ones if before is None else before + ones


def _has(cells: Any, i: int, j: int) -> bool:
    """Say whether a cell is stored, be it as zero."""
    return j in cells.indices[cells.indptr[i] : cells.indptr[i + 1]]

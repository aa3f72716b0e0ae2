"""Assembly: batches of row id, col id, value, time, weight become `Observations` in little memory.

A batch is turned at once into int32 codes, float32 values and float64 times. When all are there,
`rowspace.observe.layout` sorts them into a CSR matrix. At the peak, the codes and one copy of the
matrix are in memory: 2.5 times the matrix when no cell is repeated. Called by
`rowspace.observe.read` for files and data frames.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import InputError
from rowspace.observe.checked import (
    float_times,
    float_values,
    float_weights,
    is_text,
    refuse_missing,
)
from rowspace.observe.columns import Roles, Table, label
from rowspace.observe.ids import Ids
from rowspace.observe.layout import Chunk, Duplicates, Pile, merged, to_csr
from rowspace.observe.observations import Mode, Nan, Observations
from rowspace.observe.vocabulary import IntegerVocabulary, TextVocabulary
from rowspace.progress import stage

if TYPE_CHECKING:
    import pyarrow as pa


def assemble(
    table: Table,
    roles: Roles,
    sides: tuple[str, str],
    *,
    duplicates: Duplicates | None = None,
    ids: Literal["auto", "text"] = "auto",
    graph: bool = False,
    directed: bool = False,
    nan: Nan = "refuse",
) -> Observations:
    """Read all batches of a table into observations.

    Args:
        table: where the batches come from.
        roles: which columns are read as what.
        sides: the names of the row and the column side.
        duplicates: what to do with lines that give the same cell: add their values, count them,
            take the latest (by time, else by line), or None to refuse them.
        ids: "text" keeps ids as text even when all of them are whole numbers.
        graph: both columns name the same things, so both sides get the same ids, and every edge is
            stored in both directions unless `directed`.
        directed: an edge goes from its row to its column only.
        nan: "unobserved": a line without a value names its ids, but its cell was not observed.

    Returns:
        Sparse observations; ids in the order of their first appearance; times in seconds.

    Raises:
        InputError: a missing or mixed id, a value that is no finite number, no lines, duplicates.
    """
    import pyarrow as pa
    from scipy.sparse import csr_array

    if duplicates == "count":
        roles = replace(roles, values=None)
    encoders = (Encoder(table, roles.rows, ids), Encoder(table, roles.cols, ids))
    if graph:
        encoders = (encoders[0], encoders[0])
    pile = Pile()
    for chunk in encoded(table, roles, encoders, graph, nan):
        pile.add(chunk)
    chunks = pile.chunks()
    if not chunks:
        header = "a header but " if table.text and table.named else ""
        raise InputError(f"{table.name} has {header}no lines with data")
    row_ids = encoders[0].finish()
    col_ids = row_ids if graph else encoders[1].finish()
    if graph and not directed:
        for i, chunk in enumerate(chunks):
            chunks[i] = both_ways(chunk)
    pa.default_memory_pool().release_unused()
    shape = (len(row_ids), len(col_ids))
    indptr, indices, data, times, weights = to_csr(chunks, shape)
    modes = Mode(sides[0], row_ids), Mode(sides[1], col_ids)
    if duplicates is None:
        _refuse_repeated(table.name, modes, indptr, indices, graph and not directed)
    else:
        indices, data, times, weights = merged(duplicates, indptr, indices, data, times, weights)
    if indptr[-1] < 2**31:
        indptr = indptr.astype(np.int32)
    cells = csr_array((data, indices, indptr), shape=shape)
    return Observations(*modes, cells, times, table.name, weights)


@dataclass
class Encoder:
    """One side's ids on their way to codes."""

    table: Table
    at: int
    wish: Literal["auto", "text"]
    vocabulary: IntegerVocabulary | TextVocabulary | None = field(default=None)

    def encode(self, ids: pa.Array, start: int) -> NDArray[np.int32]:
        """Return the codes of a batch of ids that starts at record `start`."""
        import pyarrow as pa
        import pyarrow.compute as pc

        refuse_missing(ids, start, self.table, self.at)
        if pa.types.is_dictionary(ids.type):
            # A dictionary may hold entries that no line uses; those are not ids of this matrix.
            used = pc.unique(ids.indices)
            codes = self.encode(ids.dictionary.take(used), start)
            mapping = np.full(len(ids.dictionary), -1, np.int32)
            mapping[used.to_numpy(zero_copy_only=False)] = codes
            mapped: NDArray[np.int32] = mapping[ids.indices.to_numpy(zero_copy_only=False)]
            return mapped
        return self._vocabulary_for(ids, start).encode(self._plain(ids, start))

    def finish(self) -> Ids:
        """Return the ids in the order of their codes."""
        import pyarrow as pa
        import pyarrow.compute as pc

        assert self.vocabulary is not None
        known = self.vocabulary.finish()
        if self.table.text and self.wish == "auto" and is_text(known.type):
            # Only what Python would write the same way again may become a number.
            canonical = pc.match_substring_regex(known, r"^(0|-?[1-9][0-9]{0,17})$")
            if pc.all(canonical).as_py():
                known = known.cast(pa.int64())
        return Ids(known, unique=True)

    def _plain(self, ids: pa.Array, start: int) -> pa.Array:
        import pyarrow as pa

        if is_text(ids.type):
            return ids.cast(pa.large_string())
        if not pa.types.is_integer(ids.type):
            first = ids[0].as_py() if len(ids) else None
            hint = "; cast the column to integers or to text"
            if pa.types.is_floating(ids.type):
                hint += " (a gap turns whole numbers into floating point in some tools)"
            raise InputError(
                f"{self.table.name}: {label(self.table, self.at)} holds {ids.type} ids such as "
                f"{first!r}, but text or whole numbers were expected{hint}"
            )
        if self.wish == "text":
            return ids.cast(pa.large_string())
        try:
            return ids.cast(pa.int64())
        except pa.ArrowInvalid as error:
            raise InputError(
                f"{self.table.name}: {label(self.table, self.at)} holds an id beyond 2^63 "
                f"({error}); read it with ids='text'"
            ) from None

    def _vocabulary_for(self, ids: pa.Array, start: int) -> IntegerVocabulary | TextVocabulary:
        text = is_text(ids.type) or self.wish == "text"
        if self.vocabulary is None:
            self.vocabulary = TextVocabulary() if text else IntegerVocabulary()
        elif text is not isinstance(self.vocabulary, TextVocabulary) and len(ids):
            known = self.vocabulary.finish()
            raise InputError(
                f"{self.table.name}, {self.table.place(start)}: ids mix text and numbers, "
                f"{known[0].as_py()!r} and {ids[0].as_py()!r}; make them all text or all numbers"
            )
        return self.vocabulary


def encoded(
    table: Table, roles: Roles, encoders: tuple[Encoder, Encoder], graph: bool, nan: Nan
) -> Iterator[Chunk]:
    """Yield all batches, encoded: one is encoded in threads while the next one is read."""
    waiting: Future[Chunk] | None = None
    start = 0
    encode: Callable[..., Chunk] = _encode_edges if graph else _encode_batch
    with (
        stage(f"read {table.name}", total=table.total) as step,
        ThreadPoolExecutor(1) as reader,
        ThreadPoolExecutor(1) as helper,
    ):
        for batch in table.batches(roles):
            if waiting is not None:
                yield waiting.result()
            waiting = None
            if batch.num_rows:
                waiting = reader.submit(encode, batch, start, table, roles, encoders, helper, nan)
            start += batch.num_rows
            step(batch.num_rows)
            del batch
        if waiting is not None:
            yield waiting.result()


def _encode_batch(
    batch: pa.RecordBatch,
    start: int,
    table: Table,
    roles: Roles,
    encoders: tuple[Encoder, Encoder],
    helper: ThreadPoolExecutor,
    nan: Nan,
) -> Chunk:
    cols = helper.submit(encoders[1].encode, batch.column(1), start)
    rows = encoders[0].encode(batch.column(0), start)
    return _observed(Chunk(rows, cols.result(), *_numbers(batch, start, table, roles, nan)))


def _encode_edges(
    batch: pa.RecordBatch,
    start: int,
    table: Table,
    roles: Roles,
    encoders: tuple[Encoder, Encoder],
    helper: ThreadPoolExecutor,
    nan: Nan,
) -> Chunk:
    """Encode both ends of every edge with one vocabulary, in the order of reading."""
    import pyarrow as pa

    ends = [batch.column(0), batch.column(1)]
    for at, end in zip((roles.rows, roles.cols), ends, strict=True):
        refuse_missing(end, start, table, at)
    ends = [e.dictionary_decode() if pa.types.is_dictionary(e.type) else e for e in ends]
    if is_text(ends[0].type) and is_text(ends[1].type):
        ends = [end.cast(pa.large_string()) for end in ends]
    elif pa.types.is_integer(ends[0].type) and pa.types.is_integer(ends[1].type):
        ends = [end.cast(pa.int64()) for end in ends]
    else:
        raise InputError(
            f"{table.name}: the two ends of an edge are {ends[0].type} and {ends[1].type}, but "
            "both must be text or both whole numbers, since they name the same things"
        )
    n = batch.num_rows
    mixed = np.arange(2 * n).reshape(2, n).T.ravel()
    codes = encoders[0].encode(pa.concat_arrays(ends).take(pa.array(mixed)), start)
    rows, cols = codes[0::2].copy(), codes[1::2].copy()
    return _observed(Chunk(rows, cols, *_numbers(batch, start, table, roles, nan)))


def _numbers(
    batch: pa.RecordBatch, start: int, table: Table, roles: Roles, nan: Nan
) -> tuple[NDArray[np.float32] | None, NDArray[np.float64] | None, NDArray[np.float32] | None]:
    parts = [part for part, _ in roles.used()]
    values = times = weights = None
    if "values" in parts:
        values = float_values(batch.column(parts.index("values")), start, table, roles, nan)
    if "time" in parts:
        times = float_times(batch.column(parts.index("time")), start, table, roles)
    if "weights" in parts:
        weights = float_weights(batch.column(parts.index("weights")), start, table, roles)
    return values, times, weights


def _observed(chunk: Chunk) -> Chunk:
    """Return the cells that hold a value."""
    if chunk.values is None or not (gaps := np.isnan(chunk.values)).any():
        return chunk
    return Chunk(*(None if part is None else part[~gaps] for part in chunk.parts()))  # type: ignore[arg-type]


def both_ways(chunk: Chunk) -> Chunk:
    """Return every edge in both directions, one after the other; a loop stays one."""

    def twice(forth: NDArray[Any], back: NDArray[Any]) -> NDArray[Any]:
        return np.stack([forth, back], axis=1).ravel()[keep]

    keep = np.ones(2 * len(chunk.rows), bool)
    keep[1::2] = chunk.rows != chunk.cols
    return Chunk(
        twice(chunk.rows, chunk.cols),
        twice(chunk.cols, chunk.rows),
        None if chunk.values is None else twice(chunk.values, chunk.values),
        None if chunk.times is None else twice(chunk.times, chunk.times),
        None if chunk.weights is None else twice(chunk.weights, chunk.weights),
    )


def _refuse_repeated(
    name: str,
    modes: tuple[Mode, Mode],
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    both_ways: bool,
) -> None:
    from rowspace.observe.kernels.merge import repeated

    found, row, at = repeated(indptr, indices)
    if not found:
        return
    first = (
        f"{modes[0].name} {modes[0].ids[row]!r} and {modes[1].name} "
        f"{modes[1].ids[int(indices[at])]!r}"
    )
    also = (
        " (an undirected edge is the same in both directions; directed=True keeps them apart)"
        if both_ways
        else ""
    )
    raise InputError(
        f"{name}: {found:,} cells repeat an earlier one, first {first}{also}; choose what that "
        'means: duplicates="sum" adds the values, "count" counts the lines, "last" takes the latest'
    )

"""Tables on disk: delimited text, Parquet, Arrow IPC and JSON lines, read in batches.

`open_table` looks at a file and returns a `Table` (see `rowspace.observe.columns`), which says what
columns there are and then yields record batches of the few that are asked for. Called by
`rowspace.observe.read` and `rowspace.observe.metadata`.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rowspace.errors import InputError
from rowspace.observe.columns import NUMBERS, Roles, Table, label
from rowspace.observe.delimited import open_delimited
from rowspace.observe.formats import broken_gzip, first_bytes, open_bytes

if TYPE_CHECKING:
    import pyarrow as pa

_RECORDS = 1 << 17
_BLOCK = 1 << 23


def open_table(
    path: Path,
    format: str,
    *,
    separator: str | None = None,
    header: bool | None = None,
    encoding: str | None = None,
    names: tuple[object, ...] = (),
) -> Table:
    """Open a file of one of `rowspace.observe.formats.TABLES`; the options are for delimited text.

    Args:
        path: the file.
        format: what it is, as `recognise` said.
        separator, header, encoding, names: see `open_delimited`.

    Raises:
        InputError: it cannot be read as that format.
    """
    if format in ("csv", "movielens", "edges"):
        if format == "movielens":
            separator = separator or ("::" if b"::" in first_bytes(path) else None)
        return open_delimited(
            path,
            separator=separator,
            header=header,
            encoding=encoding,
            comments=format == "edges",
            names=names,
        )
    if format == "jsonl":
        return _open_json(path)
    return _open_parquet(path) if format == "parquet" else _open_arrow(path)


@dataclass(frozen=True)
class ParquetTable:
    """A Parquet file."""

    path: Path
    columns: tuple[str, ...]
    total: int

    named = True
    text = False

    @property
    def name(self) -> str:
        """The name of the file."""
        return self.path.name

    def batches(self, roles: Roles) -> Iterator[pa.RecordBatch]:
        """Yield record batches as they are stored."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        wanted = [self.columns[at] for _, at in roles.used()]
        try:
            with pq.ParquetFile(self.path) as file:
                # One row group at a time: a reader of several keeps the buffers of all of them.
                for group in range(file.num_row_groups):
                    for batch in file.iter_batches(_RECORDS, row_groups=[group], columns=wanted):
                        yield batch.select(wanted)
        except (pa.ArrowInvalid, OSError) as error:
            raise InputError(f"{self.name} cannot be read to its end: {error}") from None

    def whole(self, ids: int) -> pa.Table:
        """Return all columns."""
        import pyarrow.parquet as pq

        return pq.read_table(self.path)

    def place(self, record: int) -> str:
        """Count rows from 1."""
        return f"row {record + 1}"


@dataclass(frozen=True)
class ArrowTable:
    """An Arrow IPC file, or a stream where `stream`."""

    path: Path
    columns: tuple[str, ...]
    stream: bool

    named = True
    text = False
    total = None

    @property
    def name(self) -> str:
        """The name of the file."""
        return self.path.name

    def batches(self, roles: Roles) -> Iterator[pa.RecordBatch]:
        """Yield record batches as they are stored, memory-mapped."""
        import pyarrow as pa

        wanted = [self.columns[at] for _, at in roles.used()]
        try:
            with pa.memory_map(str(self.path)) as file:
                if self.stream:
                    batches: Any = pa.ipc.open_stream(file)
                else:
                    reader = pa.ipc.open_file(file)
                    batches = (reader.get_batch(i) for i in range(reader.num_record_batches))
                for batch in batches:
                    for start in range(0, batch.num_rows, _RECORDS):
                        yield batch.select(wanted).slice(start, _RECORDS)
        except (pa.ArrowInvalid, OSError, EOFError) as error:
            raise InputError(f"{self.name} cannot be read to its end: {error}") from None

    def whole(self, ids: int) -> pa.Table:
        """Return all columns."""
        import pyarrow as pa

        with pa.OSFile(str(self.path)) as file:
            reader = pa.ipc.open_stream(file) if self.stream else pa.ipc.open_file(file)
            return reader.read_all()

    def place(self, record: int) -> str:
        """Count rows from 1."""
        return f"row {record + 1}"


@dataclass(frozen=True)
class JsonLines:
    """A file with one JSON object per line, gzip or not.

    Attributes:
        path: the file.
        columns: the keys of its first objects.
        samples: for each of them, the first value that is not null.
    """

    path: Path
    columns: tuple[str, ...]
    samples: tuple[object, ...]

    named = True
    text = False
    total = None

    @property
    def name(self) -> str:
        """The name of the file."""
        return self.path.name

    def batches(self, roles: Roles) -> Iterator[pa.RecordBatch]:
        """Yield record batches with ids as text or int64, as the first object has them."""
        import pyarrow as pa
        from pyarrow import json as arrow_json

        wanted = [self.columns[at] for _, at in roles.used()]
        schema = pa.schema([(self.columns[at], self._kind(part, at)) for part, at in roles.used()])
        parse = arrow_json.ParseOptions(
            explicit_schema=schema, unexpected_field_behavior="ignore", newlines_in_values=False
        )
        try:
            with open_bytes(self.path) as file:
                while block := file.read(_BLOCK):
                    block += file.readline()
                    if not block.strip():
                        continue
                    read = arrow_json.ReadOptions(block_size=len(block) + 1)
                    table = arrow_json.read_json(
                        pa.BufferReader(block), read_options=read, parse_options=parse
                    )
                    yield from table.select(wanted).combine_chunks().to_batches()
        except pa.ArrowInvalid as error:
            raise self._explained(roles, error) from None
        except (EOFError, gzip.BadGzipFile, zlib.error):
            raise broken_gzip(self.name) from None

    def whole(self, ids: int) -> pa.Table:
        """Return all columns, their types inferred."""
        import pyarrow as pa
        from pyarrow import json as arrow_json

        kind = pa.schema([(self.columns[ids], self._kind("rows", ids))])
        try:
            with open_bytes(self.path) as file:
                return arrow_json.read_json(
                    file, parse_options=arrow_json.ParseOptions(explicit_schema=kind)
                )
        except pa.ArrowInvalid as error:
            raise InputError(f"{self.name}: {error}") from None

    def place(self, record: int) -> str:
        """Say in which line a record is."""
        for i, (line, _) in enumerate(self._records()):
            if i == record:
                return f"line {line}"
        return f"record {record + 1}"

    def _kind(self, part: str, at: int) -> pa.DataType:
        import pyarrow as pa

        sample = self.samples[at]
        if part in NUMBERS:
            return pa.bool_() if isinstance(sample, bool) else pa.float64()
        if isinstance(sample, str):
            return pa.string()
        return pa.float64() if part == "time" or isinstance(sample, float) else pa.int64()

    def _records(self) -> Iterator[tuple[int, bytes]]:
        with open_bytes(self.path) as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield number, line

    def _explained(self, roles: Roles, error: Exception) -> InputError:
        """Find the line that Arrow could not read and say what is wrong with it."""
        for number, line in self._records():
            where = f"{self.name}, line {number}"
            got = _object(line, where)
            for part, at in roles.used():
                value, key = got.get(self.columns[at]), label(self, at)
                first = self.samples[at]
                if value is None and part in NUMBERS:
                    continue  # not what stopped the reader
                if value is None:
                    return InputError(f"{where}: {key} is missing")
                if part in ("rows", "cols"):
                    if isinstance(value, bool) or not isinstance(value, str | int):
                        return InputError(
                            f"{where}: {key} is {value!r}, but an id is text or a whole number"
                        )
                    if isinstance(value, str) is not isinstance(first, str):
                        return InputError(
                            f"{where}: {key} mixes text and numbers, {value!r} here and {first!r} "
                            "before; make the ids all text or all whole numbers"
                        )
                    if isinstance(value, int) and not -(2**63) <= value < 2**63:
                        return InputError(
                            f"{where}: {key} is {value}, beyond 2^63; write it as text"
                        )
                elif type(value) is not type(first) and not (
                    {type(value), type(first)} <= {int, float}
                ):
                    return InputError(
                        f"{where}: {key} is {value!r}, but a number was expected"
                        if part in NUMBERS
                        else f"{where}: {key} is {value!r}, but {first!r} came before"
                    )
                elif part in NUMBERS and not isinstance(value, int | float):
                    return InputError(f"{where}: {key} is {value!r}, but a number was expected")
        return InputError(f"{self.name}: {error}")


def _object(line: bytes, where: str) -> dict[str, Any]:
    try:
        got = json.loads(line)
    except UnicodeDecodeError as error:
        raise InputError(f"{where} is not UTF-8 text: {error}") from None
    except json.JSONDecodeError as error:
        raise InputError(f"{where} is no JSON: {error}") from None
    if not isinstance(got, dict):
        hint = "; one array around all objects is another format" if isinstance(got, list) else ""
        raise InputError(f"{where}: one JSON object was expected, not a {type(got).__name__}{hint}")
    return got


def _open_json(path: Path) -> JsonLines:
    samples: dict[str, object] = {}
    head = first_bytes(path)
    if head.lstrip()[:1] == b"[":
        raise InputError(
            f"{path.name} is one JSON array, but one object per line was expected (JSON lines)"
        )
    try:
        with open_bytes(path) as file:
            seen = 0
            for number, line in enumerate(file, start=1):
                if not line.strip():
                    continue
                for key, value in _object(line, f"{path.name}, line {number}").items():
                    if samples.get(key) is None:
                        samples[key] = value
                seen += 1
                if seen == 100:
                    break
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise broken_gzip(path.name) from None
    if not samples:
        raise InputError(f"{path.name} has no lines with data")
    return JsonLines(path, tuple(samples), tuple(samples.values()))


def _open_parquet(path: Path) -> ParquetTable:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            names, rows = file.schema_arrow.names, file.metadata.num_rows
    except (pa.ArrowInvalid, OSError) as error:
        raise InputError(f"{path.name} is truncated or damaged: {error}") from None
    return ParquetTable(path, tuple(names), rows)


def _open_arrow(path: Path) -> ArrowTable:
    import pyarrow as pa

    stream = not first_bytes(path, 6).startswith(b"ARROW1")
    try:
        with pa.OSFile(str(path)) as file:
            reader = pa.ipc.open_stream(file) if stream else pa.ipc.open_file(file)
            return ArrowTable(path, tuple(reader.schema.names), stream)
    except (pa.ArrowInvalid, OSError) as error:
        raise InputError(f"{path.name} is truncated or damaged: {error}") from None

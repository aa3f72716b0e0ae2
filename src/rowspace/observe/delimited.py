"""Delimited text: CSV, TSV, edge lists, MovieLens `::` files, any separator, gzip or not.

`open_delimited` looks at the first lines (separator, header) and returns a `Delimited` table whose
batches come from Arrow's streaming reader. What Arrow cannot read (separators of several
characters, runs of blanks, comment lines) is rewritten on the way. Line numbers cost nothing until
something is wrong: then the file is read once more, slowly, to find the line. Called by
`rowspace.observe.tables`.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from rowspace.errors import InputError
from rowspace.observe.columns import NUMBERS, Roles, is_usual, label
from rowspace.observe.formats import SAMPLE, broken_gzip, first_bytes, is_gzip, open_bytes

if TYPE_CHECKING:
    import pyarrow as pa

_SEPARATORS = (",", "\t", ";", "|", "::", " ")
_BLOCK = 1 << 23
_UNIT = "\x1f"  # stands for a separator that Arrow cannot use
_BLANKS = " "  # as a separator: any run of blanks and tabs


@dataclass(frozen=True)
class Delimited:
    """A delimited text file; see `rowspace.observe.columns.Table` for what it offers.

    Attributes:
        path: the file.
        columns, named: the header, or "0", "1", ... without one.
        separator: one or more characters; " " is any run of blanks and tabs.
        skip: physical lines before the first record, comments not counted.
        comments: lines that begin with # or % are no records.
        quoted: a field may stand in double quotes.
        encoding: of the text.
    """

    path: Path
    columns: tuple[str, ...]
    named: bool
    separator: str
    skip: int
    comments: bool
    quoted: bool
    encoding: str

    text = True
    total = None

    @property
    def name(self) -> str:
        """The name of the file."""
        return self.path.name

    def batches(self, roles: Roles) -> Iterator[pa.RecordBatch]:
        """Yield record batches: ids and times as text, values and weights as float64."""
        import pyarrow as pa

        kinds = {
            str(at): pa.float64() if part in NUMBERS else pa.string() for part, at in roles.used()
        }
        order = [str(at) for _, at in roles.used()]
        try:
            for batch in self._reader(list(kinds), kinds):
                yield batch.select(order)
        except pa.ArrowInvalid as error:
            raise self._explained(roles, error) from None
        except (EOFError, zlib.error, OSError):
            if not is_gzip(self.path):
                raise
            raise broken_gzip(self.name) from None

    def whole(self, ids: int) -> pa.Table:
        """Return all columns, their types inferred; column `ids` as text."""
        import pyarrow as pa

        try:
            table = pa.Table.from_batches(self._reader(None, {str(ids): pa.string()}))
        except pa.ArrowInvalid as error:
            raise self._explained(Roles(ids, ids), error) from None
        except (EOFError, zlib.error, OSError):
            if not is_gzip(self.path):
                raise
            raise broken_gzip(self.name) from None
        return table.rename_columns(list(self.columns))

    def place(self, record: int) -> str:
        """Say in which line a record is."""
        for i, (line, _) in enumerate(self._records()):
            if i == record:
                return f"line {line}"
        return f"record {record + 1}"

    def _reader(self, wanted: list[str] | None, kinds: dict[str, Any]) -> Any:
        import pyarrow as pa
        from pyarrow import csv as arrow_csv

        single = len(self.separator) == 1 and self.separator != _BLANKS
        if single and not self.comments:
            packed = "gzip" if is_gzip(self.path) else None
            source: Any = pa.input_stream(str(self.path), compression=packed)
        else:
            separator = None if single else self.separator
            rewritten = _Rewritten(open_bytes(self.path), separator, self.comments)
            source = pa.PythonFile(rewritten, mode="r")
        return arrow_csv.open_csv(
            source,
            read_options=arrow_csv.ReadOptions(
                block_size=_BLOCK,
                skip_rows=self.skip,
                column_names=[str(i) for i in range(len(self.columns))],
                encoding=self.encoding,
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=self.separator if single else _UNIT,
                quote_char='"' if self.quoted else False,
                newlines_in_values=self.quoted,
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=kinds,
                include_columns=wanted,
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
            ),
        )

    def _records(self) -> Iterator[tuple[int, list[str]]]:
        """Yield the line number and the fields of every record; bytes that are no text survive."""
        number = 0

        def lines(file: IO[str]) -> Iterator[str]:
            nonlocal number
            kept = 0
            for line in file:
                number += 1
                if self.comments and line.lstrip()[:1] in ("#", "%"):
                    continue
                kept += 1
                if kept > self.skip:
                    yield _single(line, self.separator)

        with _text(self.path, self.encoding) as file:
            try:
                for fields in _split(lines(file), self.separator, self.quoted):
                    if fields:
                        yield number, fields
            except csv.Error as error:
                raise InputError(f"{self.name}, line {number}: {error}") from None

    def _explained(self, roles: Roles, error: Exception) -> InputError:
        """Find the line that Arrow could not read and say what is wrong with it."""
        records = 0
        for line, fields in self._records():
            records += 1
            where = f"{self.name}, line {line}"
            text = self.separator.join(fields)
            if any("\udc80" <= c <= "\udcff" for c in text):
                shown = text.encode(self.encoding, "surrogateescape")[:40]
                return InputError(
                    f"{where} is not {self.encoding} text: {shown!r}; "
                    "say encoding='latin-1' or what it is written in"
                )
            if len(fields) != len(self.columns):
                return InputError(
                    f"{where} has {len(fields)} fields, but {len(self.columns)} were expected: "
                    f"{text[:60]!r}"
                )
            for part, at in roles.used():
                if part not in NUMBERS or not fields[at] or _is_number(fields[at]):
                    continue
                out = "; values=False counts every line as 1" if part in roles.guessed else ""
                return InputError(
                    f"{where}: {label(self, at)} is {fields[at]!r}, but a number was expected{out}"
                )
        if not records:
            what = "a header but no lines" if self.named else "no lines"
            return InputError(f"{self.name} has {what} with data")
        return InputError(f"{self.name}: {error}")


def open_delimited(
    path: Path,
    *,
    separator: str | None = None,
    header: bool | None = None,
    encoding: str | None = None,
    comments: bool = False,
    names: tuple[object, ...] = (),
) -> Delimited:
    """Look at the first lines of a delimited file.

    Args:
        path: the file, gzip or not.
        separator: between fields; " " is any run of blanks and tabs; None to find it.
        header: whether the first line names the columns; None to find out.
        encoding: of the text, UTF-8 where None.
        comments: skip lines that begin with # or %.
        names: columns that the user gave; a first line with one of their names is a header.

    Raises:
        InputError: nothing to read, one column only, or bytes that are no text.
    """
    text = _sample(path, encoding or "utf-8")
    physical = [
        line
        for line in text.splitlines(keepends=True)
        if not (comments and line.lstrip()[:1] in ("#", "%"))
    ]
    if not any(line.strip() for line in physical):
        raise InputError(f"{path.name} has no lines with data")
    if separator is None:
        separator = _guessed_separator(path, physical)
    elif separator == "" or "\n" in separator:
        raise InputError(f"separator is {separator!r}, but one or more characters were expected")
    quoted = len(separator) == 1 and separator != _BLANKS
    lines = iter(physical)
    used = 0

    def counted() -> Iterator[str]:
        nonlocal used
        for line in lines:
            used += 1
            yield _single(line, separator)

    records: list[list[str]] = []
    skip = 0
    for fields in _split(counted(), separator, quoted):
        if not fields:
            continue
        if not records:
            skip = used
        records.append(fields)
        if len(records) == 20:
            break
    first = records[0]
    if header is None:
        header = _has_header(records, names)
    if header and any("\udc80" <= c <= "\udcff" for c in "".join(first)):
        raise InputError(
            f"{path.name}, line 1 is not {encoding or 'utf-8'} text: {first!r}; say "
            "encoding='latin-1' or what it is written in"
        )
    if len(first) < 2:
        raise InputError(
            f"{path.name} has one column only, {first[0][:40]!r}, but rows and columns need two; "
            "say separator= if another one stands between the fields"
        )
    columns = tuple(f.strip() for f in first) if header else tuple(map(str, range(len(first))))
    return Delimited(
        path,
        columns,
        bool(header),
        separator,
        skip if header else 0,
        comments,
        quoted,
        encoding or ("utf-8" if separator != "::" else _utf8_or_latin1(path)),
    )


class _Rewritten(io.RawIOBase):
    """A binary file with comment lines left out and separators made into one character.

    Args:
        file: what to read.
        separator: what becomes one character, None for nothing.
        comments: whether lines that begin with # or % are left out.
    """

    def __init__(self, file: IO[bytes], separator: str | None, comments: bool) -> None:
        self._file = file
        self._separator = separator
        self._comments = comments
        self._ready = b""

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self._file.close()
        super().close()

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes; whole lines are rewritten at a time."""
        while not self._ready:
            block = self._file.read(_BLOCK)
            if not block:
                return b""
            self._ready = self._line_by_line(block + self._file.readline())
        out, self._ready = (
            (self._ready, b"") if size < 0 else (self._ready[:size], self._ready[size:])
        )
        return out

    def _line_by_line(self, block: bytes) -> bytes:
        if self._comments and (b"#" in block or b"%" in block):
            block = re.sub(rb"(?m)^[ \t]*[#%].*(?:\n|\Z)", b"", block)
        if self._separator == _BLANKS:
            block = re.sub(rb"(?m)^[ \t]+|[ \t]+(?=\r?$)", b"", block)
            return re.sub(rb"[ \t]+", _UNIT.encode(), block)
        if self._separator is not None:
            block = block.replace(self._separator.encode(), _UNIT.encode())
        return block


def _single(line: str, separator: str) -> str:
    """Rewrite one line as `_Rewritten` does."""
    if separator == _BLANKS:
        return _UNIT.join(line.strip("\r\n").replace("\t", " ").split()) + "\n"
    return line.replace(separator, _UNIT) if len(separator) > 1 else line


def _split(lines: Iterator[str], separator: str, quoted: bool) -> Iterator[list[str]]:
    """Split lines that `_single` has rewritten into fields; an empty line gives no fields."""
    delimiter = separator if len(separator) == 1 and separator != _BLANKS else _UNIT
    if quoted:
        return csv.reader(lines, delimiter=delimiter)
    return (line.rstrip("\r\n").split(delimiter) if line.rstrip("\r\n") else [] for line in lines)


def _text(path: Path, encoding: str) -> IO[str]:
    if encoding.lower() in ("utf-8", "utf8"):
        encoding = "utf-8-sig"  # a byte order mark is no part of the first name
    return io.TextIOWrapper(
        open_bytes(path), encoding=encoding, errors="surrogateescape", newline=""
    )


def _sample(path: Path, encoding: str) -> str:
    head = first_bytes(path)
    if head[:2] in (b"\xff\xfe", b"\xfe\xff") and "16" not in encoding:
        raise InputError(f"{path.name} is UTF-16 text; say encoding='utf-16'")
    cut = head
    if len(head) == SAMPLE and b"\n" in head:
        cut = head[: head.rindex(b"\n") + 1]
    try:
        text = cut.decode(encoding, "surrogateescape")
    except LookupError:
        raise InputError(f"no text encoding {encoding!r} is known") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{path.name} is not {encoding} text: {error}") from None
    return text.removeprefix("\ufeff")


def _guessed_separator(path: Path, lines: list[str]) -> str:
    suffixes = {s.lower() for s in path.suffixes}
    if suffixes & {".tsv", ".tab"}:
        return "\t"
    widths = {}
    for separator in _SEPARATORS:
        rewritten = (_single(line, separator) for line in lines[:21])
        quoted = len(separator) == 1 and separator != _BLANKS
        fields = [f for f in _split(rewritten, separator, quoted) if f][:20]
        widths[separator] = [len(f) for f in fields]
    for separator, width in widths.items():
        if min(width) > 1 and min(width) == max(width):
            return separator
    return next((s for s, width in widths.items() if width[0] > 1), _SEPARATORS[0])


def _has_header(records: list[list[str]], names: tuple[object, ...]) -> bool:
    """Say whether the first record names the columns: no numbers in it, but numbers below it."""
    first = [field.strip() for field in records[0]]
    if any(name in first for name in names if isinstance(name, str)):
        return True
    if len(set(first)) < len(first) or any(not f or _is_number(f) for f in first):
        return False
    if sum(is_usual(field) for field in first) >= 2:
        return True
    return (
        any(all(_is_number(r[i]) for r in records[1:] if i < len(r)) for i in range(len(first)))
        and len(records) > 1
    )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text


def _utf8_or_latin1(path: Path) -> str:
    """Return the encoding of a MovieLens file: the older ones are in Latin-1."""
    try:
        with _text(path, "utf-8") as file:
            file.reconfigure(errors="strict")  # type: ignore[attr-defined]
            while file.read(1 << 22):
                pass
    except UnicodeDecodeError:
        return "latin-1"
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise broken_gzip(path.name) from None
    return "utf-8"

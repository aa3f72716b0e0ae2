"""word2vec files: named vectors as text or binary, read and written as a stream.

Text is a header line "n dim" (GloVe leaves it out) and one line per id: the id and its numbers,
separated by blanks. Binary is the header line, then per id: the id, one blank, dim little-endian
float32 (and a line feed, from some writers). Both may be gzipped.

Used through `interchange.py`. In: a `Side` or a path. Out: a file or a `Space`.
"""

from __future__ import annotations

import gzip
import io
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import InputError
from rowspace.observe.ids import Ids
from rowspace.progress import stage
from rowspace.space.publish import replacing
from rowspace.space.space import Space

if TYPE_CHECKING:
    import os

    from rowspace.space.side import Side

    Named = tuple[list[str], NDArray[np.float32]]

_ROWS_PER_STEP = 4096
_BUFFER = 1 << 22
_HEADER = re.compile(rb"\s*(\d+)\s+(\d+)\s*")
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def write_word2vec(side: Side, path: str | os.PathLike[str], binary: bool = False) -> None:
    """Write the vectors of a side as word2vec text or binary, exact to the last bit.

    Args:
        side: whose ids and vectors.
        path: the file, replaced in one step if it exists; gzipped when it ends in ".gz".
        binary: the binary form, which is smaller and faster.

    Raises:
        InputError: an id is empty or holds a blank, which would end it.
        SpaceError: the file cannot be written.
    """
    path = Path(path)
    _refuse_blanks(side)
    numbers = " ".join(["%.9g"] * side.dim)  # nine digits tell any two float32 apart
    with (
        replacing(path) as temporary,
        opened_for_writing(temporary, gzipped=path.suffix == ".gz") as file,
        stage("write", total=len(side)) as step,
    ):
        file.write(f"{len(side)} {side.dim}\n".encode())
        start = 0
        for block in side.blocks:
            for top in range(0, len(block), _ROWS_PER_STEP):
                part = block[top : top + _ROWS_PER_STEP]
                names = side.ids[start : start + len(part)]
                if binary:
                    raw = part.astype("<f4", copy=False)
                    rows = [f"{n} ".encode() + row.tobytes() for n, row in zip(names, raw)]
                else:
                    pairs = zip(names, part.tolist())
                    rows = [f"{n} {numbers % tuple(row)}\n".encode() for n, row in pairs]
                file.write(b"".join(rows))
                start += len(part)
                step(len(part))


def read_word2vec(
    path: str | os.PathLike[str], binary: bool | None = None, side: str = "word"
) -> Space:
    """Read named vectors from word2vec text or binary, or GloVe text, gzipped or not.

    Args:
        path: the file.
        binary: which form it has; found out from the first row where None.
        side: what the named things are.

    Returns:
        A `Space` with one side, whose ids are text.

    Raises:
        InputError: the file is missing, truncated or something else, repeats an id, or holds what
            is no finite number; the message names the file and the line or row.
    """
    path = Path(path)
    with _opened_for_reading(path) as file:
        first = file.readline(_BUFFER)
        header = _HEADER.fullmatch(first)
        if header is None:
            if binary:
                raise InputError(
                    f"{path}: line 1 should be the number of vectors and their length, but is "
                    f"{_shown(first)}; pass binary=False if this is text"
                )
            ids, vectors = _read_text(path, file, first, _length(path, first), None)
        else:
            n, dim = int(header[1]), int(header[2])
            if binary is None:
                binary = _looks_binary(file.peek(), dim)
            if binary:
                ids, vectors = _read_binary(path, file, n, dim)
            else:
                ids, vectors = _read_text(path, file, b"", dim, n)
    try:
        return Space.from_vectors({side: (Ids(ids, what=side), vectors)}, name=path.name)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def _read_text(
    path: Path, file: io.BufferedReader, first: bytes, dim: int, promised: int | None
) -> Named:
    """Read the lines of `file`, after the line `first` if that was a vector and no header."""
    ids: list[str] = []
    vectors = _room(path, _ROWS_PER_STEP if promised is None else promised, dim, 2 * dim)
    lines: Iterator[bytes] = (line for source in ([first], file) for line in source)
    with stage("read", total=promised) as step:
        for number, line in enumerate(lines, 1):
            fields = line.replace(b"\t", b" ").rstrip(b" \r\n").rsplit(b" ", dim)
            if fields == [b""]:
                continue  # an empty line, or the place of the header
            where = f"{path}: line {number}"
            _, blank, extra = fields[0].rpartition(b" ")
            if len(fields) <= dim or (blank and _is_number(extra)):
                raise InputError(
                    f"{where} has {len(line.split()) - 1} numbers after the id, "
                    f"but {dim} were expected"
                )
            if len(ids) == len(vectors):
                if promised is not None:
                    raise InputError(f"{where} is one more than the {promised} that line 1 says")
                vectors.resize((2 * len(vectors), dim), refcheck=False)
            row = vectors[len(ids)]
            try:
                row[:] = [float(field) for field in fields[1:]]
            except ValueError:
                row[:] = np.nan
            if not np.isfinite(row).all():
                bad = next(f for f in fields[1:] if not _is_finite(f))
                raise InputError(f"{where} has {_shown(bad)} where a finite number was expected")
            ids.append(_decoded(fields[0], where))
            if len(ids) % _ROWS_PER_STEP == 0:
                step(_ROWS_PER_STEP)
    _refuse_too_few(path, len(ids), promised)
    vectors.resize((len(ids), dim), refcheck=False)
    return ids, vectors


def _read_binary(path: Path, file: io.BufferedReader, n: int, dim: int) -> Named:
    ids: list[str] = []
    vectors = _room(path, n, dim, 4 * dim + 1)
    held, at = b"", 0
    with stage("read", total=n) as step:
        while len(ids) < n:
            blank = held.find(b" ", at)
            after = blank + 1 + 4 * dim
            if blank < 0 or after > len(held):
                more = file.read(_BUFFER)
                if not more or (blank < 0 and len(held) - at > _BUFFER):
                    _refuse_too_few(path, len(ids), n)
                held, at = held[at:] + more, 0
                continue
            name = held[at:blank].lstrip(b"\n")
            vectors[len(ids)] = np.frombuffer(held, "<f4", dim, blank + 1)
            ids.append(_decoded(name, f"{path}: row {len(ids) + 1}"))
            at = after
            if len(ids) % _ROWS_PER_STEP == 0:
                step(_ROWS_PER_STEP)
    if (held[at:] + file.read(2)).strip(b"\n"):
        raise InputError(f"{path}: there is more after the {n} vectors that line 1 says")
    return ids, vectors


def _room(path: Path, n: int, dim: int, least_bytes: int) -> NDArray[np.float32]:
    """Return an empty (n, dim) array, if a file of this size can hold so many vectors."""
    if dim < 1:
        raise InputError(f"{path}: line 1 says that the vectors have {dim} numbers")
    size = path.stat().st_size
    if path.suffix != ".gz" and n > _ROWS_PER_STEP and size < n * least_bytes:
        raise InputError(
            f"{path}: line 1 promises {n} vectors of {dim} numbers, too many for {size} bytes; "
            "the file is truncated, or line 1 is wrong"
        )
    try:
        return np.empty((n, dim), np.float32)
    except (MemoryError, ValueError):
        raise InputError(
            f"{path}: line 1 promises {n} vectors of {dim} numbers, more than fit into memory"
        ) from None


def _length(path: Path, first: bytes) -> int:
    """Return how many numbers follow the id on the first line of a file without header."""
    fields = first.split()
    if len(fields) < 2 or not all(map(_is_number, fields[1:])):
        what = f"is {_shown(first)}" if first else "is missing"
        raise InputError(
            f"{path}: line 1 {what}, but an id with its numbers, or the number of vectors and "
            "their length, was expected; this is no word2vec or GloVe file"
        )
    return len(fields) - 1


def _looks_binary(sample: bytes, dim: int) -> bool:
    """Say whether the rows after a header are binary: they hold bytes that no text has."""
    first = sample.partition(b"\n")[0].split()
    if len(first) > dim and all(map(_is_number, first[-dim:])):
        return False
    start = sample.find(b" ") + 1
    numbers = sample[start : start + 4 * dim]
    try:
        numbers.decode()
    except UnicodeDecodeError as error:
        return error.end < len(numbers) or bool(_CONTROL.search(numbers))
    return bool(_CONTROL.search(numbers))


def _refuse_too_few(path: Path, found: int, promised: int | None) -> None:
    if promised is not None and found < promised:
        raise InputError(
            f"{path}: line 1 promises {promised} vectors, but there are {found}; "
            "the file is truncated, or line 1 is wrong"
        )


def _refuse_blanks(side: Side) -> None:
    import pyarrow.compute as pc

    if side.ids.is_integer or not len(side):
        return
    bad = pc.match_substring_regex(side.ids.array, r"^$|[ \t\n\r\v\f]")
    at = pc.index(bad, True).as_py()
    if at >= 0:
        raise InputError(
            f"the id {side.ids[at]!r} of side {side.name!r} is empty or holds a blank, which ends "
            "an id in a word2vec file; export as parquet, or rename it"
        )


def _decoded(name: bytes, where: str) -> str:
    try:
        return name.decode()
    except UnicodeDecodeError:
        raise InputError(f"{where} has the id {_shown(name)}, which is not UTF-8 text") from None


def _is_number(field: bytes) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return True


def _is_finite(field: bytes) -> bool:
    with np.errstate(over="ignore"):
        return _is_number(field) and bool(np.isfinite(np.float32(float(field))))


def _shown(raw: bytes) -> str:
    text = raw[:60].decode(errors="backslashreplace")
    return repr(text.rstrip("\n")) + ("..." if len(raw) > 60 else "")


@contextmanager
def opened_for_writing(path: Path, gzipped: bool) -> Iterator[io.BufferedIOBase]:
    """Open a new binary file, compressed or not (the same bytes in give the same bytes out)."""
    with path.open("xb") as plain:
        if not gzipped:
            yield plain
            return
        with gzip.GzipFile("", "wb", 6, plain, mtime=0) as packed:
            yield packed


@contextmanager
def _opened_for_reading(path: Path) -> Iterator[io.BufferedReader]:
    """Open a file, unpacking gzip; what the system or gzip refuses becomes one sentence."""
    try:
        with path.open("rb", buffering=0) as raw, np.errstate(over="ignore"):
            packed = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            source: Any = gzip.GzipFile(fileobj=raw) if packed else raw
            with io.BufferedReader(source, _BUFFER) as file:
                yield file
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(f"{path}: the gzip data are truncated or damaged ({error})") from None
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from None

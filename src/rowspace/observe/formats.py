"""What a file is: guessed from its name, checked against its first bytes.

In goes a path and the format that the user named, if any; out comes the format, or one sentence
about a file that is not what its name says. Called by `rowspace.observe.read` and `.metadata`.
"""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from pathlib import Path
from typing import IO

from rowspace.errors import InputError, nearest_names

# Suffixes of each format; ".gz" may follow those that are compressed as a whole.
SUFFIXES = {
    "csv": (".csv", ".tsv", ".tab", ".data"),
    "movielens": (".dat",),
    "edges": (".edges", ".edgelist", ".edg"),
    "jsonl": (".jsonl", ".ndjson", ".json"),
    "parquet": (".parquet", ".pq"),
    "arrow": (".arrow", ".arrows", ".feather", ".ipc"),
    "mtx": (".mtx", ".mm"),
    "npz": (".npz",),
    "npy": (".npy",),
    "text": (".txt",),
}
MATRICES = ("mtx", "npz", "npy")
TABLES = ("csv", "movielens", "edges", "jsonl", "parquet", "arrow")
_PLAIN = ("csv", "movielens", "edges", "jsonl", "text")
_MAGIC = (
    (b"PAR1", "a Parquet file", "parquet"),
    (b"ARROW1", "an Arrow file", "arrow"),
    (b"\xff\xff\xff\xff", "an Arrow stream", "arrow"),
    (b"FEA1", "a Feather file of version 1", ""),
    (b"%%MatrixMarket", "a Matrix Market file", "mtx"),
    (b"\x93NUMPY", "a NumPy array", "npy"),
    (b"PK\x03\x04", "a zip archive", "npz"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstandard", ""),
    (b"BZh", "compressed with bzip2", ""),
    (b"\xfd7zXZ", "compressed with xz", ""),
    (b"SQLite format 3", "an SQLite database", ""),
    (b"\x89HDF", "an HDF5 file", ""),
)
SAMPLE = 1 << 16


def recognise(path: Path, format: str | None) -> str:
    """Return the format of a file, one of the keys of `SUFFIXES`.

    Args:
        path: an existing file or folder.
        format: what the user said it is, or None to go by its name and its content.

    Returns:
        The format that reads it; for "edges" in a Parquet, Arrow or JSON file, that format.

    Raises:
        InputError: unknown format, an empty file, or content that contradicts the name.
    """
    if format is not None and format not in SUFFIXES:
        raise InputError(
            f"no format {format!r}; there are {', '.join(SUFFIXES)}, triples"
            + nearest_names(format, SUFFIXES)
        )
    if path.is_dir():
        if format in (None, "text"):
            return "text"
        raise InputError(f"{path} is a folder, but a file was expected for format {format!r}")
    head = first_bytes(path)
    if not head:
        raise InputError(f"{path.name} is empty")
    found, content = _content(path, head)
    named = format or _by_name(path)
    if format == "edges" and (content in TABLES or _by_name(path) == "jsonl"):
        named = content if content in TABLES else "jsonl"  # edges in a file of another format
    if named is None:
        named = content
    if not named:
        raise InputError(
            f"{path.name}: the name does not tell the format"
            + (f" and the content is {found}" if found else "")
            + f"; say format= one of {', '.join(SUFFIXES)}"
        )
    if named in _PLAIN:
        said = f"{path.name} should be {named} text by its {'format' if format else 'name'}"
        if found:
            use = f"; say format={content!r}" if content and content != "npz" else "; unpack it"
            raise InputError(f"{said}, but it is {found}{use}")
        if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
            return named  # UTF-16, which the reader accepts when told so
        if b"\0" in head:
            raise InputError(f"{said}, but it holds binary data")
    elif named != content:
        is_it = found or "something else"
        raise InputError(
            f"{path.name} should be {named} by its {'format' if format else 'name'}, but it is "
            f"{is_it}" + (f"; say format={content!r}" if content else "")
        )
    return named


def open_bytes(path: Path) -> IO[bytes]:
    """Open a file for reading bytes, unpacking it when it is a gzip stream."""
    if is_gzip(path):
        return io.BufferedReader(gzip.open(path))
    return path.open("rb")


def is_gzip(path: Path) -> bool:
    """Say whether a file begins like a gzip stream."""
    with path.open("rb") as file:
        return file.read(2) == b"\x1f\x8b"


def first_bytes(path: Path, n: int = SAMPLE) -> bytes:
    """Return the first bytes of a file, unpacked when it is a gzip stream."""
    try:
        if is_gzip(path):
            with gzip.open(path) as packed:
                return packed.read(n)
        if path.suffix == ".gz" and path.stat().st_size:
            raise InputError(f"{path.name} should be a gzip stream by its name, but it is not")
        with path.open("rb") as file:
            return file.read(n)
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise broken_gzip(path.name) from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from None


def broken_gzip(name: str) -> InputError:
    """Return the error for a gzip stream that ends too early or is damaged."""
    return InputError(f"{name}: the gzip stream is truncated or damaged; fetch the file again")


def _by_name(path: Path) -> str | None:
    suffixes = [s.lower() for s in path.suffixes]
    if suffixes and suffixes[-1] == ".gz":
        suffixes.pop()
    last = suffixes[-1] if suffixes else ""
    return next((name for name, known in SUFFIXES.items() if last in known), None)


def _content(path: Path, head: bytes) -> tuple[str, str]:
    """Return in words what the first bytes say, and the format that reads it; "" for plain text."""
    for magic, words, format in _MAGIC:
        if head.startswith(magic):
            if format == "npz" and not _holds_arrays(path):
                return words, ""
            return words, format
    return "", ""


def _holds_arrays(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return any(name.endswith(".npy") for name in archive.namelist())
    except zipfile.BadZipFile:
        return path.suffix == ".npz"  # a truncated one; its reader says so

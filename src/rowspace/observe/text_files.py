"""Text files to documents: a folder of files or a file of lines as a stream of (id, text).

Files are UTF-8, gzipped or not, and are read line by line or file by file, never all at once.
Whatever cannot be read is refused with the file, and for a bad byte its offset in the text.
Called by `observe/text.py`.
"""

from __future__ import annotations

import gzip
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from rowspace.errors import InputError

SUFFIXES = (".txt", ".text", ".md", ".markdown", ".rst")
"""How the files of a folder that count as documents end, if need be with .gz behind it."""

_GZIP_MAGIC = b"\x1f\x8b"
_BOM = b"\xef\xbb\xbf"


def documents(path: str | Path) -> Iterator[tuple[str, str]]:
    """Yield the documents below a path, in an order that does not depend on the file system.

    Args:
        path: a folder, whose text files (`SUFFIXES`, also gzipped; in all subfolders, hidden ones
            aside) are documents with their relative path as id ("notes/one.txt"); or a file, whose
            non-empty lines are documents with its name and the line as id ("one.txt:12").

    Yields:
        (id, text) pairs.

    Raises:
        InputError: there is no such path, it holds no text, it is not UTF-8, or its gzip
            stream is broken.
    """
    path = Path(path)
    if path.is_dir():
        yield from _folder(path)
    elif path.exists():
        yield from _lines(path)
    else:
        raise InputError(f"{path}: there is no such file or folder")


def _folder(folder: Path) -> Iterator[tuple[str, str]]:
    found = [f for f in folder.rglob("*") if _is_document(f, folder)]
    if not found:
        raise InputError(
            f"{folder}: no text file in this folder; files that end in {', '.join(SUFFIXES)} "
            "(or these with .gz) were expected"
        )
    for name, file in sorted((f.relative_to(folder).as_posix(), f) for f in found):
        with _opened(file) as stream:
            yield name, _decoded(stream.read(), file, 0)


def _is_document(file: Path, folder: Path) -> bool:
    inner = file.relative_to(folder)
    stem = inner.name.lower().removesuffix(".gz")
    hidden = any(part.startswith(".") for part in inner.parts)
    return stem.endswith(SUFFIXES) and not hidden and file.is_file()


def _lines(file: Path) -> Iterator[tuple[str, str]]:
    offset, some = 0, False
    with _opened(file) as stream:
        for number, line in enumerate(stream, start=1):
            text = _decoded(line, file, offset).strip()
            offset += len(line)
            if text:
                some = True
                yield f"{file.name}:{number}", text
    if not some:
        raise InputError(f"{file}: the file is empty, but lines of text were expected")


@contextmanager
def _opened(file: Path) -> Iterator[BinaryIO]:
    """Open a file for bytes, through gzip if its first bytes or its name say so."""
    try:
        with file.open("rb") as raw:
            zipped = raw.read(2) == _GZIP_MAGIC
            raw.seek(0)
            if not zipped and file.suffix.lower() != ".gz":
                yield raw
            elif not zipped and os.fstat(raw.fileno()).st_size > 0:
                raise InputError(f"{file}: the name ends in .gz, but the file is not gzipped")
            else:
                with gzip.open(raw) as inner:
                    yield inner  # type: ignore[misc]
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(
            f"{file}: the gzip stream is broken or cut off ({error}); fetch or make the file again"
        ) from None
    except PermissionError:
        raise InputError(f"{file}: the file may not be read; change its permissions") from None


def _decoded(part: bytes, file: Path, offset: int) -> str:
    """Return the text of `part`, which begins at byte `offset` of the file's text."""
    bom = len(_BOM) if offset == 0 and part.startswith(_BOM) else 0
    zero = part.find(b"\0")
    try:
        text = part[bom:].decode("utf-8")
    except UnicodeDecodeError as error:
        at = offset + bom + error.start
        raise InputError(
            f"{file}: byte {at} (0x{part[bom + error.start]:02x}) is not UTF-8; save the file as "
            "UTF-8, for example with iconv"
        ) from None
    if zero >= 0:
        raise InputError(
            f"{file}: byte {offset + zero} is zero, so this is not UTF-8 text; save it as UTF-8"
        )
    return text

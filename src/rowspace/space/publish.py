"""Publishing: files and directories that appear whole or not at all.

What is written goes to a temporary name beside its place, is flushed to the disk and then renamed,
which the file system does in one step. Whoever dies on the way leaves the old thing and, at worst,
a temporary one that the next writer clears away when it is older than an hour.

Called by `format.py` and `interchange.py`.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rowspace.errors import SpaceError

STALE_SECONDS = 3600
_REPLACE_ATTEMPTS = 20


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; what is written there replaces `path` at the end.

    If the block raises, even `KeyboardInterrupt`, the temporary file is removed and `path` is what
    it was.

    Raises:
        SpaceError: `path` is a directory, or cannot be written (the message says why).
    """
    if path.is_dir():
        raise SpaceError(f"{path} is a directory, but a file is to be written; choose another name")
    temporary = temporary_sibling(path)
    with sentences(path):
        try:
            yield temporary
            seal(temporary)
            replace(temporary, path)
            sync_directory(path.parent)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


@contextlib.contextmanager
def sentences(path: Path) -> Iterator[None]:
    """Turn what the operating system refuses inside the block into one `SpaceError`."""
    try:
        yield
    except SpaceError:
        raise
    except OSError as error:
        why = error.strerror or str(error)
        ways = {
            errno.ENOSPC: "; free some space",
            errno.EDQUOT: "; free some space",
            errno.EACCES: "; choose a place where you may write",
            errno.EROFS: "; choose a place where you may write",
            errno.ENOENT: "; make the folder first",
        }
        way = ways.get(error.errno or 0, "")
        raise SpaceError(
            f"could not write {path}: {why}{way}; what was there before is unchanged"
        ) from error


def temporary_sibling(path: Path) -> Path:
    """Return a new hidden name beside `path`."""
    return path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")


def seal(path: Path) -> dict[str, Any]:
    """Flush a finished file to the disk and return its {"bytes", "sha256"}."""
    with path.open("r+b") as file:  # flushing needs a writable handle on Windows
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        os.fsync(file.fileno())
        return {"bytes": os.fstat(file.fileno()).st_size, "sha256": digest}


def sync_directory(path: Path) -> None:
    """Flush the names in a directory to the disk, where the system can do that."""
    if os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno != errno.EINVAL:  # some network file systems have nothing to flush
            raise
    finally:
        os.close(handle)


def replace(source: Path, target: Path) -> None:
    """Rename `source` to `target` in one step, also over a file that is there."""
    for attempt in range(_REPLACE_ATTEMPTS):
        try:
            source.replace(target)
            return
        except PermissionError:
            # Windows refuses for the moment in which a reader has the target open.
            if os.name != "nt" or attempt + 1 == _REPLACE_ATTEMPTS:
                raise
            time.sleep(0.02)


def remove_tree(path: Path) -> None:
    """Remove a directory as far as the system allows (Windows keeps files that are mapped)."""
    shutil.rmtree(path, ignore_errors=True)


def remove_stale(folder: Path, pattern: str, keep: str = "") -> None:
    """Remove what killed writers left in `folder`: names that match, untouched for an hour.

    Args:
        folder: where to look, not below it.
        pattern: regular expression for the whole name.
        keep: a name that is never removed.
    """
    with contextlib.suppress(OSError):
        for entry in list(folder.iterdir()):
            if entry.name != keep and re.fullmatch(pattern, entry.name):
                if time.time() - _last_touched(entry) < STALE_SECONDS:
                    continue
                if entry.is_dir():
                    remove_tree(entry)
                else:
                    entry.unlink(missing_ok=True)


def _last_touched(path: Path) -> float:
    times = [path.stat().st_mtime]
    if path.is_dir():
        for below in path.rglob("*"):
            with contextlib.suppress(OSError):
                times.append(below.stat().st_mtime)
    return max(times)

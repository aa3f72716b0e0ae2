"""The manifest: `space.json`, which says all about a space and names every file of it.

Reading it checks that this version of rowspace understands it and that what it says hangs
together; size and sha256 of the files are compared with it here too. Written and read by
`format.py`; `docs/format.md` lists the keys.
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path, PurePosixPath
from typing import Any

from rowspace.errors import SpaceError
from rowspace.progress import stage

FORMAT = "rowspace space"
VERSION = 1
MANIFEST = "space.json"
GENERATION = r"g-[0-9a-f]{16}"
DAMAGED = "restore the space from a copy, or make it again"


def read_manifest(path: Path) -> dict[str, Any]:
    """Read `space.json` and check that this version of rowspace understands it.

    Raises:
        SpaceError: there is no space at `path`, or its manifest is damaged or newer.
    """
    file = path / MANIFEST
    try:
        text = file.read_bytes()
    except NotADirectoryError:
        raise SpaceError(
            f"{path} is a file, but a space is a directory; name another path"
        ) from None
    except FileNotFoundError:
        if not path.exists():
            raise SpaceError(f"there is no space at {path}") from None
        raise SpaceError(
            f"{path} has no {MANIFEST}, so it is not a space; name another path"
        ) from None
    except OSError as error:
        raise SpaceError(f"could not read {file}: {error.strerror or error}") from error
    try:
        manifest = json.loads(text)
    except ValueError as error:
        raise SpaceError(f"{file} is not well-formed JSON ({error}); {DAMAGED}") from None
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise SpaceError(f"{file} is not the manifest of a rowspace space; name another path")
    version = manifest.get("version")
    if not isinstance(version, int) or version < 1:
        raise SpaceError(f"{file} has the format version {version!r}; {DAMAGED}")
    if version > VERSION:
        raise SpaceError(
            f"{path} was written by format version {version}; this rowspace reads up to {VERSION}: "
            "upgrade it with pip install --upgrade rowspace"
        )
    wrong = _first_wrong(manifest)
    if wrong:
        raise SpaceError(f"{file} has no usable {wrong!r}; {DAMAGED}")
    return manifest


def verify_files(path: Path, manifest: dict[str, Any]) -> None:
    """Compare size and sha256 of every file with the manifest.

    Raises:
        FileNotFoundError: a file is missing.
        SpaceError: a file differs; the message names it.
    """
    check_sizes(path, manifest)
    with stage("verify", total=len(manifest["files"])) as step:
        for name, entry in manifest["files"].items():
            with (path / name).open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            if digest != entry["sha256"]:
                raise SpaceError(
                    f"{path / name} has changed since it was written (its sha256 differs); "
                    f"{DAMAGED}"
                )
            step()


def check_sizes(path: Path, manifest: dict[str, Any]) -> None:
    """Compare the size of every file with the manifest; raises like `verify_files`."""
    for name, entry in manifest["files"].items():
        size = (path / name).stat().st_size
        if size != entry["bytes"]:
            raise SpaceError(
                f"{path / name} has {size} bytes, but {entry['bytes']} were written; {DAMAGED}"
            )


def _first_wrong(manifest: dict[str, Any]) -> str | None:
    """Return the first key of a manifest that opening needs and cannot use, or None."""
    if not re.fullmatch(GENERATION, str(manifest.get("generation"))):
        return "generation"
    files = manifest.get("files")
    if not isinstance(files, dict) or not all(map(_is_inside, files)):
        return "files"
    try:
        referred = [s["file"] for side in manifest["sides"] for s in side["shards"]]
        for side in manifest["sides"]:
            referred.append(side["ids_file"])
            if "extras_file" in side:
                referred.append(side["extras_file"])
                [str(name) for name in side["extras"]]
            if not (isinstance(side["name"], str) and side["shards"] and side["dim"] >= 1):
                return "sides"
            [int(side["n"]), str(side["ids"]), *(c["name"] for c in side["columns"])]
        for key in ("cells", "steps"):
            if manifest[key] is not None:
                referred.append(manifest[key]["file"])
        if not all(isinstance(e["bytes"], int) and e["sha256"] for e in files.values()):
            return "files"
        str(manifest["encoder"]["fingerprint"])
    except (KeyError, TypeError) as error:
        return str(error.args[0])
    return next((name for name in referred if name not in files), None)


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and "\\" not in name

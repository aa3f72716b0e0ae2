"""The format: what is in the directory of a space, written so that it is replaced in one step.

    movies.space/
      space.json                                  the manifest, the only file that is ever replaced
      g-<random>/                                 a generation: everything that one save wrote
        user/ids.arrow                            Arrow IPC: "id" and the metadata columns
        user/vectors-0000.safetensors             "vectors": rows of float32, at most 1 GiB a file;
                                                  or sparse ones: "data", "indices", "indptr"
        user/extras.safetensors                   what each row has besides: "bias", "covariance"
        item/...
        cells.safetensors                         the observed cells, unless left out (`cells.py`)
        steps.safetensors                         state of the matrix steps: "0.idf", "1.means", ...

The first save fills a temporary directory beside its place and renames it. A later one writes a new
generation inside, then replaces the manifest, then removes the old generation; a reader whose
files vanish meanwhile reads the new manifest. Nothing is ever unpickled.

In and out: `Contents`. Called by `space.py`.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import InputError, SpaceError
from rowspace.observe.ids import Ids
from rowspace.observe.observations import Mode
from rowspace.progress import stage
from rowspace.space import publish
from rowspace.space.cells import Cells
from rowspace.space.manifest import (
    DAMAGED,
    FORMAT,
    GENERATION,
    MANIFEST,
    VERSION,
    check_sizes,
    read_manifest,
    verify_files,
)
from rowspace.space.nearest import between, is_sparse
from rowspace.space.tensors import map_tensors, write_tensors
from rowspace.space.vector import as_vectors

if TYPE_CHECKING:
    import pyarrow as pa

SHARD_BYTES = 1 << 30


@dataclass(frozen=True, eq=False)
class SideContents:
    """One side as it is stored.

    Attributes:
        name, ids: of the side.
        table: metadata, or None.
        blocks: row blocks of float32, or one CSR array of float32.
        extras: what each row has besides its vector, by name: arrays with one entry per row.
    """

    name: str
    ids: Ids
    table: pa.Table | None
    blocks: Sequence[Any]
    extras: Mapping[str, NDArray[Any]] = field(default_factory=dict)

    @staticmethod
    def of(
        name: str,
        ids: Ids,
        vectors: Any,
        table: pa.Table | None,
        extras: Mapping[str, NDArray[Any]] | None = None,
    ) -> SideContents:
        """Return a side of (n, d) vectors of one block, checked.

        Raises:
            InputError: vectors, metadata or extras do not fit the ids, a number is not finite, or
                two columns of the metadata have one name.
        """
        Mode(name, ids, table)  # checks the name and the length of the metadata
        columns = table.column_names if table is not None else []
        for column in columns:
            if columns.count(column) > 1:
                raise InputError(
                    f"the metadata of side {name!r} has a second column {column!r}; rename it"
                )
        kept = {key: np.asarray(array) for key, array in (extras or {}).items()}
        for key, array in kept.items():
            if array.shape[:1] != (len(ids),):
                raise InputError(
                    f"the {key} of side {name!r} has the shape {array.shape}, but needs one entry "
                    f"for each of {len(ids)} rows"
                )
        return SideContents(name, ids, table, (as_vectors(vectors, name, ids),), kept)

    def described(self) -> dict[str, Any]:
        """Return what the manifest says about the side, besides its files."""
        columns = self.table.schema if self.table is not None else ()
        return {
            "name": self.name,
            "n": len(self.ids),
            "dim": int(self.blocks[0].shape[1]),
            "dtype": "float32",
            **({"layout": "sparse"} if is_sparse(self.blocks) else {}),
            "ids": "integer" if self.ids.is_integer else "string",
            "columns": [{"name": c.name, "type": str(c.type)} for c in columns],
            "extras": sorted(self.extras),
        }


@dataclass(frozen=True, eq=False)
class Contents:
    """All that a space is made of.

    Attributes:
        manifest: what `space.json` holds (without files, where it has not been saved).
        sides: the sides in order.
        cells: the observed cells, or None where they are not kept.
        states: for each matrix step its arrays by name.
    """

    manifest: dict[str, Any]
    sides: tuple[SideContents, ...]
    cells: Cells | None
    states: tuple[dict[str, NDArray[Any]], ...]


def described(ids: Ids, table: pa.Table | None) -> pa.Table:
    """Return an Arrow table of "id" and the metadata columns."""
    import pyarrow as pa

    whole = pa.table({"id": ids.array})
    if table is not None:
        for field, column in zip(table.schema, table.columns):
            whole = whole.append_column(field, column)
    return whole


def write(path: Path, contents: Contents) -> dict[str, Any]:
    """Save a space, replacing one that is there, so that all of it appears or nothing.

    Args:
        path: a directory of a space, or a name that does not exist.
        contents: what to write.

    Returns:
        The manifest as it was written.

    Raises:
        SpaceError: `path` is something else, or cannot be written; nothing has changed then.
    """
    generation = f"g-{secrets.token_hex(8)}"
    with publish.sentences(path):
        if not (path.exists() or path.is_symlink()):
            return _write_first(path, generation, contents)
        read_manifest(path)
        return _write_next(path, generation, contents)


def read(path: Path, verify: bool = False) -> Contents:
    """Open a space: map its files and check them against the manifest, reading no vectors.

    Args:
        path: the directory.
        verify: also compare every file's sha256, which reads all of it.

    Raises:
        SpaceError: it is missing, incomplete, damaged or of a newer format; the message says what.
    """
    manifest = read_manifest(path)
    while True:
        try:
            if verify:
                verify_files(path, manifest)
            return _open(path, manifest)
        except FileNotFoundError as missing:
            again = read_manifest(path)
            if again["generation"] == manifest["generation"]:
                raise SpaceError(f"{missing.filename or missing} is missing; {DAMAGED}") from None
            manifest = again  # a writer replaced the space between the two steps
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise SpaceError(
                f"{path / MANIFEST} does not hang together ({error}); {DAMAGED}"
            ) from None


def _write_first(path: Path, generation: str, contents: Contents) -> dict[str, Any]:
    publish.remove_stale(path.parent, rf"\.{re.escape(path.name)}\.[0-9a-f]{{16}}\.tmp")
    temporary = publish.temporary_sibling(path)
    try:
        temporary.mkdir()
        manifest = _fill(temporary, generation, contents)
        _write_manifest(temporary / MANIFEST, manifest)
        publish.sync_directory(temporary)
        temporary.rename(path)
    except BaseException:
        publish.remove_tree(temporary)
        raise
    publish.sync_directory(path.parent)
    return manifest


def _write_next(path: Path, generation: str, contents: Contents) -> dict[str, Any]:
    new = path / f".{MANIFEST}.{generation[2:]}.tmp"
    try:
        manifest = _fill(path, generation, contents)
        _write_manifest(new, manifest)
        publish.sync_directory(path)
        superseded = read_manifest(path)["generation"]  # another writer may have been faster
        publish.replace(new, path / MANIFEST)
    except BaseException:
        new.unlink(missing_ok=True)
        # An interrupt may arrive after the replacement: what is published stays.
        if read_manifest(path)["generation"] != generation:
            publish.remove_tree(path / generation)
        raise
    publish.sync_directory(path)
    publish.remove_tree(path / superseded)
    publish.remove_stale(path, GENERATION, keep=read_manifest(path)["generation"])
    publish.remove_stale(path, rf"\.{re.escape(MANIFEST)}\.[0-9a-f]{{16}}\.tmp")
    return manifest


def _write_manifest(file: Path, manifest: dict[str, Any]) -> None:
    text = json.dumps(manifest, indent=1, ensure_ascii=False, allow_nan=False)
    file.write_text(text + "\n", encoding="utf-8")
    publish.seal(file)


def _fill(root: Path, generation: str, contents: Contents) -> dict[str, Any]:
    """Write a generation below `root`, flushed to the disk, and return the manifest for it."""
    folder = root / generation
    folder.mkdir()
    written: list[Path] = []

    def tensors(name: PurePosixPath | str, arrays: dict[str, NDArray[Any]]) -> str:
        write_tensors(folder / name, arrays)
        written.append(folder / name)
        return f"{generation}/{name}"

    sides = []
    for side in contents.sides:
        below = PurePosixPath(quote(side.name, safe=" ").replace(".", "%2E"))
        (folder / below).mkdir()
        _write_ids(folder / below / "ids.arrow", side)
        written.append(folder / below / "ids.arrow")
        described = side.described()
        per_shard = max(1, SHARD_BYTES // (4 * described["dim"]))
        if is_sparse(side.blocks):
            per_shard = max(len(side.ids), 1)
        shards = []
        for i, start in enumerate(range(0, max(len(side.ids), 1), per_shard)):
            stop = min(start + per_shard, len(side.ids))
            vectors = side.blocks[0] if is_sparse(side.blocks) else None
            part = (
                {"vectors": between(side.blocks, start, stop)}
                if vectors is None
                else {name: getattr(vectors, name) for name in _CSR}
            )
            file = tensors(below / f"vectors-{i:04d}.safetensors", part)
            shards.append({"file": file, "start": start, "stop": stop})
        entry = {**described, "ids_file": f"{generation}/{below}/ids.arrow", "shards": shards}
        if side.extras:
            entry["extras_file"] = tensors(below / "extras.safetensors", dict(side.extras))
        sides.append(entry)
    cells = steps = None
    if contents.cells is not None:
        cells = {"file": tensors("cells.safetensors", contents.cells.arrays)}
    if contents.states:
        arrays = {f"{i}.{k}": a for i, s in enumerate(contents.states) for k, a in s.items()}
        steps = {"file": tensors("steps.safetensors", arrays), "n": len(contents.states)}
    with stage("flush", total=len(written)) as step:
        files = {}
        for whole in written:
            files[whole.relative_to(root).as_posix()] = publish.seal(whole)
            step()
    for below_folder in {whole.parent for whole in written} | {folder}:
        publish.sync_directory(below_folder)
    kept = {k: v for k, v in contents.manifest.items() if k not in _OF_THE_FILES}
    return {
        "format": FORMAT,
        "version": VERSION,
        "generation": generation,
        **kept,
        "sides": sides,
        "cells": cells,
        "steps": steps,
        "files": files,
    }


_OF_THE_FILES = ("format", "version", "generation", "sides", "cells", "steps", "files")


def _write_ids(file: Path, side: SideContents) -> None:
    import pyarrow as pa

    table = described(side.ids, side.table)
    # One batch, so that each column is mapped as one array.
    table = table.combine_chunks()
    with pa.OSFile(str(file), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)


def _open(path: Path, manifest: dict[str, Any]) -> Contents:
    """Map all files of a manifest; `FileNotFoundError` when one is not there."""
    check_sizes(path, manifest)
    sides = tuple(_open_side(path, entry) for entry in manifest["sides"])
    cells = None
    if manifest["cells"] is not None:
        file = path / manifest["cells"]["file"]
        cells = Cells((len(sides[0].ids), len(sides[1].ids)), map_tensors(file))
        _check_cells(file, cells)
    states: list[dict[str, NDArray[Any]]] = []
    if manifest["steps"] is not None:
        states = [{} for _ in range(manifest["steps"]["n"])]
        for name, array in map_tensors(path / manifest["steps"]["file"]).items():
            i, _, key = name.partition(".")
            states[int(i)][key] = array
    return Contents(manifest, sides, cells, tuple(states))


def _open_side(path: Path, entry: dict[str, Any]) -> SideContents:
    ids, table = _open_ids(path / entry["ids_file"], entry)
    blocks = []
    expected = 0
    for shard in entry["shards"]:
        file = path / shard["file"]
        tensors = map_tensors(file)
        shape = (shard["stop"] - shard["start"], entry["dim"])
        array = tensors.get("vectors")
        if entry.get("layout") == "sparse":
            array = _csr(tensors, shape)
        if array is None or array.dtype != np.float32 or array.shape != shape:
            found = "nothing" if array is None else f"{array.shape} {array.dtype}"
            raise SpaceError(
                f"{file} should hold the vectors {shape} float32, but holds {found}; {DAMAGED}"
            )
        if shard["start"] != expected:
            raise SpaceError(f"{file} starts at row {shard['start']}, not {expected}; {DAMAGED}")
        expected = shard["stop"]
        blocks.append(array)
    if expected != entry["n"]:
        raise SpaceError(
            f"{path} has vectors for {expected} of {entry['n']} rows of side {entry['name']!r}; "
            f"{DAMAGED}"
        )
    return SideContents(entry["name"], ids, table, blocks, _open_extras(path, entry))


_CSR = ("data", "indices", "indptr")


def _csr(tensors: Mapping[str, NDArray[Any]], shape: tuple[int, int]) -> Any:
    """Return sparse vectors without copying; None where the arrays are not those of CSR."""
    from scipy.sparse import csr_array

    if set(tensors) != set(_CSR) or len(tensors["indptr"]) != shape[0] + 1:
        return None
    if len({len(tensors["data"]), len(tensors["indices"]), int(tensors["indptr"][-1])}) > 1:
        return None
    return csr_array(tuple(tensors[name] for name in _CSR), shape=shape)


def _open_extras(path: Path, entry: dict[str, Any]) -> dict[str, NDArray[Any]]:
    """Map what a side has besides vectors: nothing, in a space that stored nothing."""
    if "extras_file" not in entry:
        return {}
    file = path / entry["extras_file"]
    extras = map_tensors(file)
    lengths = {name: len(array) if array.ndim else 0 for name, array in extras.items()}
    if sorted(extras) != entry["extras"] or any(n != entry["n"] for n in lengths.values()):
        raise SpaceError(
            f"{file} should hold {', '.join(entry['extras'])} of {entry['n']} rows, but holds "
            f"{', '.join(f'{name} of {n}' for name, n in lengths.items())}; {DAMAGED}"
        )
    return extras


def _open_ids(file: Path, entry: dict[str, Any]) -> tuple[Ids, pa.Table | None]:
    import pyarrow as pa

    try:
        with pa.memory_map(str(file)) as source:
            table = pa.ipc.open_file(source).read_all()
        table.validate()
    except pa.ArrowInvalid as error:
        raise SpaceError(f"{file} is damaged ({error}); {DAMAGED}") from None
    names = ["id", *(c["name"] for c in entry["columns"])]
    kind = pa.int64() if entry["ids"] == "integer" else pa.large_string()
    if table.num_rows != entry["n"] or table.column_names != names or table.schema[0].type != kind:
        raise SpaceError(
            f"{file} should hold {entry['n']} rows of {', '.join(names)} with ids of type {kind}, "
            f"but holds {table.num_rows} rows of {', '.join(table.column_names)}; {DAMAGED}"
        )
    column = table.column("id")
    ids = Ids(column.chunk(0) if column.num_chunks == 1 else column, unique=True)
    return ids, table.drop_columns(["id"]) if len(names) > 1 else None


def _check_cells(file: Path, cells: Cells) -> None:
    arrays, (n, m) = cells.arrays, cells.shape
    if cells.is_dense:
        fits = all(array.shape == (n, m) for array in arrays.values())
    else:
        fits = {"indptr", "indices", "data"} <= set(arrays) and len(arrays["indptr"]) == n + 1
        if fits:
            nnz = int(arrays["indptr"][-1])
            fits = all(len(a) == nnz for name, a in arrays.items() if name != "indptr")
    if not fits:
        raise SpaceError(f"{file} does not hold the cells of a {n} x {m} matrix; {DAMAGED}")

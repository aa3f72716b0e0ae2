"""Interchange: vectors and cells out to the files of other tools, and vectors in.

`export` writes one side in any format of `FORMATS`, `export_cells` the observed cells as triplets,
`read_word2vec` makes a space of a word2vec or GloVe file. A file that is written appears whole or
not at all. Called by the command line.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rowspace.errors import InputError, nearest_names
from rowspace.progress import stage
from rowspace.space.publish import replacing
from rowspace.space.side import Side
from rowspace.space.space import Space
from rowspace.space.tensors import write_tensors
from rowspace.space.word2vec import opened_for_writing, read_word2vec, write_word2vec

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["FORMATS", "export", "export_cells", "read_word2vec", "write_word2vec"]

FORMATS = {
    ".txt": "word2vec",
    ".vec": "word2vec",
    ".bin": "word2vec-binary",
    ".csv": "csv",
    ".parquet": "parquet",
    ".arrow": "arrow",
    ".feather": "arrow",
    ".npy": "npy",
    ".safetensors": "safetensors",
}
"""Format by the ending of a file's name; the first four may be followed by ".gz"."""

_ROWS_PER_PART = 16_384
_CELLS_PER_PART = 1 << 20
_GZIPPED = ("word2vec", "word2vec-binary", "csv")


def export(
    space: Space, side: str, path: str | os.PathLike[str], format: str | None = None
) -> list[Path]:
    """Write the vectors of one side, with their ids, for other tools.

    Args:
        space, side: what to write.
        path: the file, replaced if it exists.
        format: a value of `FORMATS`; by the ending of `path` where None.
            word2vec, word2vec-binary: ids and numbers.
            csv: "id", the metadata columns, then "v0", "v1", ...
            parquet, arrow: "id", the metadata columns, then "vector", fixed-size lists of float32.
            npy, safetensors (the tensor "vectors"): the numbers, with the ids beside them as a JSON
            list in a file that ends in ".ids.json".

    Returns:
        The files that were written.

    Raises:
        InputError: the format is unknown, or cannot hold an id or a metadata column.
        SpaceError: the file cannot be written.
    """
    path, chosen = Path(path), space[side]
    chosen.refuse_sparse("a file of vectors")
    kind = _format_of(path, format, tuple(dict.fromkeys(FORMATS.values())))
    if kind.startswith("word2vec"):
        write_word2vec(chosen, path, binary=kind == "word2vec-binary")
    elif kind == "csv":
        _write_csv(path, _csv_parts(chosen), len(chosen))
    elif kind in ("parquet", "arrow"):
        _refuse_column(chosen, ["vector"])
        _write_table(path, chosen.to_arrow(), kind)
    else:
        named = path.with_suffix(".ids.json")
        with replacing(named) as temporary:
            text = json.dumps(list(chosen.ids), ensure_ascii=False)
            temporary.write_text(text, encoding="utf-8")
        with replacing(path) as temporary:
            if kind == "npy":
                _write_npy(temporary, chosen)
            else:
                write_tensors(temporary, {"vectors": chosen.vectors})
        return [path, named]
    return [path]


def export_cells(space: Space, path: str | os.PathLike[str], format: str | None = None) -> Path:
    """Write the observed cells, one row each: two ids, "value", where known "time" and "weight".

    The columns of ids have the names of the sides, so that `rowspace.read` reads the file back.

    Args:
        space: what to write.
        path: the file, replaced if it exists.
        format: "csv", "parquet" or "arrow"; by the ending of `path` where None.

    Raises:
        InputError: the cells were not kept, or the format is unknown.
        SpaceError: the file cannot be written.
    """
    path = Path(path)
    kind = _format_of(path, format, ("csv", "parquet", "arrow"))
    obs = space.observations
    if kind == "csv":
        _write_csv(path, _cell_parts(space), obs.n_observed)
    else:
        import pyarrow as pa

        _write_table(path, pa.concat_tables(_cell_parts(space)), kind)
    return path


def _format_of(path: Path, format: str | None, known: tuple[str, ...]) -> str:
    """Return the format that was given or that the name of the file says."""
    if format is None:
        name = path.name.lower().removesuffix(".gz")
        format = next((kind for end, kind in FORMATS.items() if name.endswith(end)), None)
        if format is None:
            raise InputError(
                f"the name of {path} does not say its format; pass format=, one of "
                f"{', '.join(known)}"
            )
    if format not in known:
        near = nearest_names(format, known) or "; choose one of " + ", ".join(known)
        raise InputError(f"{format!r} is no format for this{near}")
    if path.suffix == ".gz" and format not in _GZIPPED:
        raise InputError(f"{format} is not written as .gz; name {path.with_suffix('')} instead")
    return format


def _write_table(path: Path, table: pa.Table, kind: str) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    with replacing(path) as temporary, stage(f"write {kind}"):
        if kind == "parquet":
            pq.write_table(table, temporary, row_group_size=_ROWS_PER_PART * 4)
        else:
            with pa.OSFile(str(temporary), "wb") as sink, pa.ipc.new_file(sink, table.schema) as to:
                to.write_table(table)


def _write_csv(path: Path, parts: Iterator[pa.Table], total: int) -> None:
    import pyarrow as pa
    from pyarrow import csv

    with (
        replacing(path) as temporary,
        opened_for_writing(temporary, gzipped=path.suffix == ".gz") as file,
        stage("write csv", total=total) as step,
    ):
        writer = None
        for part in parts:
            try:
                writer = writer or csv.CSVWriter(file, part.schema)
                writer.write_table(part)
            except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
                why = str(error).partition("\n")[0]
                raise InputError(f"CSV cannot hold this ({why}); export as parquet") from None
            step(part.num_rows)
        if writer is not None:
            writer.close()


def _csv_parts(side: Side) -> Iterator[pa.Table]:
    """Yield the rows of a side as tables, one column per number; at least one table."""
    names = [f"v{j}" for j in range(side.dim)]
    _refuse_column(side, names)
    described = side.described()
    for start in range(0, max(len(side), 1), _ROWS_PER_PART):
        part = side.rows(start, min(start + _ROWS_PER_PART, len(side)))
        table = described.slice(start, len(part))
        for name, column in zip(names, np.ascontiguousarray(part.T)):
            table = table.append_column(name, [column])
        yield table


def _cell_parts(space: Space) -> Iterator[pa.Table]:
    """Yield the observed cells as tables in the order of the matrix; at least one table."""
    import pyarrow as pa

    obs = space.observations
    ids = [mode.ids.array for mode in obs.modes]
    rows_per_part = max(1, int(_CELLS_PER_PART * len(obs.rows) / max(obs.n_observed, 1)))
    for top in range(0, max(len(obs.rows), 1), rows_per_part):
        cells = obs.cells[top : top + rows_per_part]
        if obs.is_dense:
            row, col = (axis.ravel() for axis in np.indices(cells.shape))
            values = cells.ravel()
        else:
            row, col = np.repeat(np.arange(cells.shape[0]), np.diff(cells.indptr)), cells.indices
            values = cells.data
        columns: dict[str, Any] = {
            obs.rows.name: ids[0].take(pa.array(row + top)),
            obs.cols.name: ids[1].take(pa.array(col)),
            "value": pa.array(values),
        }
        if obs.times is not None:
            start = int(obs.cells.indptr[top])
            columns["time"] = pa.array(obs.times[start : start + len(values)])
        if obs.weights is not None:
            start = int(obs.cells.indptr[top]) if obs.is_sparse else top * len(obs.cols)
            columns["weight"] = pa.array(obs.weights.ravel()[start : start + len(values)])
        yield pa.table(columns)


def _write_npy(path: Path, side: Side) -> None:
    header = {"descr": "<f4", "fortran_order": False, "shape": (len(side), side.dim)}
    with path.open("xb") as file:
        np.lib.format.write_array_header_1_0(file, header)
        for block in side.blocks:
            file.write(np.ascontiguousarray(block, "<f4").data)


def _refuse_column(side: Side, taken: list[str]) -> None:
    for column in side.table.column_names if side.table is not None else ():
        if column in taken:
            raise InputError(
                f"the metadata column {column!r} of side {side.name!r} has the name that the "
                "numbers get; rename it"
            )

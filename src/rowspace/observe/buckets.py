"""Buckets: the cells of a matrix on disk, sorted into blocks of rows times blocks of columns.

For matrices whose vectors are larger than memory. Rows and columns are dealt out to partitions in
the order of their first appearance, and a cell goes to the file of the partitions of its row and
its column. Only the ids are in memory. Written by `read_buckets`, trained from by
`factor/sampled/partitions.py`.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import InputError
from rowspace.observe.assemble import Encoder, both_ways, encoded
from rowspace.observe.columns import Column, Optional, choose
from rowspace.observe.formats import TABLES, recognise
from rowspace.observe.observations import Mode, Observations
from rowspace.observe.tables import open_table

CELL = np.dtype([("row", "<i4"), ("col", "<i4"), ("value", "<f4")])

READ_BY_BUCKETS = frozenset(
    {"rows", "cols", "values", "format", "separator", "header", "encoding", "ids", "directed"}
)
"""The arguments of `rowspace.read` that `read_buckets` takes."""

_AT_ONCE = 1 << 20  # cells that are collected before they are written


@dataclass(frozen=True, eq=False)
class Buckets:
    """A matrix on disk.

    Attributes:
        folder: where `bucket-i-j` lie, arrays of `CELL` with positions inside partitions.
        rows, cols: the sides. Row r is number r // parts of partition r % parts.
        parts: partitions of each side.
        counts, sums: (m,) cells of each column, and the sum of their values.
        cells: how many there are.
        fingerprint: a sha256 (hex) of what was read.
        source: where it was read from.
    """

    folder: Path
    rows: Mode
    cols: Mode
    parts: int
    counts: NDArray[np.float64]
    sums: NDArray[np.float64]
    cells: int
    fingerprint: str
    source: str

    @property
    def shape(self) -> tuple[int, int]:
        """(n, m)."""
        return len(self.rows.ids), len(self.cols.ids)

    @property
    def graph(self) -> bool:
        """Whether both sides are the same nodes."""
        return self.rows.ids is self.cols.ids

    def described(self) -> Observations:
        """Return observations with the sides and the source of these, but without a cell."""
        from scipy.sparse import csr_array

        return Observations(self.rows, self.cols, csr_array(self.shape, dtype=np.float32),
                            source=self.source)  # fmt: skip

    def read(self, i: int, j: int) -> NDArray[Any]:
        """Return the cells of partition i of the rows and j of the columns."""
        path = self.folder / f"bucket-{i}-{j}"
        return np.fromfile(path, CELL) if path.exists() else np.zeros(0, CELL)


def read_buckets(
    source: str | os.PathLike[str],
    folder: str | os.PathLike[str],
    parts: int,
    *,
    rows: Column | None = None,
    cols: Column | None = None,
    values: Optional = None,
    format: str | None = None,
    separator: str | None = None,
    header: bool | None = None,
    encoding: str | None = None,
    ids: Literal["auto", "text"] = "auto",
    directed: bool = False,
) -> Buckets:
    """Sort a file of pairs into buckets, a batch of lines at a time.

    Args:
        source: a table: delimited text, an edge list, Parquet, Arrow or JSON lines.
        folder: an empty folder for the buckets, made where it is not there.
        parts: partitions of each side, at least 1.
        rows, cols, values, format, separator, header, encoding, ids, directed: as in
            `rowspace.read`. A line that is there twice is two cells.

    Raises:
        InputError: the source is no table, has no lines, or `parts` is not a number of partitions.

    Example:
        >>> import tempfile, pathlib
        >>> folder = pathlib.Path(tempfile.mkdtemp())
        >>> _ = (folder / "edges.tsv").write_text("a\\tb\\nb\\tc\\n")
        >>> found = read_buckets(folder / "edges.tsv", folder / "b", 2, format="edges")
        >>> found.shape, found.cells, found.read(0, 1)["row"].tolist()
        ((3, 3), 4, [0, 1])
    """
    if isinstance(parts, bool) or not isinstance(parts, int) or parts < 1:
        raise InputError(f"partitions is {parts!r}, but a number from 1 on was expected")
    path, to = Path(source), Path(folder)
    if not path.exists():
        raise InputError(f"there is no file {path}; name one with a pair in every line")
    kind = recognise(path, format)
    if kind not in TABLES:
        raise InputError(
            f"{path} is read as {kind}, but partitions are made of lines with a pair each: "
            "delimited text, edges, Parquet, Arrow or JSON lines"
        )
    graph = "edges" in (kind, format)
    to.mkdir(parents=True, exist_ok=True)
    if any(to.glob("bucket-*")):
        raise InputError(f"{to} holds buckets already; name an empty folder")
    names = (rows, cols, values, None, None)
    table = open_table(
        path, kind, separator=separator, header=header, encoding=encoding, names=names
    )
    roles, sides = choose(table, rows, cols, values, False, graph)
    encoders = (Encoder(table, roles.rows, ids), Encoder(table, roles.cols, ids))
    if graph:
        encoders = (encoders[0], encoders[0])
    writer = _Writer(to, parts)
    for chunk in encoded(table, roles, encoders, graph, "refuse"):
        both = both_ways(chunk) if graph and not directed else chunk
        writer.add(both.rows, both.cols, both.values)
    writer.flush()
    if writer.cells == 0:
        raise InputError(f"{table.name} has no lines with data")
    row_ids = encoders[0].finish()
    col_ids = row_ids if graph else encoders[1].finish()
    counts, sums = (np.zeros(len(col_ids)) for _ in range(2))
    known = min(len(writer.counts), len(col_ids))
    counts[:known], sums[:known] = writer.counts[:known], writer.sums[:known]
    return Buckets(
        to, Mode(sides[0], row_ids), Mode(sides[1], col_ids), parts, counts, sums, writer.cells,
        writer.sha.hexdigest(), table.name,
    )  # fmt: skip


class _Writer:
    """Collects cells and appends them to the files of their buckets."""

    def __init__(self, folder: Path, parts: int) -> None:
        self.folder, self.parts = folder, parts
        self.sha = hashlib.sha256(str(parts).encode())
        self.counts, self.sums = np.zeros(1024), np.zeros(1024)
        self.cells = 0
        self._waiting: list[tuple[NDArray[np.int32], NDArray[np.int32], Any]] = []
        self._held = 0

    def add(self, rows: NDArray[np.int32], cols: NDArray[np.int32], values: Any) -> None:
        """Take the cells of a batch."""
        self._waiting.append((rows, cols, values))
        self._held += len(rows)
        if self._held >= _AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """Write what was collected."""
        if not self._held:
            return
        rows, cols = (np.concatenate([some[i] for some in self._waiting]) for i in (0, 1))
        cells = np.empty(len(rows), CELL)
        cells["row"], cells["col"], cells["value"] = rows // self.parts, cols // self.parts, 1
        if self._waiting[0][2] is not None:
            cells["value"] = np.concatenate([some[2] for some in self._waiting])
        self._waiting, self._held = [], 0
        self.cells += len(cells)
        most = int(cols.max()) + 1
        if most > len(self.counts):
            more = np.zeros(2 * most)
            self.counts, self.sums = (np.concatenate((x, more)) for x in (self.counts, self.sums))
        self.counts[:most] += np.bincount(cols, minlength=most)
        self.sums[:most] += np.bincount(cols, cells["value"], minlength=most)
        bucket = (rows % self.parts).astype(np.int64) * self.parts + cols % self.parts
        order = np.argsort(bucket, kind="stable")
        cells, bucket = cells[order], bucket[order]
        starts = np.flatnonzero(np.concatenate(([True], bucket[1:] != bucket[:-1])))
        for begin, end in zip(starts, np.append(starts[1:], len(bucket))):
            i, j = divmod(int(bucket[begin]), self.parts)
            with (self.folder / f"bucket-{i}-{j}").open("ab") as file:
                file.write(cells[begin:end].tobytes())
        self.sha.update(cells.tobytes())
        self.sha.update(np.ascontiguousarray(bucket).tobytes())

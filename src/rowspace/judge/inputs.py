"""What is held against a space: held-out observations and labels, matched to its sides by name.

In go a file (or the same in memory) and a space, out come arrays in the order of the space's rows,
and a sentence about what did not match. Called by the report.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import InputError, nearest_names
from rowspace.observe.observations import Observations

if TYPE_CHECKING:
    import pyarrow as pa
    from scipy.sparse import csr_array

    from rowspace.observe.columns import Table
    from rowspace.observe.ids import Id, Ids
    from rowspace.space.side import Side
    from rowspace.space.space import Space

Path_ = str | os.PathLike[str]


@dataclass(frozen=True, eq=False)
class HeldOut:
    """Held-out observations between the rows and columns of a space.

    Attributes:
        cells: rows x columns `csr_array`; cells above 0 are what should be found.
        note: how many observations were left out because the space does not know their ids.
    """

    cells: csr_array
    note: str


@dataclass(frozen=True, eq=False)
class Labels:
    """One label per row of a side.

    Attributes:
        name: what the labels are, for example "genre".
        positions: (n,) int64 rows of the side that have a label, ascending.
        values: (n,) text, the label of each.
        note: how many ids of the source are unknown, how many rows have no label.
    """

    name: str
    positions: NDArray[np.int64]
    values: NDArray[np.str_]
    note: str


def held_out(source: Observations | Path_, space: Space) -> HeldOut:
    """Match held-out observations to the two sides of a space.

    Args:
        source: observations, or a file that `rowspace.read` can read. Its rows and columns are the
            columns that are called as the sides (with or without "Id"), else the usual names; of
            several lines about one cell the last one counts.
        space: with two sides.

    Returns:
        The cells whose two ids the space knows.

    Raises:
        InputError: the space has not two sides, no observation is about ids that it knows, a value
            is negative, or what `rowspace.read` refuses.
    """
    from scipy.sparse import csr_array

    if len(space.sides) != 2:
        raise InputError(
            f"held-out observations need a space of rows and columns, but {space!r} has one side"
        )
    obs = source if isinstance(source, Observations) else _read(Path(source), space)
    if not obs.is_sparse:
        raise InputError(
            f"every cell of {obs.source or 'the held-out observations'} was observed, so nothing "
            "tells what should be found; hold out single cells"
        )
    cells = obs.cells.tocoo()
    if (cells.data < 0).any():
        at = int(np.flatnonzero(cells.data < 0)[0])
        i, j = (int(x[at]) for x in cells.coords)
        raise InputError(
            f"{obs.source or 'held-out'}: the value of {obs.rows.ids[i]!r} and "
            f"{obs.cols.ids[j]!r} is {cells.data[at]:g}, but what should be found has a relevance "
            "above 0, and what should not one of 0"
        )
    sides = space.sides
    places = [_positions(mode.ids, side.ids) for mode, side in zip(obs.modes, sides)]
    rows, cols = (own[index] for own, index in zip(places, cells.coords))
    known = (rows >= 0) & (cols >= 0)
    if not known.any():
        raise InputError(
            f"none of the {len(known):,} held-out cells is about a known {sides[0].name} and a "
            f"known {sides[1].name}: the first is {obs.rows.ids[0]!r} and {obs.cols.ids[0]!r}, "
            f"while the space begins with {sides[0].ids[0]!r} and {sides[1].ids[0]!r}"
            if len(known)
            else f"there is no cell in {obs.source or 'the held-out observations'}"
        )
    shape = tuple(len(side) for side in sides)
    matched = csr_array((cells.data[known], (rows[known], cols[known])), shape=shape)
    missing = [
        f"{int((own < 0).sum()):,} of {len(own):,} {side.name} ids"
        for own, side in zip(places, sides)
        if (own < 0).any()
    ]
    note = (
        f"{int((~known).sum()):,} of {len(known):,} held-out cells were left out, since the space "
        f"does not know {' and '.join(missing)}."
        if missing
        else ""
    )
    return HeldOut(matched, note)


def labels(source: Mapping[Id, Any] | Path_ | None, side: Side, column: str | None) -> Labels:
    """Match labels to the rows of a side.

    Args:
        source: {id: label}; or a table with one line per id (the ids in the column called as the
            side, else the first); or None for the metadata that the side has.
        side: whose rows are labelled.
        column: the column of labels; the only one where None.

    Raises:
        InputError: there is no such column, an id occurs twice, or no id is on the side.
    """
    import pyarrow as pa

    if isinstance(source, Mapping):
        if not source:
            raise InputError("there are no labels; give {id: label}")
        ids = pa.array([str(name) for name in source], pa.large_string())
        name, given, where = column or "label", pa.array([_text(v) for v in source.values()]), ""
        at = _positions_of(ids, _as_text(side.ids.array))
    elif source is None:
        table = side.table
        if table is None or not table.column_names:
            raise InputError(f"side {side.name!r} has no metadata to take labels from")
        name = _chosen(table.column_names, column, f"the metadata of side {side.name!r}")
        given, where = table.column(name), ""
        at = np.arange(len(side))
    else:
        name, ids, given = _label_table(Path(source), side, column)
        where = f"{Path(source).name}: "
        at = _positions_of(ids, _as_text(side.ids.array))
    texts = np.array([_text(v) for v in given.to_pylist()], dtype=object)
    has = np.array([text is not None for text in texts], bool)
    if not ((at >= 0) & has).any():
        raise InputError(
            f"{where}none of the {len(at):,} labels in {name!r} is about one of the {len(side):,} "
            f"{side.name} ids, which begin with {side.ids[0]!r}; is it about another side"
            " (--side)?"
        )
    kept = (at >= 0) & has
    order = np.argsort(at[kept], kind="stable")
    unknown, bare = int((at < 0).sum()), len(side) - int(kept.sum())
    said = [f"labels of ids that the space does not have: {unknown:,}" if unknown else ""]
    said += [f"rows without a label: {bare:,} of {len(side):,}" if bare else ""]
    note = "; ".join(s for s in said if s)
    return Labels(
        name,
        at[kept][order],
        texts[kept][order].astype(str),
        f"Left out: {note}." if note else "",
    )


def shared(ids: Ids, others: Ids) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return where the ids that both have are in the first (ascending) and in the second."""
    at = _positions(ids, others)
    own = np.flatnonzero(at >= 0)
    return own, at[own]


def _read(path: Path, space: Space) -> Observations:
    from rowspace.observe.formats import TABLES, recognise
    from rowspace.observe.read import read
    from rowspace.observe.tables import open_table

    if not path.exists():
        raise InputError(f"there is no file {str(path)!r} with held-out observations")
    kind = recognise(path, None)
    names: list[Any] = [side.name for side in space.sides]
    if kind not in TABLES:
        if kind == "text":
            raise InputError(f"{path} is text, but held-out observations are a table or a matrix")
        return read(path, *names)
    table = open_table(path, kind)
    return read(path, *(_called(table, name) for name in names), duplicates="last", ids="text")


def _called(table: Table, name: str) -> str | None:
    """Return the column that is called as a side, with or without "Id"; None when none is."""
    from rowspace.observe.columns import stem

    if table.named:
        for known in (lambda c: c, lambda c: c.lower(), lambda c: stem(c).lower()):
            for column in table.columns:
                if known(column) == known(name):
                    return column
    return None


def _label_table(path: Path, side: Side, column: str | None) -> tuple[str, pa.Array, Any]:
    """Return the name of the column of labels, the ids as text, and the labels."""
    import pyarrow.compute as pc

    from rowspace.observe.formats import TABLES, recognise
    from rowspace.observe.tables import open_table

    if not path.exists():
        raise InputError(f"there is no file {str(path)!r} with labels")
    kind = recognise(path, None)
    if kind not in TABLES:
        raise InputError(f"{path.name} is {kind}, but labels are a table with one line per id")
    table = open_table(path, kind)
    called = _called(table, side.name)
    at = 0 if called is None else table.columns.index(called)
    whole = table.whole(at)
    others = [name for i, name in enumerate(table.columns) if i != at]
    name = _chosen(others, column, path.name)
    ids = _as_text(whole.column(at))
    counts = pc.value_counts(ids.drop_null())
    twice = counts.filter(pc.greater(counts.field("counts"), 1))
    if len(twice):
        raise InputError(
            f"{path.name}: {twice[0]['values'].as_py()!r} has {twice[0]['counts'].as_py()} "
            "labels, but one line per id was expected"
        )
    return name, ids, whole.column(table.columns.index(name))


def _chosen(columns: list[str], column: str | None, where: str) -> str:
    if column is not None and column in columns:
        return column
    if column is None and len(columns) == 1:
        return columns[0]
    listed = ", ".join(map(repr, columns)) or "none"
    if column is None:
        raise InputError(f"{where} has the columns {listed}; say which holds the labels (--label)")
    raise InputError(
        f"{where}: no column {column!r} among {listed}{nearest_names(column, columns)}"
    )


def _positions(ids: Ids, among: Ids) -> NDArray[np.int64]:
    """Return where each id is among others, -1 where it is not; 7 and "7" are the same id."""
    return _positions_of(_as_text(ids.array), _as_text(among.array))


def _positions_of(ids: pa.Array, among: pa.Array) -> NDArray[np.int64]:
    import pyarrow.compute as pc

    found = pc.index_in(ids, value_set=among)
    at: NDArray[np.int64] = pc.fill_null(found, -1).to_numpy(zero_copy_only=False)
    return np.where(ids.is_null().to_numpy(zero_copy_only=False), -1, at).astype(np.int64)


def _as_text(array: Any) -> pa.Array:
    import pyarrow as pa

    array = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    return array.cast(pa.large_string())


def _text(value: object) -> str | None:
    """Return a label as text; None for one that is missing."""
    missing = value is None or value == "" or value != value
    return None if missing else str(value)

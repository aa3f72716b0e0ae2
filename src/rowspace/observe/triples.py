"""Triples: knowledge graphs, entities that stand in relations.

`Triples` are `Observations` of entities x relations (how often an entity is the head of a
relation), with the triples themselves beside. `read_triples` makes them of files, folders and
tables. Recipes such as `complex` learn from them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import InputError, UnknownIdError
from rowspace.observe.ids import Id, Ids
from rowspace.observe.observations import Mode, Observations

__all__ = ["Triples", "read_triples"]


@dataclass(frozen=True, eq=False)
class Triples(Observations):
    """A labelled knowledge graph.

    Attributes:
        triples: (t, 3) int32, positions of head, relation and tail; heads and tails among the ids
            of `rows`, relations among those of `cols`.
        repeated: how many triples were there more than once and are kept once.

    Example:
        >>> g = read_triples([("ann", "knows", "bob"), ("bob", "knows", "cat")])
        >>> g
        Triples(2 triples, 3 entities, 1 relations)
        >>> list(g.rows.ids)
        ['ann', 'bob', 'cat']
    """

    triples: NDArray[np.int32] = field(default_factory=lambda: np.empty((0, 3), np.int32))
    repeated: int = 0

    @property
    def n_observed(self) -> int:
        """The number of triples."""
        return len(self.triples)

    @cached_property
    def fingerprint(self) -> str:
        """A sha256 (hex) of names, ids and triples."""
        sha = hashlib.sha256()
        for mode in self.modes:
            sha.update(mode.name.encode() + b"\0" + mode.ids.digest())
        sha.update(np.ascontiguousarray(self.triples).tobytes())
        return sha.hexdigest()

    def __repr__(self) -> str:
        n, m = self.shape
        return f"Triples({len(self.triples):,} triples, {n:,} entities, {m:,} relations)"


def read_triples(
    source: Any,
    *,
    head: str | int = 0,
    relation: str | int = 1,
    tail: str | int = 2,
    like: Triples | None = None,
    unknown: str = "add",
) -> Triples:
    """Read a knowledge graph.

    Args:
        source: a file of lines head, relation, tail (between tabs, commas or blanks; gzip too), a
            Parquet file, a pandas, polars or Arrow table, a dict of columns, or a list of triples;
            or a folder in OpenKE's format (entity2id.txt, relation2id.txt and train2id.txt, whose
            lines are head, tail, relation).
        head, relation, tail: the columns, by name or by number from 0.
        like: triples whose entities and relations the positions are to be those of.
        unknown: with `like`, what to do with a triple of an entity or relation that it lacks: "add"
            them behind the known ones, "drop" the triple, or "refuse".

    Returns:
        Each triple once. Entities are all heads and tails in order of their first appearance (heads
        before tails), or those of `like`.

    Raises:
        InputError: no such column, or something that is no triple.
        UnknownIdError: an id that `like` lacks, with `unknown="refuse"`.
    """
    if unknown not in ("add", "drop", "refuse"):
        raise InputError(f"unknown is {unknown!r}, but 'add', 'drop' or 'refuse' was expected")
    columns, where = _columns(source, (head, relation, tail))
    ids = (Ids([], unique=True), Ids([], unique=True)) if like is None else (
        like.rows.ids, like.cols.ids,
    )  # fmt: skip
    known = [{key: at for at, key in enumerate(i)} for i in ids]
    if unknown == "add":
        for at, column in ((0, columns[0]), (0, columns[2]), (1, columns[1])):
            of = known[at]
            for key in dict.fromkeys(column):
                of.setdefault(key, len(of))
    found = np.array(
        [
            [known[at].get(key, -1) for key in column]
            for at, column in zip((0, 1, 0), columns, strict=True)
        ],
        np.int32,
    ).T.reshape(-1, 3)
    lost = (found < 0).any(axis=1)
    if lost.any():
        if unknown == "refuse":
            i, side = np.argwhere(found < 0)[0]
            raise UnknownIdError(
                f"{where}the {('head', 'relation', 'tail')[side]} {columns[side][i]!r} is not "
                "among those that are known; say unknown='add' or unknown='drop'"
            )
        found = found[~lost]
    kept = np.unique(found, axis=0, return_index=True)[1]
    once = found[np.sort(kept)]
    modes = [
        Mode(name, Ids(list(of), unique=True) if unknown == "add" else old)
        for name, of, old in zip(("entity", "relation"), known, ids)
    ]
    return triples_of(
        modes[0], modes[1], once, str(where).removesuffix(": "), len(found) - len(once)
    )


def triples_of(
    entities: Mode,
    relations: Mode,
    triples: NDArray[np.int32],
    source: str = "",
    repeated: int = 0,
) -> Triples:
    """Return triples of positions, (t, 3), as `Triples`."""
    from scipy.sparse import csr_array

    ones = np.ones(len(triples), np.float32)
    cells = csr_array((ones, (triples[:, 0], triples[:, 1])), shape=(len(entities), len(relations)))
    return Triples(
        entities, relations, cells, None, source, None, np.ascontiguousarray(triples), repeated
    )


def _columns(source: Any, names: tuple[str | int, ...]) -> tuple[list[list[Id]], str]:
    """Return three lists of ids, and how messages begin."""
    if isinstance(source, str | Path):
        path = Path(source)
        if path.is_dir():
            return _openke(path), f"{path}: "
        return _file(path, names), f"{path}: "
    if hasattr(source, "to_pydict"):
        source = source.to_pydict()
    elif hasattr(source, "to_dict") and hasattr(source, "columns"):
        source = {name: list(source[name]) for name in source.columns}
    if isinstance(source, dict):
        return [_named(source, name) for name in names], ""
    rows = [tuple(row) for row in source]
    for at, row in enumerate(rows):
        if len(row) != 3:
            raise InputError(f"triple {at} is {row!r}, but (head, relation, tail) was expected")
    return [[_plain(row[int(name)]) for row in rows] for name in names], ""


def _plain(value: Any) -> Id:
    plain: Id = value.item() if isinstance(value, np.generic) else value
    return plain


def _named(table: dict[Any, Any], name: str | int) -> list[Id]:
    names = list(table)
    if isinstance(name, int) and name not in table:
        if not 0 <= name < len(names):
            raise InputError(f"there are {len(names)} columns, so there is no column {name}")
        name = names[name]
    if name not in table:
        raise InputError(f"there is no column {name!r}; there are {', '.join(map(str, names))}")
    return [_plain(value) for value in table[name]]


def _file(path: Path, names: tuple[str | int, ...]) -> list[list[Id]]:
    from rowspace.observe.formats import open_bytes

    if path.suffix == ".parquet":
        import pyarrow.parquet as pq

        table = pq.read_table(path).to_pydict()
        return [_named(table, name) for name in names]
    with open_bytes(path) as file:
        try:
            lines = file.read().decode("utf-8").splitlines()
        except UnicodeDecodeError as error:
            raise InputError(f"{path} is not UTF-8 text ({error})") from error
    first = next((line for line in lines if line.strip()), "")
    between = next((c for c in ("\t", ",", ";") if first.count(c) >= 2), None)
    fields = [line.split(between) for line in lines if line.strip()]
    if any(isinstance(name, str) for name in names):
        header = {name.strip(): at for at, name in enumerate(fields[0])} if fields else {}
        missing = [name for name in names if isinstance(name, str) and name not in header]
        if missing:
            raise InputError(
                f"{path}: there is no column {missing[0]!r}; there are {', '.join(header)}"
            )
        names = tuple(header[n] if isinstance(n, str) else n for n in names)
        fields = fields[1:]
    places = [int(name) for name in names]
    for at, row in enumerate(fields):
        if len(row) <= max(places):
            raise InputError(
                f"{path}: line {at + 1} has {len(row)} fields, but head, relation and tail were "
                "expected"
            )
    return [[row[at].strip() for row in fields] for at in places]


def _openke(folder: Path, part: str = "train2id.txt") -> list[list[Id]]:
    """Return the triples of a folder of OpenKE: numbered names, and head, tail, relation."""
    names = []
    for name in ("entity2id.txt", "relation2id.txt", part):
        if not (folder / name).is_file():
            raise InputError(
                f"{folder} has no {name}, which a folder of triples needs; give a file of triples"
            )
    for name in ("entity2id.txt", "relation2id.txt"):
        lines = (folder / name).read_text("utf-8").splitlines()[1:]
        pairs = [line.rsplit(None, 1) for line in lines if line.strip()]
        names.append({int(number): key for key, number in pairs})
    lines = (folder / part).read_text("utf-8").splitlines()[1:]
    rows = [[int(x) for x in line.split()] for line in lines if line.strip()]
    entity, relation = names
    try:
        return [
            [entity[h] for h, _, _ in rows],
            [relation[r] for _, _, r in rows],
            [entity[t] for _, t, _ in rows],
        ]
    except KeyError as error:
        raise InputError(f"{folder}/{part} has the number {error}, which no name has") from error

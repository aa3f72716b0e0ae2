"""Space: the named vectors of one or more sides, and how they were made.

`fit` and the importers make it, `open_space` (public as `rowspace.open`) maps it from a directory.
A space made from observations has two sides: the first was the rows of the matrix, the second its
columns, and the score of a cell is the dot product of their vectors, plus the mean and the biases
where the model has them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import InputError, SpaceError, UnknownIdError, UnsupportedError, nearest_names
from rowspace.factor.grammar import Factorization
from rowspace.observe.ids import Id, Ids
from rowspace.observe.observations import Mode, Observations
from rowspace.space import format as on_disk
from rowspace.space import provenance
from rowspace.space.cells import Cells
from rowspace.space.folding import folded
from rowspace.space.hits import Hits
from rowspace.space.manifest import verify_files
from rowspace.space.side import Side, is_id
from rowspace.space.vector import Vector, as_query

if TYPE_CHECKING:
    import os

    import pyarrow as pa

    from rowspace.factor.factors import Factors
    from rowspace.observe.steps import State
    from rowspace.observe.triples import Triples


class Space:
    """Named vectors of one or more sides.

    Attributes:
        sides: the sides in order; `space["item"]` is one by name.
        manifest: how the space was made, as plain values (the keys of `space.json`).
        path: the directory that it was opened from, or None.
        where: what to call the space in messages.
        states: for each matrix step what it needs for a new row, by name.
        derived: what was computed from the vectors and the cells and is kept while the space is in
            memory, by name; never stored.

    Example:
        >>> space = Space.from_vectors({"word": (["cat", "dog", "car"], [[1, 0], [2, 1], [0, 1]])})
        >>> space
        Space(word 3, dim 2, imported)
        >>> space.near("word", [0, 3], k=1)
        word  cosine
        car   1.0000
    """

    def __init__(self, contents: on_disk.Contents, path: Path | None = None) -> None:
        self._contents = contents
        self.manifest = contents.manifest
        self.path = path
        self.where = str(path or self.manifest.get("name") or "this space")
        self.states = contents.states
        self.derived: dict[str, Any] = {}
        encoder = self.manifest["encoder"]["fingerprint"]
        self.sides: tuple[Side, ...] = tuple(
            Side(
                side.name,
                side.ids,
                side.blocks,
                side.table,
                side.extras,
                encoder=encoder,
                where=self.where,
                fold=self._fold_for(side.name),
            )
            for side in contents.sides
        )

    @classmethod
    def from_factors(
        cls,
        obs: Observations,
        factors: Factors,
        factorization: Factorization,
        *,
        recipe: dict[str, Any] | None,
        states: Sequence[State],
        seed: int,
        timings: dict[str, float],
        keep_cells: bool = True,
        name: str | None = None,
        modes: Sequence[Mode] | None = None,
    ) -> Self:
        """Make a space of the factors of observations.

        Args:
            obs: the observations as they were read, before any matrix step.
            factors: what the solver returned: (n, dim) and (m, dim) float32 and what each row has
                besides; not copied.
            factorization: what was solved.
            recipe: name, citation, literature and options of the recipe; None without one.
            states: what each step of `factorization.matrix` needs for new rows, in order.
            seed: the seed of the solver.
            timings: seconds per stage.
            keep_cells: keep the observed cells (those of an operator cannot be).
            name: what to call the space before it has a path.
            modes: the sides, where matrix steps gave them other ids; then no cells are kept.

        Raises:
            InputError: the vectors do not fit the ids, or are not finite.
        """
        sides = tuple(
            on_disk.SideContents.of(
                mode.name, mode.ids, vectors, mode.table, factors.extras.get(role)
            )
            for mode, vectors, role in zip(
                modes or obs.modes, (factors.rows, factors.cols), ("rows", "cols"), strict=True
            )
        )
        manifest = {
            **provenance.made_here(name),
            **provenance.of_fit(obs, factors, factorization, recipe, seed, timings),
            "encoder": provenance.fingerprint(
                sides, {"factorization": factorization.to_dict(), "observations": obs.fingerprint}
            ),
            "sides": [side.described() for side in sides],
        }
        cells = Cells.of(obs) if keep_cells and modes is None else None
        return cls(on_disk.Contents(manifest, sides, cells, tuple(states)))

    @classmethod
    def from_vectors(
        cls,
        sides: Mapping[str, tuple[Any, Any]],
        *,
        tables: Mapping[str, pa.Table] | None = None,
        encoder: Mapping[str, Any] | None = None,
        name: str | None = None,
    ) -> Self:
        """Make a space of vectors that something else made.

        Args:
            sides: side name -> (n ids, n x dim numbers); floats are rounded to float32.
            tables: metadata of some sides, one row per id.
            encoder: what made the vectors, as plain values, for example {"model": "m",
                "revision": "r"}. Spaces with the same one take each other's vectors as queries;
                without it, only the same vectors do.
            name: what to call the space before it has a path.

        Raises:
            InputError: no side, ids that repeat, vectors that do not fit or are not finite, or an
                `encoder` that is not plain values.
        """
        if not sides:
            raise InputError(
                "a space needs at least one side, for example {'word': (ids, vectors)}"
            )
        stray = set(tables or ()) - set(sides)
        if stray:
            raise InputError(f"there is metadata for side {min(stray)!r}, but no such side")
        made = tuple(
            on_disk.SideContents.of(
                side,
                ids if isinstance(ids, Ids) else Ids(ids, what=side),
                vectors,
                (tables or {}).get(side),
            )
            for side, (ids, vectors) in sides.items()
        )
        manifest = {
            **provenance.made_here(name),
            **provenance.of_import(),
            "encoder": provenance.fingerprint(made, {}, given=encoder),
            "sides": [side.described() for side in made],
        }
        return cls(on_disk.Contents(manifest, made, None, ()))

    @classmethod
    def open(cls, path: str | os.PathLike[str], verify: bool = False) -> Self:
        """Open the space in a directory; its files are mapped, not read.

        Args:
            path: the directory.
            verify: also read every file and compare its sha256.

        Raises:
            SpaceError: it is missing, incomplete, damaged or of a newer format.
        """
        return cls(on_disk.read(Path(path), verify), Path(path))

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the space to a directory, so that all of it appears there or nothing.

        Args:
            path: a name that does not exist yet, or a space, which is replaced in one step: who
                has it open keeps the old one, who opens it finds the old one or this one.

        Returns:
            The path.

        Raises:
            SpaceError: `path` is something else, or cannot be written; nothing has changed then.
        """
        on_disk.write(Path(path), self._contents)
        return Path(path)

    def verify(self) -> None:
        """Read every file and compare it with its checksum; `SpaceError` names one that differs."""
        if self.path is None:
            raise SpaceError("this space is only in memory, so no file can differ; save it first")
        try:
            verify_files(self.path, self.manifest)
        except FileNotFoundError as error:
            raise SpaceError(
                f"{error.filename} is missing: the space was replaced or removed since it was "
                "opened; open it again"
            ) from None

    def __getitem__(self, side: str) -> Side:
        """Return a side by name; raises `UnknownIdError` when there is none."""
        for one in self.sides:
            if one.name == side:
                return one
        names = [one.name for one in self.sides]
        near = nearest_names(side, names) or "; there is " + " and ".join(map(repr, names))
        raise UnknownIdError(f"no side {side!r} in {self.where}{near}")

    def __repr__(self) -> str:
        sides = " x ".join(f"{side.name} {len(side):,}" for side in self.sides)
        dims = " and ".join(str(d) for d in dict.fromkeys(side.dim for side in self.sides))
        recipe = self.manifest["recipe"]
        made = (
            repr(recipe["name"]) if recipe else "fitted" if self.manifest["factorization"] else ""
        )
        return f"Space({sides}, dim {dims}, {made or 'imported'})"

    @cached_property
    def factorization(self) -> Factorization | None:
        """What was solved to make the vectors; None for imported ones."""
        stored = self.manifest["factorization"]
        return None if stored is None else Factorization.from_dict(stored)

    @property
    def has_cells(self) -> bool:
        """Whether the observed cells were kept."""
        return self._contents.cells is not None

    @cached_property
    def observations(self) -> Observations:
        """The observations that the space was learned from; `InputError` if not kept."""
        cells = self._kept_cells("the observations")
        rows, cols = (Mode(side.name, side.ids, side.table) for side in self.sides)
        source = self.manifest["observations"]["source"]
        return Observations(rows, cols, cells.matrix(), cells.times, source, cells.weights)

    def observed(self, row: Id, side: str | None = None) -> tuple[list[Id], NDArray[np.float32]]:
        """Return what was observed of one row: ids on the other side, and the values.

        Args:
            row: an id.
            side: the side that `row` is on; the first where None.

        Raises:
            UnknownIdError: there is no such id.
            InputError: the cells were not kept.
        """
        _, there = self.pair(side)
        positions, values, _ = self.line(row, side)
        return there.ids.take(positions), values

    def line(
        self, row: Id, side: str | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.float32] | None]:
        """Return what was observed of one row: positions, values, and weights where there are some.

        Args:
            row, side: as for `observed`.
        """
        here, _ = self.pair(side)
        cells = self._kept_cells("reading what was observed")
        return cells.line(self.sides.index(here), here.position(row))

    @property
    def is_curved(self) -> bool:
        """Whether the vectors are points of hyperbolic space, where cosines say nothing."""
        kinds = provenance.kinds(self.manifest)
        return bool(kinds & {"Poincare", "Lorentz", "HyperbolicDistance"})

    @property
    def is_relational(self) -> bool:
        """Whether the sides are the entities and the relations of a knowledge graph."""
        return bool(provenance.kinds(self.manifest) & {"Complex", "Diagonal", "Translation"})

    def near(
        self, side: str, query: Any, k: int = 10, filter: Any = None, metric: str = "cosine"
    ) -> Hits:
        """Find the rows of a side nearest to a query: see `Side.near`.

        Raises:
            UnsupportedError: the vectors lie in hyperbolic space, where a cosine says nothing.
        """
        if self.is_curved:
            raise UnsupportedError(
                f"the vectors of {self.where} lie in hyperbolic space, where their cosine says "
                "nothing; ask recommend(..., exclude_seen=False), which ranks by distance"
            )
        return self[side].near(query, k, filter, metric)

    def recommend(
        self,
        row: Any,
        k: int = 10,
        exclude_seen: bool = True,
        filter: Any = None,
        side: str | None = None,
    ) -> Hits:
        """Find what fits a row best on the other side, by the score.

        That is the dot product, plus the mean and both biases where the model has them (`score`).

        Args:
            row: an id; or {id on the other side: value}, a new row that is folded in; or a vector,
                which has no bias of its own.
            k: how many answers, after filtering; fewer only when there are fewer.
            exclude_seen: leave out what was observed of the row (of a new row: its keys; a vector
                says nothing of what it has seen).
            filter: what may be found on the other side (see `filters.py`).
            side: the side that `row` is on; the first where None.

        Returns:
            `Hits` on the other side, best first.

        Raises:
            UnknownIdError: no such id, side or metadata column; the message names the nearest.
            InputError: the seen cells are needed but were not kept; or as `Side.near`.
            UnsupportedError: the sides are entities and relations (see `complete`).
        """
        here, there = self._scored(side)
        seen = None
        if exclude_seen and isinstance(row, Mapping):
            seen = there.ids.positions(row, there.name, self.where)
        elif exclude_seen and is_id(row):
            cells = self._kept_cells("leaving out what was seen", ", or pass exclude_seen=False")
            if cells.is_dense:
                raise InputError(
                    f"every cell of {self.where} was observed, so nothing is left to recommend; "
                    "pass exclude_seen=False"
                )
            seen, _, _ = cells.line(self.sides.index(here), here.position(row))
        vector, bias = self.placed(here, row)
        offset = self.mean + bias if "bias" in there.extras else None
        return there.search(vector, k, filter, "dot", seen, offset)

    def complete(
        self,
        relation: Any,
        *,
        head: Any = None,
        tail: Any = None,
        k: int = 10,
        known: Triples | None = None,
    ) -> Hits:
        """Rank the entities that complete a triple: see `questions.complete`.

        Args:
            relation: its id.
            head, tail: the id of the one that is there; the other is asked for.
            k: how many answers.
            known: triples whose answers to the question are left out.

        Raises:
            UnsupportedError: the space knows no relations.
        """
        from rowspace.space.questions import complete

        return complete(self, relation, head=head, tail=tail, k=k, known=known)

    def score(self, row: Any, col: Any) -> float:
        """Return the score of a row of the first side and one of the second.

        That is their dot product, plus the mean and both biases where the model has them.

        Args:
            row: an id on the first side, a mapping that is folded in, or a vector, which has no
                bias of its own.
            col: the same for the second side.

        Raises:
            UnknownIdError: no such id; the message names the nearest.
            InputError: the space has one side, or vectors of other lengths.
            UnsupportedError: the sides are entities and relations (see `complete`).
        """
        here, there = self._scored(None)
        (u, bias_u), (v, bias_v) = self.placed(here, row), self.placed(there, col)
        if len(u) != len(v):
            raise InputError(
                f"the vectors of {here.name} have {len(u)} numbers and those of {there.name} "
                f"{len(v)}, so they have no dot product"
            )
        return self.mean + bias_u + bias_v + float(np.vecdot(u, v))

    @property
    def mean(self) -> float:
        """What every score has besides the dot product and the biases; 0 without such a model."""
        return float((self.manifest.get("facts") or {}).get("mean", 0.0))

    def placed(self, side: Side, given: Any) -> tuple[NDArray[np.float32], float]:
        """Return the vector of a row and the bias that goes with it.

        Args:
            side: where the row belongs.
            given: an id; a mapping, which is folded in; or a vector, whose bias is 0.
        """
        bias = 0.0
        if is_id(given):
            at = side.position(given)
            given = side[given]
            if "bias" in side.extras:
                bias = float(side.extras["bias"][at])
        elif isinstance(given, Mapping):
            given, bias = folded(self, side.name, given)
        return as_query(given, side.dim, side.encoder, self.where), bias

    def fold_in(self, side: str, observed: Mapping[Id, float]) -> Vector:
        """Return the vector of a row that was not there, from what was observed of it.

        It is the row's exact solution with the other side fixed, after the same matrix steps; with
        nothing observed, that of a row of unobserved cells.

        Args:
            side: the side that the new row belongs to.
            observed: {id on the other side: value}.

        Returns:
            A (dim,) float32 `Vector`.

        Raises:
            UnknownIdError: an id is not on the other side; the message names the nearest.
            InputError: a value is not a finite number.
            UnsupportedError: the space was imported, so nothing says how to fold in.
        """
        return folded(self, side, observed)[0]

    def info(self) -> dict[str, Any]:
        """Return what there is to say about the space, as plain values for printing."""
        sides = [side.described() for side in self._contents.sides]
        return {
            "path": None if self.path is None else str(self.path),
            **provenance.summary(self.manifest, sides),
            "cells_kept": self.has_cells,
        }

    def _fold_for(self, side: str) -> Any:
        return lambda observed: self.fold_in(side, observed)

    def pair(self, side: str | None) -> tuple[Side, Side]:
        """Return a side (the first where None) and the other one."""
        here = self.sides[0] if side is None else self[side]
        if len(self.sides) != 2:
            raise InputError(
                f"{self.where} has {len(self.sides)} side(s), but this needs rows and columns; "
                "use near on one side"
            )
        return here, self.sides[1] if here is self.sides[0] else self.sides[0]

    def _scored(self, side: str | None) -> tuple[Side, Side]:
        """Return `pair`, or refuse where the product of both sides is no score."""
        if self.is_relational:
            raise UnsupportedError(
                f"the sides of {self.where} are entities and relations, whose product says "
                "nothing; ask complete(relation, head=...) or complete(relation, tail=...)"
            )
        return self.pair(side)

    def _kept_cells(self, purpose: str, way_out: str = "") -> Cells:
        if self._contents.cells is None:
            raise InputError(
                f"{self.where} did not keep its observed cells, which {purpose} needs; "
                f"fit with keep_cells=True{way_out}"
            )
        return self._contents.cells


def open_space(path: str | os.PathLike[str], verify: bool = False) -> Space:
    """Open the space in a directory; its files are mapped, not read.

    Args:
        path: the directory that `Space.save` wrote.
        verify: also read every file and compare its sha256.

    Raises:
        SpaceError: it is missing, incomplete, damaged or of a newer format.
    """
    return Space.open(path, verify)

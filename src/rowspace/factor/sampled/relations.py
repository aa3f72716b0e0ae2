"""Knowledge graphs in the sampled solver: questions (head, relation) answered by entities.

Every triple is asked about from both ends: (h, r, ?) and, with a relation of its own for the way
back, (t, r', ?). The questions are the rows and the entities the columns of a matrix, and what is
special is only how the vector of a question is made (`RelationEncoder`). Called by `solve.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rowspace.factor.factors import Factors
from rowspace.factor.gram import constraint_of
from rowspace.factor.grammar import (
    Complex,
    Constraint,
    Cubic,
    Diagonal,
    Factorization,
    Free,
    Relational,
    Sampled,
    Translation,
)
from rowspace.factor.sampled.updates import Table

if TYPE_CHECKING:
    from rowspace.observe.triples import Triples

Ids = NDArray[np.int64]
Vectors = NDArray[np.float32]


def compose(geometry: Relational, h: Vectors, r: Vectors) -> Vectors:
    """Return the vectors of questions, (b, d), of heads and relations (b, d)."""
    if isinstance(geometry, Diagonal):
        return h * r
    if isinstance(geometry, Translation):
        return 2 * h + r if geometry.flexible else h + r
    k = h.shape[1] // 2
    a, b, c, d = h[:, :k], h[:, k:], r[:, :k], r[:, k:]
    return np.concatenate([a * c - b * d, a * d + b * c], axis=1)


def decompose(
    geometry: Relational, h: Vectors, r: Vectors, grads: Vectors
) -> tuple[Vectors, Vectors]:
    """Return the derivatives by heads and by relations of those by the questions, (b, d)."""
    if isinstance(geometry, Diagonal):
        return grads * r, grads * h
    if isinstance(geometry, Translation):
        return (2 * grads if geometry.flexible else grads), grads
    k = h.shape[1] // 2
    a, b, c, d = h[:, :k], h[:, k:], r[:, :k], r[:, k:]
    x, y = grads[:, :k], grads[:, k:]
    by_h = np.concatenate([x * c + y * d, y * c - x * d], axis=1)
    by_r = np.concatenate([x * a + y * b, y * a - x * b], axis=1)
    return by_h, by_r


def charge(constraint: Constraint, x: Vectors, paired: bool) -> Vectors | None:
    """Return the gradient of what a constraint charges vectors of an observed triple."""
    if isinstance(constraint, Cubic) and constraint.weight:
        if paired:
            b, k = len(x), x.shape[1] // 2
            parts = x.reshape(b, 2, k)
            size = np.sqrt(np.einsum("bpk,bpk->bk", parts, parts))
            size *= np.float32(constraint.weight)
            return np.asarray((parts * size[:, None]).reshape(b, -1))
        return np.float32(constraint.weight) * np.abs(x) * x
    if isinstance(constraint, Free) and constraint.l2:
        return np.float32(constraint.l2) * x
    return None


@dataclass(frozen=True, eq=False)
class RelationEncoder:
    """Questions, each a head and a relation.

    Attributes:
        geometry: how the two make a vector.
        heads: the table of the entities that ask.
        relations: of relations, those of the way back after the others.
        head_of, relation_of: (questions,) positions in the two.
        constraint: what head and relation are charged.
    """

    geometry: Relational
    heads: Table
    relations: Table
    head_of: Ids
    relation_of: Ids
    constraint: Constraint

    def forward(self, ids: Ids) -> Vectors:
        """Return the vectors of questions."""
        h, r = self.head_of[ids], self.relation_of[ids]
        return compose(self.geometry, self.heads.vectors[h], self.relations.vectors[r])

    def backward(self, ids: Ids, grads: Vectors) -> Iterator[tuple[Table, Ids, Vectors]]:
        """Yield the steps of heads and relations, with what they are charged."""
        h, r = self.head_of[ids], self.relation_of[ids]
        x, y = self.heads.vectors[h], self.relations.vectors[r]
        paired = isinstance(self.geometry, Complex)
        found = decompose(self.geometry, x, y, grads)
        for table, at, vectors, by in (
            (self.heads, h, x, found[0]),
            (self.relations, r, y, found[1]),
        ):
            more = charge(self.constraint, vectors, paired)
            yield table, at, by if more is None else by + more

    def charged(self, ids: Ids) -> None:
        """Nothing: head and relation are charged, not the question."""

    def all(self) -> Vectors:
        """Return the vectors of all questions."""
        return self.forward(np.arange(len(self.head_of)))

    def tables(self) -> dict[str, Table]:
        """Return heads and relations."""
        return {"heads": self.heads, "relations": self.relations}


@dataclass(frozen=True, eq=False)
class AnswerEncoder:
    """Entities as answers."""

    table: Table
    constraint: Constraint
    paired: bool

    def forward(self, ids: Ids) -> Vectors:
        """Return the vectors."""
        return self.table.vectors[ids]

    def backward(self, ids: Ids, grads: Vectors) -> Iterator[tuple[Table, Ids, Vectors]]:
        """Yield the one step."""
        yield self.table, ids, grads

    def charged(self, ids: Ids) -> Vectors | None:
        """Return what the vectors are charged."""
        return charge(self.constraint, self.table.vectors[ids], self.paired)

    def all(self) -> Vectors:
        """Return the table."""
        return self.table.vectors

    def tables(self) -> dict[str, Table]:
        """Return the table."""
        return {"answers": self.table}


def encoders_of(
    f: Factorization, graph: Triples, seed: int, start: Factors | None
) -> tuple[Any, tuple[RelationEncoder, AnswerEncoder]]:
    """Return the matrix of questions x entities, and the encoders of its sides."""
    from rowspace.factor.sampled.cells import SampledCells

    solver, geometry = f.solver, f.geometry
    assert isinstance(solver, Sampled) and isinstance(geometry, Relational)
    n, m = graph.shape
    h, r, t = graph.triples.astype(np.int64).T
    asked = np.concatenate([h, t]) * (2 * m) + np.concatenate([r, r + m])
    answer = np.concatenate([t, h])
    questions, row = np.unique(asked, return_inverse=True)
    cells = SampledCells.of_pairs(row, answer, (len(questions), n))
    apart = isinstance(geometry, Diagonal) and geometry.apart
    rng = np.random.default_rng(seed)
    scale = np.float32(solver.spread / np.sqrt(f.dim))

    def fresh(size: int) -> NDArray[np.float32]:
        return scale * rng.standard_normal((size, f.dim), np.float32)

    if start is None:
        entities, relations = fresh(n), fresh(2 * m)
        heads = fresh(n) if apart else entities
    else:
        entities = np.array(start.rows, np.float32)
        relations = np.concatenate([start.cols, start.extras["cols"]["inverse"]])
        heads = np.array(start.extras["rows"]["head"], np.float32) if apart else entities
    answers = Table(entities, solver.update)
    asking = Table(heads, solver.update) if apart else answers
    relating = Table(relations, solver.update)
    paired = isinstance(geometry, Complex)
    return cells, (
        RelationEncoder(
            geometry, asking, relating, questions // (2 * m), questions % (2 * m),
            constraint_of(f, "cols"),
        ),
        AnswerEncoder(answers, constraint_of(f, "rows"), paired),
    )  # fmt: skip


def factors_of(
    encoders: tuple[RelationEncoder, AnswerEncoder], trace: tuple[float, ...], facts: dict[str, Any]
) -> Factors:
    """Return entities as rows and relations as columns, the way back beside."""
    asking, answering = encoders
    both = np.array(asking.relations.vectors)
    m = len(both) // 2
    extras: dict[str, dict[str, NDArray[Any]]] = {"cols": {"inverse": both[m:]}}
    if asking.heads is not answering.table:
        extras["rows"] = {"head": np.array(asking.heads.vectors)}
    return Factors(np.array(answering.table.vectors), both[:m], None, trace, extras, facts)

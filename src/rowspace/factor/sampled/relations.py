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
    Entailment,
    Factorization,
    Relational,
    Ridge,
    Sampled,
    Translation,
)
from rowspace.factor.sampled.updates import Table
from rowspace.workers import in_parts

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


def kind_of(geometry: Relational) -> int:
    """Return the number that `kernels/relations.py` knows a geometry by."""
    from rowspace.factor.kernels.relations import COMPLEX, DIAGONAL, FLEXIBLE, TRANSLATION

    if isinstance(geometry, Translation):
        return FLEXIBLE if geometry.flexible else TRANSLATION
    return COMPLEX if isinstance(geometry, Complex) else DIAGONAL


def charges_of(constraint: Constraint) -> tuple[float, float]:
    """Return the weights of cubes and of squares that vectors of an observed triple are charged."""
    inside = constraint.within if isinstance(constraint, Entailment) else constraint
    cubic = inside.weight if isinstance(inside, Cubic) else 0.0
    return cubic, inside.l2 if isinstance(inside, Ridge) else 0.0


@dataclass(frozen=True, eq=False)
class Implied:
    """Pairs of relations of which one implies the other.

    Attributes:
        premise, conclusion: (pairs,) positions among the relations and those of the way back.
        share: (pairs,) float32, of the pairs of entities of the premise, those of the conclusion.
    """

    premise: Ids
    conclusion: Ids
    share: NDArray[np.float32]

    @staticmethod
    def of(triples: Ids, relations: int, entities: int, least: float) -> Implied:
        """Find the pairs whose share is at least `least`.

        >>> loves = Implied.of(np.array([[0, 0, 1], [0, 1, 1], [2, 1, 1]]), 2, 3, 0.8)
        >>> list(zip(loves.premise.tolist(), loves.conclusion.tolist()))
        [(0, 1), (2, 3)]
        """
        from scipy.sparse import csr_array

        h, r, t = triples.T
        pairs, at = np.unique(
            np.concatenate([h * entities + t, t * entities + h]), return_inverse=True
        )
        who = np.concatenate([r, r + relations])
        has = csr_array((np.ones(len(at)), (who, at)), shape=(2 * relations, len(pairs)))
        has.data[:] = 1
        both = (has @ has.T).tocoo()
        share = both.data / has.sum(axis=1)[both.row]
        kept = (share >= least) & (both.row != both.col)
        return Implied(
            both.row[kept].astype(np.int64),
            both.col[kept].astype(np.int64),
            share[kept].astype(np.float32),
        )

    def steps(
        self, seen: Ids, vectors: Vectors, weight: float, paired: bool
    ) -> tuple[Ids, Vectors] | None:
        """Return the gradient of the charge on relations seen in a batch, and whose it is.

        Args:
            seen: (b,) relations of a batch, with repetitions.
            vectors: (r, d) of all relations.
            weight: of the charge.
            paired: whether the second half of the numbers are imaginary parts.
        """
        times = np.bincount(seen, minlength=len(vectors))[self.premise]
        at = np.flatnonzero(times)
        if len(at) == 0 or weight == 0:
            return None
        p, q = self.premise[at], self.conclusion[at]
        over = vectors[p] - vectors[q]
        real = over.shape[1] // 2 if paired else over.shape[1]
        by = np.concatenate([(over[:, :real] > 0).astype(np.float32), 2 * over[:, real:]], axis=1)
        by *= (np.float32(weight) * self.share[at] * times[at])[:, None].astype(np.float32)
        return np.concatenate([p, q]), np.concatenate([by, -by])


@dataclass(frozen=True, eq=False)
class RelationEncoder:
    """Questions, each a head and a relation.

    Attributes:
        geometry: how the two make a vector.
        heads: the table of the entities that ask.
        relations: of relations, those of the way back after the others.
        head_of, relation_of: (questions,) positions in the two.
        constraint, of_heads: what relations and heads are charged.
        implied: relations that imply others, with an `Entailment`.
    """

    geometry: Relational
    heads: Table
    relations: Table
    head_of: Ids
    relation_of: Ids
    constraint: Constraint
    of_heads: Constraint
    implied: Implied | None = None

    def forward(self, ids: Ids, answers: Ids | None = None) -> Vectors:
        """Return the vectors of questions."""
        from rowspace.factor.kernels.relations import ask

        x, y = self.heads.vectors, self.relations.vectors
        h, r = self.head_of[ids], self.relation_of[ids]
        out = np.empty((len(ids), x.shape[1]), np.float32)
        kind = kind_of(self.geometry)
        in_parts(len(ids), lambda begin, stop: ask(kind, begin, stop, x, y, h, r, out))
        return out

    def backward(
        self, ids: Ids, grads: Vectors, answers: Ids | None = None
    ) -> Iterator[tuple[Table, Ids, Vectors]]:
        """Yield the steps of heads and relations, with what they are charged."""
        from rowspace.factor.kernels.relations import learn

        x, y = self.heads.vectors, self.relations.vectors
        h, r = self.head_of[ids], self.relation_of[ids]
        by_h, by_r = np.empty_like(grads), np.empty_like(grads)
        kind = kind_of(self.geometry)
        charges = np.array([*charges_of(self.of_heads), *charges_of(self.constraint)], np.float32)
        in_parts(
            len(ids),
            lambda begin, stop: learn(
                kind, begin, stop, x, y, h, r, grads, charges, by_h, by_r
            ),
        )  # fmt: skip
        yield self.heads, h, by_h
        yield self.relations, r, by_r
        paired = isinstance(self.geometry, Complex)
        if self.implied is not None and isinstance(self.constraint, Entailment):
            steps = self.implied.steps(r, self.relations.vectors, self.constraint.weight, paired)
            if steps is not None:
                yield self.relations, *steps

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

    def forward(self, ids: Ids, answers: Ids | None = None) -> Vectors:
        """Return the vectors."""
        return self.table.vectors[ids]

    def backward(
        self, ids: Ids, grads: Vectors, answers: Ids | None = None
    ) -> Iterator[tuple[Table, Ids, Vectors]]:
        """Yield the one step."""
        yield self.table, ids, grads

    def charged(self, ids: Ids) -> Vectors | None:
        """Return what the vectors are charged."""
        from rowspace.factor.kernels.relations import charge_rows

        cubic, l2 = (np.float32(weight) for weight in charges_of(self.constraint))
        if cubic == 0 and l2 == 0:
            return None
        x = self.table.vectors
        out = np.empty((len(ids), x.shape[1]), np.float32)
        in_parts(
            len(ids),
            lambda begin, stop: charge_rows(
                self.paired, cubic, l2, begin, stop, x, ids, out
            ),
        )  # fmt: skip
        return out

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
    from rowspace.factor.sampled.solve import bounds_of

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
    of_rows, of_cols = constraint_of(f, "rows"), constraint_of(f, "cols")
    bounds = bounds_of(of_rows)
    if bounds is not None and start is None:
        np.abs(entities, out=entities)
        np.abs(heads, out=heads)
    answers = Table(entities, solver.update, bounds)
    asking = Table(heads, solver.update, bounds) if apart else answers
    relating = Table(relations, solver.update)
    paired = isinstance(geometry, Complex)
    implied = None
    if isinstance(of_cols, Entailment):
        implied = Implied.of(graph.triples.astype(np.int64), m, n, of_cols.confidence)
    return cells, (
        RelationEncoder(
            geometry, asking, relating, questions // (2 * m), questions % (2 * m),
            of_cols, of_rows, implied,
        ),
        AnswerEncoder(answers, of_rows, paired),
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

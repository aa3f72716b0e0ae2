"""Questions to a space of entities and relations: which tail, which head.

A recipe for knowledge graphs makes the sides "entity" and "relation"; relations have a second
vector for the way back, entities one for asking where both differ. `complete` ranks all entities
for one question, `scorers` gives the scores of many to `judge.triples`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import InputError, UnsupportedError
from rowspace.factor.grammar import Relational, Translation
from rowspace.factor.sampled.relations import compose
from rowspace.space.hits import Hits

if TYPE_CHECKING:
    from rowspace.observe.triples import Triples
    from rowspace.space.space import Space

Scorer = Callable[[NDArray[np.int64], NDArray[np.int64]], NDArray[np.float32]]


def complete(
    space: Space,
    relation: Any,
    *,
    head: Any = None,
    tail: Any = None,
    k: int = 10,
    known: Triples | None = None,
) -> Hits:
    """Rank the entities that complete a triple.

    Args:
        space: made by a recipe for knowledge graphs.
        relation: its id.
        head, tail: the id of the one that is there; the other is asked for.
        k: how many answers.
        known: triples whose answers to the question are left out.

    Returns:
        `Hits` on the entities, best first.

    Raises:
        UnknownIdError: no such entity or relation.
        InputError: both or none of head and tail are given.
        UnsupportedError: the space knows no relations.
    """
    if (head is None) == (tail is None):
        raise InputError("a question has a head or a tail, and the other is asked for; give one")
    tails, heads = scorers(space)
    entities, relations = space.sides
    given = entities.ids.position(head if tail is None else tail, entities.name, space.where)
    r = relations.ids.position(relation, relations.name, space.where)
    at = np.array([given])
    scores = (tails(at, np.array([r])) if tail is None else heads(np.array([r]), at))[0].copy()
    if known is not None:
        asked, answer = (0, 2) if tail is None else (2, 0)
        name = entities.ids[given]
        for row in known.triples:
            same = known.rows.ids[int(row[asked])] == name
            if same and known.cols.ids[int(row[1])] == relation:
                other = known.rows.ids[int(row[answer])]
                if other in entities.ids:
                    scores[entities.ids.position(other, entities.name, space.where)] = -np.inf
    best = np.argsort(-scores, kind="stable")[:k]
    best = best[scores[best] > -np.inf]
    return Hits(entities.ids.take(best), scores[best], "score", entities.name)


def scorers(space: Space) -> tuple[Scorer, Scorer]:
    """Return what scores all tails of (heads, relations), and all heads of (relations, tails).

    Raises:
        UnsupportedError: the space knows no relations.
    """
    f = space.factorization
    if f is None or not isinstance(f.geometry, Relational):
        raise UnsupportedError(
            f"{space.where} has no relations to ask about; fit triples by complex, distmult, cp, "
            "transe or transf"
        )
    geometry = f.geometry
    entities, relations = space.sides
    answers, forth = (np.asarray(side.vectors, np.float32) for side in (entities, relations))
    back = np.asarray(relations.extras["inverse"], np.float32)
    asking = np.asarray(entities.extras.get("head", answers), np.float32)
    half = np.float32(0)
    if isinstance(geometry, Translation) and not geometry.flexible:
        half = np.float32(0.5) * np.einsum("nd,nd->n", answers, answers)

    def tails(h: NDArray[np.int64], r: NDArray[np.int64]) -> NDArray[np.float32]:
        return np.asarray(compose(geometry, asking[h], forth[r]) @ answers.T - half)

    def heads(r: NDArray[np.int64], t: NDArray[np.int64]) -> NDArray[np.float32]:
        return np.asarray(compose(geometry, asking[t], back[r]) @ answers.T - half)

    return tails, heads

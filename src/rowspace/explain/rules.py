"""Rules that a knowledge graph's relations keep: the vector of one is the product of two others.

Yang et al. 2015, section 5: where relations are diagonal matrices, "first, then second" is their
product, and the relation whose vector is nearest to it is what that path means. In: a space of a
recipe whose relations multiply, and the triples; out: rules, with how often they hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rowspace.errors import InputError, UnsupportedError
from rowspace.factor.grammar import Complex, Diagonal
from rowspace.factor.sampled.relations import compose
from rowspace.observe.ids import Id

if TYPE_CHECKING:
    from rowspace.observe.triples import Triples
    from rowspace.space.space import Space

__all__ = ["Rule", "composition_rules"]


@dataclass(frozen=True)
class Rule:
    """first(a, b) and second(b, c) imply then(a, c).

    Attributes:
        first, second, then: relations.
        distance: between the product of the vectors of the two, and the third, each of length 1.
        support: pairs (a, c) for which the path and the implied relation are both known.
        confidence: support over the number of pairs that have the path; NaN where none has.
    """

    first: Id
    second: Id
    then: Id
    distance: float
    support: int
    confidence: float

    def __str__(self) -> str:
        return f"{self.first} + {self.second} -> {self.then} ({self.confidence:.2f})"


def composition_rules(space: Space, triples: Triples, *, k: int = 20) -> list[Rule]:
    """Return the rules of two relations and a third whose vectors say so most clearly.

    Args:
        space: made by `distmult`, `cp` or `complex`.
        triples: what is known, to count how often a rule holds; relations that no path leads to,
            because no tail of the first is a head of the second, are not tried.
        k: how many rules, those of the smallest distance first.

    Returns:
        At most `k` rules.

    Raises:
        UnsupportedError: relations of the space do not multiply.
        InputError: `k` is below 1.

    Example:
        >>> import rowspace as rs
        >>> told = [(i, "next", (i + 1) % 8) for i in range(8)]
        >>> told += [(i, "after next", (i + 2) % 8) for i in range(8)]
        >>> g = rs.read_triples(told)
        >>> space = rs.fit(g, "complex", dim=8, epochs=60, batch=8, n3=0.001)
        >>> rules = composition_rules(space, g, k=8)
        >>> any(str(rule) == "next + next -> after next (1.00)" for rule in rules)
        True
    """
    if k < 1:
        raise InputError(f"k is {k}, but at least 1 was expected")
    f = space.factorization
    if f is None or not isinstance(f.geometry, Diagonal | Complex):
        raise UnsupportedError(
            f"the relations of {space.where} do not multiply; fit triples by distmult or complex"
        )
    from scipy.sparse import csr_array

    side = space.sides[1]
    n, (h, r, t) = len(triples.rows), triples.triples.T
    known = [
        csr_array((np.ones(int(at.sum())), (h[at], t[at])), shape=(n, n))
        for at in (r == i for i in range(len(triples.cols)))
    ]
    places = [side.ids.position(key, side.name, space.where) for key in triples.cols.ids]
    x = np.asarray(side.vectors, np.float32)[places]
    x = x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), np.float32(1e-12))
    tails = np.stack([np.asarray(a.sum(axis=0)).ravel() > 0 for a in known])
    heads = np.stack([np.asarray(a.sum(axis=1)).ravel() > 0 for a in known])
    found: list[tuple[float, int, int, int]] = []
    for a in range(len(x)):
        product = compose(f.geometry, np.broadcast_to(x[a], x.shape), x)
        product = product / np.maximum(np.linalg.norm(product, axis=1, keepdims=True), 1e-12)
        away = np.sqrt(np.maximum(2 - 2 * product @ x.T, 0))
        joined = (heads & tails[a]).any(axis=1)
        away[~joined] = np.inf
        best = np.argsort(away, axis=None, kind="stable")[: 4 * k]
        found += [(float(away.flat[i]), a, *divmod(int(i), len(x))) for i in best]
    rules = []
    for distance, a, b, c in sorted(found)[: 4 * k]:
        if not np.isfinite(distance):
            break
        path = (known[a] @ known[b]) > 0
        both = int(path.multiply(known[c] > 0).sum())
        pairs = int(path.nnz)
        first, second, then = (triples.cols.ids[i] for i in (a, b, c))
        share = both / pairs if pairs else float("nan")
        rules.append(Rule(first, second, then, distance, both, share))
    return rules[:k]

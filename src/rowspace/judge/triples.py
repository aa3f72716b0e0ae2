"""Link prediction in a knowledge graph: where the right entity stands among all, on both sides.

For every test triple (h, r, t) all entities are scored as tail of (h, r, ?) and as head of
(?, r, t); entities that complete another known triple are no candidates ("filtered", Bordes et al.
2013). What counts is the rank of the right entity among the candidates. Takes two functions that
score blocks of questions, gives `TripleRanks`, and those give `Measure`s. Called by benchmarks and
the report of relational spaces.

Ties: optimistic, the right entity comes first among equals; pessimistic, last; realistic (the
default), the mean of the two. A model that scores everything alike is perfect by the first,
hopeless by the second, and as good as chance by the third, which is what it is.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rowspace.errors import InputError
from rowspace.judge.measure import Measure
from rowspace.progress import stage
from rowspace.recipes.registry import Paper, published
from rowspace.workers import in_parts

if TYPE_CHECKING:
    from rowspace.observe.triples import Triples
    from rowspace.space.space import Space

Side = Literal["both", "head", "tail"]
TripleTies = Literal["realistic", "optimistic", "pessimistic"]
Scorer = Callable[[NDArray[np.int64], NDArray[np.int64]], ArrayLike]
_SIDES = {"head": (0,), "tail": (1,), "both": (0, 1)}


@dataclass(frozen=True, eq=False)
class TripleRanks:
    """Where the right entities stand.

    Attributes:
        better: (2, t) int64, candidates that score higher than the right entity; row 0 when the
            head is asked for, row 1 when the tail is.
        equal: (2, t) int64, other candidates of the same score.
        candidates: (2, t) int64, all candidates, the right entity included.
        note: what was done, in words.
    """

    better: NDArray[np.int64]
    equal: NDArray[np.int64]
    candidates: NDArray[np.int64]
    note: str = ""

    def ranks(self, ties: TripleTies = "realistic") -> NDArray[np.float64]:
        """Return the (2, t) ranks, the best being 1, under a tie policy (see the module)."""
        shares = {"optimistic": 0.0, "realistic": 0.5, "pessimistic": 1.0}
        if ties not in shares:
            raise InputError(f"ties is {ties!r}, but one of {', '.join(shares)} was expected")
        return 1.0 + self.better + shares[ties] * self.equal

    def measures(
        self,
        *,
        hits: Sequence[int] = (1, 3, 10),
        side: Side = "both",
        ties: TripleTies = "realistic",
        seed: int = 0,
        draws: int = 1000,
    ) -> tuple[Measure, ...]:
        """Return mean reciprocal rank, hits@k, mean rank and adjusted mean rank index.

        With rank_i of N questions and c_i candidates each:

        * MRR = 1/N sum 1 / rank_i;
        * Hits@k = share of questions with rank_i <= k;
        * mean rank = 1/N sum rank_i;
        * AMRI = 1 - (mean rank - 1) / (E - 1) with E = 1/N sum (c_i + 1) / 2, the mean rank of a
          random order: 1 is perfect, 0 is chance, below 0 is worse (Berrendorf et al. 2020).

        Args:
            hits: the values of k.
            side: which entity is asked for.
            ties: the tie policy.
            seed, draws: of the bootstrap over triples (percentile interval); both questions about
                a triple are drawn together.

        The reference of each measure is a random order of the candidates.
        """
        from rowspace.judge.significance import bootstrap_means

        if side not in _SIDES:
            raise InputError(f"side is {side!r}, but 'both', 'head' or 'tail' was expected")
        if any(k < 1 for k in hits):
            raise InputError(f"hits at {min(hits)} were asked for, but at least 1 was expected")
        use = list(_SIDES[side])
        rank, count = self.ranks(ties)[use], self.candidates[use]
        names = ["MRR", *(f"Hits@{k}" for k in hits), "Mean rank", "AMRI"]
        n = rank.size
        note = f"{ties.capitalize()} ranks, {side if side != 'both' else 'head and tail'}."
        note = f"{note} {self.note}".strip()
        if not n:
            return tuple(Measure(m, math.nan, 0, note="Undefined: no test triples.") for m in names)
        chance = (count + 1) / 2
        columns = [1 / rank, *((rank <= k).astype(np.float64) for k in hits), rank, chance]
        table = np.stack([c.mean(axis=0) for c in columns], axis=1)
        means = table.mean(axis=0)
        drawn = bootstrap_means(table, draws=draws, seed=seed)
        low, high = np.quantile(np.column_stack([drawn[:, :-1], _amri(drawn)]), [0.025, 0.975], 0)
        values = [*means[:-1], float(_amri(means[None])[0])]
        random = [
            float(np.mean(_harmonic(count) / count)),
            *(float(np.mean(np.minimum(k / count, 1))) for k in hits),
            float(chance.mean()),
            0.0,
        ]
        return tuple(
            Measure(
                name,
                float(values[j]),
                n,
                low=float(low[j]),
                high=float(high[j]),
                seed=seed,
                reference={"random order": random[j]},
                note=note,
            )
            for j, name in enumerate(names)
        )


@published(
    kind="protocol",
    claim="Judges link prediction in a knowledge graph: every entity is ranked on both sides, "
    "other known answers removed, ties counted realistically.",
    papers=(
        Paper(
            "Bordes, Usunier, Garcia-Duran, Weston, Yakhnenko",
            2013,
            "Translating embeddings for modeling multi-relational data",
            "NIPS",
        ),
        Paper(
            "Berrendorf, Faerman, Vermue, Tresp",
            2020,
            "On the ambiguity of rank-based evaluation of entity alignment or link prediction "
            "methods",
            "arXiv:2002.06914",
        ),
    ),
    test="tests/judge/test_triples.py",
)
def link_prediction(
    score_tails: Scorer,
    score_heads: Scorer,
    test: ArrayLike,
    *,
    n_entities: int,
    train: ArrayLike,
    valid: ArrayLike | None = None,
    overlap: Literal["refuse", "drop"] = "refuse",
    block: int = 256,
) -> TripleRanks:
    """Rank the right head and the right tail of every test triple among all entities.

    Triples in train, valid and test are known: an entity that makes one of them is no candidate
    when another is asked for. Entities and relations that occur in no training triple are ranked
    like all others; the note says how many test triples hold one.

    Args:
        score_tails: (heads (b,), relations (b,)) -> (b, n_entities) scores of every tail.
        score_heads: (relations (b,), tails (b,)) -> (b, n_entities) scores of every head.
        test, train, valid: (triples, 3) whole numbers, head, relation, tail; a repeated test triple
            counts as often as it is there.
        n_entities: entities are 0 .. n_entities - 1.
        overlap: what to do with test triples that are in train: "refuse", or "drop" them.
        block: questions scored at once; memory is block x n_entities numbers.

    Returns:
        The ranks; `.measures()` sums them up.

    Raises:
        InputError: a triple holds an entity or relation out of range, scores have a wrong shape or
            are NaN, or test triples are in train and `overlap` is "refuse".

    Example:
        >>> vectors = np.array([[1.0], [2.0], [3.0]])
        >>> scores = lambda a, b: np.tile(vectors[:, 0], (len(a), 1))
        >>> found = link_prediction(scores, scores, [[0, 0, 1]], n_entities=3, train=[[0, 0, 2]])
        >>> found.ranks().tolist(), found.candidates.tolist()
        ([[3.0], [1.0]], [[3], [2]])
    """
    parts = {"test": test, "train": train, "valid": () if valid is None else valid}
    asked, trained, more = (_triples(name, t, n_entities) for name, t in parts.items())
    if overlap not in ("refuse", "drop"):
        raise InputError(f"overlap is {overlap!r}, but 'refuse' or 'drop' was expected")
    if block < 1:
        raise InputError(f"block is {block}, but at least 1 was expected")
    everything = np.concatenate([trained, more, asked])
    n_relations = int(everything[:, 1].max(initial=-1)) + 1
    both = np.isin(_key(asked, n_entities, n_relations), _key(trained, n_entities, n_relations))
    note = ""
    if both.any():
        if overlap == "refuse":
            raise InputError(
                f"{int(both.sum())} of {len(asked)} test triples are in train too; split the data "
                "again, or drop them from the test with overlap='drop'"
            )
        asked = asked[~both]
        note = f"{int(both.sum())} test triples that are in train were dropped. "
    entities, relations = np.unique(trained[:, [0, 2]]), np.unique(trained[:, 1])
    new = ~np.isin(asked[:, [0, 2]], entities).all(axis=1) | ~np.isin(asked[:, 1], relations)
    if new.any():
        note += f"{int(new.sum())} test triples hold an entity or relation not seen in training."

    better, equal, candidates = np.zeros((3, 2, len(asked)), np.int64)
    found = TripleRanks(better, equal, candidates, note.strip())
    with stage("ranking triples", total=2 * len(asked)) as step:
        for side in (0, 1):
            # Questions are (what is given, relation); answers the entity asked for.
            given, answer = (2, 0) if side == 0 else (0, 2)
            score = _heads(score_heads) if side == 0 else score_tails
            known = _Known(everything, given, answer, n_relations)
            for start in range(0, len(asked), block):
                part = asked[start : start + block]
                _rank(score, part, given, answer, known, n_entities, found, side, start)
                step(len(part))
    return found


def _heads(score_heads: Scorer) -> Scorer:
    """Return the scorer of heads with its arguments as (given entity, relation)."""
    return lambda tails, relations: score_heads(relations, tails)


def _rank(
    score: Scorer,
    part: NDArray[np.int64],
    given: int,
    answer: int,
    known: _Known,
    n_entities: int,
    found: TripleRanks,
    side: int,
    start: int,
) -> None:
    """Score one block of questions and write where its answers stand into `found`."""
    from rowspace.judge.kernels.ranks import filtered_counts

    scores = np.ascontiguousarray(score(part[:, given], part[:, 1]))
    if scores.shape != (len(part), n_entities):
        raise InputError(
            f"the scores of {'heads' if side == 0 else 'tails'} have shape {scores.shape}, but "
            f"{(len(part), n_entities)} was expected: one row per question, one column per entity"
        )
    if scores.dtype not in (np.float32, np.float64):
        scores = scores.astype(np.float64)
    ptr, entities = known.of(part)
    own = slice(start, start + len(part))
    right = np.ascontiguousarray(part[:, answer])
    out = [a[side, own] for a in (found.better, found.equal, found.candidates)]
    in_parts(
        len(part),
        lambda begin, stop: filtered_counts(begin, stop, scores, right, ptr, entities, *out),
    )
    bad = np.flatnonzero(out[2] == 0)
    if len(bad):
        h, r, t = part[bad[0]]
        raise InputError(
            f"a score of {'heads' if side == 0 else 'tails'} for the test triple ({h}, {r}, {t}) "
            "is NaN, so it has no rank; see that the model's vectors are finite"
        )


class _Known:
    """The answers known to be right, by question; built once per side."""

    def __init__(
        self, triples: NDArray[np.int64], given: int, answer: int, n_relations: int
    ) -> None:
        self.given, self.n_relations = given, n_relations
        pairs = np.unique(np.column_stack([self.questions(triples), triples[:, answer]]), axis=0)
        self.keys, self.answers = pairs[:, 0], np.ascontiguousarray(pairs[:, 1])

    def questions(self, triples: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return one number per question."""
        return triples[:, self.given] * self.n_relations + triples[:, 1]

    def of(self, triples: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return row starts and answers for the questions of `triples`."""
        asked = self.questions(triples)
        first = np.searchsorted(self.keys, asked, side="left")
        counts = np.searchsorted(self.keys, asked, side="right") - first
        ptr = np.concatenate([[0], np.cumsum(counts)])
        where = np.arange(ptr[-1]) + np.repeat(first - ptr[:-1], counts)
        return ptr, self.answers[where]


def _triples(name: str, triples: ArrayLike, n_entities: int) -> NDArray[np.int64]:
    array = np.asarray(triples)
    if array.size == 0:
        return np.empty((0, 3), np.int64)
    if array.ndim != 2 or array.shape[1] != 3 or array.dtype.kind not in "iu":
        raise InputError(
            f"{name} must be a table of whole numbers with three columns (head, relation, tail), "
            f"but it is {array.dtype} of shape {array.shape}"
        )
    ends = array[:, [0, 2]]
    bad = (ends < 0).any(1) | (ends >= n_entities).any(1) | (array[:, 1] < 0)
    if bad.any():
        at = int(np.flatnonzero(bad)[0])
        raise InputError(
            f"triple {at} of {name} is {tuple(array[at].tolist())}, but entities from 0 to "
            f"{n_entities - 1} and relations from 0 were expected"
        )
    return array.astype(np.int64)


def _key(triples: NDArray[np.int64], n_entities: int, n_relations: int) -> NDArray[np.int64]:
    """Return one number per triple."""
    return (triples[:, 0] * n_relations + triples[:, 1]) * n_entities + triples[:, 2]


def _amri(table: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the adjusted mean rank index from rows that end in mean rank and expected rank."""
    rank, chance = table[:, -2], table[:, -1]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(chance > 1, 1 - (rank - 1) / (chance - 1), np.nan)


def _harmonic(n: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return 1 + 1/2 + ... + 1/n."""
    return np.concatenate([[0], np.cumsum(1 / np.arange(1, int(n.max(initial=0)) + 1))])[n]


def judge_triples(
    space: Space,
    test: Triples,
    *,
    train: Triples,
    valid: Triples | None = None,
    overlap: Literal["refuse", "drop"] = "refuse",
) -> TripleRanks:
    """Rank the right answers of test triples among all entities of a fitted space.

    Args:
        space: made by a recipe for knowledge graphs.
        test, train, valid: triples of any order of ids; those of train and valid are no candidates
            when others are asked for. A test triple with an entity or relation that the space lacks
            cannot be asked about: it is left out, and the note says how many were.
        overlap: what to do with test triples that are in train.

    Returns:
        The ranks; `.measures()` sums them up.

    Raises:
        UnsupportedError: the space knows no relations.

    Example:
        >>> import rowspace as rs
        >>> g = rs.read_triples([("a", "likes", "b"), ("b", "likes", "c"), ("c", "likes", "a")])
        >>> space = rs.fit(g, "distmult", dim=4, epochs=2)
        >>> test = rs.read_triples([("a", "likes", "c")])
        >>> judge_triples(space, test, train=g).candidates.tolist()
        [[2], [2]]
    """
    from rowspace.space.questions import scorers

    tails, heads = scorers(space)
    entities, relations = space.sides
    placed, lost = {}, 0
    for name, part in (("test", test), ("train", train), ("valid", valid)):
        if part is None:
            continue
        where = [
            np.array(
                [-1 if key not in ids else ids.position(key, side, "") for key in own], np.int64
            )
            for own, ids, side in (
                (part.rows.ids, entities.ids, "entity"),
                (part.cols.ids, relations.ids, "relation"),
            )
        ]
        at = np.stack([where[side][part.triples[:, i]] for i, side in enumerate((0, 1, 0))], axis=1)
        there = (at >= 0).all(axis=1)
        lost += int((~there).sum()) if name == "test" else 0
        placed[name] = at[there]
    found = link_prediction(
        tails, heads, placed["test"], n_entities=len(entities), train=placed["train"],
        valid=placed.get("valid"), overlap=overlap,
    )  # fmt: skip
    if not lost:
        return found
    note = f"{lost} test triples hold an entity or relation that the space lacks. {found.note}"
    return replace(found, note=note.strip())

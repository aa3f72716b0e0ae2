"""The recipes `complex`, `distmult` and `cp`: knowledge graphs as products of three vectors."""

from __future__ import annotations

from dataclasses import replace

from rowspace.factor.grammar import (
    AdaGrad,
    Box,
    Complex,
    Cubic,
    Diagonal,
    Entailment,
    Even,
    Factorization,
    Lookup,
    Negatives,
    Relational,
    Sampled,
    Sampler,
    Softmax,
)
from rowspace.recipes.registry import Paper, published

_N3 = Paper(
    "Lacroix, Usunier, Obozinski",
    2018,
    "Canonical tensor decomposition for knowledge base completion",
    "ICML",
)


def _answered(
    dim: int,
    geometry: Relational,
    n3: float,
    negatives: int,
    epochs: int,
    rate: float,
    batch: int,
    by: Sampler | None = None,
    corrected: bool = True,
) -> Factorization:
    side = Lookup(Cubic(n3))
    return Factorization(
        dim=dim,
        loss=Softmax(corrected=corrected),
        unobserved=Negatives(negatives, by or Even(), unseen=corrected),
        rows=side,
        cols=side,
        geometry=geometry,
        solver=Sampled(
            epochs=epochs, rate=rate, batch=batch, update=AdaGrad(), decay=0.02, spread=0.01
        ),
    )


@published(
    kind="recipe",
    name="complex",
    claim="Answers questions (head, relation, ?) of a knowledge graph by complex vectors: "
    "symmetric and directed relations in one product.",
    papers=(
        Paper(
            "Trouillon, Welbl, Riedel, Gaussier, Bouchard",
            2016,
            "Complex embeddings for simple link prediction",
            "ICML",
        ),
        _N3,
        Paper(
            "Ding, Wang, Wang, Guo",
            2018,
            "Improving knowledge graph embedding using simple constraints",
            "ACL",
            literature=296,
        ),
        Paper(
            "Rony, Alam, Ali, Lehmann, Vahdati",
            2022,
            "LEMON: Language model for negative sampling of knowledge graph embeddings",
            "arXiv",
            literature=31,
        ),
    ),
    test="tests/recipes/test_complex.py",
    benchmark="benchmarks/triples.py",
)
def complex_(
    dim: int = 200,
    *,
    n3: float = 0.2,
    negatives: int = 500,
    by: Sampler | None = None,
    epochs: int = 20,
    rate: float = 0.1,
    batch: int = 250,
    corrected: bool = True,
    box: bool = False,
    entailment: float = 0.0,
) -> Factorization:
    """Softmax over all entities of Re(sum_c h_c r_c conj(t_c)), charged by the cubes of the moduli.

    Every triple is asked about from both ends, the way back being a relation of its own. The
    softmax is estimated from `negatives` entities that a batch shares; those that answer the
    question as well are left out.

    Args:
        dim: real numbers per vector, even: half of them real, half imaginary parts.
        n3: the charge of every vector of a triple, n3 / 3 * sum_c |x_c|^3.
        negatives: entities that a batch is compared with.
        by: the sampler of negatives, `Even()` where None. `SameCluster()` beside a guide, a space
            of vectors of the entities, compares an answer with what is like it ("LEMON"); it draws
            for every question by itself, so that `negatives` should be some dozens.
        epochs: how often every triple is seen.
        rate: the size of a step at the start; it falls in a straight line to almost nothing.
        batch: questions in a step.
        corrected: the negatives stand for all entities but the other answers; False lets an answer
            compete with them as they were drawn, other answers among them, which is better where
            a question has few answers.
        box: keep the numbers of entities between 0 and 1, so that each is a share of a trait that
            can be read; they are not charged then.
        entailment: charge relations that imply others for scoring above them (`Entailment`).

    Returns:
        The `Factorization`.

    Use it first on any knowledge graph. 1,000 dimensions with `corrected=False, n3=0.13, batch=500`
    gain a point of MRR on FB15k-237 in three times the time; where most questions have one answer
    (WordNet), `negatives=1000, n3=0.3, corrected=False, rate=0.4` is better.

    Example:
        >>> complex_(dim=8).geometry
        Complex()
    """
    plain = _answered(dim, Complex(), n3, negatives, epochs, rate, batch, by, corrected)
    rows = Lookup(Box(low=0.0, high=1.0)) if box else plain.rows
    cols = Lookup(Entailment(entailment, within=Cubic(n3))) if entailment else plain.cols
    return replace(plain, rows=rows, cols=cols)


@published(
    kind="recipe",
    claim="The plainest product of head, relation and tail, for relations that have no direction.",
    papers=(
        Paper(
            "Yang, Yih, He, Gao, Deng",
            2015,
            "Embedding entities and relations for learning and inference in knowledge bases",
            "ICLR",
            literature=204,
        ),
        _N3,
    ),
    test="tests/recipes/test_complex.py",
    benchmark="benchmarks/triples.py",
)
def distmult(
    dim: int = 200,
    *,
    n3: float = 0.2,
    negatives: int = 500,
    epochs: int = 20,
    rate: float = 0.1,
    batch: int = 250,
    corrected: bool = True,
) -> Factorization:
    """Softmax over all entities of sum_c h_c r_c t_c, charged by cubes.

    The relation of the way back has a vector of its own, so that (h, r, t) may be judged otherwise
    than (t, r, h) when heads are asked for.

    Args:
        dim: numbers per vector.
        n3: the charge of every vector of a triple, n3 / 3 * sum_c |x_c|^3.
        negatives: entities that a batch is compared with.
        epochs: how often every triple is seen.
        rate: the size of a step at the start; it falls in a straight line to almost nothing.
        batch: questions in a step.
        corrected: the negatives stand for all entities but the other answers; False lets an answer
            compete with them as they were drawn, other answers among them, which is better where
            a question has few answers.

    Returns:
        The `Factorization`.

    Use it to compose relations by multiplying their vectors. `complex` tells head from tail.

    Example:
        >>> distmult(dim=8).geometry
        Diagonal(apart=False)
    """
    return _answered(dim, Diagonal(), n3, negatives, epochs, rate, batch, corrected=corrected)


@published(
    kind="recipe",
    claim="Canonical polyadic decomposition of a knowledge graph, in the memory of its vectors: "
    "gradients in closed form.",
    papers=(
        _N3,
        Paper(
            "Chekalina, Razzhigaev, Sayapin, Frolov, Panchenko",
            2022,
            "MEKER: Memory efficient knowledge embedding representation for link prediction and "
            "question answering",
            "ACL Student Research Workshop",
            literature=236,
        ),
    ),
    test="tests/recipes/test_complex.py",
    benchmark="benchmarks/triples.py",
)
def cp(
    dim: int = 200,
    *,
    n3: float = 0.2,
    negatives: int = 500,
    epochs: int = 20,
    rate: float = 0.1,
    batch: int = 250,
    corrected: bool = True,
) -> Factorization:
    """As `distmult`, with one vector of an entity for questions and another for answers.

    Squared loss fails on link prediction, which is why MEKER and this recipe compare an answer with
    others: here by softmax.

    Args:
        dim: numbers per vector.
        n3: the charge of every vector of a triple, n3 / 3 * sum_c |x_c|^3.
        negatives: entities that a batch is compared with.
        epochs: how often every triple is seen.
        rate: the size of a step at the start; it falls in a straight line to almost nothing.
        batch: questions in a step.
        corrected: the negatives stand for all entities but the other answers; False lets an answer
            compete with them as they were drawn, other answers among them, which is better where
            a question has few answers.

    Returns:
        The `Factorization`.

    Use it to compare with `complex`, which is as good with half the vectors.

    Example:
        >>> cp(dim=8).geometry
        Diagonal(apart=True)
    """
    return _answered(
        dim, Diagonal(apart=True), n3, negatives, epochs, rate, batch, corrected=corrected
    )

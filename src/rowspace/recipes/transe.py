"""The recipes `transe` and `transf`: relations as steps from head to tail."""

from __future__ import annotations

from rowspace.factor.grammar import (
    AdaGrad,
    Even,
    Factorization,
    Free,
    Lookup,
    Negatives,
    Sampled,
    Softmax,
    Translation,
)
from rowspace.recipes.registry import Paper, published


def _moved(
    dim: int, flexible: bool, l2: float, negatives: int, epochs: int, rate: float, batch: int
) -> Factorization:
    side = Lookup(Free(l2, 1.0))
    return Factorization(
        dim=dim,
        loss=Softmax(),
        unobserved=Negatives(negatives, Even()),
        rows=side,
        cols=side,
        geometry=Translation(flexible),
        solver=Sampled(epochs=epochs, rate=rate, batch=batch, update=AdaGrad(), spread=0.5),
    )


@published(
    kind="recipe",
    claim="A relation is the way from head to tail, the same for all; good for chains of "
    "one-to-one relations.",
    papers=(
        Paper(
            "Bordes, Usunier, Garcia-Duran, Weston, Yakhnenko",
            2013,
            "Translating embeddings for modeling multi-relational data",
            "NIPS",
        ),
    ),
    test="tests/recipes/test_complex.py",
    benchmark="benchmarks/triples.py",
)
def transe(
    dim: int = 200,
    *,
    l2: float = 0.0,
    negatives: int = 500,
    epochs: int = 20,
    rate: float = 0.1,
    batch: int = 1000,
) -> Factorization:
    """Softmax over all entities of -|h + r - t|^2 / 2.

    Squared Euclidean distance, so that a batch is a product of matrices; the paper takes the
    distance itself, and one corrupted triple for each observed one.

    Args:
        dim: numbers per vector.
        l2: charge on the vectors of every triple.
        negatives: entities that a batch is compared with.
        epochs: how often every triple is seen.
        rate: the size of a step.
        batch: questions in a step.

    Returns:
        The `Factorization`.

    Use it where relations should add up. `complex` is better on most graphs.

    Example:
        >>> transe(dim=8).geometry
        Translation(flexible=False)
    """
    return _moved(dim, False, l2, negatives, epochs, rate, batch)


@published(
    kind="recipe",
    claim="As transe, but only the direction of head plus relation counts, so that one head may "
    "have many tails.",
    papers=(
        Paper(
            "Feng, Huang, Wang, Zhou, Hao, Zhu",
            2016,
            "Knowledge graph embedding by flexible translation",
            "KR",
            literature=295,
        ),
    ),
    test="tests/recipes/test_complex.py",
    benchmark="benchmarks/triples.py",
)
def transf(
    dim: int = 200,
    *,
    l2: float = 0.01,
    negatives: int = 500,
    epochs: int = 20,
    rate: float = 0.1,
    batch: int = 1000,
) -> Factorization:
    """Softmax over all entities of (h + r) . t + h . (t - r), up to what all answers share.

    Args:
        dim: numbers per vector.
        l2: charge on the vectors of every triple.
        negatives: entities that a batch is compared with.
        epochs: how often every triple is seen.
        rate: the size of a step.
        batch: questions in a step.

    Returns:
        The `Factorization`.

    Use it to compare with `transe`; a head and a relation only add up here, so that `complex` can
    say more.

    Example:
        >>> transf(dim=8).geometry
        Translation(flexible=True)
    """
    return _moved(dim, True, l2, negatives, epochs, rate, batch)

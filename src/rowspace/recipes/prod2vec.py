"""The recipe `prod2vec`: skip-gram on what users did, one after the other."""

from __future__ import annotations

from rowspace.factor.grammar import Factorization, Frequent, Logistic, Negatives, Sampled, Sgd
from rowspace.observe.stream import Events, Windows
from rowspace.recipes.registry import Paper, published


@published(
    kind="recipe",
    claim="Items from the company they keep in time, by skip-gram on histories.",
    papers=(
        Paper(
            "Grbovic, Radosavljevic, Djuric, Bhamidipati, Savla, Bhagwan, Sharp",
            2015,
            "E-commerce in your inbox: product recommendations at scale",
            "KDD",
        ),
    ),
    test="tests/recipes/test_deepwalk.py",
    benchmark=None,
)
def prod2vec(
    dim: int = 64,
    *,
    window: int = 5,
    after: bool = False,
    negatives: int = 5,
    epochs: int = 20,
    rate: float = 0.05,
    subsample: float = 0.0,
) -> Factorization:
    """Skip-gram with negative sampling on the histories of users, in the order of time.

    Args:
        dim: the length of the vectors.
        window: how many events apart two items may be, at most.
        after: only what comes after an item is its context, so that the two sides differ: what
            is bought next (the product of both sides) is not what is alike.
        negatives: drawn for every event.
        epochs: how often the histories are read.
        rate: the size of a step at the start.
        subsample: events of items with a larger share of all are passed over at times; 0 for none.

    Returns:
        The `Factorization`.

    Use it on long histories that change all the time. `prod2vec-mf` counts the pairs and factors
    them, and repeats on several threads.

    Example:
        >>> prod2vec(dim=8).matrix[1].window
        5
    """
    return Factorization(
        dim=dim,
        matrix=(Events(), Windows(window, after, subsample)),
        loss=Logistic(),
        unobserved=Negatives(negatives, Frequent(0.75)),
        solver=Sampled(epochs=epochs, rate=rate, batch=1, update=Sgd(), decay=1e-4),
    )

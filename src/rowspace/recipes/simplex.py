"""The recipe `simplex`: cosines, and negatives that count only while they are close."""

from __future__ import annotations

from rowspace.factor.grammar import (
    AdaGrad,
    Cosine,
    CosineContrastive,
    Even,
    Factorization,
    Lookup,
    Mean,
    Negatives,
    Sampled,
)
from rowspace.recipes.registry import Paper, published


@published(
    kind="recipe",
    claim="A plain model with a good loss and many negatives, above most of 29 recommenders.",
    papers=(
        Paper(
            "Mao, Zhu, Wang, Dai, Dong, Xiao, He",
            2021,
            "SimpleX: A simple and strong baseline for collaborative filtering",
            "CIKM",
            literature=24,
        ),
    ),
    test="tests/recipes/test_sampled.py",
    benchmark="benchmarks/sampled_gowalla.py",
)
def simplex(
    dim: int = 64,
    *,
    own: float = 1.0,
    margin: float = 0.8,
    weight: float = 150.0,
    negatives: int = 256,
    epochs: int = 30,
    rate: float = 0.2,
    batch: int = 512,
) -> Factorization:
    """Minimise 1 - s_ij + weight * mean_n max(0, s_in - margin), s the cosine.

    A user is `own` times a vector of its own plus (1 - own) times the mean of the vectors of what
    was observed of it, but for the item in question (equation 3 of the paper without its square
    matrix, with mean pooling); 1 makes it matrix factorization with that loss.

    Args:
        dim: the length of the vectors.
        own: the share of the own vector.
        margin: cosines of negatives up to it cost nothing.
        weight: of the negatives.
        negatives: columns that a batch is compared with.
        epochs: how often every observed cell is seen.
        rate: the size of a step at the start; it falls in a straight line to a twentieth.
        batch: observed cells in a step.

    Returns:
        The `Factorization`.

    Use it for accuracy at a small `dim`. `norm-svd` with many dimensions is above it and cheaper.

    Example:
        >>> simplex(dim=8).loss
        CosineContrastive(margin=0.8, weight=150.0)
    """
    return Factorization(
        dim=dim,
        loss=CosineContrastive(margin, weight),
        unobserved=Negatives(negatives, Even()),
        rows=Lookup() if own == 1 else Mean(own, without=True),
        cols=Lookup(),
        geometry=Cosine(),
        solver=Sampled(
            epochs=epochs, rate=rate, batch=batch, update=AdaGrad(), decay=0.05, spread=1.0
        ),
    )

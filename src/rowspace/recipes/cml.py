"""The recipe `cml`: users near what they took, in a metric space."""

from __future__ import annotations

from rowspace.factor.grammar import (
    AdaGrad,
    Euclidean,
    Even,
    Factorization,
    Free,
    Lookup,
    Negatives,
    Sampled,
    Warp,
)
from rowspace.recipes.registry import Paper, published


@published(
    kind="recipe",
    claim="Distances instead of products, so that what is near to the same user is near to each "
    "other.",
    papers=(
        Paper(
            "Hsieh, Yang, Cui, Lin, Belongie, Estrin", 2017, "Collaborative metric learning", "WWW"
        ),
        Paper(
            "Campo, Espinoza, Rieger, Taliyan",
            2018,
            "Collaborative metric learning recommendation system: application to theatrical movie "
            "releases",
            "arXiv:1803.00202",
            literature=328,
        ),
    ),
    test="tests/recipes/test_sampled.py",
    benchmark="benchmarks/sampled_gowalla.py",
)
def cml(
    dim: int = 64,
    *,
    negatives: int = 256,
    margin: float = 0.5,
    l2: float = 0.01,
    epochs: int = 20,
    rate: float = 0.1,
    batch: int = 1024,
) -> Factorization:
    """Minimise log(rank) max(0, margin + |u_i - v_j|^2 / 2 - |u_i - v_n|^2 / 2).

    The rank is estimated as in `warp`. The paper keeps vectors in the unit ball; here they are
    charged, which keeps them from running apart.

    Args:
        dim: the length of the vectors.
        negatives: columns that are tried, at most, the same for a batch.
        margin: by how much an observed cell should be nearer, in halves of squared distance.
        l2: charge on the vectors of every observed cell.
        epochs: how often every observed cell is seen.
        rate: the size of a step.
        batch: observed cells in a step.

    Returns:
        The `Factorization`; scores are minus half the squared distance.

    Use it to ask for neighbours of items and of users in one space. For recommendation alone the
    inner product of `bpr` is as good.

    Example:
        >>> cml(dim=8).geometry
        Euclidean()
    """
    side = Lookup(Free(l2, 1.0))
    return Factorization(
        dim=dim,
        loss=Warp(margin),
        unobserved=Negatives(negatives, Even()),
        rows=side,
        cols=side,
        geometry=Euclidean(),
        solver=Sampled(epochs=epochs, rate=rate, batch=batch, update=AdaGrad(), spread=1.0),
    )

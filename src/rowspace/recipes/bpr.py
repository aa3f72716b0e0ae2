"""The recipes `bpr` and `warp`: implicit feedback as which of two a row would rather have."""

from __future__ import annotations

from rowspace.factor.grammar import (
    AdaGrad,
    Bpr,
    Even,
    Factorization,
    Free,
    Lookup,
    Negatives,
    Sampled,
    Sampler,
    Warp,
)
from rowspace.recipes.registry import Paper, published


@published(
    kind="recipe",
    claim="Ranks what was observed above what was not, pair by pair, with hundreds of pairs for "
    "every observed cell at the price of one product of matrices.",
    papers=(
        Paper(
            "Rendle, Freudenthaler, Gantner, Schmidt-Thieme",
            2009,
            "BPR: Bayesian personalized ranking from implicit feedback",
            "UAI",
        ),
    ),
    test="tests/recipes/test_sampled.py",
    benchmark="benchmarks/sampled_gowalla.py",
)
def bpr(
    dim: int = 64,
    *,
    negatives: int = 256,
    by: Sampler | None = None,
    l2: float = 0.01,
    epochs: int = 20,
    rate: float = 0.05,
    batch: int = 1024,
) -> Factorization:
    """Minimise log(1 + e^(s_in - s_ij)) over observed cells ij and unobserved cells in, s = u . v.

    Every observed cell is compared with `negatives` columns that its batch shares, and takes their
    mean; AdaGrad steps.

    Args:
        dim: the length of the vectors.
        negatives: columns that a batch is compared with.
        by: the sampler of negatives, `Even()` where None.
        l2: charge on the vectors of every observed cell.
        epochs: how often every observed cell is seen.
        rate: the size of a step.
        batch: observed cells in a step.

    Returns:
        The `Factorization`.

    Use it where only the order of columns counts. `ials` is faster and folds new rows in.

    Example:
        >>> bpr(dim=8).loss
        Bpr()
    """
    side = Lookup(Free(l2, 1.0))
    return Factorization(
        dim=dim,
        loss=Bpr(),
        unobserved=Negatives(negatives, by or Even()),
        rows=side,
        cols=side,
        solver=Sampled(epochs=epochs, rate=rate, batch=batch, update=AdaGrad()),
    )


@published(
    kind="recipe",
    claim="Puts what was observed at the very top: a pair counts the more the worse the rank of "
    "what was observed.",
    papers=(
        Paper(
            "Weston, Bengio, Usunier",
            2011,
            "WSABIE: Scaling up to large vocabulary image annotation",
            "IJCAI",
        ),
    ),
    test="tests/recipes/test_sampled.py",
    benchmark="benchmarks/sampled_gowalla.py",
)
def warp(
    dim: int = 64,
    *,
    negatives: int = 256,
    margin: float = 1.0,
    l2: float = 0.01,
    epochs: int = 20,
    rate: float = 0.05,
    batch: int = 1024,
) -> Factorization:
    """Minimise log(rank) max(0, margin + s_in - s_ij) with the first n that comes too close.

    Columns are tried in random order, at most `negatives` of them; the rank is estimated from how
    many were tried (see `Warp`).

    Args:
        dim: the length of the vectors.
        negatives: columns that are tried, at most, the same for a batch.
        margin: by how much the score of an observed cell should be above others.
        l2: charge on the vectors of every observed cell.
        epochs: how often every observed cell is seen.
        rate: the size of a step.
        batch: observed cells in a step.

    Returns:
        The `Factorization`.

    Use it where the first few places count. `bpr` uses all negatives, not one of them.

    Example:
        >>> warp(dim=8).loss
        Warp(margin=1.0)
    """
    side = Lookup(Free(l2, 1.0))
    return Factorization(
        dim=dim,
        loss=Warp(margin),
        unobserved=Negatives(negatives, Even()),
        rows=side,
        cols=side,
        solver=Sampled(epochs=epochs, rate=rate, batch=batch, update=AdaGrad()),
    )

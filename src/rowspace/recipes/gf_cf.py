"""The recipe `gf-cf`: a linear and an ideal low-pass filter of every history."""

from __future__ import annotations

from rowspace.factor.grammar import (
    Constant,
    Factorization,
    GraphFilter,
    History,
    One,
    Uniform,
)
from rowspace.recipes.registry import Paper, published


@published(
    kind="recipe",
    name="gf-cf",
    claim="Recommendation by filters on the graph of items instead of training: the closed form "
    "that graph networks for recommendation come near to.",
    papers=(
        Paper(
            "Shen, Wu, Zhang, Shan, Zhang, Letaief, Li",
            2021,
            "How powerful is graph convolution for recommendation?",
            "CIKM",
        ),
    ),
    test="tests/recipes/test_gf_cf.py",
    benchmark="benchmarks/closed_forms.py",
)
def gf_cf(
    *,
    rank: int = 256,
    weight: float = 0.3,
    neighbours: int | None = None,
    most: int = 30_000,
) -> Factorization:
    """Filter histories on the graph of items: s_u = x_u (N'N + weight D^-1/2 V V' D^1/2).

    N = D_u^-1/2 X D^-1/2 with the degrees D_u of users and D of items, and V the leading right
    singular vectors of N.

    Args:
        rank: the number of singular vectors.
        weight: of the ideal low-pass filter beside the linear one.
        neighbours: how many numbers of a column are kept, the largest; all where None. What is
            left out costs some quality (Recall@20 on Gowalla: .177 of .185 with 1,000).
        most: columns where all numbers are kept, which takes 4 bytes for every pair of them.

    Returns:
        The `Factorization`; its `dim` becomes the number of columns.

    Use it as a strong baseline that needs no tuning. Not where vectors are wanted: `norm-svd` with
    many dimensions does better and has some.

    Example:
        >>> print(gf_cf(rank=64).solver)
        GraphFilter(rank=64, weight=0.3, neighbours=None, most=30000)
    """

    return Factorization(
        dim=1,
        target=One(),
        confidence=Constant(0.0),
        unobserved=Uniform(1.0),
        rows=History(),
        solver=GraphFilter(rank=rank, weight=weight, neighbours=neighbours, most=most),
    )

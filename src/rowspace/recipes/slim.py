"""The recipe `slim`: every item a sparse, non-negative mixture of others."""

from __future__ import annotations

from rowspace.factor.grammar import (
    Constant,
    Factorization,
    History,
    Lookup,
    Neighbourhood,
    NonNegative,
    One,
    Uniform,
)
from rowspace.recipes.registry import Paper, published


@published(
    kind="recipe",
    claim="A model from items to items that can be read: few numbers, none below 0, each the say "
    "of one item in the score of another.",
    papers=(
        Paper(
            "Ning, Karypis",
            2011,
            "SLIM: sparse linear methods for top-N recommender systems",
            "ICDM",
        ),
    ),
    test="tests/recipes/test_ease.py",
    benchmark="benchmarks/closed_forms.py",
)
def slim(
    *,
    l1: float = 0.5,
    l2: float = 30.0,
    neighbours: int = 200,
) -> Factorization:
    """Elastic net of every column on those most like it: X ~ X B with B >= 0, b_jj = 0.

    minimise 1/2 |x_j - X b_j|^2 + l2/2 |b_j|^2 + l1 |b_j|_1 for every column j over b_j >= 0 that
    are zero outside of its `neighbours` (feature selection as in section IV.D of the paper; see
    `sansa` for which these are), by coordinate descent.

    Args:
        l1: charge that makes numbers zero.
        l2: regularisation.
        neighbours: of a column, at most; with all others it is the paper's full problem.

    Returns:
        The `Factorization`; its `dim` becomes the number of columns.

    Use it where recommendations must be explained by a few items each. Not where the last percent
    counts: numbers below 0 help (`sansa`, `ease`).

    Example:
        >>> print(slim(l1=2).cols.constraint)
        NonNegative(l2=30.0, frequency=0.0, l1=2)
    """

    return Factorization(
        dim=1,
        target=One(),
        confidence=Constant(0.0),
        unobserved=Uniform(1.0),
        rows=History(),
        cols=Lookup(NonNegative(l2=l2, l1=l1)),
        solver=Neighbourhood(neighbours=neighbours),
    )

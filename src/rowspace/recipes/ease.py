"""The recipe `ease`: every item foretold from all others, in closed form."""

from __future__ import annotations

from rowspace.factor.grammar import (
    Constant,
    Factorization,
    Free,
    History,
    Inverse,
    Lookup,
    One,
    Uniform,
)
from rowspace.recipes.registry import Paper, published


@published(
    kind="recipe",
    claim="The best linear model from items to items in one matrix inverse: on data with some ten "
    "thousand items ahead of most that is learned in steps.",
    papers=(
        Paper(
            "Steck",
            2019,
            "Embarrassingly shallow autoencoders for sparse data",
            "WWW",
        ),
    ),
    test="tests/recipes/test_ease.py",
    benchmark="benchmarks/closed_forms.py",
)
def ease(
    *,
    l2: float = 200.0,
    most: int = 30_000,
) -> Factorization:
    """Ridge regression of every column on all others: X ~ X B with a diagonal of zeros.

    minimise |X - X B|^2 + l2 |B|^2 over B with b_jj = 0, x_ui = 1 where observed, else 0:
    b_ij = -P_ij / P_jj with P = (X'X + l2 I)^-1. The vector of a user is its history x_u, that of
    item j the column b_j; their product is the score.

    Args:
        l2: regularisation; more for sparser data.
        most: columns; the inverse takes 4 bytes for every pair of them, and 7e13 operations for
            40,000.

    Returns:
        The `Factorization`; its `dim` becomes the number of columns.

    Use it up to some 30,000 items. Not above (`sansa`), and not where vectors are wanted for search
    or maps: those of items are as long as the catalogue.

    Example:
        >>> print(ease(l2=100).solver)
        Inverse(most=30000)
    """

    return Factorization(
        dim=1,
        target=One(),
        confidence=Constant(0.0),
        unobserved=Uniform(1.0),
        rows=History(),
        cols=Lookup(Free(l2=l2)),
        solver=Inverse(most=most),
    )

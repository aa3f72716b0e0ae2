"""The recipe `sansa`: `ease` through a sparse approximate inverse."""

from __future__ import annotations

from rowspace.factor.grammar import (
    Constant,
    Factorization,
    Free,
    History,
    Lookup,
    Neighbourhood,
    One,
    Uniform,
)
from rowspace.recipes.registry import Paper, published


@published(
    kind="recipe",
    claim="The linear model from items to items for catalogues of any size: sparse, in memory and "
    "time that grow with the number of items instead of its square.",
    papers=(
        Paper(
            "Spisak, Bartyzal, Hoskovec, Peska, Tuma",
            2023,
            "Scalable approximate nonsymmetric autoencoder for collaborative filtering",
            "RecSys",
        ),
        Paper(
            "Kolotilina, Yeremin",
            1993,
            "Factorized sparse approximate inverse preconditionings I. Theory",
            "SIAM Journal on Matrix Analysis and Applications 14(1)",
        ),
    ),
    test="tests/recipes/test_ease.py",
    benchmark="benchmarks/closed_forms.py",
)
def sansa(
    *,
    l2: float = 100.0,
    neighbours: int = 200,
) -> Factorization:
    """Ridge regression of every column on those most like it: X ~ X B, B sparse, b_jj = 0.

    minimise |x_j - X b_j|^2 + l2 |b_j|^2 for every column j over vectors that are zero outside of
    its `neighbours`, those i that would explain most of it alone: G_ij^2 / (G_ii + l2) with
    G = X'X. The paper approximates the inverse of G + l2 I by sparse triangular factors; here each
    column of the model is exact on its pattern instead, which can be done column by column. Where
    all columns are neighbours, which takes that every two occur together, it is `ease`.

    Args:
        l2: regularisation; fewer neighbours need less.
        neighbours: of a column, at most.

    Returns:
        The `Factorization`; its `dim` becomes the number of columns.

    Use it where `ease` does not fit into memory, and where a model should be read: every number is
    how much one item speaks for another. Not for vectors that are searched by angle.

    Example:
        >>> print(sansa(neighbours=50).solver)
        Neighbourhood(neighbours=50, passes=100, tolerance=1e-08)
    """

    return Factorization(
        dim=1,
        target=One(),
        confidence=Constant(0.0),
        unobserved=Uniform(1.0),
        rows=History(),
        cols=Lookup(Free(l2=l2)),
        solver=Neighbourhood(neighbours=neighbours),
    )

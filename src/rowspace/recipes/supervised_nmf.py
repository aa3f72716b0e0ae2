"""The recipe `supervised-nmf`: non-negative parts that explain the features and the labels."""

from __future__ import annotations

from rowspace.factor.grammar import (
    Alternating,
    Factorization,
    Given,
    Ignore,
    Lookup,
    NonNegative,
)
from rowspace.recipes.registry import Paper, published


@published(
    kind="recipe",
    name="supervised-nmf",
    claim="Parts that tell classes apart: the labels stand as further columns beside the features, "
    "and weigh as much as is asked.",
    papers=(
        Paper(
            "Lee, Lyu, Yao",
            2022,
            "Supervised dictionary learning with auxiliary covariates",
            "arXiv:2206.06774",
            literature=415,
        ),
    ),
    test="tests/recipes/test_supervised_nmf.py",
)
def supervised_nmf(
    dim: int = 64,
    *,
    l2: float = 1e-3,
    sweeps: int = 100,
    tolerance: float = 1e-5,
) -> Factorization:
    """Non-negative factorization of features and labels side by side: [X, Y] ~ U [V, B]'.

    minimise 1/2 sum_ij (x_ij - u_i . v_j)^2 + weight / 2 sum_ic (y_ic - u_i . b_c)^2
    + l2 / 2 (|U|^2 + |V|^2 + |B|^2) over U, V, B >= 0 and the stored cells. The matrix is
    `beside(features, labels, weight)` of `rowspace.observe.blocks`: labels y_ic are 1 for the
    class of row i and 0 for the others, both stored; a row without label stores neither. The score
    of a new row, folded in by its features alone, with column c says how much it is of class c.
    The paper has a logistic loss on the labels; this has the squared one, whose rows are solved
    exactly.

    Args:
        dim: the number of parts.
        l2: charge on the squared length of every vector.
        sweeps: how often both sides are solved, at most.
        tolerance: stop when a sweep lowers the objective by less than this share of it.

    Returns:
        The `Factorization`.

    Use it when the parts that explain most of the features are not the ones that tell the classes
    apart. Not when only the class matters: a classifier is more accurate. Cells that are not
    stored are unknown, so features whose zeros are data must be dense.

    Example:
        >>> print(supervised_nmf(dim=8).confidence)
        Given(scale=1.0)
    """
    side = Lookup(NonNegative(l2=l2))
    return Factorization(
        dim=dim,
        confidence=Given(),
        unobserved=Ignore(),
        rows=side,
        cols=side,
        solver=Alternating(sweeps=sweeps, tolerance=tolerance),
    )

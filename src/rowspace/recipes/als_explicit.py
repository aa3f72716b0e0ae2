"""The recipe `als-explicit`: ratings, with a mean and biases of users and items."""

from __future__ import annotations

from rowspace.factor.grammar import (
    Alternating,
    Biases,
    Constant,
    Factorization,
    Free,
    Ignore,
    Lookup,
    Value,
)
from rowspace.recipes.registry import Paper, published


@published(
    kind="recipe",
    name="als-explicit",
    claim="Predicts ratings: the mean, how generous the user is, how liked the item is, and what "
    "their vectors add to that.",
    papers=(
        Paper(
            "Zhou, Wilkinson, Schreiber, Pan",
            2008,
            "Large-scale parallel collaborative filtering for the Netflix prize",
            "AAIM",
        ),
        Paper(
            "Koren, Bell, Volinsky",
            2009,
            "Matrix factorization techniques for recommender systems",
            "IEEE Computer 42(8)",
        ),
    ),
    test="tests/recipes/test_als_explicit.py",
    benchmark="benchmarks/ratings.py",
)
def als_explicit(
    dim: int = 16,
    *,
    l2: float = 0.1,
    frequency: float = 1.0,
    sweeps: int = 20,
) -> Factorization:
    """Least squares on the observed ratings with biases: x_ij ~ mu + b_i + b_j + u_i . v_j.

    minimise sum_obs (x_ij - mu - b_i - b_j - u_i . v_j)^2 + sum_i l_i (|u_i|^2 + b_i^2)
    + sum_j l_j (|v_j|^2 + b_j^2), with l_i = l2 n_i^frequency. mu is the mean rating; b_i is solved
    together with u_i.

    Args:
        dim: the length of the vectors.
        l2: regularisation per rating of a row.
        frequency: 1 charges a row in proportion to its ratings (Zhou et al.), 0 all alike.
        sweeps: how often both sides are solved.

    Returns:
        The `Factorization`.

    Use it to predict the rating of a cell. Not to choose what to recommend among all items: what
    people did not rate is not missing at random, and `ials` says so.

    Example:
        >>> als_explicit(dim=8).offset
        Biases()
    """
    side = Lookup(Free(l2=l2, frequency=frequency))
    return Factorization(
        dim=dim,
        target=Value(),
        confidence=Constant(1.0),
        unobserved=Ignore(),
        rows=side,
        cols=side,
        offset=Biases(),
        solver=Alternating(sweeps=sweeps),
    )

"""The recipe `complete`: low-rank matrix completion from some of the cells."""

from __future__ import annotations

from rowspace.factor.grammar import (
    Alternating,
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
    claim="Recovers a low-rank matrix from a few of its cells, in time nearly linear in how many "
    "there are; the others are missing, not zero.",
    papers=(
        Paper(
            "Gu, Song, Yin, Zhang",
            2023,
            "Low rank matrix completion via robust alternating minimization in nearly linear time",
            "arXiv",
            literature=103,
        ),
        Paper(
            "Jain, Netrapalli, Sanghavi",
            2013,
            "Low-rank matrix completion using alternating minimization",
            "STOC",
        ),
    ),
    test="tests/recipes/test_complete.py",
    benchmark="benchmarks/completion.py",
)
def complete(
    dim: int = 10,
    *,
    l2: float = 1e-3,
    sweeps: int = 100,
    tolerance: float = 1e-5,
    exact: bool = False,
) -> Factorization:
    """Least squares on the observed cells alone: minimise sum_obs (x_ij - u_i . v_j)^2 + charges.

    The charges are l2 (sum_i n_i |u_i|^2 + sum_j n_j |v_j|^2) with n observed cells of a row or
    column. Each half sweep may be solved approximately (the point of the first paper: alternating
    minimization tolerates it): long rows go a few steps of preconditioned conjugate gradient from
    where they stand, and only the rows of the last sweep are solved exactly.

    Args:
        dim: the rank.
        l2: regularisation per observed cell; small for exact data.
        sweeps: how often both sides are solved, at most.
        tolerance: stop when a sweep lowers the objective by less than this share of it.
        exact: solve every half sweep exactly.

    Returns:
        The `Factorization`.

    Use it for measurements of which some are missing at random. Not for clicks and purchases, where
    what is missing says something: see `ials`.

    Example:
        >>> complete(dim=3).unobserved
        Ignore()
    """
    side = Lookup(Free(l2=l2, frequency=1.0))
    return Factorization(
        dim=dim,
        target=Value(),
        confidence=Constant(1.0),
        unobserved=Ignore(),
        rows=side,
        cols=side,
        solver=Alternating(sweeps=sweeps, tolerance=tolerance, exact=exact),
    )

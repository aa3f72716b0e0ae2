"""The recipe `wals`: weighted least squares of values over a weak background of zeros."""

from __future__ import annotations

from rowspace.factor.grammar import (
    Alternating,
    Constant,
    Factorization,
    Free,
    Given,
    Lookup,
    Uniform,
    Value,
)
from rowspace.recipes.registry import Paper, published


@published(
    kind="recipe",
    claim="Factors values with a weight of your own per cell, and as much belief in the zeros as "
    "you choose, from none to that of a plain SVD.",
    papers=(
        Paper("Srebro, Jaakkola", 2003, "Weighted low-rank approximations", "ICML"),
        Paper(
            "Pan, Zhou, Cao, Liu, Lukose, Scholz, Yang",
            2008,
            "One-class collaborative filtering",
            "ICDM",
        ),
    ),
    test="tests/recipes/test_wals.py",
    benchmark="benchmarks/zeros.py",
)
def wals(
    dim: int = 64,
    *,
    weighted: bool = False,
    unobserved: float = 0.01,
    l2: float = 0.01,
    frequency: float = 1.0,
    sweeps: int = 15,
) -> Factorization:
    """Weighted least squares of the observed values, unobserved cells drawn weakly to zero.

    minimise sum_obs (w0 + c_ij) (x_ij - u_i . v_j)^2 + w0 sum_unobs (u_i . v_j)^2
    + sum_i l_i |u_i|^2 + sum_j l_j |v_j|^2, with c_ij = 1, or the weights that came with the cells.

    Args:
        dim: the length of the vectors.
        weighted: take c_ij from the weights of the observations.
        unobserved: w0, the weight of an unobserved cell.
        l2: regularisation per unit of data of a row.
        frequency: 1 scales `l2` with how much data a row has, 0 charges all rows alike.
        sweeps: how often both sides are solved.

    Returns:
        The `Factorization`.

    Use it where values have known precisions (weight 1 / variance), or where zeros should count a
    little. Not for yes-or-no data, which `ials` states better.

    Example:
        >>> wals(dim=8, weighted=True).confidence
        Given(scale=1.0)
    """
    side = Lookup(Free(l2=l2, frequency=frequency))
    return Factorization(
        dim=dim,
        target=Value(),
        confidence=Given() if weighted else Constant(1.0),
        unobserved=Uniform(unobserved),
        rows=side,
        cols=side,
        solver=Alternating(sweeps=sweeps),
    )

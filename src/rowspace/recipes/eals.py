"""The recipe `eals`: implicit feedback in which not taking a popular thing says more."""

from __future__ import annotations

from dataclasses import replace

from rowspace.factor.grammar import Factorization, Popularity, Relative
from rowspace.recipes.ials import ials
from rowspace.recipes.registry import Paper, published


@published(
    kind="recipe",
    claim="Recommends from what people did, taking a missing popular item for a surer no than a "
    "missing rare one; finds more of the rare ones.",
    papers=(
        Paper(
            "He, Zhang, Kan, Chua",
            2016,
            "Fast matrix factorization for online recommendation with implicit feedback",
            "SIGIR",
        ),
    ),
    test="tests/recipes/test_eals.py",
    benchmark="benchmarks/zeros.py",
)
def eals(
    dim: int = 64,
    *,
    exponent: float = 0.5,
    ratio: float = 10.0,
    l2: float = 0.01,
    frequency: float = 1.0,
    sweeps: int = 15,
) -> Factorization:
    """Weighted least squares on all cells, the zeros weighted by the popularity of their column.

    minimise sum_ij w_ij (p_ij - u_i . v_j)^2 + sum_i l_i |u_i|^2 + sum_j l_j |v_j|^2, where p_ij is
    1 for an observed cell and 0 otherwise, an unobserved cell of column j weighs d_j in proportion
    to n_j^exponent (equation 8 of the paper), and an observed one 1 + d_j. The paper solves it by
    coordinates; here rows are solved whole, since the background is still one Gram matrix.

    Args:
        dim: the length of the vectors.
        exponent: 0 weighs all zeros alike, 1 in proportion to the popularity of their column.
        ratio: how much all the background weighs, as a multiple of the observed cells.
        l2: regularisation per unit of data of a row.
        frequency: 1 scales `l2` with how much data a row has, 0 charges all rows alike.
        sweeps: how often both sides are solved.

    Returns:
        The `Factorization`.

    Use it where exposure follows popularity: everybody has seen the popular items. Not where
    popular items are what should be found.

    Example:
        >>> eals(dim=8).unobserved.policy
        Popularity(weight=1.0, exponent=0.5)
    """
    plain = ials(dim, confidence="constant", ratio=ratio, l2=l2, frequency=frequency, sweeps=sweeps)
    return replace(plain, unobserved=Relative(ratio, Popularity(exponent=exponent)))

"""The recipe `rel-mf`: implicit feedback corrected for what people got to see."""

from __future__ import annotations

from dataclasses import replace

from rowspace.factor.grammar import (
    Bpr,
    Exposed,
    Factorization,
    Free,
    Lookup,
    Negatives,
    Propensity,
    Sampled,
)
from rowspace.recipes.ials import ials
from rowspace.recipes.registry import Paper, published


@published(
    kind="recipe",
    name="rel-mf",
    claim="Estimates relevance rather than clicks: a click on what few get to see counts for more, "
    "and what was hardly seen is hardly a no.",
    papers=(
        Paper(
            "Saito, Yaginuma, Nishino, Sakata, Nakata",
            2020,
            "Unbiased recommender learning from missing-not-at-random implicit feedback",
            "WSDM",
            literature=314,
        ),
    ),
    test="tests/recipes/test_rel_mf.py",
    benchmark="benchmarks/zeros.py",
)
def rel_mf(
    dim: int = 64,
    *,
    exponent: float = 0.5,
    clip: float = 0.1,
    l2: float = 0.003,
    frequency: float = 1.0,
    sweeps: int = 15,
    sampled: bool = False,
    epochs: int = 20,
) -> Factorization:
    """Least squares on all cells with inverse propensity scores.

    minimise sum_ij [ y_ij / theta_j (1 - s_ij)^2 + (1 - y_ij / theta_j) s_ij^2 ] + charges, with
    y_ij = 1 for an observed cell and 0 otherwise, s_ij = u_i . v_j and theta_j =
    max((n_j / max n)^exponent, clip), the chance that a relevant item j was clicked (equations 9
    and 14 of the paper). For squared loss that is (y_ij / theta_j - s_ij)^2 up to a constant.

    Args:
        dim: the length of the vectors.
        exponent: of the popularity in the propensity.
        clip: the least propensity; larger trades variance for bias.
        l2: regularisation per unit of data of a row.
        frequency: 1 scales `l2` with how much data a row has, 0 charges all rows alike.
        sweeps: how often both sides are solved.
        sampled: pairs of an observed cell and another instead of all cells: log(1 + e^(s_in -
            s_ij)) / theta_j with negatives n that are drawn (`Bpr`, `Exposed`).
        epochs: sampled, how often every observed cell is seen.

    Returns:
        The `Factorization`.

    Use it where popular items were shown more, and rare ones matter. Not to predict the next
    click under the same exposure: the correction works against that.

    Example:
        >>> rel_mf(dim=8).unobserved
        Propensity(weight=1.0, exponent=0.5, clip=0.1)
    """
    if sampled:
        side = Lookup(Free(l2, 1.0))
        return Factorization(
            dim=dim,
            loss=Bpr(),
            unobserved=Negatives(256, Exposed(exponent, clip)),
            rows=side,
            cols=side,
            solver=Sampled(epochs=epochs),
        )
    plain = ials(dim, confidence="constant", alpha=0.0, l2=l2, frequency=frequency, sweeps=sweeps)
    return replace(plain, unobserved=Propensity(1.0, exponent, clip))

"""The recipe `puresvd`: truncated SVD of what was observed, unobserved cells as zeros."""

from __future__ import annotations

from rowspace.factor.grammar import Constant, Factorization, One, Spectral, Uniform
from rowspace.recipes.registry import Paper, published


@published(
    kind="recipe",
    claim="The plainest recommender that learns vectors: ahead of models of ratings when items are "
    "ranked, and the baseline for all that weigh cells.",
    papers=(
        Paper(
            "Cremonesi, Koren, Turrin",
            2010,
            "Performance of recommender algorithms on top-N recommendation tasks",
            "RecSys",
        ),
    ),
    test="tests/recipes/test_norm_svd.py",
    benchmark="benchmarks/closed_forms.py",
)
def puresvd(dim: int = 64, *, tolerance: float = 1e-2) -> Factorization:
    """Truncated SVD R ~ U S V' with r_ij = 1 where observed; user i is (U S)_i, item j is V_j.

    minimise sum_ij (r_ij - u_i . v_j)^2 over all cells. A user is r_i V, so that a new one is one
    sparse product.

    Args:
        dim: the number of singular triplets.
        tolerance: relative residual below which a singular triplet counts as found.

    Returns:
        The `Factorization`.

    Use it as a baseline. Not where few items are most of the data: they get most of the dimensions
    (`norm-svd` divides their number out).

    Example:
        >>> print(puresvd(dim=8).solver)
        Spectral(power=1.0, tolerance=0.01, col_power=0.0, by_block=False)
    """
    return Factorization(
        dim=dim,
        target=One(),
        confidence=Constant(0.0),
        unobserved=Uniform(1.0),
        solver=Spectral(power=1.0, tolerance=tolerance, col_power=0.0),
    )

"""The recipe `svd`: truncated singular value decomposition (PCA, latent semantic analysis)."""

from __future__ import annotations

from rowspace.factor.grammar import Factorization, Spectral
from rowspace.observe.steps import Step
from rowspace.observe.weighting import Center
from rowspace.recipes.registry import Paper, published


@published(
    kind="recipe",
    claim="The best rank-k picture of the whole matrix, zeros included; principal components "
    "with center=True.",
    papers=(
        Paper(
            "Halko, Martinsson, Tropp",
            2011,
            "Finding structure with randomness: probabilistic algorithms for constructing "
            "approximate matrix decompositions",
            "SIAM Review 53(2)",
        ),
    ),
    test="tests/recipes/test_svd.py",
    benchmark="benchmarks/svd_speed.py",
)
def svd(
    dim: int = 64,
    *,
    center: bool = False,
    power: float = 1.0,
    tolerance: float = 1e-3,
) -> Factorization:
    """Truncated SVD of the observed matrix with its zeros: X ~ (U S^power) (S^(1-power) V').

    minimise sum_ij (x_ij - u_i . v_j)^2 over all cells, by Eckart and Young's theorem.

    Args:
        dim: the number of singular triplets to keep.
        center: subtract the column means first, which makes it principal component analysis;
            a sparse matrix stays sparse.
        power: how much of the singular values the rows take; 1 makes the rows principal
            component scores, 0.5 shares them evenly.
        tolerance: relative residual below which a singular triplet counts as found.

    Returns:
        The `Factorization`.

    Use it for dense measurements, and as the first thing to try on any
    matrix. Not for data where a missing cell says nothing: it takes every zero at its word.

    Example:
        >>> print(svd(dim=2, center=True).matrix)
        (Center(),)
    """
    steps: tuple[Step, ...] = (Center(),) if center else ()
    return Factorization(dim=dim, matrix=steps, solver=Spectral(power=power, tolerance=tolerance))

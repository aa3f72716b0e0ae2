"""The recipe `norm-svd`: truncated SVD in which the popular do not have most of the say."""

from __future__ import annotations

from rowspace.factor.grammar import Constant, Degrees, Factorization, One, Spectral
from rowspace.recipes.registry import Paper, published


@published(
    kind="recipe",
    name="norm-svd",
    claim="Recommendation from a closed form: with many dimensions ahead of graph networks and "
    "sampled training, in seconds, and a new user is one sparse product.",
    papers=(
        Paper(
            "Cremonesi, Koren, Turrin",
            2010,
            "Performance of recommender algorithms on top-N recommendation tasks",
            "RecSys",
        ),
        Paper(
            "Shen, Wu, Zhang, Shan, Zhang, Letaief, Li",
            2021,
            "How powerful is graph convolution for recommendation?",
            "CIKM",
        ),
    ),
    test="tests/recipes/test_norm_svd.py",
    benchmark="benchmarks/closed_forms.py",
)
def norm_svd(
    dim: int = 512,
    *,
    row_degree: float = 0.3,
    col_degree: float = 0.5,
    emphasis: float = 0.0,
    tolerance: float = 0.05,
) -> Factorization:
    """Truncated SVD of the degree-normalized matrix, taken back to the matrix itself.

    With n_i observed cells in row i and n_j in column j, the SVD U S V' of
    n_i^-row_degree r_ij n_j^-col_degree (r_ij = 1 where observed, else 0) gives
    u_i = n_i^row_degree (U S^(1+emphasis))_i and v_j = n_j^col_degree V_j. With emphasis 0 these
    minimise sum_ij n_i^(-2 row_degree) n_j^(-2 col_degree) (r_ij - u_i . v_j)^2 over all cells.

    Args:
        dim: the number of singular triplets; quality goes on rising to many hundreds.
        row_degree: exponent of the degree of rows that is divided out, 0 to 1.
        col_degree: the same for columns.
        emphasis: extra exponent of the singular values in the scores; above 0 for the main
            directions, -1 is the ideal low-pass filter.
        tolerance: relative residual below which a singular triplet counts as found. Looser than
            elsewhere on purpose: triplets found to 0.01 cost twice as much and recommend worse.

    Returns:
        The `Factorization`.

    Use it for recommendation from observed and unobserved cells, first of all on sparse data with a
    long tail. Not for ratings; `complete` and `als-explicit` are for those.

    Example:
        >>> print(norm_svd(dim=8).unobserved)
        Degrees(rows=-0.6, cols=-1.0)
    """
    return Factorization(
        dim=dim,
        target=One(),
        confidence=Constant(0.0),
        unobserved=Degrees(rows=-2 * row_degree, cols=-2 * col_degree),
        solver=Spectral(power=1 + emphasis, tolerance=tolerance, col_power=0.0),
    )

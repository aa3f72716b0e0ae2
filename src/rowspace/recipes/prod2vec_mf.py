"""The recipe `prod2vec-mf`: items that are used near each other get like vectors."""

from __future__ import annotations

from rowspace.factor.grammar import Factorization, Spectral
from rowspace.observe.sequences import Together
from rowspace.observe.weighting import PPMI
from rowspace.recipes.registry import Paper, published


@published(
    kind="recipe",
    name="prod2vec-mf",
    claim="Item vectors from what people did in a row, in seconds: what is alike, what comes next.",
    papers=(
        Paper(
            "Grbovic, Radosavljevic, Djuric, Bhamidipati, Savla, Bhagwan, Sharp",
            2015,
            "E-commerce in your inbox: product recommendations at scale",
            "KDD",
        ),
    ),
    test="tests/recipes/test_products.py",
    benchmark="benchmarks/products.py",
)
def prod2vec_mf(
    dim: int = 100,
    *,
    window: int | None = 5,
    shift: float = 1.0,
    smoothing: float = 0.75,
    power: float = 0.5,
    tolerance: float = 1e-2,
) -> Factorization:
    """Truncated SVD of the positive mutual information of items near each other in one sequence.

    With x_ij how often items i and j stand at most `window` places apart in a row (`Together`):
    max(0, log(x_ij / (r_i c_j)) - log(shift)) as in `ppmi`, then (U S^power)(S^(1-power) V').

    Args:
        dim: the length of the vectors.
        window: how many places apart, in the order of time; None for the whole row, without times.
        shift: the number k of negatives that skip-gram would draw (its log is subtracted).
        smoothing: exponent of the context distribution.
        power: exponent of the singular values in the vectors of the rows.
        tolerance: relative residual below which a singular triplet counts as found.

    Returns:
        The `Factorization`; the space has the items as rows and again as contexts.

    Use it on histories, sessions and baskets. Not for recommending to a person from all that they
    did (`norm-svd`, `ials`): it sees pairs of items, not people.

    Example:
        >>> prod2vec_mf(dim=8, window=3).matrix[0].window
        3
    """
    return Factorization(
        dim=dim,
        matrix=(Together(window=window), PPMI(shift=shift, smoothing=smoothing)),
        solver=Spectral(power=power, tolerance=tolerance),
    )

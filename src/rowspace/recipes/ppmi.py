"""The recipe `ppmi`: word vectors from positive pointwise mutual information."""

from __future__ import annotations

from rowspace.factor.grammar import Factorization, Spectral
from rowspace.observe.weighting import PPMI
from rowspace.recipes.registry import Paper, published


@published(
    kind="recipe",
    claim="Word vectors in seconds from who stands beside whom, as good as sampled training on "
    "small text; also items from baskets and nodes from walks.",
    papers=(
        Paper(
            "Levy, Goldberg",
            2014,
            "Neural word embedding as implicit matrix factorization",
            "NeurIPS",
        ),
        Paper(
            "Levy, Goldberg, Dagan",
            2015,
            "Improving distributional similarity with lessons learned from word embeddings",
            "TACL 3",
        ),
    ),
    test="tests/recipes/test_ppmi.py",
    benchmark="benchmarks/words.py",
)
def ppmi(
    dim: int = 100,
    *,
    shift: float = 1.0,
    smoothing: float = 0.75,
    power: float = 0.5,
    tolerance: float = 1e-2,
) -> Factorization:
    """Truncated SVD of the positive pointwise mutual information of a co-occurrence matrix.

    With counts x_ij, row sums r_i, smoothed column shares c_j = (sum_i x_ij)^smoothing / Z and
    total S: factors max(0, log(x_ij / (r_i c_j)) - log(shift)) as (U S^power)(S^(1-power) V').

    Args:
        dim: the length of the vectors.
        shift: the number k of negatives that skip-gram would draw (its log is subtracted).
        smoothing: exponent of the context distribution; 0.75 tames rare contexts.
        power: exponent of the singular values in the row vectors; 0.5 or 0 are better than 1
            (Levy et al. 2015, section 6).
        tolerance: relative residual below which a singular triplet counts as found.

    Returns:
        The `Factorization`.

    Use it on co-occurrence counts. Not on few documents of little text: mutual information of rare
    pairs is mostly noise; raise `min_count` first.

    Example:
        >>> ppmi(dim=50, shift=5).matrix
        (PPMI(shift=5, smoothing=0.75),)
    """
    return Factorization(
        dim=dim,
        matrix=(PPMI(shift=shift, smoothing=smoothing),),
        solver=Spectral(power=power, tolerance=tolerance),
    )

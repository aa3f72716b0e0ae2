"""The recipe `skipgram-closed`: the optimum of skip-gram with a full softmax, factored."""

from __future__ import annotations

from rowspace.factor.grammar import Factorization, Spectral
from rowspace.observe.association import LogCount
from rowspace.recipes.registry import Paper, published


@published(
    kind="recipe",
    name="skipgram-closed",
    claim="What skip-gram with a full softmax would learn with as many dimensions as words, cut to "
    "few: word vectors whose products foretell what stands beside a word.",
    papers=(
        Paper(
            "Williams, Heidenreich",
            2022,
            "To know by the company words keep and what else lies in the vicinity",
            "arXiv 2205.00148",
            78,
        ),
    ),
    test="tests/recipes/test_skipgram_closed.py",
    benchmark="benchmarks/words.py",
)
def skipgram_closed(
    dim: int = 100, *, floor: float = 0.1, power: float = 0.5, tolerance: float = 1e-2
) -> Factorization:
    """Truncated SVD of the logarithms of conditional frequencies, up to row terms.

    minimise -sum_ij x_ij log softmax_j(u_i . v_j) has the optimum u_i . v_j = log(x_ij / r_i) + c_i
    for any c_i. With c_i = log(r_i / floor) it is log(x_ij / floor), and an unseen pair, whose
    logarithm is minus infinity, stands at 0 like one seen `floor` times. At full rank the softmax
    of the products is the conditional distribution of the counts floored so; at low rank squared
    loss takes the place of the softmax.

    Args:
        dim: the length of the vectors.
        floor: the count that an unseen pair stands for; below the smallest count.
        power: exponent of the singular values in the row vectors.
        tolerance: relative residual below which a singular triplet counts as found.

    Returns:
        The `Factorization`.

    Use it to read off what follows a word (`Space.recommend` with the counts of one direction), and
    to compare with what a language model learned. Not for similarity of words: the frequent ones
    dominate the logarithm of a count (`ppmi` divides that out).

    Example:
        >>> skipgram_closed(dim=8).matrix
        (LogCount(floor=0.1),)
    """
    return Factorization(
        dim=dim,
        matrix=(LogCount(floor=floor),),
        solver=Spectral(power=power, tolerance=tolerance),
    )

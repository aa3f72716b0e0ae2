"""The recipe `glove-ls`: the objective of GloVe, solved row by row instead of by gradients."""

from __future__ import annotations

from rowspace.factor.grammar import (
    Alternating,
    Biases,
    Factorization,
    Free,
    Ignore,
    LogValue,
    Lookup,
    Power,
)
from rowspace.recipes.registry import Paper, published


@published(
    kind="recipe",
    name="glove-ls",
    claim="GloVe without a learning rate: each word's vector is an exact weighted fit "
    "to its contexts, so that it has a standard error.",
    papers=(
        Paper(
            "Pennington, Socher, Manning",
            2014,
            "GloVe: global vectors for word representation",
            "EMNLP",
        ),
        Paper(
            "Vallebueno, Handan-Nader, Manning, Ho",
            2024,
            "Statistical uncertainty in word embeddings: GloVe-V",
            "EMNLP",
            285,
        ),
    ),
    test="tests/recipes/test_glove_ls.py",
    benchmark="benchmarks/words.py",
)
def glove_ls(
    dim: int = 100,
    *,
    x_max: float = 10.0,
    exponent: float = 0.75,
    l2: float = 1.0,
    sweeps: int = 5,
) -> Factorization:
    """Weighted least squares of the logarithm of counts, over the pairs that were seen.

    minimise sum_observed f(x_ij) (log x_ij - mu - b_i - b_j - u_i . v_j)^2 + l2 (|u_i|^2 + b_i^2)
    + l2 (|v_j|^2 + b_j^2), with f(x) = min(1, x / x_max)^exponent (GloVe, equations 8 and 9). GloVe
    has no l2 and stops early instead; here a word seen beside fewer contexts than `dim` would
    have no single answer without. At the end u_i is the weighted least-squares estimate with the
    contexts fixed, whose covariance (GloVe-V) is s_i^2 (sum_j f_ij v_j v_j')^-1.

    Args:
        dim: the length of the vectors.
        x_max: the count from which on a pair counts fully; 100 for billions of words.
        exponent: how fast the weight grows below.
        l2: regularisation of every row.
        sweeps: how often both sides are solved.

    Returns:
        The `Factorization`; the vectors of words are those of the rows.

    Use it where GloVe is wanted, with error bars. Not on small text: what was never seen together
    says nothing here (`pu-words`, `swivel` and `ppmi` hear it).

    Example:
        >>> glove_ls(x_max=100).confidence
        Power(x_max=100, exponent=0.75)
    """
    side = Lookup(Free(l2=l2))
    return Factorization(
        dim=dim,
        target=LogValue(),
        confidence=Power(x_max, exponent),
        unobserved=Ignore(),
        rows=side,
        cols=side,
        offset=Biases(),
        solver=Alternating(sweeps=sweeps),
    )

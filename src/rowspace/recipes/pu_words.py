"""The recipe `pu-words`: word vectors for small text, where an unseen pair is only unlabelled."""

from __future__ import annotations

from rowspace.errors import InputError
from rowspace.factor.grammar import (
    Alternating,
    Biases,
    Factorization,
    Free,
    Given,
    Ignore,
    Lookup,
    Uniform,
)
from rowspace.observe.weighting import PPMI, Weigh
from rowspace.recipes.registry import Paper, published


@published(
    kind="recipe",
    name="pu-words",
    claim="Word vectors from a few million words: pairs that were never seen together count too, a "
    "little, as pairs that may yet be seen.",
    papers=(
        Paper(
            "Jiang, Yu, Hsieh, Chang",
            2018,
            "Learning word embeddings for low-resource languages by PU learning",
            "NAACL",
            20,
        ),
    ),
    test="tests/recipes/test_pu_words.py",
    benchmark="benchmarks/words.py",
)
def pu_words(
    dim: int = 100,
    *,
    rho: float = 0.0625,
    x_max: float = 10.0,
    l2: float = 0.001,
    sweeps: int = 5,
) -> Factorization:
    """Weighted least squares of positive mutual information, with a small weight on every zero.

    minimise sum_observed (c_ij + rho) (a_ij - s_ij)^2 + rho sum_unobserved s_ij^2 + charges with
    the score s_ij = mu + b_i + b_j + u_i . v_j, the positive mutual information a_ij of the counts
    x_ij (contexts smoothed by 0.75), observed where it is above 0, and the weight of GloVe
    c_ij = min(1, x_ij / x_max)^0.75. A row pays l2 (n_i + rho m) (|u_i|^2 + b_i^2), with n_i
    observed cells among m. The paper gives observed cells c_ij alone, without rho; its trick for
    cheap zeros, a Gram matrix that all rows share, is the solver's here.

    Args:
        dim: the length of the vectors.
        rho: the weight of a pair that was never seen; 0 leaves such pairs out, as GloVe does.
        x_max: the count from which on a pair is as sure as can be.
        l2: regularisation per unit of data of a row.
        sweeps: how often both sides are solved.

    Returns:
        The `Factorization`; the vectors of words are those of the rows.

    Raises:
        InputError: `rho` is negative.

    Use it on co-occurrence counts of small text. Not where seconds count: `ppmi` is about as good
    and five times as fast on four million words (see the benchmark).

    Example:
        >>> pu_words(rho=0.25).unobserved
        Uniform(weight=0.25)
        >>> pu_words().matrix
        (Weigh(x_max=10.0, exponent=0.75), PPMI(shift=1.0, smoothing=0.75))
    """
    if not rho >= 0:
        raise InputError(f"rho is {rho}, but a weight of at least 0 was expected")
    side = Lookup(Free(l2=l2, frequency=1.0))
    return Factorization(
        dim=dim,
        matrix=(Weigh(x_max=x_max), PPMI()),
        confidence=Given(),
        unobserved=Uniform(rho) if rho else Ignore(),
        rows=side,
        cols=side,
        offset=Biases(),
        solver=Alternating(sweeps=sweeps),
    )

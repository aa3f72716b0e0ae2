"""The recipe `rand-walk`: the least squares that follow from a random walk of discourse."""

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
    name="rand-walk",
    claim="Word vectors fitted as a generative model of discourse asks for it: a pair is the surer "
    "the more often it was seen, up to a cap.",
    papers=(
        Paper(
            "Arora, Li, Liang, Ma, Risteski",
            2016,
            "A latent variable model approach to PMI-based word embeddings",
            "TACL 4",
            147,
        ),
    ),
    test="tests/recipes/test_rand_walk.py",
    benchmark="benchmarks/words.py",
)
def rand_walk(
    dim: int = 100,
    *,
    cap: float = 10.0,
    l2: float = 0.1,
    sweeps: int = 5,
) -> Factorization:
    """Weighted least squares of the logarithm of counts, a pair weighing its count up to a cap.

    The model says log x_ij = C + |v_i + v_j|^2 + noise (the SN objective), fitted with the
    weight min(x_ij, cap). Spelled out, |v_i + v_j|^2 = |v_i|^2 + |v_j|^2 + 2 v_i . v_j. Kept here:
    the target log x_ij, the constant C = mu, and the weights, divided by the cap, so that the most
    a pair weighs is 1. Relaxed: the squared lengths become free numbers b_i and b_j, and
    2 v_i . v_j becomes u_i . v_j with two vectors for each word, which makes the problem
    least squares in each side:

    minimise sum_observed min(1, x_ij / cap) (log x_ij - mu - b_i - b_j - u_i . v_j)^2
    + l2 (|u_i|^2 + b_i^2) + l2 (|v_j|^2 + b_j^2).

    So the fit is at least as close as that of the model, but nothing makes b_i the length of u_i,
    or u_i that of v_i, on which the model's statements about its vectors rest.

    Args:
        dim: the length of the vectors.
        cap: the count from which on a pair counts fully; 100 in the paper, for billions of words.
        l2: regularisation of every row, which the paper does not have.
        sweeps: how often both sides are solved.

    Returns:
        The `Factorization`; the vectors of words are those of the rows.

    Use it beside `glove-ls`, of which it is a neighbour: weights that grow in proportion to the
    count, so that rare pairs have hardly a say. Not to test the model (see above).

    Example:
        >>> rand_walk(cap=50).confidence
        Power(x_max=50, exponent=1.0)
    """
    side = Lookup(Free(l2=l2))
    return Factorization(
        dim=dim,
        target=LogValue(),
        confidence=Power(cap, 1.0),
        unobserved=Ignore(),
        rows=side,
        cols=side,
        offset=Biases(),
        solver=Alternating(sweeps=sweeps),
    )

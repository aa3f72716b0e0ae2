"""The recipe `swivel`: mutual information of all pairs, where an unseen one is only bounded."""

from __future__ import annotations

from rowspace.factor.grammar import (
    Alternating,
    Factorization,
    Free,
    LogValue,
    Lookup,
    Margins,
    SoftHinge,
    Sqrt,
)
from rowspace.recipes.registry import Paper, published


@published(
    kind="recipe",
    claim="Word vectors that hear what was never said: an unseen pair is pushed below the mutual "
    "information of one seen once, the more the more frequent its words.",
    papers=(
        Paper(
            "Shazeer, Doherty, Evans, Waterson",
            2016,
            "Swivel: improving embeddings by noticing what's missing",
            "arXiv 1602.02215",
            80,
        ),
    ),
    test="tests/recipes/test_swivel.py",
    benchmark="benchmarks/words.py",
)
def swivel(
    dim: int = 100,
    *,
    base: float = 0.1,
    scale: float = 0.25,
    l2: float = 1.0,
    sweeps: int = 5,
) -> Factorization:
    """Least squares of mutual information where pairs were seen, a soft hinge where not.

    With the margins r_i, c_j and the total S of the counts x_ij and the score
    s_ij = log(r_i c_j / S) + u_i . v_j, minimise 1/2 (base + scale sqrt(x_ij)) (log x_ij - s_ij)^2
    over the pairs that were seen, plus log(1 + exp(s_ij)) over those that were not: u_i . v_j
    should be the mutual information, or else not much above that of a pair seen once (the weights
    are those of the authors' program). Plus l2/2 of the squares of all numbers,
    which the paper does not have. Instead of blocks of gradients, every cell's hinge is touched by
    a parabola and both sides are solved in turn.

    Args:
        dim: the length of the vectors.
        base: the weight of a pair that was seen, however rarely.
        scale: what the square root of its count adds to that.
        l2: regularisation of every row.
        sweeps: how often both sides are solved.

    Returns:
        The `Factorization`; the vectors of words are those of the rows.

    Use it on a few thousand frequent words: every cell is visited, so the matrix must be small
    enough to be dense. Not on a full vocabulary (`pu-words`, `ppmi`).

    Example:
        >>> print(swivel(dim=8).confidence, swivel(dim=8).unobserved)
        Sqrt(base=0.1, scale=0.25) SoftHinge(weight=1.0)
    """
    side = Lookup(Free(l2=l2))
    return Factorization(
        dim=dim,
        target=LogValue(),
        confidence=Sqrt(base, scale),
        unobserved=SoftHinge(),
        rows=side,
        cols=side,
        offset=Margins(),
        solver=Alternating(sweeps=sweeps),
    )

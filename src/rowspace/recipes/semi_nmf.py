"""The recipe `semi-nmf`: features of either sign, used in amounts of at least 0."""

from __future__ import annotations

from rowspace.factor.grammar import (
    Alternating,
    Factorization,
    Free,
    Lookup,
    NonNegative,
    TopK,
)
from rowspace.recipes.registry import Paper, published


@published(
    kind="recipe",
    name="semi-nmf",
    claim="Takes activations of a neural network, or any data of both signs, apart into features "
    "that are present in an amount and never negatively.",
    papers=(
        Paper(
            "Ding, Li, Jordan",
            2010,
            "Convex and semi-nonnegative matrix factorizations",
            "IEEE TPAMI 32(1)",
        ),
        Paper(
            "Shafran, Geiger, Geva",
            2025,
            "Decomposing MLP activations into interpretable features via semi-nonnegative matrix "
            "factorization",
            "arXiv:2506.10920",
            literature=10,
        ),
    ),
    test="tests/recipes/test_semi_nmf.py",
)
def semi_nmf(
    dim: int = 64,
    *,
    winners: int = 0,
    l2: float = 0.0,
    sweeps: int = 100,
    tolerance: float = 1e-5,
) -> Factorization:
    """Non-negative rows times free columns: X ~ U V', U >= 0 (tokens x features x neurons).

    minimise 1/2 sum_ij (x_ij - u_i . v_j)^2 + l2 / 2 (|U|^2 + |V|^2) over U >= 0; with `winners`,
    every v_j has at most so many numbers other than 0, by matching pursuit.

    Row i of the matrix is a token and column j a neuron: u_i says how much of every feature the
    token has, and the h-th numbers of all v_j are what feature h does to the neurons. Shafran et
    al. keep the largest neurons of every feature instead; `winners` keeps the largest features
    of every neuron, which has the row problem's exact objective and so never makes a fit worse.

    Args:
        dim: the number of features.
        winners: in how many features a column may take part, at most; 0 for any number.
        l2: charge on the squared length of every vector, which fixes the scale.
        sweeps: how often both sides are solved, at most.
        tolerance: stop when a sweep lowers the objective by less than this share of it.

    Returns:
        The `Factorization`.

    Use it for dense data of both signs whose rows are mixtures. Not for counts, where `nmf` gives
    features that can be read as parts.

    Example:
        >>> print(semi_nmf(dim=8, winners=2).cols.constraint)
        TopK(l2=0.0, frequency=0.0, count=2, nonnegative=False)
    """
    features = TopK(l2=l2, count=winners) if winners else Free(l2=l2)
    return Factorization(
        dim=dim,
        rows=Lookup(NonNegative(l2=l2)),
        cols=Lookup(features),
        solver=Alternating(sweeps=sweeps, tolerance=tolerance),
    )

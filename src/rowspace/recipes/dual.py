"""The recipe `dual`: what goes with an item, beside what is like it."""

from __future__ import annotations

from rowspace.factor.grammar import Factorization, Spectral
from rowspace.observe.sequences import Together
from rowspace.observe.weighting import PPMI
from rowspace.recipes.pairs import sampled_pairs
from rowspace.recipes.registry import Paper, published


@published(
    kind="recipe",
    claim="Two vectors for every item: those of two items say how alike they are, one of each how "
    "well the second follows the first.",
    papers=(
        Paper(
            "Kvernadze, Kumar, Zhu, Majumdar, Achan, Kumar",
            2022,
            "Two is better than one: dual embeddings for complementary product recommendations",
            "arXiv 2211.14982",
            101,
        ),
    ),
    test="tests/recipes/test_products.py",
    benchmark="benchmarks/products.py",
)
def dual(
    dim: int = 100,
    *,
    window: int | None = None,
    directed: bool = False,
    shift: float = 1.0,
    smoothing: float = 0.75,
    power: float = 0.5,
    tolerance: float = 1e-2,
    sampled: bool = False,
    epochs: int = 50,
) -> Factorization:
    """Truncated SVD of the positive mutual information of items, with both sides kept.

    u_i . v_j (`recommend`, `score`) approximates how much more often than by chance j occurs with
    i: complements. u_i . u_j (`near`) is large where i and j occur with the same others: items that
    are alike, which seldom occur together.

    Args:
        dim: the length of the vectors.
        window: how many places apart, in the order of time; None for the whole row.
        directed: count j only where it comes after i; needs times.
        shift: the number k of negatives that skip-gram would draw (its log is subtracted).
        smoothing: exponent of the context distribution.
        power: exponent of the singular values in the vectors of the rows.
        tolerance: relative residual below which a singular triplet counts as found.
        sampled: draw pairs and negatives as skip-gram does, instead of the SVD (`power` and
            `tolerance` then mean nothing).
        epochs: sampled, how many pairs are drawn, in multiples of how many different ones there
            are.

    Returns:
        The `Factorization`; the space has the items as rows and again as contexts.

    Use it on baskets and histories; the space keeps no cells, so ask `recommend` with
    exclude_seen=False. Not to tell what is bought with an item from what is bought instead of it:
    on Amazon's groceries both score alike in either way.

    Example:
        >>> dual(dim=8, directed=True).matrix[0].directed
        True
    """
    together = Together(window=window, directed=directed)
    if sampled:
        return sampled_pairs(dim, (together,), shift=shift, smoothing=smoothing, epochs=epochs)
    return Factorization(
        dim=dim,
        matrix=(together, PPMI(shift=shift, smoothing=smoothing)),
        solver=Spectral(power=power, tolerance=tolerance),
    )

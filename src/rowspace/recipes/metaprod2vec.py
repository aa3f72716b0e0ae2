"""The recipe `metaprod2vec`: items and what is known of them foretell each other."""

from __future__ import annotations

from rowspace.factor.grammar import Factorization, Spectral
from rowspace.observe.sequences import Together
from rowspace.observe.weighting import PPMI
from rowspace.recipes.pairs import sampled_pairs
from rowspace.recipes.registry import Paper, published


@published(
    kind="recipe",
    claim="Item vectors that lean on categories, brands or genres where an item is rare; these get "
    "vectors too, in the same space.",
    papers=(
        Paper(
            "Vasile, Smirnova, Conneau",
            2016,
            "Meta-Prod2Vec: product embeddings using side-information for recommendation",
            "RecSys",
            302,
        ),
    ),
    test="tests/recipes/test_products.py",
    benchmark="benchmarks/products.py",
)
def metaprod2vec(
    dim: int = 100,
    *,
    metadata: str = "category",
    weight: float = 1.0,
    window: int | None = 5,
    shift: float = 1.0,
    smoothing: float = 0.75,
    power: float = 0.5,
    tolerance: float = 1e-2,
    sampled: bool = False,
    epochs: int = 50,
) -> Factorization:
    """Truncated SVD of the mutual information of items and their metadata, as one block matrix.

    [I-I, I-M; M-I, M-M] with I-I the counts of `prod2vec-mf`, and the blocks of metadata
    `weight` times what follows from them (`Together`); then as in `ppmi`. Ids become text, since
    those of the metadata, "column:value", stand beside them.

    Args:
        dim: the length of the vectors.
        metadata: the column of the items' table (`col_table=`); several values separated by "|".
        weight: of the blocks of metadata; less where they say little.
        window: how many places apart, in the order of time; None for the whole row, without times.
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

    Use it where many items are rare and something is known of them. Not where nothing is.

    Example:
        >>> metaprod2vec(dim=8, metadata="genres").matrix[0].metadata
        'genres'
    """
    together = Together(window=window, metadata=metadata, weight=weight)
    if sampled:
        return sampled_pairs(dim, (together,), shift=shift, smoothing=smoothing, epochs=epochs)
    return Factorization(
        dim=dim,
        matrix=(together, PPMI(shift=shift, smoothing=smoothing)),
        solver=Spectral(power=power, tolerance=tolerance),
    )

"""The recipe `codes`: what happens to one person within some days."""

from __future__ import annotations

from rowspace.factor.grammar import Factorization, Spectral
from rowspace.observe.sequences import Together
from rowspace.observe.weighting import PPMI
from rowspace.recipes.pairs import sampled_pairs
from rowspace.recipes.registry import Paper, published


@published(
    kind="recipe",
    claim="Vectors of diagnoses, drugs and procedures from the order of events; a patient is the "
    "sum of the vectors of what happened.",
    papers=(
        Paper(
            "Choi, Schuetz, Stewart, Sun",
            2016,
            "Medical concept representation learning from electronic health records and its "
            "application on heart failure prediction",
            "arXiv 1602.03686",
            366,
        ),
    ),
    test="tests/recipes/test_products.py",
    benchmark="benchmarks/products.py",
)
def codes(
    dim: int = 100,
    *,
    days: float = 90.0,
    shift: float = 1.0,
    smoothing: float = 0.75,
    power: float = 0.5,
    tolerance: float = 1e-2,
    sampled: bool = False,
    epochs: int = 50,
) -> Factorization:
    """Truncated SVD of the positive mutual information of codes within some days of one patient.

    x_ij counts how often codes i and j are at most `days` apart in one row (`Together`); then as in
    `ppmi`.

    Args:
        dim: the length of the vectors.
        days: how far apart; times are seconds, as `rowspace.read` makes of dates.
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

    Use it on events with times. Not on events without (`prod2vec-mf` with window=None).

    Example:
        >>> codes(dim=8, days=1).matrix[0].within
        86400.0
    """
    together = Together(window=None, within=86400.0 * days)
    if sampled:
        return sampled_pairs(dim, (together,), shift=shift, smoothing=smoothing, epochs=epochs)
    return Factorization(
        dim=dim,
        matrix=(together, PPMI(shift=shift, smoothing=smoothing)),
        solver=Spectral(power=power, tolerance=tolerance),
    )

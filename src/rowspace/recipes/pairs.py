"""What the recipes of counted pairs share: skip-gram's objective on a matrix, without its SVD."""

from __future__ import annotations

from rowspace.factor.grammar import (
    AdaGrad,
    Encoder,
    Factorization,
    Frequent,
    Linear,
    Logistic,
    Lookup,
    Negatives,
    Sampled,
)
from rowspace.observe.steps import Step


def sampled_pairs(
    dim: int,
    matrix: tuple[Step, ...] = (),
    *,
    shift: float,
    smoothing: float,
    epochs: int,
    cols: Encoder | None = None,
) -> Factorization:
    """Minimise -log sigmoid(u_i . v_j) - shift E_n log sigmoid(-u_i . v_n) over counted pairs.

    Pairs ij are drawn in proportion to their count and n in proportion to count^smoothing, as
    skip-gram and LINE do; at its best u_i . v_j is the logarithm that `PPMI(shift, smoothing)`
    makes of the count, unless there was none.

    Args:
        dim: the length of the vectors.
        matrix: the steps that count the pairs.
        shift: how much the negatives of a pair count together.
        smoothing: the exponent of the counts in the chances of negatives.
        epochs: how many draws, in multiples of the number of different pairs.
        cols: how the vectors of the columns are made; vectors of their own where None.
    """
    return Factorization(
        dim=dim,
        matrix=matrix,
        loss=Logistic(),
        confidence=Linear(1),
        unobserved=Negatives(256, Frequent(smoothing), weight=shift, unseen=False),
        cols=cols or Lookup(),
        solver=Sampled(epochs=epochs, rate=0.1, update=AdaGrad(), decay=0.1),
    )

"""The recipe `nbpo`: implicit feedback in which some of the noes are hidden yeses."""

from __future__ import annotations

from dataclasses import replace

from rowspace.factor.grammar import (
    Factorization,
    Free,
    Logistic,
    Lookup,
    Negatives,
    NoisyLabel,
    Relative,
    Robust,
    Sampled,
)
from rowspace.recipes.ials import ials
from rowspace.recipes.registry import Paper, published


@published(
    kind="recipe",
    claim="Takes unobserved cells for noes with noisy labels, estimates how many are hidden yeses "
    "and lets those columns count for less.",
    papers=(
        Paper(
            "Yu, Qin",
            2020,
            "Sampler design for implicit feedback data by noisy-label robust learning",
            "SIGIR",
            literature=44,
        ),
    ),
    test="tests/recipes/test_nbpo.py",
    benchmark="benchmarks/zeros.py",
)
def nbpo(
    dim: int = 64,
    *,
    hidden: float = 0.5,
    ratio: float = 10.0,
    l2: float = 0.01,
    frequency: float = 1.0,
    sweeps: int = 15,
    sampled: bool = False,
    epochs: int = 20,
) -> Factorization:
    """Weighted least squares on all cells, zeros weighted by the chance that they are true noes.

    The paper's pointwise likelihood P(y = 1) = (1 - flip) P(yes) with three changes: the loss is
    squared, the chance of a hidden yes is taken per column from its mean score (so that the
    background stays one Gram matrix), and the flip probability is one number, estimated anew
    between sweeps (`NoisyLabel` has the formulas). `facts["hidden"]` holds its last value.

    Args:
        dim: the length of the vectors.
        hidden: the share of yes cells that are not observed, at the start.
        ratio: how much all the background weighs, as a multiple of the observed cells.
        l2: regularisation per unit of data of a row.
        frequency: 1 scales `l2` with how much data a row has, 0 charges all rows alike.
        sweeps: how often both sides are solved; the objective is that of the weights of its sweep.
        sampled: the paper's likelihood cell by cell: logistic loss, and negatives that are drawn
            count by the chance that their cell is a true no (`Robust`), with `hidden` as given.
            `ratio` is then what the negatives of an observed cell count together.
        epochs: sampled, how often every observed cell is seen.

    Returns:
        The `Factorization`.

    Use it to see how much hidden yeses could matter. `ials` is simpler, and mostly as good.

    Example:
        >>> nbpo(dim=8).unobserved.policy
        NoisyLabel(weight=1.0, hidden=0.5)
    """
    if sampled:
        side = Lookup(Free(l2, 1.0))
        return Factorization(
            dim=dim,
            loss=Logistic(),
            unobserved=Negatives(256, Robust(hidden), weight=ratio),
            rows=side,
            cols=side,
            solver=Sampled(epochs=epochs),
        )
    plain = ials(dim, confidence="constant", ratio=ratio, l2=l2, frequency=frequency, sweeps=sweeps)
    return replace(plain, unobserved=Relative(ratio, NoisyLabel(hidden=hidden)))

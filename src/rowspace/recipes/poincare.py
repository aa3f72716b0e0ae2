"""The recipe `poincare`: hierarchies in hyperbolic space."""

from __future__ import annotations

from rowspace.factor.grammar import (
    Even,
    Factorization,
    Lorentz,
    Negatives,
    Poincare,
    Sampled,
    Sgd,
    Softmax,
)
from rowspace.recipes.registry import Paper, published


@published(
    kind="recipe",
    claim="A taxonomy in a handful of dimensions, where Euclidean vectors need many.",
    papers=(
        Paper(
            "Nickel, Kiela",
            2017,
            "Poincare embeddings for learning hierarchical representations",
            "NIPS",
            literature=137,
        ),
    ),
    test="tests/recipes/test_poincare.py",
    benchmark="benchmarks/hyperbolic.py",
)
def poincare(
    dim: int = 5,
    *,
    negatives: int = 50,
    epochs: int = 300,
    rate: float = 0.3,
    lorentz: bool = False,
) -> Factorization:
    """Minimise -log(e^-d(u, v) / (e^-d(u, v) + sum_n e^-d(u, n))) over links u -> v.

    d is the distance in the Poincare ball, n nodes that u has no link to, with equal chances;
    Riemannian steps, at a tenth of the rate and against frequent nodes in the first tenth of the
    epochs. The vectors that are kept have dim + 1 numbers (`Poincare`), both sides the same nodes.

    Args:
        dim: of the space.
        negatives: nodes that a link is compared with.
        epochs: how often every link is seen.
        rate: the size of a step.
        lorentz: take steps along geodesics of the hyperboloid, which has no boundary (`Lorentz`).

    Returns:
        The `Factorization`.

    Use it on the transitive closure of a hierarchy, every node linked to all above it, read as
    directed edges. For graphs that are no hierarchy use `spectral` or `netmf`.

    Example:
        >>> poincare(dim=2).geometry
        Poincare()
    """
    return Factorization(
        dim=dim,
        loss=Softmax(corrected=False),
        unobserved=Negatives(negatives, Even()),
        geometry=Lorentz() if lorentz else Poincare(),
        solver=Sampled(epochs=epochs, rate=rate, batch=1, update=Sgd(), spread=0.001),
    )

"""The recipe `ae`: node vectors from the features that walks meet, all distances together."""

from __future__ import annotations

from rowspace.factor.grammar import Factorization, Spectral
from rowspace.observe.attributed import WalkPMI
from rowspace.recipes.registry import Paper, published

MUSAE = Paper(
    "Rozemberczki, Allen, Sarkar",
    2021,
    "Multi-scale attributed node embedding",
    "Journal of Complex Networks 9(2)",
    literature=119,
)


@published(
    kind="recipe",
    claim="Node and feature vectors in one space from what is known around each node.",
    papers=(MUSAE,),
    test="tests/recipes/test_ae.py",
    benchmark="benchmarks/attributed.py",
)
def ae(
    dim: int = 128,
    *,
    steps: tuple[int, ...] = (1, 2, 3),
    shift: float = 1.0,
    power: float = 0.5,
    tolerance: float = 1e-2,
) -> Factorization:
    """Truncated SVD of the mutual information of nodes and the features that their walks meet.

    Factors max(0, log(c / t sum_r P^r F E^-1) - log(shift)) over the t numbers r of `steps`, with
    the features F, P = D^-1 A, E = diag(1' D F), c = sum E.

    Args:
        dim: the length of the vectors.
        steps: the distances, ascending; 0 is what is known about the node itself.
        shift: the number of negatives that skip-gram would draw (its log is subtracted).
        power: exponent of the singular values in the row vectors.
        tolerance: relative residual below which a singular triplet counts as found.

    Returns:
        The `Factorization`.

    Use it on node x feature observations with the graph beside them, `graphs={"node": adjacency}`,
    where one vector per feature is wanted that stands beside the nodes. Not where distances matter
    (`musae` keeps them apart), and not for nodes to come. Directed graphs are
    walked along their edges; nodes without any get zeros, unless `steps` holds 0.

    Example:
        >>> ae(dim=64).matrix
        (WalkPMI(steps=(1, 2, 3), pooled=True, shift=1.0),)
    """
    return Factorization(
        dim=dim,
        matrix=(WalkPMI(steps=steps, pooled=True, shift=shift),),
        solver=Spectral(power=power, tolerance=tolerance),
    )

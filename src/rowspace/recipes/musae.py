"""The recipe `musae`: node vectors from the features met at each distance."""

from __future__ import annotations

from rowspace.factor.grammar import Factorization, Spectral
from rowspace.observe.attributed import WalkPMI
from rowspace.recipes.ae import MUSAE
from rowspace.recipes.registry import published


@published(
    kind="recipe",
    claim="Node vectors that say what is known around a node at each distance: also where "
    "neighbours are unlike.",
    papers=(MUSAE,),
    test="tests/recipes/test_musae.py",
    benchmark="benchmarks/attributed.py",
)
def musae(
    dim: int = 128,
    *,
    steps: tuple[int, ...] = (0, 1, 2),
    shift: float = 1.0,
    power: float = 0.5,
    tolerance: float = 1e-2,
) -> Factorization:
    """Truncated SVD of the mutual information of nodes and features r steps away, for each r alone.

    For every r of `steps` factors max(0, log(c P^r F E^-1) - log(shift)) to its share of `dim`,
    with the features F, P = D^-1 A, E = diag(1' D F), c = sum E; the vector of a node is
    their concatenation, the columns are "r:feature".

    Args:
        dim: the length of the vectors, shared out among the steps.
        steps: the distances, ascending; 0 is what is known about the node itself.
        shift: the number of negatives that skip-gram would draw (its log is subtracted).
        power: exponent of the singular values in the row vectors.
        tolerance: relative residual below which a singular triplet counts as found.

    Returns:
        The `Factorization`.

    Use it on node x feature observations with the graph beside them, `graphs={"node": adjacency}`,
    above all where linked nodes differ. Not for nodes to come: the walks of a new one are unknown,
    so that it cannot be folded in. Directed graphs are walked along their edges; nodes without any
    get zeros, unless `steps` holds 0.

    Example:
        >>> musae(dim=64, steps=(0, 1)).matrix
        (WalkPMI(steps=(0, 1), pooled=False, shift=1.0),)
    """
    return Factorization(
        dim=dim,
        matrix=(WalkPMI(steps=steps, shift=shift),),
        solver=Spectral(power=power, tolerance=tolerance, by_block=True),
    )

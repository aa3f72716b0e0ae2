"""The recipe `hmds`: hyperbolic points from the distances of a graph, in closed form."""

from __future__ import annotations

from rowspace.factor.grammar import Factorization, Spectral
from rowspace.observe.hyperbolic import HyperbolicDistance
from rowspace.recipes.registry import Paper, published


@published(
    kind="recipe",
    claim="Points of hyperbolic space from all distances of a graph by one decomposition, exact "
    "where such points exist.",
    papers=(
        Paper(
            "Sala, De Sa, Gu, Re",
            2018,
            "Representation tradeoffs for hyperbolic embeddings",
            "ICML",
            literature=143,
        ),
    ),
    test="tests/recipes/test_poincare.py",
    benchmark="benchmarks/hyperbolic.py",
)
def hmds(dim: int = 11, *, scale: float = 1.0, tolerance: float = 1e-4) -> Factorization:
    """Truncated decomposition of -cosh(scale * distance), distances in links.

    For points at just these distances in hyperbolic space of dim - 1 dimensions the products of the
    vectors are -cosh of the distances, so that nodes rank by distance.

    Args:
        dim: numbers per vector, one more than the space has dimensions.
        scale: how long a link is.
        tolerance: relative residual below which a singular triplet counts as found.

    Returns:
        The `Factorization`.

    Use it on a connected graph of some thousands of nodes, as all pairs are in memory. `poincare`
    takes larger ones, and directed hierarchies.

    Example:
        >>> hmds(dim=3).matrix
        (HyperbolicDistance(scale=1.0),)
    """
    return Factorization(
        dim=dim, matrix=(HyperbolicDistance(scale),), solver=Spectral(tolerance=tolerance)
    )

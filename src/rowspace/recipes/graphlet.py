"""The recipe `graphlet`: nodes that share small patterns of links are close."""

from __future__ import annotations

from rowspace.factor.grammar import Factorization, Spectral
from rowspace.observe.graphlets import Graphlets
from rowspace.observe.weighting import PPMI
from rowspace.recipes.registry import Paper, published


@published(
    kind="recipe",
    claim="Neighbours by triangles, cliques, diamonds or squares instead of by links.",
    papers=(
        Paper(
            "Windels, Malod-Dognin, Przulj",
            2024,
            "Graphlets correct for the topological information missed by random walks",
            "arXiv 2405.14194",
            literature=172,
        ),
    ),
    test="tests/recipes/test_graphlet.py",
    benchmark="benchmarks/graph_claims.py",
)
def graphlet(
    dim: int = 128,
    *,
    orbit: str = "triangle",
    negatives: float = 1.0,
    tolerance: float = 1e-2,
) -> Factorization:
    """Truncated SVD of the positive mutual information of a graphlet adjacency.

    max(0, log(x_ij x / (x_i x_j)) - log b), where x_ij counts the induced graphlets in which i and
    j stand at the two places of `orbit`.

    Args:
        dim: the length of the vectors.
        orbit: "edge", "path" (ends of two links), "triangle", "clique" (of four), "diamond" (the
            two that are linked to all), "diamond-ends" (the two without a link) or "square"
            (opposite corners).
        negatives: the number b of negative samples that this stands for.
        tolerance: relative residual below which a singular triplet counts as found.

    Returns:
        The `Factorization`.

    Use it on undirected graphs to see which pattern says most, of up to some 20,000 nodes for those
    of four nodes. Not on directed or bipartite graphs, of which these patterns are not; a node in
    no such pattern gets zeros.

    Example:
        >>> graphlet(orbit="clique").matrix[0]
        Graphlets(orbit='clique')
    """
    return Factorization(
        dim=dim,
        matrix=(Graphlets(orbit), PPMI(shift=negatives, smoothing=1.0)),
        solver=Spectral(power=0.5, tolerance=tolerance),
    )

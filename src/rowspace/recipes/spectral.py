"""The recipe `spectral`: Laplacian eigenmaps, the smooth vectors of a graph."""

from __future__ import annotations

from rowspace.factor.grammar import Factorization, Spectral
from rowspace.observe.eigenpairs import Positive
from rowspace.observe.graphs import Normalized
from rowspace.recipes.registry import Paper, published


@published(
    kind="recipe",
    claim="Node vectors from the links alone in about a second for 300,000 of them, and folds in "
    "new nodes exactly; the first thing to try on a graph.",
    papers=(
        Paper(
            "Belkin, Niyogi",
            2003,
            "Laplacian eigenmaps for dimensionality reduction and data representation",
            "Neural Computation 15(6)",
        ),
        Paper("Tang, Liu", 2011, "Leveraging social media networks for classification", "DMKD 23"),
    ),
    test="tests/recipes/test_spectral.py",
    benchmark="benchmarks/node_classification.py",
)
def spectral(dim: int = 128, *, exponent: float = 0.5, tolerance: float = 1e-2) -> Factorization:
    """Largest eigenvectors of the normalised adjacency, scaled by the roots of their eigenvalues.

    N = D^-1/2 A D^-1/2 ~ sum_k lambda_k v_k v_k' over the largest lambda_k > 0; the vector of node
    i is (v_ik sqrt(lambda_k))_k. Directed and bipartite graphs: the truncated SVD of
    D_out^-1/2 A D_in^-1/2.

    Args:
        dim: the length of the vectors.
        exponent: of the degrees; 0.5 gives the normalised Laplacian, 0 the adjacency itself.
        tolerance: relative residual below which a singular triplet counts as found.

    Returns:
        The `Factorization`.

    Use it on undirected, directed, weighted and bipartite graphs, connected or not: to classify
    nodes of one's own community, and where new nodes come in. Not where nodes that play the same
    role far apart should be close (`role`), nor where neighbours are unlike each other (`line`).

    Example:
        >>> spectral(dim=32).matrix
        (Normalized(rows=0.5, cols=0.5), Positive(rank=32))
    """
    return Factorization(
        dim=dim,
        matrix=(Normalized(rows=exponent, cols=exponent), Positive(rank=dim)),
        solver=Spectral(power=0.5, tolerance=tolerance),
    )

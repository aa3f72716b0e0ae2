"""The recipe `sgr`: nodes and their features as the nodes of one graph."""

from __future__ import annotations

from rowspace.factor.grammar import Factorization, Spectral
from rowspace.observe.attributed import AttributeGraph
from rowspace.observe.propagate import Propagate
from rowspace.recipes.registry import Paper, published


@published(
    kind="recipe",
    claim="Nodes and their features in one space, so that the features near a node or a community "
    "name it; new nodes are placed by their edges and features.",
    papers=(
        Paper(
            "Qin",
            2023,
            "Semantic random walk for graph representation learning in attributed graphs",
            "arXiv",
            literature=257,
        ),
    ),
    test="tests/recipes/test_sgr.py",
    benchmark="benchmarks/attributed.py",
)
def sgr(
    dim: int = 128,
    *,
    weight: float = 0.3,
    steps: int = 3,
    power: float = 1.0,
    tolerance: float = 1e-2,
) -> Factorization:
    """Truncated SVD of walks on the graph of nodes and features, B = [A, weight F; weight F', 0].

    Factors sum_{r=1..steps} P^r diag(d / vol)^-1/2 with the row sums d of B and P = D^-1 B, the
    high-order proximity without the logarithm of walk-based methods. It is never formed.

    Args:
        dim: the length of the vectors.
        weight: of an edge between a node and a feature of value 1, beside edges between nodes.
        steps: the longest walk.
        power: how much of the singular values the rows take.
        tolerance: relative residual below which a singular triplet counts as found.

    Returns:
        The `Factorization`.

    Use it on node x feature observations with the graph beside them, `graphs={"node": adjacency}`,
    to ask which features are near a node. The rows of the space are the nodes and, as "feature:x",
    the features. Not for the best prediction of labels: `sgc` and `musae` judge better. A new node
    is folded in by its edges and its features together. Directed graphs are walked along their
    edges; a node without edges still reaches others by its features.

    Example:
        >>> sgr(dim=64, steps=2).matrix
        (AttributeGraph(weight=0.3), Propagate(weights=(0.0, 1.0, 1.0), normalization=-0.5))
    """
    return Factorization(
        dim=dim,
        matrix=(
            AttributeGraph(weight=weight),
            Propagate(weights=(0.0, *[1.0] * steps), normalization=-0.5),
        ),
        solver=Spectral(power=power, tolerance=tolerance),
    )

"""The recipe `kcore`: factor the core of a graph only, and average outward."""

from __future__ import annotations

from rowspace.factor.grammar import Factorization, Spectral
from rowspace.observe.cores import Core
from rowspace.recipes.registry import Paper, published


@published(
    kind="recipe",
    claim="NetMF for graphs whose fringe is large: its cost is that of the core, the fringe gets "
    "means of neighbours.",
    papers=(
        Paper(
            "Brandeis, Jarret, Sevestre",
            2020,
            "About graph degeneracy, representation learning and scalability",
            "arXiv 2009.02085",
            literature=131,
        ),
    ),
    test="tests/recipes/test_kcore.py",
    benchmark="benchmarks/graph_claims.py",
)
def kcore(
    dim: int = 128,
    *,
    k: int = 0,
    window: int = 10,
    negatives: float = 1.0,
    rank: int = 192,
    tolerance: float = 1e-2,
) -> Factorization:
    """Truncated SVD of NetMF's matrix M of the k-core, spread outward: W M W'.

    Row i of W is the unit vector of a node of the core, and for a node outside the mean of the rows
    of its neighbours nearer to the core; so its vector is the mean of theirs.

    Args:
        dim: the length of the vectors.
        k: which core; 0 for the largest k whose core keeps at least half of the nodes.
        window: how many steps a walk takes at most.
        negatives: the number b of negative samples that this stands for.
        rank: how many eigenpairs stand for a core of more than 1,000 nodes.
        tolerance: relative residual below which a singular triplet counts as found.

    Returns:
        The `Factorization`.

    Use it on undirected, directed and weighted graphs where `netmf` costs too much and most nodes
    have few links. Not on bipartite graphs, where the neighbours of a node are of the other side,
    and not where the fringe is what matters.

    Example:
        >>> kcore(k=5).matrix[0].k
        5
    """
    return Factorization(
        dim=dim,
        matrix=(Core(k=k, window=window, negatives=negatives, rank=rank),),
        solver=Spectral(power=0.5, tolerance=tolerance),
    )

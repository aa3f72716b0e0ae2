"""The recipe `deepwalk-mf`: mutual information of nodes that meet on random walks."""

from __future__ import annotations

from rowspace.factor.grammar import Factorization, Spectral
from rowspace.observe.walks import Walks
from rowspace.observe.weighting import PPMI
from rowspace.recipes.registry import Paper, published


@published(
    kind="recipe",
    name="deepwalk-mf",
    claim="DeepWalk's walks, counted and factored instead of trained on: sparse where `netmf` is "
    "not.",
    papers=(
        Paper(
            "Perozzi, Al-Rfou, Skiena",
            2014,
            "DeepWalk: online learning of social representations",
            "KDD",
        ),
        Paper(
            "Brandeis, Jarret, Sevestre",
            2020,
            "About graph degeneracy, representation learning and scalability",
            "arXiv 2009.02085",
            literature=131,
        ),
    ),
    test="tests/recipes/test_deepwalk_mf.py",
    benchmark="benchmarks/node_classification.py",
)
def deepwalk_mf(
    dim: int = 128,
    *,
    walks: int = 20,
    length: int = 40,
    window: int = 10,
    negatives: float = 1.0,
    smoothing: float = 1.0,
    paced: bool = False,
    walk_seed: int = 0,
    tolerance: float = 1e-2,
) -> Factorization:
    """Truncated SVD of the positive mutual information of nodes within a window on walks.

    max(0, log(x_ij x / (x_i x_j)) - log b), where x_ij counts how often j stands within `window`
    places of i on uniform random walks.

    Args:
        dim: the length of the vectors.
        walks: how many begin at every node.
        length: how many nodes a walk has.
        window: how many steps apart two nodes of a walk may be.
        negatives: the number b of negative samples that this stands for.
        smoothing: exponent of the context distribution.
        paced: fewer walks from the fringe, in proportion to the core number of a node (CoreWalk).
        walk_seed: of the walks.
        tolerance: relative residual below which a singular triplet counts as found.

    Returns:
        The `Factorization`.

    Use it on undirected, directed, weighted and bipartite graphs, where walks are what is meant.
    Not where `netmf` can be had: rare pairs are noise in a sample and not in the exact matrix,
    which is as good or better, and cheaper.

    Example:
        >>> deepwalk_mf(walks=10).matrix[0].per_node
        10
    """
    return Factorization(
        dim=dim,
        matrix=(
            Walks(per_node=walks, length=length, window=window, paced=paced, seed=walk_seed),
            PPMI(shift=negatives, smoothing=smoothing),
        ),
        solver=Spectral(power=0.5, tolerance=tolerance),
    )

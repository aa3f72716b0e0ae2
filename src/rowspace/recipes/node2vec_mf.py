"""The recipe `node2vec-mf`: mutual information of nodes that meet on second-order walks."""

from __future__ import annotations

from rowspace.factor.grammar import Factorization, Spectral
from rowspace.observe.walks import Walks
from rowspace.observe.weighting import PPMI
from rowspace.recipes.registry import Paper, published


@published(
    kind="recipe",
    name="node2vec-mf",
    claim="node2vec's second-order walks at millions of steps a second, counted and factored "
    "instead of trained on.",
    papers=(
        Paper(
            "Grover, Leskovec",
            2016,
            "node2vec: Scalable Feature Learning for Networks",
            "KDD",
            literature=307,
        ),
    ),
    test="tests/recipes/test_node2vec_mf.py",
    benchmark="benchmarks/node_classification.py",
)
def node2vec_mf(
    dim: int = 128,
    *,
    p: float = 1.0,
    q: float = 0.5,
    walks: int = 20,
    length: int = 40,
    window: int = 10,
    negatives: float = 1.0,
    walk_seed: int = 0,
    tolerance: float = 1e-2,
) -> Factorization:
    """Truncated SVD of the positive mutual information of nodes within a window on biased walks.

    max(0, log(x_ij x / (x_i x_j)) - log b), where x_ij counts how often j stands within `window`
    places of i on walks that go from v, come from u, to x in proportion to w_vx times 1/p if x is
    u, 1 if u links to x, else 1/q.

    Args:
        dim: the length of the vectors.
        p: above 1 walks seldom turn back at once, below 1 they often do.
        q: below 1 walks go far (communities), above 1 they stay near (roles).
        walks: how many begin at every node.
        length: how many nodes a walk has.
        window: how many steps apart two nodes of a walk may be.
        negatives: the number b of negative samples that this stands for.
        walk_seed: of the walks.
        tolerance: relative residual below which a singular triplet counts as found.

    Returns:
        The `Factorization`.

    Use it to see what p and q do on undirected, directed and weighted graphs; in a bipartite one
    only p matters, since no two neighbours of a node are linked. With p = q = 1 use `netmf`, which
    is exact.

    Example:
        >>> node2vec_mf(p=0.25, q=4).matrix[0].q
        4
    """
    return Factorization(
        dim=dim,
        matrix=(
            Walks(per_node=walks, length=length, window=window, p=p, q=q, seed=walk_seed),
            PPMI(shift=negatives, smoothing=1.0),
        ),
        solver=Spectral(power=0.5, tolerance=tolerance),
    )

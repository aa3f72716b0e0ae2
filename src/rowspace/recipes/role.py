"""The recipe `role`: nodes that play the same part are close, however far apart they are."""

from __future__ import annotations

from rowspace.factor.grammar import Factorization, Spectral
from rowspace.observe.proximity import Proximity
from rowspace.observe.roles import RowShapes
from rowspace.recipes.registry import Paper, published


@published(
    kind="recipe",
    claim="Structural vectors: hubs near hubs and bridges near bridges, in whichever part of the "
    "graph they stand.",
    papers=(
        Paper(
            "Zhu, Lu, Heimann, Koutra",
            2021,
            "Node proximity is all you need: unified structural and positional node and graph "
            "embedding",
            "SDM",
            literature=259,
        ),
        Paper(
            "Donnat, Zitnik, Hallac, Leskovec",
            2018,
            "Learning structural node embeddings via diffusion wavelets",
            "KDD",
        ),
    ),
    test="tests/recipes/test_role.py",
    benchmark="benchmarks/graph_claims.py",
)
def role(
    dim: int = 32,
    *,
    proximity: str = "heat",
    restart: float = 0.15,
    time: float = 1.0,
    points: int = 16,
    tolerance: float = 1e-3,
) -> Factorization:
    """Principal components of the distributions of a node's proximities, the structural branch.

    f_i(t) = mean_j exp(i t s_ij / mean(s)) less its mean over all nodes, at `points` values of t;
    S = sum_r c_r P^r as in `phusion`. Factors f_i . f_j, which gives the principal components of f.

    Args:
        dim: the length of the vectors; at most 2 `points` of them are above zero.
        proximity: "heat", "ppr" (personalised PageRank), "katz", or "walk" (10 steps).
        restart: how likely a walk of "ppr" ends after each step.
        time: how many steps "heat" takes on average, after a first one.
        points: at how many t the distribution is read.
        tolerance: relative residual below which a singular triplet counts as found.

    Returns:
        The `Factorization`.

    Use it to find nodes of the same kind of place (hub, bridge, leaf) in undirected, directed and
    weighted graphs of up to 16,384 nodes; both sides get the same vectors. Not in bipartite graphs,
    and not to find communities, which it cannot see (`spectral`, `netmf`).

    Example:
        >>> role(points=8).matrix[1].points
        8
    """
    return Factorization(
        dim=dim,
        matrix=(
            Proximity(proximity, restart=restart, time=time, lift=False, rank=0),
            RowShapes(points=points),
        ),
        solver=Spectral(power=0.5, tolerance=tolerance),
    )

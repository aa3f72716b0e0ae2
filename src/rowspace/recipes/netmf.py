"""The recipe `netmf`: DeepWalk without walks, from the matrix that it factors implicitly."""

from __future__ import annotations

from rowspace.factor.grammar import Factorization, Spectral
from rowspace.observe.nonlinear import Nonlinear
from rowspace.observe.proximity import Proximity
from rowspace.recipes.registry import Paper, published


@published(
    kind="recipe",
    claim="The matrix of DeepWalk in closed form: node vectors as good as those of its walks or "
    "better, and cheaper.",
    papers=(
        Paper(
            "Qiu, Dong, Ma, Li, Wang, Tang",
            2018,
            "Network embedding as matrix factorization: unifying DeepWalk, LINE, PTE, and node2vec",
            "WSDM",
        ),
    ),
    test="tests/recipes/test_netmf.py",
    benchmark="benchmarks/node_classification.py",
)
def netmf(
    dim: int = 128,
    *,
    window: int = 10,
    negatives: float = 1.0,
    rank: int = 192,
    tolerance: float = 1e-2,
) -> Factorization:
    """Truncated SVD of the logarithm of how much more often than by chance walks meet.

    M_ij = log max(1, vol(G) / (b T) sum_{r=1..T} (P^r D^-1)_ij), P = D^-1 A, factored as
    (U S^1/2)(S^1/2 V'). T = `window`, b = `negatives`.

    Args:
        dim: the length of the vectors.
        window: how many steps a walk takes at most; the choice that matters most. 10 where
            communities count, 1 where direct links do (try both, or `graph-auto`).
        negatives: the number b of negative samples that this stands for.
        rank: how many eigenpairs of the normalised adjacency stand for a graph of more than 1,000
            nodes where `window` is above 1.
        tolerance: relative residual below which a singular triplet counts as found.

    Returns:
        The `Factorization`.

    Use it on graphs of up to some 50,000 nodes: undirected, weighted and bipartite ones, and
    directed ones of up to 16,384 nodes (any number with `window=1`); each product with the matrix
    costs n^2 rank operations, and above 16,384 nodes no n^2 of memory. Not on larger ones; use
    `spectral`, or `window=1`, which stays sparse.

    Example:
        >>> netmf(window=5).matrix[0].window
        5
    """
    return Factorization(
        dim=dim,
        matrix=(Proximity(window=window, rank=rank), Nonlinear("log", shift=negatives)),
        solver=Spectral(power=0.5, tolerance=tolerance),
    )

"""The recipe `fastrp`: node vectors by a random projection of where walks lead."""

from __future__ import annotations

from rowspace.factor.grammar import Factorization, Sketch
from rowspace.observe.propagate import Propagate
from rowspace.recipes.registry import Paper, published


@published(
    kind="recipe",
    claim="Vectors for millions of nodes in seconds: a few sparse products and no fitting; finds "
    "communities, misses what needs a logarithm.",
    papers=(
        Paper(
            "Chen, Sultan, Tian, Chen, Skiena",
            2019,
            "Fast and accurate network embeddings via very sparse random projection",
            "CIKM",
            literature=104,
        ),
        Paper("Li, Hastie, Church", 2006, "Very sparse random projections", "KDD"),
    ),
    test="tests/recipes/test_fastrp.py",
    benchmark="benchmarks/fastrp_speed.py",
)
def fastrp(
    dim: int = 128,
    *,
    weights: tuple[float, ...] = (0.0, 0.0, 1.0, 1.0),
    own: float = 0.0,
    normalization: float = -0.9,
    density: float | None = None,
) -> Factorization:
    """Very sparse random projection of a polynomial of the transition matrix: sum_k w_k P^k L R.

    P = D^-1 A, L = diag((d_j / 2m)^normalization), and R has cells of +-1 / sqrt(density dim), few
    of them not 0, with E[R R'] = I. Rows get the vectors of that product, columns those of R; the
    polynomial is never formed. The original code scales the vector of every node to length 1
    after every step, which is not linear and left out: compare the vectors by cosine.

    Args:
        dim: the length of the vectors.
        weights: of 1, 2, 3, ... steps, as in the paper and as Neo4j's iterationWeights.
        own: weight of a node's own random vector (Neo4j's nodeSelfInfluence).
        normalization: below 0 it lowers the influence of nodes with many edges (the paper's beta,
            Neo4j's normalizationStrength).
        density: share of the cells of R that are not 0; 1 / sqrt(number of columns) where None.

    Returns:
        The `Factorization`.

    Use it on graphs that are too large for anything else, and where neighbours are alike. Not where
    accuracy counts more than seconds: on BlogCatalog it is 8 points behind matrices with a
    logarithm. Undirected, directed and weighted graphs alike; in a bipartite one only odd numbers
    of steps lead across, weights=(0, 0, 1) for example. Nodes without edges get zeros, and
    `facts["zero_rows"]` counts them. A new node is placed by its edges.

    Example:
        >>> fastrp(dim=64, weights=(0, 1, 1)).matrix
        (Propagate(weights=(0.0, 0.0, 1.0, 1.0), normalization=-0.9),)
    """
    return Factorization(
        dim=dim,
        matrix=(Propagate(weights=(own, *weights), normalization=normalization),),
        solver=Sketch(density=density),
    )

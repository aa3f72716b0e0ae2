"""The recipe `phusion`: any proximity, any nonlinearity, factored."""

from __future__ import annotations

from rowspace.errors import InputError
from rowspace.factor.grammar import Factorization, Spectral
from rowspace.observe.nonlinear import Nonlinear
from rowspace.observe.proximity import Proximity
from rowspace.observe.steps import Step
from rowspace.recipes.registry import Paper, published


@published(
    kind="recipe",
    claim="The grid of proximities and nonlinearities behind most network embeddings: PageRank, "
    "heat, Katz or walks; logarithm, root or binary.",
    papers=(
        Paper(
            "Zhu, Lu, Heimann, Koutra",
            2021,
            "Node proximity is all you need: unified structural and positional node and graph "
            "embedding",
            "SDM",
            literature=259,
        ),
    ),
    test="tests/recipes/test_phusion.py",
    benchmark="benchmarks/graph_claims.py",
)
def phusion(
    dim: int = 128,
    *,
    proximity: str = "ppr",
    nonlinearity: str = "log",
    window: int = 10,
    restart: float = 0.15,
    time: float = 3.0,
    decay: float = 0.5,
    shift: float = 1.0,
    rank: int = 192,
    tolerance: float = 1e-2,
) -> Factorization:
    """Truncated SVD of a bent proximity: sigma(S) ~ (U S^1/2)(S^1/2 V'), the positional branch.

    S = sum_r c_r P^r with the coefficients of the proximity, divided by chance where a nonlinearity
    follows (`Proximity(lift=True)`); sigma is log max(1, x / shift), sqrt(x / shift), the largest 5
    % as ones, or nothing.

    Args:
        dim: the length of the vectors.
        proximity: "walk" (DeepWalk), "ppr" (personalised PageRank), "heat" or "katz".
        nonlinearity: "log", "sqrt", "binary" or "none".
        window: how many steps "walk" takes at most.
        restart: how likely a walk of "ppr" ends after each step.
        time: how many steps "heat" takes on average.
        decay: how much a step more counts less for "katz".
        shift: what cells are divided by before they are bent.
        rank: how many eigenpairs stand for a graph of more than 1,000 nodes; 0 for all walks
            exactly, in up to 16,384 nodes.
        tolerance: relative residual below which a singular triplet counts as found.

    Returns:
        The `Factorization`.

    Use it to try proximities on one's own task, on undirected, weighted and bipartite graphs, and
    directed ones of up to 16,384 nodes. For roles instead of places use `role`, whose first step is
    the same.

    Example:
        >>> phusion(proximity="heat", nonlinearity="none").matrix[0].measure
        'heat'
    """
    if nonlinearity not in ("log", "sqrt", "binary", "none"):
        raise InputError(
            f"nonlinearity is {nonlinearity!r}, but 'log', 'sqrt', 'binary' or 'none' was expected"
        )
    bent = nonlinearity != "none"
    steps: tuple[Step, ...] = (
        Proximity(
            proximity,
            window=window,
            restart=restart,
            time=time,
            decay=decay,
            lift=bent,
            rank=rank,
        ),
    )
    if bent:
        steps += (Nonlinear(nonlinearity, shift=shift),)
    return Factorization(dim=dim, matrix=steps, solver=Spectral(power=0.5, tolerance=tolerance))

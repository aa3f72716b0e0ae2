"""The recipe `sgc`: node vectors from features that are averaged over neighbourhoods."""

from __future__ import annotations

from rowspace.errors import InputError
from rowspace.factor.grammar import Factorization, Spectral
from rowspace.observe.attributed import Smooth
from rowspace.observe.steps import Step
from rowspace.observe.weighting import TfIdf
from rowspace.recipes.registry import Paper, published


@published(
    kind="recipe",
    claim="A graph convolution without training: features smoothed over the graph, the best where "
    "linked nodes are alike and few are labelled.",
    papers=(
        Paper(
            "Wu, Souza, Zhang, Fifty, Yu, Weinberger",
            2019,
            "Simplifying graph convolutional networks",
            "ICML",
        ),
    ),
    test="tests/recipes/test_sgc.py",
    benchmark="benchmarks/attributed.py",
)
def sgc(
    dim: int = 128,
    *,
    steps: int = 2,
    weighting: str = "tfidf",
    power: float = 1.0,
    tolerance: float = 1e-2,
) -> Factorization:
    """Truncated SVD of S^steps X, with S = D~^-1/2 (A + I) D~^-1/2, which is never formed.

    X are the features of the nodes, A the graph, D~ the row sums of A + I.

    Args:
        dim: the length of the vectors.
        steps: how often features are averaged over neighbours.
        weighting: of the features first: "tfidf", or "none".
        power: how much of the singular values the rows take; 1 keeps the smoothed features'
            own geometry.
        tolerance: relative residual below which a singular triplet counts as found.

    Returns:
        The `Factorization`.

    Raises:
        InputError: `weighting` is neither "tfidf" nor "none".

    Use it on node x feature observations with the graph beside them, `graphs={"node": adjacency}`,
    where linked nodes are alike. Not where they are unlike (use `musae`), and not for nodes to
    come: a new one's neighbours are not among its cells. Directed graphs are made symmetric; nodes
    without edges keep their own features.

    Example:
        >>> sgc(dim=64, weighting="none").matrix
        (Smooth(steps=2),)
    """
    if weighting not in ("none", "tfidf"):
        raise InputError(f"weighting is {weighting!r}, but 'none' or 'tfidf' was expected")
    first: tuple[Step, ...] = (TfIdf(),) if weighting == "tfidf" else ()
    return Factorization(
        dim=dim,
        matrix=(*first, Smooth(steps=steps)),
        solver=Spectral(power=power, tolerance=tolerance),
    )

"""The recipe `graph-auto`: NetMF with the window that a few hidden links ask for."""

from __future__ import annotations

from rowspace.factor.grammar import Factorization, Spectral
from rowspace.observe.auto import AutoWindow
from rowspace.recipes.registry import Paper, published


@published(
    kind="recipe",
    name="graph-auto",
    claim="Node vectors with the window chosen by the data, for less than a second NetMF costs.",
    papers=(
        Paper(
            "Qiu, Dong, Ma, Li, Wang, Tang",
            2018,
            "Network embedding as matrix factorization: unifying DeepWalk, LINE, PTE, and node2vec",
            "WSDM",
        ),
    ),
    test="tests/recipes/test_graph_auto.py",
    benchmark="benchmarks/node_classification.py",
)
def graph_auto(
    dim: int = 128, *, negatives: float = 1.0, rank: int = 192, tolerance: float = 1e-2
) -> Factorization:
    """NetMF with a window of 10, 3 or 1, whichever predicts a few hidden links best.

    log max(1, vol / (b T) sum_{r=1..T} P^r D^-1) as in `netmf`; T from the area under the curve of
    hidden links against the same ends paired anew (`AutoWindow`). The space says what was chosen.

    Args:
        dim: the length of the vectors.
        negatives: the number b of negative samples that this stands for.
        rank: how many eigenpairs stand for a graph of more than 1,000 nodes.
        tolerance: relative residual below which a singular triplet counts as found.

    Returns:
        The `Factorization`.

    Use it on a graph that you know little about, with the limits of `netmf`. Not where you know
    what counts: direct links (`line`) or communities (`netmf`, `spectral`).

    Example:
        >>> graph_auto(negatives=5).matrix
        (AutoWindow(negatives=5, rank=192, seed=0),)
    """
    return Factorization(
        dim=dim,
        matrix=(AutoWindow(negatives=negatives, rank=rank),),
        solver=Spectral(power=0.5, tolerance=tolerance),
    )

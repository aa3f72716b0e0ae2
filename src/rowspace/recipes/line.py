"""The recipe `line`: second-order proximity, the sparse matrix that LINE factors implicitly."""

from __future__ import annotations

from rowspace.errors import InputError
from rowspace.factor.grammar import Factorization, Lookup, Spectral, Tied
from rowspace.observe.weighting import PPMI
from rowspace.recipes.pairs import sampled_pairs
from rowspace.recipes.registry import Paper, published


@published(
    kind="recipe",
    claim="Nodes with the same neighbours are close: a sparse matrix of the links alone, for "
    "graphs of any size, direction and weight.",
    papers=(
        Paper(
            "Tang, Qu, Wang, Zhang, Yan, Mei",
            2015,
            "LINE: Large-scale information network embedding",
            "WWW",
            literature=173,
        ),
        Paper(
            "Qiu, Dong, Ma, Li, Wang, Tang",
            2018,
            "Network embedding as matrix factorization: unifying DeepWalk, LINE, PTE, and node2vec",
            "WSDM",
        ),
    ),
    test="tests/recipes/test_line.py",
    benchmark="benchmarks/node_classification.py",
)
def line(
    dim: int = 128,
    *,
    negatives: float = 1.0,
    smoothing: float = 1.0,
    tolerance: float = 1e-2,
    sampled: bool = False,
    order: int = 2,
    epochs: int = 50,
) -> Factorization:
    """Truncated SVD of the positive mutual information of the ends of a link.

    M_ij = max(0, log(vol a_ij / (d_i d_j)) - log b), which is `netmf` with a window of 1; d_i and
    d_j are out- and in-degrees. LINE draws negatives in proportion to d_j^0.75 (`smoothing`).

    Args:
        dim: the length of the vectors.
        negatives: the number b of negative samples that this stands for.
        smoothing: the exponent of the degrees in the distribution of the negatives.
        tolerance: relative residual below which a singular triplet counts as found.
        sampled: draw links and negatives as LINE itself does, instead of the SVD.
        order: sampled, 1 gives a node one vector, so that nodes that are linked are close (an
            undirected graph); 2 one as the beginning and one as the end of links.
        epochs: sampled, how many links are drawn, in multiples of their number.

    Returns:
        The `Factorization`.

    Raises:
        InputError: `order` is neither 1 nor 2, or it is 1 without `sampled`.

    Use it on directed, weighted and bipartite graphs, where the neighbours of a node say what it is
    (words and the words beside them). Not where a node is like those two or more steps away
    (`netmf`, `spectral`).

    Example:
        >>> line(negatives=5).matrix
        (PPMI(shift=5, smoothing=1.0),)
    """
    if order not in (1, 2) or (order == 1 and not sampled):
        raise InputError(f"order is {order}, but 2 was expected, or 1 together with sampled=True")
    if sampled:
        cols = Tied() if order == 1 else Lookup()
        return sampled_pairs(dim, shift=negatives, smoothing=smoothing, epochs=epochs, cols=cols)
    return Factorization(
        dim=dim,
        matrix=(PPMI(shift=negatives, smoothing=smoothing),),
        solver=Spectral(power=0.5, tolerance=tolerance),
    )

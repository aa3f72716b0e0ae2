"""The recipe `prone`: links factored first, then spread by a band-pass filter of the graph."""

from __future__ import annotations

from rowspace.factor.grammar import Factorization, Spectral
from rowspace.observe.bandpass import BandPass
from rowspace.recipes.registry import Paper, published


@published(
    kind="recipe",
    claim="Node vectors in time that grows with the number of links: a sparse factorization, and "
    "some products that let neighbourhoods and communities in.",
    papers=(
        Paper(
            "Zhang, Dong, Wang, Tang, Ding",
            2019,
            "ProNE: fast and scalable network representation learning",
            "IJCAI",
        ),
    ),
    test="tests/recipes/test_prone.py",
    benchmark="benchmarks/node_classification.py",
)
def prone(
    dim: int = 128,
    *,
    mu: float = 0.2,
    theta: float = 0.5,
    order: int = 10,
    tolerance: float = 1e-2,
) -> Factorization:
    """Truncated SVD of the filtered factors of the information of links: g(L) U S^1/2 V'.

    U S V' is the truncated SVD of log(p_ij / q_j) on the links, p_ij = a_ij / d_i, q the shares of
    nodes to the power 0.75; g a band-pass around `mu` in the spectrum of the graph (`BandPass`).

    Args:
        dim: the length of the vectors.
        mu: the middle of the band; the authors use -4 where only direct links count.
        theta: the inverse width of the band.
        order: terms of the expansion of the filter; 0 leaves it out.
        tolerance: relative residual below which a singular triplet counts as found.

    Returns:
        The `Factorization`.

    Use it on large graphs, directed or not. Not where a new node must be folded in, or where rows
    and columns are different things (`spectral`, `line`).

    Example:
        >>> prone(dim=8).matrix
        (BandPass(rank=8, mu=0.2, theta=0.5, order=10),)
    """
    return Factorization(
        dim=dim,
        matrix=(BandPass(rank=dim, mu=mu, theta=theta, order=order),),
        solver=Spectral(tolerance=tolerance),
    )

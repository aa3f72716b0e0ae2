"""The recipe `graph-nmf`: non-negative vectors that change little between neighbours."""

from __future__ import annotations

from rowspace.factor.grammar import (
    Alternating,
    Factorization,
    GraphSmooth,
    Lookup,
    NonNegative,
)
from rowspace.recipes.registry import Paper, published


@published(
    kind="recipe",
    name="graph-nmf",
    claim="Parts whose amounts are alike in rows that belong together: neighbouring pixels, linked "
    "pages, similar documents.",
    papers=(
        Paper(
            "Cai, He, Han, Huang",
            2011,
            "Graph regularized nonnegative matrix factorization for data representation",
            "IEEE TPAMI 33(8)",
        ),
        Paper(
            "Zhu, Wang, Xiang, Fan, Pan",
            2014,
            "Structured sparse method for hyperspectral unmixing",
            "ISPRS Journal of Photogrammetry and Remote Sensing 88",
            literature=11,
        ),
    ),
    test="tests/recipes/test_graph_nmf.py",
    benchmark="benchmarks/samson.py",
)
def graph_nmf(
    dim: int = 64,
    *,
    weight: float = 1.0,
    neighbours: int = 5,
    l1: float = 0.0,
    l2: float = 0.1,
    sweeps: int = 100,
    tolerance: float = 1e-5,
) -> Factorization:
    """Non-negative factorization with rows that are smooth on a graph: X ~ U V'.

    minimise 1/2 sum_ij (x_ij - u_i . v_j)^2 + weight / 4 sum_ij a_ij |u_i - u_j|^2
    + l1 sum_ih u_ih + l2 / 2 |V|^2 over U, V >= 0, where a_ij joins rows i and j. With `l1` it is
    the structured sparse method of Zhu et al. The graph is given beside the observations
    (`graphs={"rows": ...}` of the solver), or joins every row to its nearest ones by cosine.

    Args:
        dim: the number of parts.
        weight: of the penalty on unlike neighbours.
        neighbours: of a row, where no graph is given.
        l1: charge on the numbers of the rows, which makes them sparse.
        l2: charge on the squared length of the columns, without which they would grow while the
            rows shrink.
        sweeps: how often both sides are solved, at most.
        tolerance: stop when a sweep lowers the objective by less than this share of it.

    Returns:
        The `Factorization`.

    Use it where a graph tells more about the rows than their own cells do: noisy or short rows.
    Not where neighbours differ for a reason; borders are blurred: on the Samson scene the charge
    `l1` helps and the graph does not, with noise or without. A new row is folded in without
    neighbours.

    Example:
        >>> print(graph_nmf(dim=8, l1=0.1).rows.constraint.within)
        NonNegative(l2=0.0, frequency=0.0, l1=0.1)
    """
    smooth = GraphSmooth(weight=weight, neighbours=neighbours, within=NonNegative(l1=l1))
    return Factorization(
        dim=dim,
        rows=Lookup(smooth),
        cols=Lookup(NonNegative(l2=l2)),
        solver=Alternating(sweeps=sweeps, tolerance=tolerance),
    )

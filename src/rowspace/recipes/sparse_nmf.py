"""The recipe `sparse-nmf`: non-negative vectors of which few numbers are not 0."""

from __future__ import annotations

from rowspace.factor.grammar import Alternating, Factorization, Lookup, NonNegative
from rowspace.recipes.registry import Paper, published


@published(
    kind="recipe",
    name="sparse-nmf",
    claim="Parts of which every row has only a few: mixtures of few materials, documents on few "
    "topics.",
    papers=(
        Paper("Hoyer", 2002, "Non-negative sparse coding", "NNSP"),
        Paper(
            "Kim, Park",
            2007,
            "Sparse non-negative matrix factorizations via alternating non-negativity-constrained "
            "least squares for microarray data analysis",
            "Bioinformatics 23(12)",
        ),
    ),
    test="tests/recipes/test_sparse_nmf.py",
    benchmark="benchmarks/samson.py",
)
def sparse_nmf(
    dim: int = 64,
    *,
    l1: float = 0.1,
    l2: float = 0.1,
    sweeps: int = 200,
    tolerance: float = 1e-5,
) -> Factorization:
    """Non-negative factorization that pays for every number of a row: X ~ U V'.

    minimise 1/2 sum_ij (x_ij - u_i . v_j)^2 + l1 sum_ih u_ih + l2 / 2 |V|^2 over U, V >= 0.

    The charge on V keeps it from growing while U shrinks (Kim, Park 2007); doubling both charges
    has the effect of one on a matrix of smaller values.

    Args:
        dim: the number of parts.
        l1: charge on the numbers of the rows; the larger, the more of them are exactly 0.
        l2: charge on the squared length of the columns; above 0 wherever `l1` is.
        sweeps: how often both sides are solved, at most.
        tolerance: stop when a sweep lowers the objective by less than this share of it.

    Returns:
        The `Factorization`.

    Use it where every row is known to be made of few parts. Not to make rows sparse that are not:
    the fit then pays for it (compare the objective with that of `nmf`).

    Example:
        >>> print(sparse_nmf(dim=8).rows.constraint)
        NonNegative(l2=0.0, frequency=0.0, l1=0.1)
    """
    return Factorization(
        dim=dim,
        rows=Lookup(NonNegative(l1=l1)),
        cols=Lookup(NonNegative(l2=l2)),
        solver=Alternating(sweeps=sweeps, tolerance=tolerance),
    )

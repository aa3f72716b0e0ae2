"""The recipe `nmf`: non-negative matrix factorization, squared or Kullback-Leibler."""

from __future__ import annotations

from rowspace.errors import InputError
from rowspace.factor.grammar import (
    Alternating,
    Constant,
    Factorization,
    Given,
    Ignore,
    Lookup,
    NonNegative,
    Poisson,
    Squared,
    Uniform,
)
from rowspace.recipes.registry import Paper, published


@published(
    kind="recipe",
    claim="Parts that only add up: topics of documents, spectra of mixtures, tastes behind counts; "
    "every number of a vector says how much of one part there is.",
    papers=(
        Paper(
            "Lee, Seung",
            1999,
            "Learning the parts of objects by non-negative matrix factorization",
            "Nature 401",
        ),
        Paper(
            "Cichocki, Phan",
            2009,
            "Fast local algorithms for large scale nonnegative matrix and tensor factorizations",
            "IEICE Transactions E92-A(3)",
        ),
    ),
    test="tests/recipes/test_nmf.py",
    benchmark="benchmarks/nmf_speed.py",
)
def nmf(
    dim: int = 64,
    *,
    loss: str = "squared",
    missing: bool = False,
    weighted: bool = False,
    l2: float = 0.0,
    sweeps: int = 100,
    tolerance: float = 1e-5,
) -> Factorization:
    """Non-negative vectors whose products come close to the matrix: X ~ U V', U >= 0, V >= 0.

    minimise sum_ij w_ij d(x_ij, u_i . v_j) + l2 / 2 (|U|^2 + |V|^2) over U, V >= 0, where
    d(x, s) is (x - s)^2 / 2, or x log(x / s) - x + s (generalized Kullback-Leibler, the likelihood
    of Poisson counts) with `loss="kl"`. w_ij is 1, or as `missing` and `weighted` say.

    Args:
        dim: the number of parts.
        loss: "squared", or "kl" for counts.
        missing: whether a cell that is not stored is unknown (w_ij = 0) rather than 0.
        weighted: whether an observed cell weighs what came with it (`weights=` of the reader);
            all others then weigh nothing.
        l2: charge on the squared length of every vector, which fixes the scale.
        sweeps: how often both sides are solved, at most.
        tolerance: stop when a sweep lowers the objective by less than this share of it.

    Returns:
        The `Factorization`.

    Raises:
        InputError: `loss` is neither "squared" nor "kl".

    Use it where parts add up and never cancel out, and where they should have a meaning. Not for
    data with values below 0 (see `semi-nmf`), and not where only the scores matter: signed vectors
    of the same length come closer. Another seed may find other parts.

    Example:
        >>> print(nmf(dim=2, loss="kl").loss, nmf(dim=2, missing=True).unobserved)
        Poisson() Ignore()
    """
    if loss not in ("squared", "kl"):
        raise InputError(f"loss is {loss!r}, but 'squared' or 'kl' was expected")
    side = Lookup(NonNegative(l2=l2))
    masked = missing or weighted
    return Factorization(
        dim=dim,
        loss=Poisson() if loss == "kl" else Squared(),
        confidence=Given() if weighted else Constant(1.0 if masked else 0.0),
        unobserved=Ignore() if masked else Uniform(1.0),
        rows=side,
        cols=side,
        solver=Alternating(sweeps=sweeps, tolerance=tolerance),
    )

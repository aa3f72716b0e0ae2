"""The recipe `binary-nmf`: non-negative vectors on one side, bits on the other."""

from __future__ import annotations

from rowspace.errors import InputError
from rowspace.factor.grammar import (
    Alternating,
    Binary,
    Constant,
    Factorization,
    Ignore,
    Lookup,
    NonNegative,
    Uniform,
)
from rowspace.recipes.registry import Paper, published


@published(
    kind="recipe",
    name="binary-nmf",
    claim="Completes ratings with a vector of bits per item: a few bytes an item, and every bit a "
    "group that the item belongs to or not.",
    papers=(
        Paper(
            "Terui, Inoue, Hamakawa, Tatsumura, Kudo",
            2025,
            "Collaborative filtering based on nonnegative/binary matrix factorization",
            "Frontiers in Big Data 8",
            literature=7,
        ),
    ),
    test="tests/recipes/test_binary_nmf.py",
)
def binary_nmf(
    dim: int = 16,
    *,
    binary: str = "cols",
    missing: bool = True,
    l2: float = 0.1,
    sweeps: int = 30,
    tolerance: float = 1e-5,
) -> Factorization:
    """Observed cells as products of a non-negative vector and a vector of bits.

    minimise 1/2 sum_ij w_ij (x_ij - u_i . v_j)^2 + l2 / 2 |U|^2 over U >= 0 and V in {0, 1}, where
    w_ij is 1 for an observed cell and 0 otherwise. The paper gives the quadratic binary problem of
    every v_j to an Ising machine; here single bits are flipped while that lowers the objective.

    Args:
        dim: the number of bits.
        binary: which side has the bits, "cols" or "rows".
        missing: whether a cell that is not stored is unknown (w_ij = 0) rather than 0.
        l2: charge on the squared length of the non-negative vectors.
        sweeps: how often both sides are solved, at most.
        tolerance: stop when a sweep lowers the objective by less than this share of it.

    Returns:
        The `Factorization`.

    Raises:
        InputError: `binary` is neither "rows" nor "cols".

    Use it for ratings where items must be small, or where groups are wanted that overlap. Not for
    accuracy alone: real numbers on both sides fit better at the same `dim`.

    Example:
        >>> print(binary_nmf(dim=8).cols.constraint)
        Binary(l2=0.0, frequency=0.0)
    """
    if binary not in ("rows", "cols"):
        raise InputError(f"binary is {binary!r}, but 'rows' or 'cols' was expected")
    bits, real = Lookup(Binary()), Lookup(NonNegative(l2=l2))
    return Factorization(
        dim=dim,
        confidence=Constant(1.0 if missing else 0.0),
        unobserved=Ignore() if missing else Uniform(1.0),
        rows=bits if binary == "rows" else real,
        cols=bits if binary == "cols" else real,
        solver=Alternating(sweeps=sweeps, tolerance=tolerance),
    )

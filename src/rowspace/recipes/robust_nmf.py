"""The recipe `robust-nmf`: non-negative factorization in which wild cells have little say."""

from __future__ import annotations

from rowspace.errors import InputError
from rowspace.factor.grammar import (
    Alternating,
    Constant,
    Correntropy,
    Factorization,
    Huber,
    Ignore,
    Lookup,
    NonNegative,
)
from rowspace.recipes.registry import Paper, published


@published(
    kind="recipe",
    name="robust-nmf",
    claim="Finds the parts of measurements of which some are wrong: dead pixels, noisy bands, "
    "mistyped cells.",
    papers=(
        Paper(
            "Wang, Pan, Xiang, Zhu",
            2015,
            "Robust hyperspectral unmixing with correntropy-based metric",
            "IEEE TIP 24(11)",
            literature=92,
        ),
    ),
    test="tests/recipes/test_robust_nmf.py",
    benchmark="benchmarks/samson.py",
)
def robust_nmf(
    dim: int = 64,
    *,
    loss: str = "correntropy",
    scale: float = 1.0,
    l1: float = 0.0,
    l2: float = 1e-3,
    sweeps: int = 100,
    tolerance: float = 1e-5,
) -> Factorization:
    """Non-negative factorization of the observed cells under a loss that outliers cannot rule.

    minimise sum_ij rho(x_ij - u_i . v_j) + l1 sum_ih u_ih + l2 / 2 |V|^2 over U, V >= 0 and the
    observed cells, where rho(e) = scale^2 (1 - exp(-e^2 / (2 scale^2))), or Huber's e^2 / 2 up to
    |e| = scale and linear beyond. Solved half-quadratically, as in the paper: least squares with
    weights exp(-e^2 / (2 scale^2)) taken anew before every half sweep. The paper weighs whole
    bands so; here every cell has its own weight.

    Args:
        dim: the number of parts.
        loss: "correntropy", which gives up on wild cells; or "huber", which only bounds their say
            and does not depend as much on the start.
        scale: the size of an error from which it counts as one, in the units of the matrix; two
            or three times the noise of a good cell.
        l1: charge on the numbers of the rows, which makes them sparse.
        l2: charge on the squared length of the columns, which fixes the scale.
        sweeps: how often both sides are solved, at most.
        tolerance: stop when a sweep lowers the objective by less than this share of it.

    Returns:
        The `Factorization`.

    Raises:
        InputError: `loss` is neither "correntropy" nor "huber".

    Use it for a dense matrix of measurements, or for the known cells of a sparse one. Not where
    the zeros of a sparse matrix are data, and not for noise that is everywhere the same: `nmf` is
    then better and cheaper.

    Example:
        >>> robust_nmf(dim=2, scale=0.1).loss
        Correntropy(sigma=0.1)
    """
    if loss not in ("correntropy", "huber"):
        raise InputError(f"loss is {loss!r}, but 'correntropy' or 'huber' was expected")
    return Factorization(
        dim=dim,
        loss=Correntropy(scale) if loss == "correntropy" else Huber(scale),
        confidence=Constant(1.0),
        unobserved=Ignore(),
        rows=Lookup(NonNegative(l1=l1)),
        cols=Lookup(NonNegative(l2=l2)),
        solver=Alternating(sweeps=sweeps, tolerance=tolerance),
    )

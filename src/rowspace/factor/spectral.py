"""The solver `Spectral`: equally weighted cells, solved in closed form by a truncated SVD.

Without charges the best rank-k matrix is the truncated SVD (Eckart, Young 1936). With charges a on
the rows and b on the columns and weight w on every cell it is the same with each singular value s
lowered to max(s - sqrt(ab) / w, 0) (soft thresholding; Srebro, Rennie, Jaakkola 2004; Mazumder,
Hastie, Tibshirani 2010). Chosen by `solvers.py`; the iteration is in `linalg/krylov.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rowspace.factor.by_block import solve_blocks
from rowspace.factor.factors import Factors
from rowspace.factor.gram import constraint_of
from rowspace.factor.grammar import Constant, Factorization, Free, One, Spectral, Uniform
from rowspace.linalg.krylov import truncated_svd
from rowspace.linalg.products import Products
from rowspace.progress import stage
from rowspace.threads import kernel_threads

if TYPE_CHECKING:
    from rowspace.observe.observations import Observations


def solve(factorization: Factorization, obs: Observations, seed: int = 0) -> Factors:
    """Return U S^power and V S^(1 - power), or the balanced factors of the charged problem.

    The largest entry of every right singular vector is positive, which fixes the signs. With
    charges a and b, S is the lowered spectrum, and U is scaled by (b/a)^(1/4), V by (a/b)^(1/4):
    only this balance is optimal, so `power` must stay 0.5.

    Args:
        factorization: with `Spectral()` as its solver, all cells weighing the same.
        obs: sparse, dense or operator cells; nothing is densified.
        seed: of the random start.
    """
    solver = factorization.solver
    assert isinstance(solver, Spectral)
    if solver.by_block:
        return solve_blocks(factorization, obs, seed, solve)
    cells: Any = obs.cells
    if isinstance(factorization.target, One):
        cells = _ones(cells)
    with stage("passes") as step, kernel_threads():
        found = truncated_svd(
            Products.of(cells),
            factorization.dim,
            solver.tolerance,
            seed,
            on_pass=lambda residual: step(note=f"residual {residual:.1e}"),
        )
    signs = _signs(found.right)
    a, b = (_l2(factorization, side) for side in ("rows", "cols"))
    lowered, balance = found.values, 1.0
    if a > 0 and b > 0:
        lowered = np.maximum(found.values - np.sqrt(a * b) / cell_weight(factorization, obs), 0)
        balance = (b / a) ** 0.25
    present = lowered > 0
    left = np.where(present, lowered, 1) ** solver.power * present * balance
    right = np.where(present, lowered, 1) ** (1 - solver.power) * present / balance
    facts = {
        "converged": found.converged,
        "residual": found.residual,
        "passes": found.passes,
        "rank": int(np.count_nonzero(present)),
    }
    return Factors(
        (found.left * (signs * left)).astype(np.float32),
        (found.right * (signs * right)).astype(np.float32),
        spectrum=lowered.astype(np.float32),
        facts=facts,
    )


def cell_weight(factorization: Factorization, obs: Observations) -> float | None:
    """Return the weight of every cell, or None where cells weigh differently."""
    confidence = factorization.confidence
    if not isinstance(confidence, Constant):
        return None
    unobserved = factorization.unobserved
    w0 = unobserved.weight if isinstance(unobserved, Uniform) else 0.0
    if not obs.is_sparse:
        return w0 + confidence.weight or None
    return w0 if confidence.weight == 0 and w0 > 0 else None


def _l2(factorization: Factorization, side: str) -> float:
    constraint = constraint_of(factorization, side)
    assert isinstance(constraint, Free)
    return constraint.l2


def _ones(cells: Any) -> Any:
    """Return the cells with every observed value replaced by 1."""
    if isinstance(cells, np.ndarray):
        return np.ones_like(cells)
    ones = cells.copy()
    ones.data = np.ones_like(cells.data)
    return ones


def _signs(right: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return (k,) of 1 and -1 that make the largest entry of every column positive."""
    largest = np.abs(right).argmax(axis=0)
    return np.where(right[largest, np.arange(right.shape[1])] < 0, -1, 1).astype(np.float32)

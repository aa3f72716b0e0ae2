"""The solver `Spectral`: weights that are a row's times a column's, solved by a truncated SVD.

Without charges the best rank-k matrix is the truncated SVD (Eckart, Young 1936). Where cell ij
weighs r_i c_j (`Degrees`), it is that of sqrt(r_i c_j) x_ij with its rows divided by sqrt(r_i) and
its columns by sqrt(c_j) (Gabriel, Zamir 1979). With equal weights and charges a on
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
from rowspace.factor.grammar import (
    Constant,
    Degrees,
    Factorization,
    Free,
    One,
    Spectral,
    Uniform,
)
from rowspace.factor.policies import background_of, memory_of
from rowspace.linalg.krylov import truncated_svd
from rowspace.linalg.products import Products
from rowspace.progress import stage
from rowspace.threads import kernel_threads

if TYPE_CHECKING:
    from rowspace.observe.observations import Observations


def solve(factorization: Factorization, obs: Observations, seed: int = 0) -> Factors:
    """Return U S^power and V S^col_power, or the balanced factors of the charged problem.

    The largest entry of every right singular vector is positive, which fixes the signs. With
    charges a and b, S is the lowered spectrum, and U is scaled by (b/a)^(1/4), V by (a/b)^(1/4):
    only this balance is optimal, so `power` must stay 0.5.

    Args:
        factorization: with `Spectral()` as its solver, all cells weighing the same or by degree.
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
    extras: dict[str, dict[str, NDArray[Any]]] = {}
    scales: tuple[Any, Any] = (1.0, 1.0)
    facts: dict[str, Any] = {}
    if isinstance(factorization.unobserved, Degrees):
        weighs, facts = _degrees(factorization.unobserved, obs)
        extras = {
            name: {"background": w.astype(np.float32)} for name, w in zip(("rows", "cols"), weighs)
        }
        r, c = (np.sqrt(w)[:, None].astype(np.float32) for w in weighs)
        scales = r, c
        cells = _scaled(cells, *scales)
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
    of_rows, of_cols = solver.powers
    left = np.where(present, lowered, 1) ** of_rows * present * balance
    right = np.where(present, lowered, 1) ** of_cols * present / balance
    facts |= {
        "converged": found.converged,
        "residual": found.residual,
        "passes": found.passes,
        "rank": int(np.count_nonzero(present)),
        "following": found.following,
        "spectrum": [float(s) for s in lowered.astype(np.float32)],
    }
    return Factors(
        _times(found.left, signs * left, scales[0]),
        _times(found.right, signs * right, scales[1]),
        spectrum=lowered.astype(np.float32),
        extras=extras,
        facts=facts,
    )


def cell_weight(factorization: Factorization, obs: Observations) -> float | None:
    """Return the weight of every cell, or None where cells weigh differently."""
    confidence = factorization.confidence
    if not isinstance(confidence, Constant):
        return None
    unobserved = factorization.unobserved
    if isinstance(unobserved, Degrees):
        return None
    w0 = unobserved.weight if isinstance(unobserved, Uniform) else 0.0
    if not obs.is_sparse:
        return w0 + confidence.weight or None
    return w0 if confidence.weight == 0 and w0 > 0 else None


def weighs_separably(factorization: Factorization, obs: Observations) -> bool:
    """Say whether every cell weighs what its row weighs times what its column does."""
    if isinstance(factorization.unobserved, Degrees):
        return factorization.confidence == Constant(0.0)
    return cell_weight(factorization, obs) is not None


def _degrees(
    policy: Degrees, obs: Observations
) -> tuple[tuple[NDArray[np.float64], NDArray[np.float64]], dict[str, float]]:
    """Return what rows and columns weigh, and the numbers that new ones need."""
    n, m = obs.shape
    rows, cols = np.full(n, float(m)), np.full(m, float(n))
    if obs.is_sparse:
        rows = np.diff(obs.cells.indptr).astype(np.float64)
        cols = np.bincount(obs.cells.indices, minlength=m).astype(np.float64)
    known = background_of(policy, cols, rows)
    return (known.own, known.other), memory_of(policy, cols, rows)


def _scaled(cells: Any, rows: NDArray[np.float32], cols: NDArray[np.float32]) -> Any:
    """Return the cells times what their row and column are scaled by, (n, 1) and (m, 1)."""
    if isinstance(cells, np.ndarray):
        return cells * rows * cols.T
    scaled = cells.copy()
    scaled.data = np.repeat(rows[:, 0], np.diff(cells.indptr)) * cells.data
    scaled.data *= cols[cells.indices, 0]
    return scaled


def _times(vectors: NDArray[np.float32], by: Any, scale: Any) -> NDArray[np.float32]:
    """Return the vectors times a number per dimension, divided by one per row."""
    out = vectors * np.asarray(by, np.float32)
    out /= scale
    return out


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

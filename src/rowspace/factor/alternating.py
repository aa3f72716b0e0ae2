"""The solver `Alternating`: all rows exactly with the columns fixed, then the other way round.

Each half is a set of independent least-squares problems (`gram.py` states them, `rows.py` solves
them), so the objective never rises. Chosen by `solvers.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rowspace.factor.cells import Csr
from rowspace.factor.factors import Factors
from rowspace.factor.gram import constraint_of, row_problem, weigh
from rowspace.factor.grammar import Alternating, Constant, Factorization
from rowspace.factor.rows import solve_rows
from rowspace.progress import stage
from rowspace.threads import kernel_threads

if TYPE_CHECKING:
    from rowspace.observe.observations import Observations

_INITIAL_SCALE = 0.1


def solve(factorization: Factorization, obs: Observations, seed: int = 0) -> Factors:
    """Return the factors after `solver.sweeps` sweeps.

    The columns start from N(0, 0.1 / sqrt(dim)), as in Rendle et al. 2022. The objective in
    `trace` is exact and costs nothing: at the solution x of a row, 1/2 x'Gx - c'x = -1/2 c'x.

    Args:
        factorization: with `Alternating()` as its solver.
        obs: sparse or dense cells; those of a dense matrix were all observed.
        seed: of the start.

    Raises:
        InputError: a negative value where `confidence` grows with the value.
    """
    solver = factorization.solver
    assert isinstance(solver, Alternating)
    if not isinstance(factorization.confidence, Constant):
        obs.refuse_negative(f"{type(factorization.confidence).__name__} confidence")
    m, dim = obs.shape[1], factorization.dim
    by_row = weigh(factorization, Csr.of(obs.cells) if obs.is_sparse else obs.cells)
    by_col = by_row.T
    row_side, col_side = (constraint_of(factorization, s) for s in ("rows", "cols"))
    start = np.random.default_rng(seed).standard_normal((m, dim), dtype=np.float32)
    cols = start * np.float32(_INITIAL_SCALE / np.sqrt(dim))
    trace: list[float] = []
    with stage("sweeps", solver.sweeps) as step, kernel_threads():
        for _ in range(solver.sweeps):
            row_problems = row_problem(by_row, cols, row_side)
            rows = solve_rows(row_problems).vectors
            solved = solve_rows(row_problem(by_col, rows, col_side))
            cols = solved.vectors
            squares = np.einsum("ij,ij->i", rows, rows, dtype=np.float64)
            charged = 0.5 * float(squares @ row_problems.ridge)
            trace.append(by_row.constant + solved.least + charged)
            step(note=f"objective {trace[-1]:.6g}")
    before = trace[-2] if len(trace) > 1 else by_row.constant
    facts = {
        "sweeps": solver.sweeps,
        "objective": trace[-1],
        "last_decrease": (before - trace[-1]) / before if before else 0.0,
    }
    return Factors(rows, cols, trace=tuple(trace), facts=facts)

"""Row solvers: how the problem that `gram.py` states is solved, all rows in parallel.

`solve_rows` picks by the shape of the problem. Where all rows share one Gram matrix it is
diagonalised once; where each has its own, the kernel factors each. More ways (the dual for short
rows, conjugate gradient, coordinate descent for constraints) join here. Called by `alternating.py`
and `fold_in.py`, inside `threads.kernel_threads()`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rowspace.factor.cells import Csr
from rowspace.factor.gram import RowProblem
from rowspace.factor.kernels import blocked
from rowspace.workers import run

_WORK_PER_PIECE = 1 << 24  # multiplications: some milliseconds
_MOST_PIECES = 128
_RANK = 1e-12  # relative eigenvalue of a Gram matrix below which a direction is not there


@dataclass(frozen=True, eq=False)
class SolvedRows:
    """The minimisers and the minimum.

    Attributes:
        vectors: (n, k) float32.
        least: sum over the rows of 1/2 x'G_i x - c_i'x at the solutions.
    """

    vectors: NDArray[np.float32]
    least: float


def solve_rows(problem: RowProblem) -> SolvedRows:
    """Solve every row exactly; a singular system gets (nearly) its shortest solution.

    Args:
        problem: what to solve. The result does not depend on the number of threads.
    """
    if problem.cells.extra is None:
        return _shared_rows(problem)
    return _cholesky_rows(problem)


def _shared_rows(problem: RowProblem) -> SolvedRows:
    """Rows that differ only in their charge: G_i = Q (L + l_i I) Q', x_i = Q (Q'c_i) / (L + l_i).

    Directions in which G_i is zero get zero: the pseudo-inverse.
    """
    pull, partner = problem.cells.pull, problem.partner
    if isinstance(pull, Csr) and len(pull.indices) < len(partner):
        # A few new rows: only the partners that they touch are needed.
        used, at = np.unique(pull.indices, return_inverse=True)
        pull = Csr(pull.indptr, at.astype(np.int32), pull.data, (pull.shape[0], len(used)))
        partner = partner[used]
    values, turn = np.linalg.eigh(problem.shared)
    values[values <= _RANK * max(float(values[-1]), 0.0)] = 0.0
    turned = blocked.product(partner.astype(np.float64), turn)
    c = pull.times(turned) if isinstance(pull, Csr) else blocked.product(pull, turned)
    g = values + problem.ridge[:, None]
    x = np.divide(c, g, out=np.zeros_like(c), where=(g > 0) & (values > 0))
    least = -0.5 * float(np.einsum("ij,ij->", c, x))
    return SolvedRows(blocked.product(x, turn.T).astype(np.float32), least)


def _cholesky_rows(problem: RowProblem) -> SolvedRows:
    """Rows with Gram matrices of their own, by Cholesky, longest first."""
    from rowspace.factor.kernels.lapack import addresses
    from rowspace.factor.kernels.least_squares_rows import solve

    pull, extra = problem.cells.pull, problem.cells.extra
    assert isinstance(pull, Csr) and extra is not None
    routines = addresses()
    n, k = pull.shape[0], problem.partner.shape[1]
    out, least = np.empty((n, k), np.float32), np.empty(n)

    def some(rows: NDArray[np.int64]) -> None:
        solve(
            rows, pull.indptr, pull.indices, extra, pull.data, problem.partner, problem.shared,
            problem.ridge, routines.ssyrk, routines.dpotrf, routines.dpotrs, out, least,
        )  # fmt: skip

    # Every piece gets its share of the long rows, and begins with them.
    order = np.argsort(-pull.lengths, kind="stable")
    work = (len(extra) + n * k // 3) * k * k
    pieces = int(np.clip(work // _WORK_PER_PIECE, 1, min(n, _MOST_PIECES) or 1))
    run(some, [np.ascontiguousarray(order[p::pieces]) for p in range(pieces)])
    return SolvedRows(out, float(least.sum()))

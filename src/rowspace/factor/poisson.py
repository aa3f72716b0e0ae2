"""Row solver for the Poisson loss (generalized Kullback-Leibler) with vectors of at least 0.

With one side (the partner, vectors v_j) fixed, row i of the other side minimises over x >= 0

    sum_{j observed} (a_i d_j + c_ij) (s_ij - t_ij log s_ij) + a_i sum_{j unobserved} d_j s_ij
        + l1 sum(x) + l_i |x|^2 / 2,    s_ij = x . v_j.

The scores of the unobserved cells enter only through sum_j d_j v_j, which all rows share, so that
zeros cost nothing. Called by `halves.py`; the loop is `kernels/poisson_rows.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rowspace.factor.grammar import Constraint, NonNegative
from rowspace.linalg.csr import Csr
from rowspace.workers import run

if TYPE_CHECKING:
    from rowspace.factor.statement import Statement

_PASSES = 2  # over a row's coordinates while its block is at hand: measured best for alternation
_STILL = 1e-7
_FLOOR = 1e-9  # of the mean target: no score of a cell with a positive target is taken for less
_WORK_PER_PIECE = 1 << 22  # numbers gathered: some milliseconds
_MOST_PIECES = 128


def solve_poisson(
    statement: Statement,
    partner: NDArray[np.float32],
    constraint: Constraint,
    start: NDArray[np.float32],
    ridge: NDArray[np.float64],
) -> NDArray[np.float32]:
    """Return vectors that are no worse than `start`, by two passes of coordinate descent.

    A row in which nothing but zeros was observed gets 0. A number that is 0 may grow again. Numbers
    below 0 in `partner` and `start` are taken for 0.

    Args:
        statement: seen by the rows to solve, with `Poisson()`; sparse cells.
        partner: (m, k) float32, the fixed side.
        constraint: of the rows, `NonNegative`.
        start: (n, k) float32, where the rows stand.
        ridge: l_i, (n,) float64.

    Returns:
        (n, k) float32, at least 0. Does not depend on the number of threads.
    """
    from rowspace.factor.kernels.poisson_rows import solve

    cells, target = statement.cells, statement.target
    assert isinstance(cells, Csr) and isinstance(constraint, NonNegative)
    n, k = start.shape
    partner = np.ascontiguousarray(np.maximum(partner, 0), np.float32)
    start = np.ascontiguousarray(np.maximum(start, 0), np.float32)
    confidence = np.asarray(statement.confidence, np.float32)
    pull = confidence * target
    if statement.has_background:
        pull += statement.background.astype(np.float32) * target
    if not confidence.any():
        confidence = np.empty(0, np.float32)
    column = statement.other @ partner.astype(np.float64)
    seen = int(np.count_nonzero(target))
    floor = _FLOOR * float(target.sum(dtype=np.float64)) / seen if seen else 1.0
    out = np.empty((n, k), np.float32)

    def some(rows: NDArray[np.int64]) -> None:
        solve(
            rows, cells.indptr, cells.indices, pull, confidence, partner, column, statement.own,
            constraint.l1, ridge, floor, _PASSES, _STILL, start, out,
        )  # fmt: skip

    # Every piece gets its share of the long rows, and begins with them.
    order = np.argsort(-cells.lengths, kind="stable")
    pieces = int(np.clip(len(pull) * k // _WORK_PER_PIECE, 1, min(n, _MOST_PIECES) or 1))
    run(some, [np.ascontiguousarray(order[p::pieces]) for p in range(pieces)])
    return out

"""Row solvers: how the problem that `gram.py` states is solved, all rows in parallel.

Where all rows share one Gram matrix, its eigenbasis gives the solution by division. Otherwise the
rows are turned into that basis (`basis.py`), where each is diagonal plus one outer product per
observed cell, and a model of the cost (`_costs`) picks for every row by its length and the dim:

- the dual, a system of the size of the row's cells: exact;
- the primal, a system of the size of the vector: exact;
- three steps of preconditioned conjugate gradient from where the row stands: if `exact=False`.

What float32 cannot solve (a singular system, a hopeless condition) is left to the float64 kernel.
Called by `alternating.py` and `fold_in.py`, inside `threads.kernel_threads()`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from rowspace.factor.basis import Basis, diagonal
from rowspace.factor.gram import RowProblem
from rowspace.linalg.csr import Csr
from rowspace.linalg.kernels import blocked
from rowspace.workers import run

_PIECE = 4e6  # nanoseconds of work
_MOST_PIECES = 256
_NARROW = 16  # dimensions up to which the exact solution costs hardly more than a better one

Rows = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class SolvedRows:
    """The minimisers and the minimum.

    Attributes:
        vectors: (n, k) float32.
        least: sum over the rows of 1/2 x'G_i x - c_i'x at the solutions.
        partner: (m, k) float32, the partner as it was turned together with the vectors; None where
            they belong to the one of the problem.
    """

    vectors: NDArray[np.float32]
    least: float
    partner: NDArray[np.float32] | None = None


def solve_rows(
    problem: RowProblem,
    start: NDArray[np.float32] | None = None,
    exact: bool = True,
    may_turn: bool = False,
) -> SolvedRows:
    """Solve every row; a singular system gets (nearly) its shortest solution.

    Args:
        problem: what to solve. The result does not depend on the number of threads.
        start: (n, k) float32 where the rows stand, for solvers that improve them.
        exact: whether every row must be solved exactly, or may be improved from `start`.
        may_turn: whether both sides may be turned, which leaves their products as they are and
            saves turning the solutions back.
    """
    if problem.cells.extra is None:
        return _shared_rows(problem)
    if exact or problem.partner.shape[1] <= _NARROW:
        start = None
    return _own_rows(problem, start, may_turn)


def _shared_rows(problem: RowProblem) -> SolvedRows:
    """Rows that differ only in their charge: G_i = Q (a_i L + l_i I) Q', solved by division.

    Directions in which G_i is zero get zero: the pseudo-inverse.
    """
    problem = _only_used(problem)
    pull, partner = problem.cells.pull, problem.partner
    if problem.basis is not None and problem.basis.turn is not None:
        values, turn = problem.basis.values, problem.basis.turn
    else:
        values, turn = diagonal(problem.shared)
    turned = blocked.product(partner.astype(np.float64), turn)
    c = pull.times(turned) if isinstance(pull, Csr) else blocked.product(pull, turned)
    if problem.linear is not None:
        c = c + problem.linear @ turn
    g = problem.scale[:, None] * values + problem.ridge[:, None]
    x = np.divide(c, g, out=np.zeros_like(c), where=(g > 0) & (values > 0))
    least = -0.5 * float(np.einsum("ij,ij->", c, x))
    return SolvedRows(blocked.product(x, turn.T).astype(np.float32), least)


DUAL, PRIMAL, IMPROVED = 0, 1, 2  # the rows of `_costs`


def _own_rows(problem: RowProblem, start: NDArray[np.float32] | None, may_turn: bool) -> SolvedRows:
    """Rows with Gram matrices of their own; those of `start` may be improved from there."""
    if problem.basis is None and not may_turn:
        problem = _only_used(problem)
    basis = problem.basis or Basis.of(problem.shared, problem.partner)
    assert isinstance(problem.cells.pull, Csr)
    n, k = problem.cells.pull.shape[0], problem.partner.shape[1]
    cost = _costs(problem.cells.pull.lengths, k)[: 2 if start is None else 3]
    way = np.argmin(cost, axis=0)
    work = _Work.of(problem, basis)
    pieces = []
    for kind, solve in ((DUAL, _dual), (PRIMAL, _primal)):
        pieces += [(solve, rows) for rows in _cut(way == kind, cost[kind], problem)]
    if start is not None:
        stay = np.flatnonzero(way == IMPROVED)
        place = np.zeros(n, np.int64)
        place[stay] = np.arange(len(stay))
        improve = partial(_improve, place=place, start=basis.into(start[stay]))
        pieces += [(improve, rows) for rows in _cut(way == IMPROVED, cost[IMPROVED], problem)]
    run(lambda piece: piece[0](work, piece[1]), pieces)
    unsolved = np.flatnonzero(~work.solved)
    if may_turn and not len(unsolved):
        return SolvedRows(work.out, float(work.least.sum()), basis.turned)
    vectors = basis.back(work.out)
    if len(unsolved):
        _in_float64(problem, unsolved, vectors, work.least)
    return SolvedRows(vectors, float(work.least.sum()))


@dataclass(frozen=True, eq=False)
class _Work:
    """What the kernels read and write.

    Attributes:
        given: what every kernel reads, in its order.
        out, least, solved: what the kernels write.
    """

    given: tuple[NDArray[np.generic], ...]
    out: NDArray[np.float32]
    least: NDArray[np.float64]
    solved: NDArray[np.bool_]

    @classmethod
    def of(cls, problem: RowProblem, basis: Basis) -> _Work:
        p, pull, extra = problem, problem.cells.pull, problem.cells.extra
        assert isinstance(pull, Csr) and extra is not None
        n, k = pull.shape[0], len(basis.values)
        linear = np.empty((0, k))
        if p.linear is not None:
            linear = p.linear if basis.turn is None else blocked.product(p.linear, basis.turn)
        given = (pull.indptr, pull.indices, extra, pull.data, basis.turned, basis.values,
                 p.scale, p.ridge, linear)  # fmt: skip
        return cls(given, np.empty((n, k), np.float32), np.empty(n), np.ones(n, bool))


def _dual(work: _Work, rows: Rows) -> None:
    from rowspace.factor.kernels.dual_rows import solve_dual
    from rowspace.factor.kernels.lapack import addresses

    f = addresses()
    indptr = work.given[0]
    longest = int(indptr[rows[0] + 1] - indptr[rows[0]])
    solve_dual(
        rows, *work.given, longest, f.ssyrk, f.spotrf, f.spotrs, work.out, work.least, work.solved
    )


def _primal(work: _Work, rows: Rows) -> None:
    from rowspace.factor.kernels.lapack import addresses
    from rowspace.factor.kernels.primal_rows import solve_primal

    f = addresses()
    solve_primal(rows, *work.given, f.ssyrk, f.spotrf, f.spotrs, work.out, work.least, work.solved)


def _improve(work: _Work, rows: Rows, place: Rows, start: NDArray[np.float32]) -> None:
    from rowspace.factor.kernels.pcg_rows import improve

    improve(rows, *work.given, place, start, work.out, work.least)


def _in_float64(
    problem: RowProblem, rows: Rows, vectors: NDArray[np.float32], least: NDArray[np.float64]
) -> None:
    """Solve these rows as they stand, with all care."""
    from rowspace.factor.kernels.lapack import addresses
    from rowspace.factor.kernels.least_squares_rows import solve

    pull, extra = problem.cells.pull, problem.cells.extra
    assert isinstance(pull, Csr) and extra is not None
    f, k = addresses(), problem.partner.shape[1]
    linear = np.empty((0, k)) if problem.linear is None else problem.linear
    some = np.zeros(len(least), bool)
    some[rows] = True

    def piece(rows: Rows) -> None:
        solve(
            rows, pull.indptr, pull.indices, extra, pull.data, problem.partner, problem.shared,
            problem.scale, problem.ridge, linear, f.ssyrk, f.dpotrf, f.dpotrs, vectors, least,
        )  # fmt: skip

    run(piece, _cut(some, _costs(pull.lengths, k)[PRIMAL], problem))


def _costs(lengths: Rows, k: int) -> NDArray[np.float64]:
    """Return the nanoseconds that every way takes for rows of these lengths, (3, n).

    The one place where rates stand: measured on one core at 64 to 512 dimensions (an AMD EPYC of
    2021); only their ratios matter.
    """
    from rowspace.factor.kernels.gathered import BLOCK

    c = lengths.astype(np.float64)
    beyond = c * k > BLOCK  # such rows are gathered again in every pass
    dual = 350 + 5 * k + c * (60 + 0.6 * k) + c * c * (k + 60) / 60 + 0.012 * c**3
    dual[c > k] = np.inf  # its system would be singular but for the charge: less precise
    primal = 1000 + 5 * k + 0.9 * c * k + c * k * (k + 30) / 50 + k * k + k**3 / 110
    improved = 300 + 6 * k + c * (25 + 0.7 * k + beyond * k) + k * k / 25  # the last: its start
    return np.stack([dual, primal, improved])


def _cut(which: NDArray[np.bool_], cost: NDArray[np.float64], problem: RowProblem) -> list[Rows]:
    """Return the rows in pieces of about as much work, longest rows first within each."""
    rows = np.flatnonzero(which)
    if not len(rows):
        return []
    assert isinstance(problem.cells.pull, Csr)
    rows = rows[np.argsort(-problem.cells.pull.lengths[rows], kind="stable")]
    pieces = int(np.clip(cost[rows].sum() // _PIECE, 1, min(len(rows), _MOST_PIECES)))
    return [np.ascontiguousarray(rows[p::pieces]) for p in range(pieces)]


def _only_used(problem: RowProblem) -> RowProblem:
    """Leave out the partners that no row touches, where the rows are few and new."""
    pull = problem.cells.pull
    if not isinstance(pull, Csr) or len(pull.indices) >= len(problem.partner):
        return problem
    used, at = np.unique(pull.indices, return_inverse=True)
    pull = Csr(pull.indptr, at.astype(np.int32), pull.data, (pull.shape[0], len(used)))
    cells = replace(problem.cells, pull=pull)
    return replace(problem, cells=cells, partner=problem.partner[used])

"""One half sweep: solve one side with the other fixed, and what the whole problem costs then.

Training (`alternating.py`) and fold-in (`fold_in.py`) are made of these halves. In: a `Statement`
seen by the side to solve, and both `Side`s. Out: the side solved. The row solvers are chosen here:
`rows.py` for free vectors, `constrained.py` for the others, `poisson.py` for that loss.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rowspace.factor.basis import Basis
from rowspace.factor.constrained import penalty, solve_constrained
from rowspace.factor.gram import RowProblem, charges, row_problem
from rowspace.factor.grammar import Constraint, Free, Poisson
from rowspace.factor.poisson import solve_poisson
from rowspace.factor.rows import solve_rows
from rowspace.factor.statement import Statement
from rowspace.linalg.csr import Csr

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Side:
    """One side as it stands.

    Attributes:
        constraint: of its vectors.
        vectors: (n, k) float32.
        offset: what a score has besides the product, the row's part, (n,) float64; None for
            nothing.
        learned: whether the offset is solved for with the vectors (`Biases`).
        graph: the neighbours of `GraphSmooth`, n x n symmetric; None without.
    """

    constraint: Constraint
    vectors: NDArray[np.float32]
    offset: Floats | None = None
    learned: bool = False
    graph: Csr | None = None


@dataclass(frozen=True, eq=False)
class Half:
    """What a half sweep gives: the side as it is now, and the objective of its rows.

    Attributes:
        side: solved.
        partner: that it belongs to; both may have been turned together.
        data: loss of all cells plus the charges of this side; None where the loss is reweighted,
            whose value `objective` must take at the new scores.
    """

    side: Side
    partner: Side
    data: float | None


def solve_half(
    statement: Statement,
    own: Side,
    partner: Side,
    mean: float,
    exact: bool,
    gram: Basis | None = None,
    may_turn: bool = False,
) -> Half:
    """Solve the rows of `own` with `partner` fixed; never worse than they were.

    Args:
        statement: seen by the rows of `own`.
        own, partner: the sides.
        mean: what every score has besides (of `Biases`).
        exact: solve every row exactly, where the solver has the choice.
        gram: V'DV of the partner in its eigenbasis, where the caller has it.
        may_turn: whether both sides may be turned together, where both are free.
    """
    if isinstance(statement.loss, Poisson):
        ridge = charges(own.constraint, *_data_of(statement))
        vectors = solve_poisson(statement, partner.vectors, own.constraint, own.vectors, ridge)
        return Half(replace(own, vectors=vectors), partner, None)
    problem, start = problem_of(statement, own, partner, mean, gram)
    if isinstance(own.constraint, Free):
        may_turn = may_turn and own.offset is None and isinstance(partner.constraint, Free)
        solved = solve_rows(problem, start, exact, may_turn)
        if solved.partner is not None:
            partner = replace(partner, vectors=solved.partner)
    else:
        solved = solve_constrained(problem, own.constraint, start, own.graph, exact)
    found = solved.vectors
    if own.learned:
        own = replace(own, offset=found[:, -1].astype(np.float64))
        found = np.ascontiguousarray(found[:, :-1])
    data = None if statement.reweights else problem.cells.constant + solved.least
    return Half(replace(own, vectors=found), partner, data)


def problem_of(
    statement: Statement,
    own: Side,
    partner: Side,
    mean: float,
    gram: Basis | None = None,
) -> tuple[RowProblem, NDArray[np.float32]]:
    """Return the row problems of `own` with `partner` fixed, and where its rows stand.

    A bias that is learned is one more number at the end of every row, beside a column of ones.

    Args:
        statement, own, partner, mean, gram: as for `solve_half`, where the loss has a Gram matrix.
    """
    scores = scores_of(statement, own, partner, mean) if statement.reweights else None
    vectors, start = partner.vectors, own.vectors
    offsets = linear = None
    if own.offset is not None and partner.offset is not None:
        fixed = np.full(len(own.offset), mean) if own.learned else own.offset + mean
        offsets = (fixed, partner.offset)
        if own.learned:
            ones = np.ones((len(vectors), 1), np.float32)
            vectors = np.concatenate([vectors, ones], axis=1)
            start = np.concatenate([start, own.offset[:, None].astype(np.float32)], axis=1)
        linear = _background_pull(statement, vectors, offsets)
    cells = statement.weighted(scores, offsets)
    return row_problem(cells, vectors, own.constraint, gram, linear), start


def objective(statement: Statement, half: Half, partner: Side, mean: float) -> float:
    """Return the objective of the grammar after a half sweep.

    Args:
        statement: seen by the rows of the side just solved.
        half: what `solve_half` gave; partner, mean: as they were given to it.
    """
    own = half.side
    total = penalty(own.constraint, own.vectors, own.graph)
    total += penalty(partner.constraint, partner.vectors, partner.graph)
    total += _charged(statement.T, partner)
    if half.data is not None:
        return total + half.data
    scores = scores_of(statement, own, partner, mean)
    total += _charged(statement, own) + statement.loss_at(scores)
    if isinstance(statement.loss, Poisson) and statement.has_background:
        left = statement.own @ own.vectors.astype(np.float64)
        right = statement.other @ partner.vectors.astype(np.float64)
        total += float(left @ right) - float(statement.background @ scores.astype(np.float64))
    return total


def scores_of(statement: Statement, own: Side, partner: Side, mean: float) -> NDArray[np.float32]:
    """Return the present score of every stored cell, with its offsets, (nnz,) float32."""
    cells = statement.cells
    if isinstance(cells, np.ndarray):
        return np.asarray((own.vectors @ partner.vectors.T).ravel(), np.float32)
    scores = cells.scores(own.vectors, partner.vectors)
    if own.offset is None or partner.offset is None:
        return scores
    both = mean + own.offset[cells.row_of] + partner.offset[cells.indices]
    return np.asarray(scores + both, np.float32)


def _background_pull(
    statement: Statement, vectors: NDArray[np.float32], offsets: tuple[Floats, Floats]
) -> Floats | None:
    """Return -a_i sum_j d_j o_ij v_j, (n, k): background scores should be 0 with their offsets."""
    if not statement.has_background:
        return None
    a, d, (x, y) = statement.own, statement.other, offsets
    wide = vectors.astype(np.float64)
    pull: Any = np.outer(x, d @ wide) + (d * y) @ wide
    return np.asarray(-a[:, None] * pull)


def _data_of(statement: Statement) -> tuple[NDArray[np.int64], Floats]:
    """Return how many cells of every row were observed, and what its background weighs."""
    cells = statement.cells
    n = cells.lengths if isinstance(cells, Csr) else np.full(cells.shape[0], cells.shape[1])
    return n, statement.own * statement.other.sum()


def _charged(statement: Statement, side: Side) -> float:
    squares = np.einsum("ij,ij->i", side.vectors, side.vectors, dtype=np.float64)
    if side.learned and side.offset is not None:
        squares = squares + side.offset**2
    return 0.5 * float(squares @ charges(side.constraint, *_data_of(statement)))

"""Row solvers for constrained sides: which one solves what, and where the sides start.

In: the problem that `gram.py` states, and where the rows stand. Out: rows that obey their
constraint and cost no more than before. Each kind of constraint has its solver in `prox/` and its
loop in `kernels/`. Called by `halves.py`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import UnsupportedError
from rowspace.factor.gram import RowProblem
from rowspace.factor.grammar import (
    L1,
    Binary,
    Constraint,
    Free,
    GraphSmooth,
    GroupSparse,
    NonNegative,
    Orthogonal,
    Simplex,
    TopK,
    UnitNorm,
)
from rowspace.factor.prox.graph_smooth import graph_of, roughness, solve_graph_smooth
from rowspace.factor.prox.group_sparse import solve_group_sparse
from rowspace.factor.prox.orthogonal import refuse_short, solve_orthogonal
from rowspace.factor.prox.separable import separable, solve_separable
from rowspace.factor.prox.systems import Improve, row_by_row
from rowspace.factor.prox.unit_norm import solve_unit_norm
from rowspace.factor.rows import SolvedRows, solve_rows
from rowspace.linalg.csr import Csr

__all__ = ["graph_of", "initial", "penalty", "solve_constrained"]

_PASSES, _MOST_PASSES = 8, 500  # when a row only needs to become better; until it stands still
_FLAT = 1e-9  # the slope of an exchange between two parts of a mixture


def solve_constrained(
    problem: RowProblem,
    constraint: Constraint,
    start: NDArray[np.float32],
    graph: Csr | None = None,
    exact: bool = True,
) -> SolvedRows:
    """Return rows that obey the constraint and are no worse than `start`.

    Convex constraints reach the minimum, UnitNorm, Orthogonal, `TopK(count=1)` and Binary up to 10
    bits too; TopK and Binary beyond that are found greedily.

    Args:
        problem: what to solve. The result does not depend on the number of threads.
        constraint: of the rows.
        start: (n, k) float32 where the rows stand; moved within the constraint first.
        graph: what `GraphSmooth` smooths over, n x n; None for rows without neighbours.
        exact: whether to go on until the rows stand still, instead of a few steps.

    Raises:
        InputError: `Orthogonal` for fewer rows than dimensions.
        UnsupportedError: `Orthogonal` where the cells weigh differently.
    """
    start = np.ascontiguousarray(start, np.float32)
    if isinstance(constraint, Free):
        return solve_rows(problem, start, exact)
    if isinstance(constraint, GraphSmooth):
        within = constraint.within
        if graph is None:
            return solve_constrained(problem, within, start, None, exact)
        return solve_graph_smooth(
            problem, constraint, start, graph, exact,
            lambda rows, x, exact: solve_constrained(rows, within, x, None, exact), penalty,
        )  # fmt: skip
    if separable(constraint) is not None:
        return solve_separable(problem, constraint, start, exact)
    if isinstance(constraint, UnitNorm):
        return solve_unit_norm(problem, start)
    if isinstance(constraint, Orthogonal):
        return solve_orthogonal(problem)
    if isinstance(constraint, GroupSparse):
        return solve_group_sparse(problem, constraint, start, exact)
    return row_by_row(problem, start, _improving(constraint, start.shape[1], exact))


def _improving(constraint: Constraint, k: int, exact: bool) -> Improve:
    """Return what improves a batch of rows of length k."""
    passes = _MOST_PASSES if exact else _PASSES
    if isinstance(constraint, Binary):
        from rowspace.factor.kernels.bits import flip

        return lambda g, c, x: flip(g, c, x)
    if isinstance(constraint, Simplex):
        from rowspace.factor.kernels.mixtures import exchange

        return lambda g, c, x: exchange(g, c, passes * k, _FLAT, x)
    if isinstance(constraint, TopK):
        from rowspace.factor.kernels.pursuit import pursue

        count, low = constraint.count, 0.0 if constraint.nonnegative else -np.inf
        return lambda g, c, x: pursue(g, c, count, low, x)
    raise UnsupportedError(f"no row solver for {constraint}; use Free()")


def penalty(
    constraint: Constraint, vectors: NDArray[np.float32], graph: Csr | None = None
) -> float:
    """Return r(X), what a side pays besides its ridge.

    >>> penalty(NonNegative(l1=2), np.array([[1, 0], [0, 3]], np.float32))
    8.0
    """
    if isinstance(constraint, NonNegative | L1) and constraint.l1:
        return constraint.l1 * float(np.abs(vectors).sum(dtype=np.float64))
    if isinstance(constraint, GroupSparse):
        firsts = np.arange(0, vectors.shape[1], constraint.size)
        squares = np.add.reduceat(vectors.astype(np.float64) ** 2, firsts, axis=1)
        return constraint.l1 * float(np.sqrt(constraint.size) * np.sqrt(squares).sum())
    if isinstance(constraint, GraphSmooth):
        smooth = 0.0 if graph is None else constraint.weight * roughness(graph, vectors)
        return smooth + penalty(constraint.within, vectors)
    return 0.0


def initial(
    constraint: Constraint, n: int, dim: int, rng: np.random.Generator, level: float
) -> NDArray[np.float32]:
    """Return the vectors that a side starts from, (n, dim) float32, within its constraint.

    Within bounds they leave the point nearest to 0 so far that the mean score is about `level`,
    as in scikit-learn's NMF. L1, TopK and GroupSparse start with rows of length about 1, lest
    their charge take everything away at once.

    Args:
        constraint: of the side.
        n, dim: the shape.
        rng: of the start.
        level: the mean target of the cells, background included.

    Raises:
        InputError: `Orthogonal` for fewer rows than dimensions.
    """
    if isinstance(constraint, GraphSmooth):
        return initial(constraint.within, n, dim, rng, level)
    if isinstance(constraint, Binary):
        return rng.integers(2, size=(n, dim)).astype(np.float32)
    if isinstance(constraint, Simplex):
        return rng.dirichlet(np.ones(dim), n).astype(np.float32)
    start = rng.standard_normal((n, dim), dtype=np.float32)
    if isinstance(constraint, Free):
        return start * np.float32(0.1 / np.sqrt(dim))
    if isinstance(constraint, UnitNorm):
        return _of_length_one(start)
    if isinstance(constraint, Orthogonal):
        refuse_short(n, dim)
        return np.asarray(np.linalg.qr(start.astype(np.float64))[0], np.float32)
    if isinstance(constraint, TopK):
        start = np.abs(start) if constraint.nonnegative else start
        rank = np.argsort(rng.random((n, dim)), axis=1)
        np.put_along_axis(start, rank[:, constraint.count :], 0, axis=1)
        return _of_length_one(start)
    terms = separable(constraint)
    if terms is None or (np.isinf(terms[1]) and np.isinf(terms[2])):
        return start * np.float32(1 / np.sqrt(dim))
    _, low, high = terms
    rest = min(max(0.0, low), high)
    start *= np.float32(np.sqrt((abs(level) or 1.0) / dim))
    if rest in (low, high):  # from the bound towards the inside
        start = np.abs(start) if rest == low else -np.abs(start)
    found: NDArray[np.float32] = np.float32(rest) + start
    return np.clip(found, np.float32(low), np.float32(high), out=found)


def _of_length_one(x: NDArray[np.float32]) -> NDArray[np.float32]:
    wide = x.astype(np.float64)
    return np.asarray(wide / np.linalg.norm(wide, axis=1, keepdims=True), np.float32)

"""GraphSmooth: rows drawn to their neighbours, and the graph that says who they are.

The penalty weight / 2 tr(X'LX) couples the rows. With degrees d_i and any point Y it is at most, up
to a constant,

    sum_i weight d_i |x_i|^2 - weight x_i'(d_i y_i + sum_j a_ij y_j),

since D + A has no negative eigenvalue. That is a ridge and a pull for every row alone, so each
step is an ordinary row problem (Lange, Hunter, Yang 2000). Y is taken ahead of X in the
direction of the last step while that pays (Beck, Teboulle 2009). Called by
`factor/constrained.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import InputError
from rowspace.factor.gram import RowProblem
from rowspace.factor.grammar import Constraint, GraphSmooth
from rowspace.factor.prox.systems import pulls
from rowspace.factor.rows import SolvedRows
from rowspace.linalg.csr import Csr

if TYPE_CHECKING:
    from rowspace.observe.observations import Observations

Solve = Callable[[RowProblem, NDArray[np.float32], bool], SolvedRows]
Charge = Callable[[Constraint, NDArray[np.float32]], float]

_STEPS, _MOST_STEPS = 3, 300
_STILL = 1e-9  # decrease of a step, in units of the value
_BLOCK = 1 << 24  # similarities at a time: 64 MiB


def solve_graph_smooth(
    problem: RowProblem,
    constraint: GraphSmooth,
    start: NDArray[np.float32],
    graph: Csr,
    exact: bool,
    solve: Solve,
    charge: Charge,
) -> SolvedRows:
    """Return rows that are no worse than `start`; `least` is that of the problem as given.

    Args:
        problem, start, exact: see `solve_constrained`.
        constraint: says the weight.
        graph: n x n, symmetric.
        solve: improves the rows of a problem under the constraint within.
        charge: what the constraint within charges besides.
    """
    if problem.cells.extra is None:  # all steps have the same pulls
        nothing = Csr(
            np.zeros(len(start) + 1, np.int64), np.empty(0, np.int32), np.empty(0, np.float32),
            (len(start), len(problem.partner)),
        )  # fmt: skip
        linear = pulls(problem).astype(np.float64)
        problem = replace(problem, cells=replace(problem.cells, pull=nothing), linear=linear)
    degree = degrees(graph)
    ridge = 2 * constraint.weight * degree

    def step(ahead: NDArray[np.floating], x: NDArray[np.float32]) -> tuple[SolvedRows, float]:
        """Improve x for the bound at `ahead`; return that and its whole objective."""
        pull = constraint.weight * (degree[:, None] * ahead + graph.times(ahead))
        linear = pull if problem.linear is None else problem.linear + pull
        found = solve(replace(problem, ridge=problem.ridge + ridge, linear=linear), x, exact)
        wide = found.vectors.astype(np.float64)
        least = found.least - 0.5 * float(ridge @ np.einsum("ij,ij->i", wide, wide))
        least += float(np.einsum("ij,ij->", pull, wide))
        smooth = constraint.weight * roughness(graph, found.vectors)
        value = least + smooth + charge(constraint.within, found.vectors)
        return SolvedRows(found.vectors, least), value

    here, value = step(start.astype(np.float64), start)
    before, speed = start, 1.0
    for _ in range((_MOST_STEPS if exact else _STEPS) - 1):
        faster = (1 + np.sqrt(1 + 4 * speed**2)) / 2
        wide = here.vectors.astype(np.float64)
        there, found = step(wide + (speed - 1) / faster * (wide - before), here.vectors)
        if found > value:
            if speed == 1.0:
                break
            speed = 1.0  # the direction no longer pays: again from here without it
            before = here.vectors
            continue
        done = value - found <= _STILL * abs(found)
        before, here, value, speed = here.vectors, there, found, faster
        if done:
            break
    return here


def roughness(graph: Csr, vectors: NDArray[np.float32]) -> float:
    """Return 1/2 tr(X'LX), that is 1/4 sum_ij a_ij |x_i - x_j|^2."""
    wide = vectors.astype(np.float64)
    squares = np.einsum("ij,ij->i", wide, wide)
    return 0.5 * float(degrees(graph) @ squares - np.einsum("ij,ij->", wide, graph.times(wide)))


def degrees(graph: Csr) -> NDArray[np.float64]:
    """Return the sum of every row, (n,) float64."""
    return np.bincount(graph.row_of, graph.data, minlength=graph.shape[0]).astype(np.float64)


def graph_of(constraint: GraphSmooth, given: Any, obs: Observations) -> Csr:
    """Return the symmetric graph (n x n, no loops) that the rows of `obs` are smoothed over.

    Args:
        constraint: of the rows.
        given: SciPy sparse n x n, of which the mean with its transpose is taken, or None to join
            every row to its nearest ones by cosine, with weight 1.
        obs: whose rows they are.

    Raises:
        InputError: a graph of another shape, or with a weight that is negative or not finite.
    """
    from scipy.sparse import csr_array

    n = int(obs.cells.shape[0])
    if given is None:
        joined = nearest(obs.cells, constraint.neighbours)
        graph = joined.maximum(joined.T)
    else:
        if given.shape != (n, n):
            raise InputError(
                f"a graph of shape {given.shape[0]} x {given.shape[1]} does not fit a side of "
                f"{n} rows; give it {n} x {n}"
            )
        graph = csr_array(given, dtype=np.float64)
        bad = graph.data[~(np.isfinite(graph.data) & (graph.data >= 0))]
        if len(bad):
            raise InputError(
                f"a graph holds the weight {bad[0]:g}, but a finite one of at least 0 was expected"
            )
        graph = (graph + graph.T) / 2
    graph = csr_array(graph)
    graph.setdiag(0)
    graph.eliminate_zeros()
    graph.sort_indices()
    return Csr.of(graph)


def nearest(cells: Any, neighbours: int) -> Any:
    """Return the n x n SciPy matrix with 1 where j is among the nearest of row i by cosine.

    Exact. Only rows with a cosine above 0 are near; of equally near ones the first are taken.

    Example:
        >>> nearest(np.array([[1.0, 0.0], [2.0, 1.0], [0.0, 1.0]]), 1).toarray().tolist()
        [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
    """
    from scipy.sparse import csr_array, diags_array, issparse

    n = int(cells.shape[0])
    rows = csr_array(cells, dtype=np.float64) if issparse(cells) else np.asarray(cells, np.float64)
    squares = np.asarray((rows * rows).sum(axis=1)).ravel()
    over = np.divide(1.0, np.sqrt(squares), where=squares > 0, out=np.zeros(n))
    rows = diags_array(over) @ rows if issparse(rows) else rows * over[:, None]
    across = csr_array(rows.T) if issparse(rows) else rows.T
    count, at = min(neighbours, n), []
    size = max(1, _BLOCK // max(n, 1))
    for begin in range(0, n, size):
        near = rows[begin : begin + size] @ across
        near = near.toarray() if issparse(near) else near
        here = np.arange(len(near))
        near[here, begin + here] = 0.0
        bar = np.maximum(np.partition(near, n - count, axis=1)[:, [n - count]], 0.0)
        # All above the bar, and of those at the bar the first, up to `count`.
        clear = near > bar
        level = (near == bar) & (bar > 0)
        room = count - clear.sum(axis=1, keepdims=True)
        i, j = np.nonzero(clear | (level & (np.cumsum(level, axis=1) <= room)))
        at.append(np.stack([i + begin, j]))
    i, j = np.concatenate(at, axis=1) if at else np.empty((2, 0), np.int64)
    return csr_array((np.ones(len(i)), (i, j)), shape=(n, n))

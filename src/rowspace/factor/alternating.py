"""The solver `Alternating`: all columns with the rows fixed, then all rows, and again.

Each half is a set of independent problems (`statement.py` and `gram.py` state them, `rows.py` and
`constrained.py` solve them), so the objective never rises. A loss that is not squared is replaced
before each half by the parabolas that touch it at the present scores. The rows come last, so that
every row of the result is the exact answer to the columns beside it: the vector that fold-in
gives, and the sum of its reasons. Chosen by `solvers.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rowspace.factor.constrained import graph_of, initial
from rowspace.factor.factors import Factors, Watch
from rowspace.factor.gauge import canonical
from rowspace.factor.gram import constraint_of
from rowspace.factor.grammar import (
    Alternating,
    Biases,
    Factorization,
    GraphSmooth,
    Margins,
    NoisyLabel,
)
from rowspace.factor.halves import Side, objective, solve_half
from rowspace.factor.policies import memory_of
from rowspace.factor.statement import Statement, state
from rowspace.linalg.csr import Csr
from rowspace.progress import stage
from rowspace.threads import kernel_threads

if TYPE_CHECKING:
    from rowspace.observe.observations import Observations

Graphs = Mapping[str, Any]


def solve(
    factorization: Factorization,
    obs: Observations,
    seed: int = 0,
    start: Factors | None = None,
    watch: Watch | None = None,
    graphs: Graphs | None = None,
) -> Factors:
    """Return the factors after `solver.sweeps` sweeps.

    Free rows start from N(0, 0.1 / sqrt(dim)), as in Rendle et al. 2022. The objective in `trace`
    is that of the grammar; for squared loss it costs nothing, since at the solution x of a row
    1/2 x'Gx - c'x = -1/2 c'x.

    Args:
        factorization: with `Alternating()` as its solver.
        obs: sparse or dense cells; those of a dense matrix were all observed.
        seed: of the start.
        start: factors to go on from (of this dim), instead of a random start.
        watch: early stopping; the best sweep is kept.
        graphs: {"rows": n x n, "cols": m x m} SciPy sparse, what `GraphSmooth` smooths over;
            without, each row is joined to its nearest ones.
    """
    solver = factorization.solver
    assert isinstance(solver, Alternating)
    with kernel_threads():
        by_row = state(factorization, cells_of(obs), obs.weights)
        rows, cols, mean = _start(factorization, by_row, obs, seed, start, graphs or {})
        run = _Run(by_row, rows, cols, mean)
        hidden = getattr(factorization.unobserved, "hidden", 0.0)
        if isinstance(factorization.unobserved, NoisyLabel) and start is not None:
            hidden = float(start.facts.get("hidden", hidden))
            run, hidden = _without_hidden(factorization.unobserved, run, hidden)
        trace: list[float] = []
        best = run
        with stage("sweeps", solver.sweeps) as step:
            for sweep in range(solver.sweeps):
                last = sweep + 1 == solver.sweeps
                run = run.swept(solver.exact, last)
                trace.append(run.objective)
                note = f"objective {trace[-1]:.6g}"
                if watch is not None:
                    watch.values.append(watch.measure(run.factors(facts={"mean": mean})))
                    note += f", {watch.name} {abs(watch.values[-1]):.4g}"
                step(note=note)
                if watch is not None:
                    if watch.best == sweep:
                        best = run
                    if watch.exhausted:
                        break
                if _stands_still(trace, solver.tolerance):
                    break
                if isinstance(factorization.unobserved, NoisyLabel) and not last:
                    run, hidden = _without_hidden(factorization.unobserved, run, hidden)
        if watch is not None:
            run = best
        if watch is not None or not (solver.exact or len(trace) == solver.sweeps):
            run = run.rows_solved(exact=True)
    before = trace[-2] if len(trace) > 1 else by_row.loss_at_zero
    facts: dict[str, Any] = {
        "sweeps": len(trace),
        "objective": run.objective,
        "last_decrease": (before - trace[-1]) / abs(before) if before else 0.0,
    }
    facts.update(memory_of(factorization.unobserved, by_row.counts, by_row.row_counts))
    if isinstance(factorization.offset, Biases):
        facts["mean"] = mean
    if isinstance(factorization.offset, Margins):
        facts.update(margin_facts(obs.cells))
    if isinstance(factorization.unobserved, NoisyLabel):
        facts["hidden"] = hidden
    if watch is not None:
        facts["best_sweep"] = watch.best + 1
        facts["watched"] = watch.values
    return canonical(factorization, run.factors(tuple(trace), facts))


@dataclass(frozen=True, eq=False)
class _Run:
    """Where a fit stands."""

    by_row: Statement
    rows: Side
    cols: Side
    mean: float
    objective: float = np.inf

    def swept(self, exact: bool, last: bool) -> _Run:
        """Solve the columns, then the rows; the rows of the last sweep exactly."""
        half = solve_half(self.by_row.T, self.cols, self.rows, self.mean, exact, may_turn=True)
        return replace(self, cols=half.side, rows=half.partner).rows_solved(exact or last)

    def rows_solved(self, exact: bool) -> _Run:
        half = solve_half(self.by_row, self.rows, self.cols, self.mean, exact, may_turn=True)
        value = objective(self.by_row, half, half.partner, self.mean)
        return replace(self, rows=half.side, cols=half.partner, objective=value)

    def factors(
        self, trace: tuple[float, ...] = (), facts: dict[str, Any] | None = None
    ) -> Factors:
        extras: dict[str, dict[str, NDArray[Any]]] = {"rows": {}, "cols": {}}
        for name, side in (("rows", self.rows), ("cols", self.cols)):
            if side.offset is not None:
                extras[name]["bias"] = side.offset.astype(np.float32)
        for name, weighs in (("rows", self.by_row.own), ("cols", self.by_row.other)):
            if len(weighs) and np.ptp(weighs):
                extras[name]["background"] = weighs.astype(np.float32)
        if self.by_row.lift is not None:
            extras["cols"]["lift"] = self.by_row.lift.astype(np.float32)
        return Factors(
            self.rows.vectors, self.cols.vectors, trace=trace, extras=extras, facts=facts or {}
        )


def _stands_still(trace: list[float], tolerance: float) -> bool:
    """Say whether the last sweep lowered the objective by less than that share of it."""
    if tolerance == 0 or len(trace) < 2:
        return False
    return trace[-2] - trace[-1] < tolerance * abs(trace[-2])


def cells_of(obs: Observations) -> Csr | NDArray[np.float32]:
    """Return the cells as the kernels read them."""
    return Csr.of(obs.cells) if obs.is_sparse else np.asarray(obs.cells, np.float32)


def _start(
    f: Factorization,
    by_row: Statement,
    obs: Observations,
    seed: int,
    start: Factors | None,
    graphs: Graphs,
) -> tuple[Side, Side, float]:
    """Return both sides before the first sweep, and the mean of all scores."""
    shape, rng = by_row.cells.shape, np.random.default_rng(seed)
    level, mean = by_row.level, 0.0
    offsets: list[NDArray[np.float64] | None] = [None, None]
    if isinstance(f.offset, Biases):
        mean = by_row.mean_target
        offsets = [np.zeros(shape[0]), np.zeros(shape[1])]
    elif isinstance(f.offset, Margins):
        offsets = list(margins(obs.cells))
    sides = []
    for axis, name in enumerate(("rows", "cols")):
        constraint = constraint_of(f, name)
        if start is None:
            vectors = initial(constraint, shape[axis], f.dim, rng, level)
        else:
            vectors = np.ascontiguousarray(getattr(start, name), np.float32)
            bias = start.extras.get(name, {}).get("bias")
            if isinstance(f.offset, Biases) and bias is not None:
                offsets[axis] = np.asarray(bias, np.float64)
        graph = None
        if isinstance(constraint, GraphSmooth):
            graph = graph_of(constraint, graphs.get(name), obs if name == "rows" else obs.T)
        learned = isinstance(f.offset, Biases)
        sides.append(Side(constraint, vectors, offsets[axis], learned, graph))
    if start is not None:
        mean = float(start.facts.get("mean", mean))
    return sides[0], sides[1], mean


def margins(cells: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return log(r_i / total) (n,) and log c_j (m,) of the sums r, c of a matrix of counts.

    A line without counts gets the logarithm of the smallest count.
    """
    facts = margin_facts(cells)
    sums = [np.asarray(cells.sum(axis=axis), np.float64).ravel() for axis in (1, 0)]
    r, c = (np.log(np.maximum(s, facts["least_count"])) for s in sums)
    return r - facts["log_total"], c


def margin_facts(cells: Any) -> dict[str, float]:
    """Return what the margins of a new row need: the smallest count, and the log of their sum."""
    data = np.asarray(cells.data if hasattr(cells, "tocsr") else cells)
    least = float(data[data > 0].min(initial=np.inf))
    least = least if np.isfinite(least) else 1.0
    total = max(float(data.sum(dtype=np.float64)), least)
    return {"least_count": least, "log_total": float(np.log(total))}


def _without_hidden(policy: NoisyLabel, run: _Run, hidden: float) -> tuple[_Run, float]:
    """Weigh unobserved cells by the chance that they are no (see `NoisyLabel`)."""
    by_col = run.by_row.T
    cells = by_col.cells
    if isinstance(cells, np.ndarray) or run.by_row.cells.shape[0] == 0:
        return run, hidden
    seen = np.bincount(cells.row_of, cells.scores(run.cols.vectors, run.rows.vectors))
    observed = cells.lengths
    total = run.cols.vectors.astype(np.float64) @ run.rows.vectors.sum(axis=0, dtype=np.float64)
    unseen = np.maximum(cells.shape[1] - observed, 0)
    mean = np.divide(total - np.resize(seen, len(total)), unseen, where=unseen > 0,
                     out=np.zeros_like(total))  # fmt: skip
    mean = np.clip(mean, 0.0, 1.0)
    chance = np.divide(hidden * mean, hidden * mean + 1 - mean, where=hidden * mean + 1 > mean,
                       out=np.ones_like(mean))  # fmt: skip
    missed = float(chance @ unseen)
    share = missed / (missed + float(observed.sum())) if missed else 0.0
    other = policy.weight * (1 - chance)
    return replace(run, by_row=run.by_row.with_background(run.by_row.own, other)), share

"""The solver `Sampled`: observed cells in batches, each beside negatives, in small steps.

For a batch the rows are encoded, scored against the columns of their own observed cells and against
negatives (`scores.py`), the loss compares the two (`contrast.py`), and the rows that took part take
a step (`updates.py`). What is drawn depends on the seed and the epoch only, and every sum is taken
in a fixed order, so that the bits do not depend on the number of threads, and a fit that was
interrupted goes on as if nothing had happened (`checkpoint.py`). Chosen by `solvers.py`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import InputError
from rowspace.factor.contrast import Contrast, contrast
from rowspace.factor.factors import Factors, Watch
from rowspace.factor.gram import constraint_of
from rowspace.factor.grammar import (
    Box,
    Constraint,
    Cosine,
    Euclidean,
    Factorization,
    Geometry,
    Mean,
    Negatives,
    NonNegative,
    Poincare,
    Relational,
    Ridge,
    Sampled,
    Tied,
    Translation,
)
from rowspace.factor.sampled.cells import SampledCells
from rowspace.factor.sampled.checkpoint import Checkpoint
from rowspace.factor.sampled.encoders import Encoder, LookupEncoder, MeanEncoder
from rowspace.factor.sampled.scores import batch_gradients
from rowspace.factor.sampled.updates import Table
from rowspace.factor.samplers.sampler import Batch, Drawn, View
from rowspace.observe.ngrams import parts_of
from rowspace.progress import stage
from rowspace.threads import kernel_threads

if TYPE_CHECKING:
    from rowspace.observe.observations import Observations


def solve(
    factorization: Factorization,
    obs: Observations,
    seed: int = 0,
    start: Factors | None = None,
    watch: Watch | None = None,
    checkpoint: Checkpoint | None = None,
    guide: Guide | None = None,
) -> Factors:
    """Return the factors after `solver.epochs` epochs.

    `trace` holds the mean loss per observed cell of every epoch, on the vectors as they moved.

    Args:
        factorization: with `Sampled()` as its solver and `Negatives()` as its unobserved cells.
        obs: sparse cells; which are there matters, not their values.
        seed: of the start, the order and the negatives.
        start: factors to go on from, instead of a random start.
        watch: early stopping; the best epoch is kept.
        checkpoint: where to keep the state after every epoch, and to go on from if it is there.
        guide: (n, d) and (m, d), the vectors of another model, for samplers that ask for them.
    """
    f, solver = factorization, factorization.solver
    assert isinstance(solver, Sampled)
    if hasattr(obs.cells, "parts"):
        from rowspace.factor.sampled.windows import solve_windows

        return solve_windows(f, obs, seed, start, watch, checkpoint)
    if isinstance(f.geometry, Poincare):
        from rowspace.factor.sampled.hyperbolic import solve_hyperbolic

        return solve_hyperbolic(f, obs, seed, start, watch)
    if isinstance(f.geometry, Relational):
        from rowspace.factor.sampled.relations import encoders_of, factors_of
        from rowspace.observe.triples import Triples

        assert isinstance(obs, Triples)
        matrix, both = encoders_of(f, obs, seed, start)
        with kernel_threads():
            return train(
                f, matrix, both, seed, watch, checkpoint, guide,
                lambda trace, facts: factors_of(both, trace, facts),
            )  # fmt: skip
    rng = np.random.default_rng(seed)
    cells = SampledCells.of(obs, f.confidence)
    encoders = _encoders(f, obs, cells, rng, start)
    cells = _answers(cells, encoders[0])
    with kernel_threads():
        return train(f, cells, encoders, seed, watch, checkpoint, guide)


Guide = tuple[NDArray[np.float32], NDArray[np.float32]]


def _encoders(
    f: Factorization,
    obs: Observations,
    cells: SampledCells,
    rng: np.random.Generator,
    start: Factors | None,
) -> tuple[Encoder, Encoder]:
    """Return the encoders of both sides, with tables at random or where `start` left them."""
    solver = f.solver
    assert isinstance(solver, Sampled)
    scale = np.float32(solver.spread / np.sqrt(f.dim))

    def table(side: str, size: int, before: Any = None) -> Table:
        bounds = bounds_of(constraint_of(f, side))
        if before is not None:
            return Table(np.array(before, np.float32), solver.update, bounds)
        vectors = scale * rng.standard_normal((size, f.dim), np.float32)
        if bounds is not None:
            vectors = np.abs(vectors)
        return Table(vectors, solver.update, bounds)

    rows = table("rows", obs.shape[0], None if start is None else start.rows)
    charge = ridge_of(constraint_of(f, "rows"))
    if isinstance(f.cols, Tied):
        if obs.rows.ids != obs.cols.ids:
            raise InputError(
                f"Tied() makes one vector of a {obs.rows.name} and the {obs.cols.name} of its id, "
                "but the two sides have other ids; read them with format='edges'"
            )
        return LookupEncoder(rows, charge), LookupEncoder(rows, charge)
    cols = table("cols", obs.shape[1], None if start is None else start.cols)
    answering = LookupEncoder(cols, ridge_of(constraint_of(f, "cols")))
    if not isinstance(f.rows, Mean):
        return LookupEncoder(rows, charge), answering
    bag = cols
    if f.rows.apart:
        bag = table("cols", obs.shape[1], None if start is None else start.extras["cols"]["bag"])
    parts = parts_of(obs.cols) if f.rows.without else None
    return (
        MeanEncoder(rows, bag, cells.indptr, cells.indices, parts, f.rows.own, charge),
        answering,
    )


def _answers(cells: SampledCells, rows: Encoder) -> SampledCells:
    """Return the cells that rows are asked for: of words, where n-grams are only what they hold."""
    if not isinstance(rows, MeanEncoder) or rows.parts is None:
        return cells
    whole = rows.parts[:, 0] < 0
    if whole.all():
        return cells
    # Words stand before n-grams, so that what is left is a matrix with fewer columns.
    kept = whole[cells.indices]
    indptr = np.concatenate(([0], np.cumsum(kept)))[cells.indptr]
    return SampledCells(
        (cells.shape[0], int(whole.sum())), indptr, cells.indices[kept], cells.row_of[kept],
        None if cells.odds is None else cells.odds[kept],
    )  # fmt: skip


def bounds_of(constraint: Constraint) -> tuple[float, float] | None:
    """Return between what the numbers of vectors stay; None where all are allowed."""
    if isinstance(constraint, Box):
        return constraint.low, constraint.high
    return (0.0, np.inf) if isinstance(constraint, NonNegative) else None


def ridge_of(constraint: Constraint) -> float:
    """Return what the squares of vectors are charged for every observed cell."""
    return constraint.l2 if isinstance(constraint, Ridge) else 0.0


def train(
    f: Factorization,
    cells: SampledCells,
    encoders: tuple[Encoder, Encoder],
    seed: int,
    watch: Watch | None = None,
    checkpoint: Checkpoint | None = None,
    guide: Guide | None = None,
    result: Callable[[tuple[float, ...], dict[str, Any]], Factors] | None = None,
) -> Factors:
    """Train encoders on observed cells and return what `result` makes of them.

    Args:
        f: the problem; its solver is `Sampled()`.
        cells: `shape`, `indptr`, `indices`, `row_of` and `counts` of the observed cells.
        encoders: of rows and columns, changed in place.
        seed: of the order and the negatives.
        watch, checkpoint, guide: see `solve`.
        result: trace, facts -> factors; the vectors of both encoders where None.
    """
    solver, policy = f.solver, f.unobserved
    assert isinstance(solver, Sampled) and isinstance(policy, Negatives)
    result = result or (lambda trace, facts: _factors(f, encoders, trace, facts))
    run = Run(f, cells, encoders)
    trace: list[float] = []
    best: Factors | None = None
    if checkpoint is not None:
        trace = checkpoint.resumed(run.tables())
    state: Any = None
    started = time.perf_counter()
    with stage("epochs", solver.epochs) as step:
        step(len(trace))
        for epoch in range(len(trace), solver.epochs):
            rng = np.random.default_rng([seed, epoch])
            if state is None or policy.by.refreshed:
                state = policy.by.prepare(run.view(epoch, seed, guide), state)
            # Texts: the bag of a row is then added up once for all of its cells.
            order = cells.order(rng, isinstance(f.rows, Mean) and f.rows.without)
            n, total = len(order), 0.0
            for at in range(0, n, solver.batch):
                rate = solver.rate_at((epoch + at / n) / solver.epochs)
                total += run.batch(state, order[at : at + solver.batch], rate, rng)
            trace.append(total / max(n, 1))
            refuse_running_away(trace, solver)
            speed = n * (epoch + 1) / max(time.perf_counter() - started, 1e-9)
            note = f"loss {trace[-1]:.4g}, {speed:,.0f} examples/s"
            if watch is not None:
                watch.values.append(watch.measure(result((), {})))
                note += f", {watch.name} {abs(watch.values[-1]):.4g}"
                if watch.best == len(watch.values) - 1:
                    best = result(tuple(trace), {})
            step(note=note)
            if checkpoint is not None:
                checkpoint.keep(run.tables(), trace)
            if watch is not None and watch.exhausted:
                break
    facts: dict[str, Any] = {"sweeps": len(trace), "objective": trace[-1] if trace else 0.0}
    if watch is not None and watch.values:
        facts |= {"best_sweep": watch.best + 1, "watched": watch.values}
    if best is None:
        return result(tuple(trace), facts)
    return Factors(best.rows, best.cols, None, tuple(trace), best.extras, {**best.facts, **facts})


def refuse_running_away(trace: list[float], solver: Sampled, most: float = np.inf) -> None:
    """Raise `InputError` where the loss of the last epoch is no number, or above `most`."""
    if not trace[-1] <= min(most, np.finfo(np.float64).max):
        raise InputError(
            f"the loss is {trace[-1]:g} after epoch {len(trace)}: the steps are too large; "
            f"set rate below {solver.rate:g}"
        )


@dataclass(frozen=True, eq=False)
class Run:
    """One fit: the problem, its cells and the encoders, and what a batch does to them."""

    f: Factorization
    cells: SampledCells
    encoders: tuple[Encoder, Encoder]

    def __post_init__(self) -> None:
        object.__setattr__(self, "_place", np.full(self.cells.shape[1], -1, np.int32))

    _place: NDArray[np.int32] | None = None

    def view(self, epoch: int, seed: int, guide: Guide | None) -> View:
        """Return what samplers may know."""
        cells, solver = self.cells, self.f.solver
        assert isinstance(solver, Sampled)
        return View(
            cells.shape, cells.indptr, cells.indices, cells.counts, epoch, solver.epochs,
            lambda: _factors(self.f, self.encoders, (), {}).rows,
            lambda: _factors(self.f, self.encoders, (), {}).cols,
            seed,
            guide,
        )  # fmt: skip

    def tables(self) -> dict[str, Table]:
        """Return what is learned, by name, each table once."""
        found: dict[int, tuple[str, Table]] = {}
        for side, encoder in zip(("rows", "cols"), self.encoders):
            for name, table in encoder.tables().items():
                found.setdefault(id(table), (f"{side}.{name}", table))
        return dict(found.values())

    def batch(
        self, state: Any, at: NDArray[np.int64], rate: float, rng: np.random.Generator
    ) -> float:
        """Take one step and return the summed loss."""
        policy = self.f.unobserved
        assert isinstance(policy, Negatives)
        by_row, by_col = self.encoders
        seen = Batch(self.cells.row_of[at], self.cells.indices[at].astype(np.int64))
        drawn = policy.by.draw(state, rng, seen, policy.count)
        weight = self._weights(seen, drawn)

        def compare(rows: slice, positive: Any, negative: Any) -> Contrast:
            some = weight[rows]
            part = Batch(seen.rows[rows], seen.cols[rows])
            mine = drawn.of(rows)
            by_score = policy.by.weigh(state, part, mine, positive, negative)
            if by_score is not None:
                some = some * by_score
            out = contrast(self.f.loss, positive, negative, some, mine.log_q)
            if drawn.positive is None:
                return out
            share = drawn.positive[rows]
            return Contrast(out.loss * share, out.positive * share, out.negative * share[:, None])

        shape = drawn.cols.shape
        negative = by_col.forward(drawn.cols.ravel()).reshape(*shape, -1)
        found = batch_gradients(
            _measured_as(self.f.geometry),
            by_row.forward(seen.rows, seen.cols),
            by_col.forward(seen.cols),
            negative,
            compare,
        )
        by_q, by_p = found.query, found.positive
        for side, ids, grads in ((by_row, seen.rows, by_q), (by_col, seen.cols, by_p)):
            charge = side.charged(ids)
            if charge is not None:
                grads += charge
        steps = [
            *by_row.backward(seen.rows, by_q, seen.cols),
            *by_col.backward(
                np.concatenate([seen.cols, drawn.cols.ravel()]),
                np.concatenate([by_p, found.negative.reshape(-1, by_p.shape[1])]),
            ),
        ]
        for table in {id(t): t for t, _, _ in steps}.values():
            mine = [(ids, grads) for t, ids, grads in steps if t is table]
            ids = np.concatenate([ids for ids, _ in mine]) if len(mine) > 1 else mine[0][0]
            grads = np.concatenate([g for _, g in mine]) if len(mine) > 1 else mine[0][1]
            table.step(ids, grads, rate)
            if isinstance(self.f.geometry, Cosine):
                _to_length_one(table, ids)
        return found.loss

    def _weights(self, seen: Batch, drawn: Drawn) -> NDArray[np.float32]:
        """Return (B, K) weights of the negatives, 0 where one was observed."""
        from rowspace.factor.kernels.observed import clear_own, clear_shared

        cells = self.cells
        shape = (len(seen.rows), drawn.cols.shape[-1])
        weight = np.ones(shape, np.float32)
        if drawn.weight is not None:
            weight *= drawn.weight
        policy = self.f.unobserved
        assert isinstance(policy, Negatives)
        if policy.weight is not None:
            weight *= np.float32(policy.weight / policy.count)
        if not policy.unseen:
            return weight
        if drawn.cols.ndim == 2:
            clear_own(cells.indptr, cells.indices, seen.rows, drawn.cols, weight)
            return weight
        place = self._place
        assert place is not None
        place[drawn.cols] = np.arange(shape[1], dtype=np.int32)
        clear_shared(cells.indptr, cells.indices, seen.rows, place, weight)
        place[drawn.cols] = -1
        return weight


def _measured_as(geometry: Geometry) -> str:
    """Return how the vectors of rows and columns are compared once they are made."""
    if isinstance(geometry, Relational):
        near = isinstance(geometry, Translation) and not geometry.flexible
        return "Euclidean" if near else "Dot"
    return type(geometry).__name__


def _to_length_one(table: Table, ids: NDArray[np.int64]) -> None:
    """Bring the vectors that took a step back to length 1, which leaves their cosines alone."""
    found = np.unique(ids)
    x = table.vectors[found]
    n = np.sqrt(np.einsum("nd,nd->n", x, x))[:, None]
    table.vectors[found] = x / np.maximum(n, np.float32(1e-12))


def _factors(
    f: Factorization,
    encoders: tuple[Encoder, Encoder],
    trace: tuple[float, ...],
    facts: dict[str, Any],
) -> Factors:
    """Return vectors whose inner product, with biases, is the score."""
    rows, cols = (np.array(encoder.all()) for encoder in encoders)
    extras: dict[str, dict[str, NDArray[Any]]] = {}
    if isinstance(f.geometry, Cosine):
        rows, cols = (
            x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), np.float32(1e-12))
            for x in (rows, cols)
        )
    asking = encoders[0]
    if isinstance(asking, MeanEncoder) and isinstance(f.rows, Mean) and f.rows.apart:
        bag = asking.bag.vectors
        extras["cols"] = {"bag": np.array(bag)}
        if asking.parts is not None:
            # Nobody is asked for an n-gram.
            cols[asking.parts[:, 0] >= 0] = 0
    if isinstance(f.geometry, Euclidean):
        for side, x in (("rows", rows), ("cols", cols)):
            extras.setdefault(side, {})
            extras[side] |= {"bias": np.float32(-0.5) * np.einsum("nd,nd->n", x, x)}
    return Factors(rows, cols, None, trace, extras, facts)

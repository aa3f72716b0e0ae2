"""Streams in the sampled solver: skip-gram and continuous bag of words over windows.

The stream is cut into pieces of whole sequences, which threads read at once (`kernels/windows.py`).
On one thread a seed gives the same bits; on several, vectors that are as good. Called by
`solve.py`.
"""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import InputError
from rowspace.factor.factors import Factors, Watch
from rowspace.factor.grammar import Factorization, Frequent, Mean, Negatives, Sampled
from rowspace.factor.sampled.checkpoint import Checkpoint
from rowspace.factor.sampled.solve import refuse_running_away
from rowspace.factor.sampled.updates import Table
from rowspace.progress import stage
from rowspace.threads import kernel_threads
from rowspace.workers import each

if TYPE_CHECKING:
    from rowspace.observe.observations import Observations

_PIECE = 20_000
_SHARED = 16  # negatives that some places share


def solve_windows(
    f: Factorization,
    obs: Observations,
    seed: int,
    start: Factors | None = None,
    watch: Watch | None = None,
    checkpoint: Checkpoint | None = None,
) -> Factors:
    """Return the vectors of what occurs (rows) and of what it is near to (columns).

    Args:
        f: the problem; `rows=Mean(0)` makes bags of windows, a lookup is skip-gram.
        obs: its cells are a `Stream` with windows.
        seed, start, watch, checkpoint: as in `sampled.solve.solve`.
    """
    from rowspace.factor.kernels.windows import REACH, SIGMOIDS, bag_of_words, skip_gram

    solver, policy, stream = f.solver, f.unobserved, obs.cells
    assert isinstance(solver, Sampled) and isinstance(policy, Negatives)
    n = obs.shape[1]
    if not stream.window:
        raise InputError("this stream has no windows; put Windows(...) into the matrix steps")
    rng = np.random.default_rng(seed)
    if start is None:
        rows = (rng.random((n, f.dim), np.float32) - np.float32(0.5)) / np.float32(f.dim)
        cols = np.zeros((n, f.dim), np.float32)
    else:
        rows, cols = np.array(start.rows, np.float32), np.array(start.cols, np.float32)
    tables = {name: Table(x, solver.update) for name, x in (("rows", rows), ("cols", cols))}
    trace = checkpoint.resumed(tables) if checkpoint is not None else []
    exponent = policy.by.exponent if isinstance(policy.by, Frequent) else 0.0
    chance, other = alias(np.maximum(stream.counts, 1.0) ** exponent)
    kept = stream.kept if stream.kept is not None else np.zeros(0, np.float32)
    middle = (np.arange(SIGMOIDS) + 0.5) * (2 * REACH / SIGMOIDS) - REACH
    table = (1 / (1 + np.exp(-middle))).astype(np.float32)
    bag = isinstance(f.rows, Mean)
    whole = max(stream.length, 1)

    def one(epoch: int, part: NDArray[np.int32], piece: tuple[int, int, int]) -> tuple[float, int]:
        at, begin, end = piece
        rate = solver.rate_at((epoch + at / whole) / solver.epochs)
        told = (part[begin:end], kept, stream.window, stream.after, rows, cols, chance, other)
        rest = (rate, hash_of(seed, epoch, at))
        found: tuple[float, int]
        if bag:
            found = bag_of_words(*told, policy.count, *rest, table)
        else:
            found = skip_gram(*told, float(policy.count), _SHARED, *rest)
        return found

    best: Factors | None = None
    started = time.perf_counter()
    with kernel_threads(), stage("epochs", solver.epochs) as step:
        step(len(trace))
        for epoch in range(len(trace), solver.epochs):
            read, loss, pairs = 0, 0.0, 0
            for part in stream.parts(epoch):
                for more, count in each(partial(one, epoch, part), pieces(part, read)):
                    loss += more
                    pairs += count
                read += len(part)
            trace.append(loss / max(pairs, 1))
            # Vectors of zeros have this loss, but for the noise of its estimate; whoever is above
            # it runs away.
            refuse_running_away(trace, solver, 1.1 * np.log(2) * (1 + policy.count))
            speed = whole * (epoch + 1) / max(time.perf_counter() - started, 1e-9)
            note = f"loss {trace[-1]:.4g}, {speed:,.0f} words/s"
            if watch is not None:
                watch.values.append(watch.measure(Factors(rows, cols)))
                note += f", {watch.name} {abs(watch.values[-1]):.4g}"
                if watch.best == len(watch.values) - 1:
                    best = Factors(rows.copy(), cols.copy())
            step(note=note)
            if checkpoint is not None:
                checkpoint.keep(tables, trace)
            if watch is not None and watch.exhausted:
                break
    facts: dict[str, Any] = {"sweeps": len(trace), "objective": trace[-1] if trace else 0.0}
    if watch is not None and watch.values:
        facts |= {"best_sweep": watch.best + 1, "watched": watch.values}
    kept_vectors = best or Factors(rows, cols)
    return Factors(kept_vectors.rows, kept_vectors.cols, None, tuple(trace), {}, facts)


def pieces(numbers: NDArray[np.int32], before: int) -> list[tuple[int, int, int]]:
    """Return (place in the epoch, begin, end) of pieces of about equal length, of whole sequences.

    >>> pieces(np.array([1, 2, -1, 3, -1], np.int32), 10)
    [(10, 0, 5)]
    """
    ends = np.flatnonzero(numbers < 0) + 1
    if len(ends) == 0 or ends[-1] != len(numbers):
        ends = np.append(ends, len(numbers))
    wished = np.arange(_PIECE, len(numbers) + _PIECE, _PIECE)
    cuts = np.unique(ends[np.minimum(np.searchsorted(ends, wished), len(ends) - 1)])
    begins = np.concatenate(([0], cuts[:-1]))
    return [(before + int(b), int(b), int(e)) for b, e in zip(begins, cuts) if e > b]


def hash_of(*numbers: int) -> int:
    """Return a seed below 2^62 that depends on all of some numbers."""
    return int(np.random.SeedSequence(numbers).generate_state(1, np.uint64)[0] >> np.uint64(2))


def alias(odds: NDArray[np.float64]) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Return a table to draw from odds in two looks: (n,) chances to stay, (n,) where else to go.

    Walker 1977; built as Vose 1991 does.

    Example:
        >>> chance, other = alias(np.array([3.0, 1.0]))
        >>> chance.tolist(), other.tolist()
        ([1.0, 0.5], [0, 0])
    """
    n = len(odds)
    scaled = odds * (n / odds.sum())
    chance, other = np.ones(n), np.arange(n)
    small = [int(i) for i in np.flatnonzero(scaled < 1)]
    large = [int(i) for i in np.flatnonzero(scaled >= 1)]
    left = scaled.tolist()
    while small and large:
        s, g = small.pop(), large[-1]
        chance[s], other[s] = left[s], g
        left[g] -= 1 - left[s]
        if left[g] < 1:
            small.append(large.pop())
    return chance.astype(np.float32), other.astype(np.int32)

"""Hierarchies in the sampled solver: one point of the Poincare ball for every node.

A space holds the points on the hyperboloid, (x_0, x) with x_0^2 - |x|^2 = 1, the columns with -x_0:
their inner product is then -cosh of the distance, so that all that ranks by the score ranks by the
distance. Called by `solve.py`.
"""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import InputError
from rowspace.factor.factors import Factors, Watch
from rowspace.factor.grammar import Factorization, Frequent, Lorentz, Negatives, Sampled
from rowspace.factor.sampled.cells import SampledCells
from rowspace.factor.sampled.windows import alias, hash_of
from rowspace.progress import stage
from rowspace.threads import kernel_threads
from rowspace.workers import each

if TYPE_CHECKING:
    from rowspace.observe.observations import Observations

Points = NDArray[np.float64]

_PIECE = 2000
_BURN = 0.1  # the share of the epochs at a tenth of the rate, in which angles are found


def solve_hyperbolic(
    f: Factorization,
    obs: Observations,
    seed: int,
    start: Factors | None = None,
    watch: Watch | None = None,
) -> Factors:
    """Return the nodes of a directed graph as points of hyperbolic space, dim + 1 numbers each.

    Args:
        f: with `Poincare()` as its geometry.
        obs: nodes x nodes, the same ids on both sides.
        seed, start, watch: as in `sampled.solve.solve`.
    """
    from rowspace.factor.kernels.poincare import steps

    solver, policy = f.solver, f.unobserved
    assert isinstance(solver, Sampled) and isinstance(policy, Negatives)
    if obs.shape[0] != obs.shape[1] or obs.rows.ids != obs.cols.ids:
        raise InputError(
            f"a hierarchy joins nodes to nodes, but the sides {obs.rows.name!r} and "
            f"{obs.cols.name!r} have other ids; read it with format='edges', directed=True"
        )
    cells = SampledCells.of(obs)
    rng = np.random.default_rng(seed)
    n, links = obs.shape[0], len(cells.indices)
    points = rng.uniform(-solver.spread, solver.spread, (n, f.dim)) / np.sqrt(f.dim)
    if start is not None:
        points = ball(np.asarray(start.rows, np.float64))
    lorentz = isinstance(f.geometry, Lorentz)
    if lorentz:
        points = hyperboloid(points)
    often = np.bincount(cells.row_of, minlength=n) + cells.counts
    exponent = policy.by.exponent if isinstance(policy.by, Frequent) else 0.0
    warm, later = (alias(np.maximum(often, 1.0) ** e) for e in (1.0, exponent))
    burn = int(solver.epochs * _BURN) if start is None else 0

    def one(epoch: int, order: Any, rate: float, chance: Any, other: Any, top: int) -> float:
        return float(steps(
            top, min(top + _PIECE, links), order, cells.row_of, cells.indices, cells.indptr, chance,
            other, policy.count, rate, hash_of(seed, epoch, top), points,
            lorentz,
        ))  # fmt: skip

    trace: list[float] = []
    best: Factors | None = None
    started = time.perf_counter()
    with kernel_threads(), stage("epochs", solver.epochs) as step:
        for epoch in range(solver.epochs):
            order = np.random.default_rng([seed, epoch]).permutation(links)
            early = epoch < burn
            rate = solver.rate_at(epoch / solver.epochs)
            rate = rate / 10 if early else rate
            done = partial(one, epoch, order, rate, *(warm if early else later))
            loss = sum(each(done, range(0, links, _PIECE)))
            trace.append(float(loss) / max(links, 1))
            speed = links * (epoch + 1) / max(time.perf_counter() - started, 1e-9)
            note = f"loss {trace[-1]:.4g}, {speed:,.0f} links/s"
            if watch is not None:
                now = _factors(points, lorentz, tuple(trace))
                watch.values.append(watch.measure(now))
                if watch.best == len(watch.values) - 1:
                    best = now
            step(note=note)
            if watch is not None and watch.exhausted:
                break
    facts: dict[str, Any] = {"sweeps": len(trace), "objective": trace[-1] if trace else 0.0}
    if watch is not None and watch.values:
        facts |= {"best_sweep": watch.best + 1, "watched": watch.values}
    found = best or _factors(points, lorentz, tuple(trace))
    return Factors(found.rows, found.cols, None, tuple(trace), {}, facts)


def _factors(points: Points, lorentz: bool, trace: tuple[float, ...]) -> Factors:
    rows = points if lorentz else hyperboloid(points)
    cols = rows.copy()
    cols[:, 0] *= -1
    return Factors(rows.astype(np.float32), cols.astype(np.float32), None, trace)


def hyperboloid(points: Points) -> Points:
    """Return points of the ball, (n, d), as (x_0, x), (n, d + 1).

    >>> hyperboloid(np.array([[0.0], [0.6]])).round(3).tolist()
    [[1.0, 0.0], [2.125, 1.875]]
    """
    inside = 1 - np.einsum("nd,nd->n", points, points)[:, None]
    return np.concatenate([2 / inside - 1, 2 * points / inside], axis=1)


def ball(points: Points) -> Points:
    """Return points (x_0, x) of the hyperboloid, (n, d + 1), in the ball, (n, d).

    >>> ball(hyperboloid(np.array([[0.3, 0.4]]))).round(6).tolist()
    [[0.3, 0.4]]
    """
    return np.asarray(points[:, 1:] / (1 + points[:, :1]))

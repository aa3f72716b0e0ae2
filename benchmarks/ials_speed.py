"""iALS: CPU seconds per sweep and to the same objective, against implicit and irspack.

Data: Gowalla's train split (29,858 users x 40,981 items, 810,128 cells) and a generated matrix of
100,000 x 50,000 with ten million cells, whose rows and columns follow power laws. Everybody
minimises one objective from the same start, users first:

    1/2 sum_observed (1 + A) (1 - s)^2 + 1/2 sum_unobserved s^2 + l/2 (|U|^2 + |V|^2)

with A = 40 and l = 100: implicit with the confidences 1 + A and regularization l; irspack with its
original loss, the values A, alpha0 1, nu 0 and reg l; rowspace with Linear(A), Uniform(1), Free(l).
One function evaluates it for all, outside the measured time.
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

from benchmarks.ials_gowalla import split

TITLE = "iALS: CPU seconds per sweep and to the same objective"
NOTE = (
    "CPU seconds of all threads. Per sweep: median over the sweeps. `to same`: what rowspace "
    "(improving, its default) needs to reach the objective that this system has after all of its "
    "sweeps, and how many times as much the system itself took. `above exact`: the objective after "
    "the last sweep relative to rowspace's exact one after as many sweeps. `floor`: the larger of "
    "what the sweep must multiply (products with the basis, Gram matrices, four passes over the "
    "cells) at the speed of a large float32 product, and what it must read (one vector per cell) "
    "at the speed of a plain gather, both measured in this run, as a share of the measured time."
)
A, CHARGE = 40.0, 100.0
DIMS = (64, 128, 256, 512)


def run(data: Path, quick: bool) -> list[dict[str, object]]:
    gowalla, _ = split(data / "gowalla" / "interactions.parquet")
    if quick:
        cases = [("gowalla", gowalla[:3000], 16, 4, True)]
    else:
        cases = [("gowalla", gowalla, dim, 8 if dim < 256 else 6, True) for dim in DIMS]
        large = power_law(100_000, 50_000, 10_000_000)
        cases += [("power law", large, dim, 4, True) for dim in DIMS[:2]]
    return [row for case in cases for row in compared(*case)]


def compared(name, matrix, dim, sweeps, cholesky):
    """Return the rows of the table for one matrix and dim; slow systems do one or two sweeps."""
    few = 2 if dim < 256 else 1
    systems = [
        ("rowspace", ours, {"exact": False}, sweeps),
        ("rowspace exact", ours, {"exact": True}, sweeps),
        ("implicit CG (default)", of_implicit, {}, sweeps),
        ("irspack CG (default)", of_irspack, {"solver_type": "CG"}, sweeps),
        ("irspack iALS++", of_irspack, {"solver_type": "IALSPP"}, few),
    ]
    if cholesky:
        systems += [
            ("implicit Cholesky", of_implicit, {"use_cg": False}, few),
            ("irspack Cholesky", of_irspack, {"solver_type": "CHOLESKY"}, few),
        ]
    rng = np.random.default_rng(0)
    start = [
        (rng.standard_normal((n, dim)) * 0.1 / np.sqrt(dim)).astype(np.float32)
        for n in matrix.shape
    ]
    value = objective_of(matrix)
    found = {}
    for system, fit, options, steps in systems:
        try:
            found[system] = fit(matrix, start, steps, value, **options)
        except ImportError as missing:
            print(f"{system}: {missing}", flush=True)
            continue
        print(name, dim, system, [f"{s:.2f}s {v:.6e}" for s, v in found[system]], flush=True)
    floor = floor_of(matrix, dim)
    mine, exact = found["rowspace"], found["rowspace exact"]
    rows = []
    for system, trace in found.items():
        seconds, last = [s for s, _ in trace], trace[-1][1]
        reached = np.cumsum([s for s, _ in mine])[[v <= last for _, v in mine]]
        total = sum(seconds)
        rows.append(
            {
                "data": name,
                "dim": dim,
                "system": system,
                "CPU s per sweep": float(np.median(seconds)),
                "sweeps": len(trace),
                "objective": f"{last:.6g}",
                "above exact": f"{last / exact[len(trace) - 1][1] - 1:.1e}",
                "CPU s in all": total,
                "rowspace to same": float(reached[0]) if len(reached) else "not reached",
                "times": float(total / reached[0]) if len(reached) else "",
                "floor / sweep": floor / float(np.median(seconds)),
            }
        )
    return rows


def objective_of(matrix):
    """Return the function (U, V) -> objective."""
    from rowspace.linalg.csr import Csr
    from rowspace.linalg.kernels import blocked
    from rowspace.threads import kernel_threads

    cells = Csr.of(matrix)

    def value(u, v):
        with kernel_threads():
            s = cells.scores(u, v).astype(np.float64)
            gram_u, gram_v = blocked.gram(u), blocked.gram(v)
        observed = (1 + A) * ((1 - s) ** 2).sum() - (s**2).sum()
        charged = CHARGE * (np.trace(gram_u) + np.trace(gram_v))
        return 0.5 * (observed + float((gram_u * gram_v).sum()) + charged)

    return value


class Clock:
    """CPU seconds and the objective after every sweep, without the time that looking takes."""

    def __init__(self, value):
        self.value, self.trace, self.since = value, [], time.process_time()

    def tick(self, u, v):
        """Note the time of a sweep and where it led."""
        seconds = time.process_time() - self.since
        self.trace.append((seconds, self.value(u, v)))
        self.since = time.process_time()


def ours(matrix, start, sweeps, value, exact):
    from rowspace.factor.factors import Factors, Watch
    from rowspace.factor.grammar import (
        Alternating,
        Factorization,
        Free,
        Linear,
        Lookup,
        One,
        Uniform,
    )
    from rowspace.factor.solvers import solve
    from rowspace.observe.observations import Observations

    def problem(sweeps):
        side = Lookup(Free(CHARGE))
        return Factorization(
            dim=start[0].shape[1], target=One(), confidence=Linear(A), unobserved=Uniform(1),
            rows=side, cols=side, solver=Alternating(sweeps, exact=exact),
        )  # fmt: skip

    few = Observations.from_matrix(matrix[:300].T.tocsr(), rows="item", cols="user")
    solve(problem(2), few)  # compiles
    # Columns are solved first: the users.
    obs = Observations.from_matrix(matrix.T.tocsr(), rows="item", cols="user")
    clock = Clock(value)

    def look(factors):
        clock.tick(factors.cols, factors.rows)
        return 0.0

    watch = Watch(look, patience=sweeps + 1)
    clock.since = time.process_time()
    solve(problem(sweeps), obs, start=Factors(start[1], start[0]), watch=watch)
    return clock.trace


def of_implicit(matrix, start, sweeps, value, **options):
    from implicit.als import AlternatingLeastSquares
    from threadpoolctl import threadpool_limits

    model = AlternatingLeastSquares(
        factors=start[0].shape[1], regularization=CHARGE, iterations=sweeps, **options
    )
    model.user_factors, model.item_factors = start[0].copy(), start[1].copy()
    with threadpool_limits(1, user_api="blas"):
        clock = Clock(value)
        model.fit(
            matrix * np.float32(1 + A),
            show_progress=False,
            callback=lambda *_: clock.tick(model.user_factors, model.item_factors),
        )
    return clock.trace


def of_irspack(matrix, start, sweeps, value, solver_type):
    from irspack.recommenders.ials import IALSTrainer, str_to_loss_type, str_to_solver_type

    dim = start[0].shape[1]
    trainer = IALSTrainer(
        matrix * np.float32(A), dim, 1.0, CHARGE, 0.0, 0.1, str_to_solver_type(solver_type), 3,
        min(dim, 64), str_to_loss_type("ORIGINAL"), 0, 2, 5, 7,
    )  # fmt: skip
    core = trainer.core_trainer
    core.user, core.item = start[0].copy(), start[1].copy()
    clock = Clock(value)
    for _ in range(sweeps):
        trainer.run_epoch()
        clock.tick(np.asarray(core.user, np.float32), np.asarray(core.item, np.float32))
    return clock.trace


def floor_of(matrix, dim):
    """Return the CPU seconds below which no sweep of this kind can be."""
    from rowspace.factor.kernels.gathered import gather
    from rowspace.threads import kernel_threads

    rng = np.random.default_rng(0)
    square = rng.standard_normal((2048, 2048)).astype(np.float32)
    with kernel_threads():
        rate = 2 * 2048**3 / least_time(lambda: square @ square)
        reading = 0.0
        for side in (matrix, matrix.T.tocsr()):
            vectors = np.zeros((side.shape[1], dim), np.float32)
            some = side.indices[: 1 << 20].astype(np.int32)
            block = np.empty((1024, dim), np.float32)

            def read(vectors=vectors, some=some, block=block):
                for p in range(0, len(some), 1024):
                    gather(vectors, some, p, min(p + 1024, len(some)), block)

            reading += least_time(read) * matrix.nnz / len(some)
    lines = sum(matrix.shape)
    flops = 2 * 2 * lines * dim**2 + lines * dim**2 + 2 * 16 * matrix.nnz * dim
    print(f"dim {dim}: {rate / 1e9:.0f} GFLOPS, floor {flops / rate:.3f} s multiplying, "
          f"{reading:.3f} s reading", flush=True)  # fmt: skip
    return max(flops / rate, reading)


def least_time(work):
    """Return the CPU seconds of the best of three."""
    seconds = []
    for _ in range(4):
        start = time.process_time()
        work()
        seconds.append(time.process_time() - start)
    return min(seconds[1:])


def power_law(n, m, cells):
    """Return an n x m CSR matrix of ones with about `cells` cells; popularity is a power law."""
    from scipy.sparse import csr_matrix

    rng = np.random.default_rng(0)
    activity, popularity = rng.lognormal(0, 1.2, n), 1 / np.arange(10, m + 10) ** 0.75
    lengths = np.maximum(1, activity / activity.sum() * cells * 1.15).astype(np.int64)
    ends = np.cumsum(popularity / popularity.sum())
    at = np.searchsorted(ends, rng.random(lengths.sum())).clip(0, m - 1)
    found = csr_matrix(
        (np.ones(len(at), np.float32), (np.repeat(np.arange(n), lengths), at)), shape=(n, m)
    )
    found.sum_duplicates()
    found.data[:] = 1
    return found

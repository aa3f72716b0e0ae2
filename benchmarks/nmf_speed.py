"""`nmf` against scikit-learn: CPU seconds until scikit-learn's final objective is reached.

Data, both generated with fixed seeds: a corpus of 20,000 documents over 10,000 words of Zipf's
frequencies from 50 topics (about 2 million cells; counts for Kullback-Leibler, tf-idf for squared
loss), and a power-law matrix of 100,000 x 50,000 with about 10 million counts from 64 groups.
scikit-learn 1.9 runs `solver="cd"` for squared loss and `solver="mu"` for Kullback-Leibler, to its
tolerance of 1e-4 or the number of iterations in the table; both start from the same numbers.
"""

from __future__ import annotations

import time
import warnings
from pathlib import Path

import numpy as np

TITLE = "Non-negative factorization: CPU seconds to the objective where scikit-learn stopped"
NOTE = (
    "One function computes every objective. scikit-learn's `CPU s` and `sweeps` are those of its "
    "whole fit. rowspace's are those until its objective is at most 1e-5 above where scikit-learn "
    "stopped (other local minima differ by as much), with setting up and without the measuring; "
    "`ratio` divides the one by the other. `whole fit`, `wall s` and `objective` are of a second "
    "fit of so many sweeps, the last of them exact. On the corpus under squared loss scikit-learn "
    "is itself that near its end after 60 of its 87 iterations, so that like for like the ratio "
    "is 60 / 87 of the one shown. BLAS runs on one thread beside scikit-learn, whose cd and mu "
    "are serial; `wall s` of rowspace is with all cores. `of gemm`: the floor of flops of one "
    "sweep (squared loss: products with the sparse matrix and one pass of coordinate descent, 4 "
    "nnz k + 2 (n + m) k^2; Kullback-Leibler: scores and pulls once per side, 8 nnz k) in the "
    "time that sgemm takes for as many on one thread, as a share of the CPU time of a sweep. `of "
    "copy`: likewise for the vectors of all observed cells, 8 nnz k bytes, at the bandwidth of a "
    "copy. Both rates were measured in this run: {gemm:.0f} GFLOP/s, {copy:.1f} GB/s."
)


NEAR = 1e-5  # of the objective: what other local minima differ by


class Reached(Exception):
    """The objective is as low as was asked."""


def run(data: Path, quick: bool) -> list[dict[str, object]]:
    global NOTE
    gemm, copy = rates()
    NOTE = NOTE.format(gemm=gemm / 1e9, copy=copy / 1e9)
    if quick:
        text, large = corpus(600, 400, 8, 40), None
        jobs = [
            ("text 600 x 400", tf_idf(text), "squared", 8, 30),
            ("text 600 x 400", text, "kl", 8, 30),
        ]
    else:
        text, large = corpus(20_000, 10_000, 50, 110), corpus(100_000, 50_000, 64, 125, 1)
        jobs = [
            ("text 20k x 10k", tf_idf(text), "squared", 50, 200),
            ("text 20k x 10k", text, "kl", 50, 60),
            ("power law 100k x 50k", large, "squared", 64, 15),
            ("power law 100k x 50k", large, "kl", 64, 6),
        ]
    rows: list[dict[str, object]] = []
    for name, x, loss, dim, most in jobs:
        start = beginning(x, dim)
        theirs = scikit(x, start, loss, most)
        ours = rowspace(x, start, loss, theirs["objective"])
        n, m = x.shape
        flops = 8 * x.nnz * dim if loss == "kl" else 4 * x.nnz * dim + 2 * (n + m) * dim**2
        for system, found in (("scikit-learn", theirs), ("rowspace", ours)):
            each = found["CPU s"] / int(str(found["sweeps"]).split(",")[0])
            rows.append(
                {
                    "matrix": name,
                    "cells": x.nnz,
                    "k": dim,
                    "loss": loss,
                    "system": system,
                    **found,
                    "objective": f"{found['objective']:.7g}",
                    "ratio": theirs["CPU s"] / found["CPU s"],
                    "of gemm": flops / gemm / each,
                    "of copy": 8 * x.nnz * dim / copy / each,
                }
            )
    return rows


def scikit(x, start, loss, most):
    """Fit scikit-learn's model; return its sweeps, seconds and objective."""
    from sklearn.decomposition import NMF
    from threadpoolctl import threadpool_limits

    kind = {"squared": ("cd", "frobenius"), "kl": ("mu", "kullback-leibler")}[loss]
    model = NMF(
        start.dim, init="custom", solver=kind[0], beta_loss=kind[1], max_iter=most, tol=1e-4
    )
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it did not converge: the table says so
        clock, wall = time.process_time(), time.perf_counter()
        rows = model.fit_transform(x, W=start.rows.copy(), H=start.cols.T.copy())
        clock, wall = time.process_time() - clock, time.perf_counter() - wall
    found = objective(x, rows, model.components_.T, loss)
    return {
        "sweeps": model.n_iter_,
        "CPU s": clock,
        "whole fit": clock,
        "wall s": wall,
        "objective": found,
    }


def rowspace(x, start, loss, target):
    """Fit the recipe to the target; return its sweeps, seconds and objective."""
    from rowspace.factor.factors import Watch
    from rowspace.factor.solvers import solve
    from rowspace.observe.observations import Observations
    from rowspace.recipes.nmf import nmf

    obs = Observations.from_matrix(x, rows="row", cols="column")
    few = Observations.from_matrix(x[:50], rows="row", cols="column")
    sweeps, spent, clock = 0, 0.0, 0.0

    def measure(factors):
        nonlocal sweeps, spent, clock
        spent, sweeps = spent + time.process_time() - clock, sweeps + 1
        if objective(x, factors.rows, factors.cols, loss) <= target * (1 + NEAR):
            raise Reached
        clock = time.process_time()
        return float(sweeps)

    solve(nmf(2, loss=loss, sweeps=2), few)  # compiled, or read from the cache
    endless = nmf(start.dim, loss=loss, sweeps=150, tolerance=0)
    clock, reached = time.process_time(), False
    try:
        solve(endless, obs, start=start, watch=Watch(measure))
    except Reached:
        reached = True
    whole, wall = time.process_time(), time.perf_counter()
    found = solve(nmf(start.dim, loss=loss, sweeps=sweeps, tolerance=0), obs, start=start)
    whole, wall = time.process_time() - whole, time.perf_counter() - wall
    return {
        "sweeps": sweeps if reached else f"{sweeps}, not reached",
        "CPU s": spent,
        "whole fit": whole,
        "wall s": wall,
        "objective": objective(x, found.rows, found.cols, loss),
    }


def objective(x, rows, cols, loss):
    """Return 1/2 |X - U V'|^2, or sum x log(x / s) - x + s over all cells with s = u_i . v_j."""
    from rowspace.linalg.csr import Csr

    rows, cols = (np.ascontiguousarray(side, np.float32) for side in (rows, cols))
    s, t = Csr.of(x).scores(rows, cols).astype(np.float64), x.data.astype(np.float64)
    if loss == "kl":
        everywhere = rows.sum(axis=0, dtype=np.float64) @ cols.sum(axis=0, dtype=np.float64)
        return float(t @ np.log(t / np.maximum(s, 1e-30)) - t.sum() + everywhere)
    grams = [side.T.astype(np.float64) @ side.astype(np.float64) for side in (rows, cols)]
    return float(0.5 * (t @ t) - t @ s + 0.5 * np.vdot(*grams))


def beginning(x, dim):
    """Return the numbers that both begin with: |N(0, 1)| sqrt(mean / k), as in scikit-learn."""
    from rowspace.factor.factors import Factors

    rng, size = np.random.default_rng(0), np.sqrt(x.mean() / dim)
    return Factors(*(np.abs(rng.standard_normal((n, dim)) * size).astype(np.float32)
                     for n in x.shape))  # fmt: skip


def corpus(n, m, topics, length, seed=0):
    """Return n x m counts (CSR float32): rows are mixtures of a few topics over Zipf's columns.

    Each topic raises and lowers the frequencies of the columns by a factor from a gamma
    distribution; a row draws about `length` cells (log-normal), each from one of its topics.
    """
    from scipy.sparse import coo_array

    rng = np.random.default_rng(seed)
    zipf = 1 / np.arange(1, m + 1)
    words = (rng.gamma(0.1, 1, (topics, m)) + 0.01) * zipf
    lengths = np.maximum(rng.lognormal(np.log(length), 0.6, n), 5).astype(np.int64)
    mixtures = np.cumsum(rng.dirichlet(np.full(topics, 0.1), n), axis=1)
    row = np.repeat(np.arange(n), lengths)
    u = rng.random(len(row))
    topic = np.empty(len(row), np.int64)
    ends = np.cumsum(lengths)
    for i, end in enumerate(ends):
        topic[end - lengths[i] : end] = np.searchsorted(mixtures[i], u[end - lengths[i] : end])
    topic = np.minimum(topic, topics - 1)
    column = np.empty(len(row), np.int64)
    for t in range(topics):
        at = np.flatnonzero(topic == t)
        cumulated = np.cumsum(words[t])
        column[at] = np.searchsorted(cumulated, rng.random(len(at)) * cumulated[-1])
    column = rng.permutation(m)[np.minimum(column, m - 1)]
    cells = coo_array((np.ones(len(row), np.float32), (row, column)), shape=(n, m)).tocsr()
    cells.sum_duplicates()
    return cells


def tf_idf(counts):
    """Return (1 + log count) log(n / documents with the word), rows of length 1, as CSR float32."""
    out = counts.copy()
    idf = np.log(out.shape[0] / np.maximum(np.bincount(out.indices, minlength=out.shape[1]), 1))
    out.data = ((1 + np.log(out.data)) * idf[out.indices]).astype(np.float32)
    row = np.repeat(np.arange(out.shape[0]), np.diff(out.indptr))
    out.data /= np.sqrt(np.maximum(np.bincount(row, out.data**2), 1e-12))[row].astype(np.float32)
    out.eliminate_zeros()
    return out


def rates():
    """Return the flops per second of sgemm and the bytes per second of a copy, on one thread."""
    from threadpoolctl import threadpool_limits

    rng = np.random.default_rng(0)
    a = rng.random((1500, 1500), dtype=np.float32)
    big = np.ones(1 << 26, np.float32)
    there = np.zeros_like(big)
    with threadpool_limits(1):
        a @ a
        best = [np.inf, np.inf]
        for _ in range(5):
            clock = time.process_time()
            a @ a
            best[0] = min(best[0], time.process_time() - clock)
            clock = time.process_time()
            np.copyto(there, big)
            best[1] = min(best[1], time.process_time() - clock)
    return 2 * 1500**3 / best[0], 2 * big.nbytes / best[1]

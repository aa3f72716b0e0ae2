"""`complete`: a planted low-rank matrix from a few of its cells, exact against approximate halves.

Data: 2,000 x 2,000 of rank k, normal factors, 5 log2(n) k cells per row at random (the order of the
theory; at most half of them), without noise and with noise of standard deviation 0.1. The claim of
the paper (literature 103): alternating minimization with approximate half sweeps recovers the
matrix in time nearly linear in the number of cells times k, where exact half sweeps take k times as
much. Both are measured in the same run.
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

TITLE = "Matrix completion: exact against approximate half sweeps"
NOTE = (
    "error: of the cells that were not observed, relative to their standard deviation; with noise, "
    "the cells without their noise. Both stop when a sweep lowers the objective by less than 1e-5 "
    "of it, or after 100 sweeps. `growth` is CPU seconds per sweep and cell relative to the line "
    "above of the same kind: 2 would be linear in k."
)


def run(data: Path, quick: bool) -> list[dict[str, object]]:
    rows = []
    n = 600 if quick else 2000
    for noise in (0.0, 0.1):
        for exact in (True, False):
            before = None
            for rank in (5, 10) if quick else (10, 20, 40):
                found = one(n, rank, noise, exact)
                cost = found.pop("cost")
                found["growth"] = "" if before is None else round(cost / before, 2)
                before = cost
                rows.append(found)
    return rows


def one(n, rank, noise, exact):
    """Return one line: a planted matrix completed."""
    import rowspace as rs

    u, v, cells = planted(n, rank, noise)
    obs = rs.Observations.from_matrix(cells, rows="i", cols="j")
    start = time.process_time()
    space = rs.fit(obs, "complete", dim=rank, l2=1e-6 if noise == 0 else 1e-2 * noise, exact=exact)
    seconds = time.process_time() - start
    rng = np.random.default_rng(1)
    at = rng.integers(0, n, (2, 200_000))
    truth = np.einsum("ij,ij->i", u[at[0]], v[at[1]])
    got = np.einsum("ij,ij->i", space["i"].vectors[at[0]], space["j"].vectors[at[1]])
    sweeps = space.manifest["facts"]["sweeps"]
    return {
        "noise": noise,
        "halves": "exact" if exact else "approximate",
        "rank": rank,
        "cells": f"{cells.nnz:,}",
        "sweeps": sweeps,
        "CPU s": round(seconds, 2),
        "error": float(np.sqrt(((got - truth) ** 2).mean()) / truth.std()),
        "cost": seconds / sweeps / cells.nnz,
    }


def planted(n, rank, noise):
    """Return both factors and the observed cells."""
    from scipy.sparse import csr_array

    rng = np.random.default_rng(0)
    u, v = (rng.standard_normal((n, rank)).astype(np.float32) / rank**0.25 for _ in range(2))
    per_row = min(n // 2, int(5 * np.log2(n) * rank))
    rows = np.repeat(np.arange(n), per_row)
    cols = np.concatenate([rng.choice(n, per_row, replace=False) for _ in range(n)])
    x = np.einsum("ij,ij->i", u[rows], v[cols])
    x = x + noise * rng.standard_normal(len(x)).astype(np.float32)
    return u, v, csr_array((x.astype(np.float32), (rows, cols)), shape=(n, n))

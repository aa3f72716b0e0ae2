"""`Spectral` against SciPy's truncated SVD, on Gowalla's matrix and one of ten million cells.

Data: gowalla, train split, 29,858 users x 40,981 items, 810,128 ones; and 100,000 x 50,000 with
eleven million ones whose rows and columns follow power laws (that of `ials_speed`), also as shards
on disk. Both return the leading singular triplets of the sparse
matrix; the sum of the squared singular values says how much of the matrix they hold, and the worst
residual |A v - s u| / s_1 (of both sides) how well each was found. The third is the randomized
range finder of Halko, Martinsson, Tropp 2011 (algorithm 4.4, LU between the products), as in
scikit-learn's `randomized_svd`.
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

TITLE = "Truncated SVD against SciPy (ARPACK) and randomized SVD"
NOTE = (
    "CPU seconds of all threads, BLAS of the peers on one thread, compiled kernels from the cache. "
    "Energy: sum of squared singular values over that of the first line for the same data and k."
)


def run(data: Path, quick: bool) -> list[dict[str, object]]:
    from benchmarks.ials_gowalla import split
    from benchmarks.ials_speed import power_law

    gowalla, _ = split(data / "gowalla" / "interactions.parquet")
    cases = [("Gowalla", gowalla, k) for k in ((16,) if quick else (64, 256))]
    if not quick:
        cases += [("Gowalla", gowalla, 1024)]
        cases += [("power law", power_law(100_000, 50_000, 10_000_000), 64)]
    rows = []
    for name, matrix, k in cases:
        rows += compared(name, matrix, k)
    return rows


def compared(data, matrix, k):
    """Return the rows of the table for one matrix."""
    rows = []
    if k < 1024:
        systems = [
            ("scipy svds (ARPACK)", lambda k: arpack(matrix, k)),
            ("rowspace, tolerance 1e-3", lambda k: ours(matrix, k, 1e-3)),
            ("rowspace, tolerance 1e-2", lambda k: ours(matrix, k, 1e-2)),
            ("randomized, 4 iterations", lambda k: randomized(matrix, k, 4)),
            ("randomized, 15 iterations", lambda k: randomized(matrix, k, 15)),
        ]
        if data != "Gowalla":
            systems[2:] = [
                ("rowspace, tolerance 3e-3", lambda k: ours(matrix, k, 3e-3)),
                ("rowspace, tolerance 3e-3, 8 shards", lambda k: sharded(matrix, k, 3e-3)),
            ]
    else:
        systems = [
            ("randomized, 15 iterations", lambda k: randomized(matrix, k, 15)),
            ("rowspace, tolerance 1e-2", lambda k: ours(matrix, k, 1e-2)),
            ("rowspace, tolerance 5e-2", lambda k: ours(matrix, k, 5e-2)),
            ("randomized, 4 iterations", lambda k: randomized(matrix, k, 4)),
        ]
    energy = None
    for name, method in systems:
        left, s, right, seconds = method(k)
        total = float((s.astype(np.float64) ** 2).sum())
        energy = energy or total
        rows.append(
            {
                "data": data,
                "k": k,
                "system": name,
                "CPU s": seconds,
                "energy": f"{total / energy:.6%}",
                "worst residual": residual(matrix, left, s, right),
            }
        )
    return rows


def sharded(matrix, k, tolerance):
    """Factor the matrix from eight files, one of which is in memory at a time."""
    import tempfile

    from rowspace.observe.shards import read_shards, write_shards

    with tempfile.TemporaryDirectory() as folder:
        size = -(-matrix.shape[0] // 8)
        parts = (matrix[top : top + size] for top in range(0, matrix.shape[0], size))
        at = write_shards(parts, Path(folder) / "shards")
        return solved(read_shards(at, rows="user", cols="item"), k, tolerance)


def residual(matrix, left, s, right) -> float:
    """Return the worst |A v - s u| and |A'u - s v| over s_1."""
    one = np.linalg.norm(matrix @ right - left * s, axis=0).max()
    other = np.linalg.norm(matrix.T @ left - right * s, axis=0).max()
    return float(max(one, other) / s.max())


def ours(matrix, k, tolerance):
    from rowspace.observe.observations import Observations

    return solved(Observations.from_matrix(matrix, rows="user", cols="item"), k, tolerance)


def solved(obs, k, tolerance):
    from rowspace.factor.grammar import Factorization, Spectral
    from rowspace.factor.solvers import solve
    from rowspace.observe.observations import Observations

    f = Factorization(dim=k, solver=Spectral(power=1.0, tolerance=tolerance))
    solve(Factorization(dim=2), Observations.from_matrix(np.eye(50), rows="user", cols="item"))
    start = time.process_time()
    found = solve(f, obs)
    seconds = time.process_time() - start
    return found.rows / found.spectrum, found.spectrum, found.cols, seconds


def arpack(matrix, k):
    from scipy.sparse.linalg import svds
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1, user_api="blas"):
        start = time.process_time()
        left, s, right = svds(matrix, k, rng=np.random.default_rng(0))
        return left, s, right.T, time.process_time() - start


def randomized(matrix, k, iterations):
    from scipy.linalg import lu, qr, svd
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1, user_api="blas"):
        start = time.process_time()
        start_block = np.random.default_rng(0).standard_normal((matrix.shape[1], k + 10))
        q = start_block.astype(np.float32)
        for _ in range(iterations):
            q = lu(matrix @ q, permute_l=True)[0]
            q = lu(matrix.T @ q, permute_l=True)[0]
        q = qr(matrix @ q, mode="economic")[0]
        inner, s, right = svd((matrix.T @ q).T, full_matrices=False)
        return q @ inner[:, :k], s[:k], right[:k].T, time.process_time() - start

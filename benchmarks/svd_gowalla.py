"""`Spectral` on Gowalla's matrix of 29,858 users x 40,981 items against SciPy's truncated SVD.

Data: gowalla, train split, 810,128 ones. Both return the leading singular triplets of the sparse
matrix; the sum of the squared singular values says how much of the matrix they hold, and the worst
residual |A v - s u| / s_1 (of both sides) how well each was found. The third is the randomized
range finder of Halko, Martinsson, Tropp 2011 (algorithm 4.4, LU between the products), as in
scikit-learn's `randomized_svd`.
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

TITLE = "Truncated SVD of Gowalla's matrix against SciPy (ARPACK) and randomized SVD"
NOTE = (
    "CPU seconds of all threads, BLAS of the peers on one thread, compiled kernels from the cache. "
    "Energy: sum of squared singular values over ARPACK's."
)


def run(data: Path, quick: bool) -> list[dict[str, object]]:
    from benchmarks.ials_gowalla import split

    matrix, _ = split(data / "gowalla" / "interactions.parquet")
    rows = []
    for k in (16,) if quick else (64, 256):
        systems = [
            ("scipy svds (ARPACK)", lambda k: arpack(matrix, k)),
            ("rowspace, tolerance 1e-3", lambda k: ours(matrix, k, 1e-3)),
            ("rowspace, tolerance 1e-2", lambda k: ours(matrix, k, 1e-2)),
            ("randomized, 4 iterations", lambda k: randomized(matrix, k, 4)),
            ("randomized, 15 iterations", lambda k: randomized(matrix, k, 15)),
        ]
        energy = None
        for name, method in systems:
            left, s, right, seconds = method(k)
            total = float((s.astype(np.float64) ** 2).sum())
            energy = energy or total
            rows.append(
                {
                    "system": name,
                    "k": k,
                    "CPU s": seconds,
                    "energy": f"{total / energy:.6%}",
                    "worst residual": residual(matrix, left, s, right),
                }
            )
    return rows


def residual(matrix, left, s, right) -> float:
    """Return the worst |A v - s u| and |A'u - s v| over s_1."""
    one = np.linalg.norm(matrix @ right - left * s, axis=0).max()
    other = np.linalg.norm(matrix.T @ left - right * s, axis=0).max()
    return float(max(one, other) / s.max())


def ours(matrix, k, tolerance):
    from rowspace.factor.grammar import Factorization, Spectral
    from rowspace.factor.solvers import solve
    from rowspace.observe.observations import Observations

    f = Factorization(dim=k, solver=Spectral(power=1.0, tolerance=tolerance))
    solve(Factorization(dim=2), Observations.from_matrix(matrix[:50], rows="user", cols="item"))
    obs = Observations.from_matrix(matrix, rows="user", cols="item")
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

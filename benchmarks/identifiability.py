"""Can factors be known? The sufficiently scattered check against all vertices, and planted ranks.

First part: 240 random nonnegative factors (3 to 7 columns, of every density) whose condition is
decided by enumerating every vertex of the feasible set. Second part: products of planted factors,
150 x 300, with noise of 0 to 2 times the mean cut at zero; the rule of `estimate_rank` was fixed on
other seeds. "Dense" factors are exponential; "sparse" ones have half of their entries zero.
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

TITLE = "Identifiability: sufficiently scattered factors, and the rank of planted data"
NOTE = """
Published: the scattered check needs a commercial global solver (literature 13), and the clustering
of many factorizations finds planted ranks (14). A rank is right, undetermined, or wrong; what
counts is that it is not wrong. Targets: all verdicts as by enumeration; at noise up to 0.5 at least
90 % right; undetermined at 2.0. Sparse factors can still be counted at noise 2.0 when they are few,
and then they are.
"""


def run(data: Path, quick: bool) -> list[dict[str, object]]:
    return scattered(40 if quick else 240) + planted_ranks(3 if quick else 10)


def scattered(trials: int) -> list[dict[str, object]]:
    from rowspace.judge.identifiability import sufficiently_scattered

    rng = np.random.default_rng(0)
    agree = holds = 0
    spent = enumerated = 0.0
    for i in range(trials):
        r = 3 + i % 5
        factor = rng.random((int(rng.integers(2 * r, 12 * r)), r))
        factor *= rng.random(factor.shape) < rng.uniform(0.2, 0.9)
        start = time.process_time()
        verdict = sufficiently_scattered(factor, seed=i).verdict
        middle = time.process_time()
        truth = largest_of_all_vertices(factor) <= 1 + 1e-6
        spent, enumerated = spent + middle - start, enumerated + time.process_time() - middle
        agree += (verdict == "holds") == truth
        holds += truth
    return [
        {
            "task": f"sufficiently scattered, {trials} factors",
            "right": f"{agree} of {trials}",
            "undetermined": "0",
            "wrong": trials - agree,
            "CPU ms each": 1e3 * spent / trials,
            "remark": f"{holds} hold, {trials - holds} do not; enumeration takes "
            f"{1e3 * enumerated / trials:.0f} ms",
        }
    ]


def largest_of_all_vertices(factor: np.ndarray) -> float:
    """The largest |x|^2 over all vertices of {h x >= 0, sum x = 1}; infinite where unbounded."""
    from scipy.spatial import ConvexHull, QhullError

    h = factor[factor.any(axis=1)]
    r = h.shape[1]
    h = np.unique((h / h.sum(axis=1, keepdims=True)).round(12), axis=0)
    if np.linalg.matrix_rank(h) < r:
        return np.inf
    # x = 1 / r + B y with B a basis of sum 0; a half-space becomes a point, a vertex a facet.
    basis = np.linalg.svd(np.ones((1, r)))[2][1:].T
    points = -(h @ basis) * r
    try:
        hull = ConvexHull(points)
    except QhullError:  # too many points in one face: move them by rounding errors
        hull = ConvexHull(points, qhull_options="QJ")
    ends = hull.equations[:, -1]
    if (ends > -1e-10).any():
        return np.inf
    x = 1 / r - (hull.equations[:, :-1] / ends[:, None]) @ basis.T
    return float((x**2).sum(axis=1).max())


def planted_ranks(repeats: int) -> list[dict[str, object]]:
    from rowspace.judge.rank import estimate_rank

    rows = []
    for kind in ("dense", "sparse"):
        for noise in (0.0, 0.05, 0.2, 0.5, 1.0, 2.0):
            right = undetermined = wrong = 0
            start = time.process_time()
            for repeat in range(repeats):
                for k in range(3, 13):
                    x = planted(k, noise, kind, [k, repeat, int(100 * noise), 77])
                    found = estimate_rank(x)["rank"].value
                    right += found == k
                    undetermined += bool(np.isnan(found))
                    wrong += not (found == k or np.isnan(found))
            n = 10 * repeats
            rows.append(
                {
                    "task": f"rank, {kind} factors, noise {noise:g}",
                    "right": f"{right} of {n}",
                    "undetermined": f"{undetermined}",
                    "wrong": wrong,
                    "CPU ms each": 1e3 * (time.process_time() - start) / n,
                    "remark": "",
                }
            )
    return rows


def planted(k: int, noise: float, kind: str, seed: list[int]) -> np.ndarray:
    rng = np.random.default_rng(seed)
    w, h = rng.exponential(size=(150, k)), rng.exponential(size=(k, 300))
    if kind == "sparse":
        w, h = w * (rng.random(w.shape) < 0.5), h * (rng.random(h.shape) < 0.5)
    x = w @ h
    return np.maximum(x + noise * x.mean() * rng.standard_normal(x.shape), 0)

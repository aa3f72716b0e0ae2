"""Whether 95 % intervals cover 95 %: error bars on data drawn from the model (literature 285).

Data: generated. U and V standard normal (n x k, m x k), each cell seen with the same chance, its
value u.v (and biases) plus noise of variance noise^2 / w with known weights w (Gamma, mean 1). Both
sides are fitted with l2 = noise^2, the variance of the noise over that of the vectors. An interval
of a score covers the true score; one of a cosine, the cosine of the true vectors in the
coordinates of the columns that it was fitted with: the true ones, or the fitted ones.
"""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path

import numpy as np

TITLE = "Error bars: how often 95 % intervals cover the truth"
NOTE = (
    "`scores seen`, `scores unseen`: both sides fitted; cells that the fit saw and did not see. "
    "`unseen, sum only`: the same without the term for cells that were not seen, the plain sum of "
    "what both sides contribute. `cosines`, `differences`: of two rows, and of two such cosines "
    "with a row in common, columns known. `cosines, fitted`: both sides fitted, the truth turned "
    "into the coordinates of the fitted columns; their own errors are not in the interval, which "
    "is conditional on them. `ranks`: 95 % intervals of the rank of a column in the list of a row. "
    "`CPU of a sweep`: what the full covariances of both sides cost over what one exact sweep "
    "costs. Mean over 5 draws. The last rows: few cells, little to estimate from."
)
Z = 1.959964

#           n, m, k, seen, noise, weights, biases
SETTINGS = [
    (400, 300, 4, 0.3, 0.5, False, False),
    (400, 300, 4, 0.3, 0.5, True, False),
    (400, 300, 4, 0.3, 2.0, True, False),
    (400, 300, 8, 0.3, 0.5, True, False),
    (400, 300, 16, 0.3, 0.5, True, False),
    (400, 300, 8, 0.6, 1.0, True, False),
    (400, 300, 8, 1.0, 1.0, True, False),
    (400, 300, 8, 0.3, 0.5, True, True),
    (1000, 600, 8, 0.2, 1.0, True, False),
    (400, 300, 8, 0.15, 1.0, True, False),
    (200, 100, 8, 0.3, 1.0, True, False),
]


def run(data: Path, quick: bool) -> list[dict[str, object]]:
    rows = []
    for setting in SETTINGS[:2] if quick else SETTINGS:
        found = [trial(*setting, seed=seed) for seed in range(1 if quick else 5)]
        n, m, k, share, noise, weights, biases = setting
        row: dict[str, object] = {
            "rows x columns": f"{n} x {m}",
            "dim": k,
            "seen": share,
            "noise": noise,
            "weights": "known" if weights else "1",
            "biases": "yes" if biases else "",
        }
        for key in found[0]:
            mean = float(np.mean([f[key] for f in found]))
            row[key] = "" if np.isnan(mean) else round(mean, 3)
        rows.append(row)
    return rows


def trial(n, m, k, share, noise, weights, biases, seed):
    """Draw, fit and count: the share of intervals that cover."""
    from scipy.sparse import csr_array

    from rowspace.explain import rank
    from rowspace.factor.covariance import Fitted, error_bars
    from rowspace.factor.grammar import (
        Alternating,
        Biases,
        Factorization,
        Free,
        Given,
        Ignore,
        Lookup,
        NoOffset,
    )
    from rowspace.factor.solvers import solve
    from rowspace.observe.observations import Observations

    rng = np.random.default_rng(seed)
    u, v = rng.standard_normal((n, k)), rng.standard_normal((m, k))
    truth = u @ v.T
    if biases:
        truth = truth + 2.0 + rng.standard_normal((n, 1)) + rng.standard_normal(m)
    w = rng.gamma(4.0, 0.25, (n, m)) if weights else np.ones((n, m))
    t = truth + noise * rng.standard_normal((n, m)) / np.sqrt(w)
    seen = rng.random((n, m)) < share
    at = np.nonzero(seen)
    cells = csr_array((t[at].astype(np.float32), at), shape=(n, m))
    obs = Observations.from_matrix(cells, rows="row", cols="column")
    obs = dataclasses.replace(obs, weights=w[at].astype(np.float32))
    side = Lookup(Free(noise**2))
    f = Factorization(
        dim=k, confidence=Given(), unobserved=Ignore(), rows=side, cols=side,
        offset=Biases() if biases else NoOffset(), solver=Alternating(100, 1e-7),
    )  # fmt: skip
    begun = time.process_time()
    fitted = solve(f, obs, seed)
    sweep = (time.process_time() - begun) / fitted.facts["sweeps"]
    begun = time.process_time()
    barred = error_bars(f, obs, fitted)
    cost = time.process_time() - begun

    plain, whole, value = variances(barred)
    out = {}
    off = np.abs(value - truth)
    out["scores seen"] = (off < Z * np.sqrt(plain))[seen].mean()
    if share < 1:
        out["scores unseen"] = (off < Z * np.sqrt(whole))[~seen].mean()
        out["unseen, sum only"] = (off < Z * np.sqrt(plain))[~seen].mean()
    else:
        out["scores unseen"] = out["unseen, sum only"] = np.nan

    # The rows alone, with the columns known.
    out["cosines"], out["differences"] = np.nan, np.nan
    if not biases:
        alone = rows_alone(Fitted.of(f, obs, dataclasses.replace(fitted, cols=v.astype("f4"))))
        out["cosines"], out["differences"] = cosines(space_of(obs, f, alone), u)
    wide = fitted.cols.astype(np.float64)
    if biases:  # a bias also takes up a shift of the columns
        wide = np.c_[wide, np.ones(m)]
    turned = u @ np.linalg.lstsq(wide, v, rcond=None)[0][:k].T
    out["cosines, fitted"] = cosines(space_of(obs, f, barred), turned)[0]

    space = space_of(obs, f, barred)
    inside = []
    for i in range(0, n, max(n // 100, 1)):
        j = int(rng.integers(m))
        told = rank(space, i, j, seed=seed, draws=400)
        inside.append(told.low <= 1 + (truth[i] > truth[i, j]).sum() <= told.high)
    out["ranks"] = np.mean(inside)
    out["noise found"] = np.sqrt(barred.facts["noise"])
    out["CPU of a sweep"] = cost / sweep
    return out


def variances(barred):
    """Return the variances of all scores: the sum of both sides, that and the term for unseen
    cells, and the scores."""
    from rowspace.factor.covariance import score_variance

    u, v = barred.rows.astype(np.float64), barred.cols.astype(np.float64)
    value = u @ v.T
    if "bias" in barred.extras["rows"]:
        b, c = (barred.extras[s]["bias"].astype(np.float64) for s in ("rows", "cols"))
        value = value + barred.facts["mean"] + b[:, None] + c
        u, v = np.c_[u, np.ones(len(u))], np.c_[v, np.ones(len(v))]
    a = np.einsum("ja,iab,jb->ij", v, barred.extras["rows"]["covariance"], v, optimize=True)
    b = np.einsum("ia,jab,ib->ij", u, barred.extras["cols"]["covariance"], u, optimize=True)
    return a + b, score_variance(a, b, barred.facts), value


def rows_alone(fitted):
    """Return the rows solved with the columns as they are, and their covariances alone."""
    from rowspace.factor.factors import Factors
    from rowspace.factor.halves import solve_half
    from rowspace.threads import kernel_threads

    with kernel_threads():
        side = solve_half(fitted.statement, fitted.rows, fitted.cols, fitted.mean, True).side
        fitted = dataclasses.replace(fitted, rows=side)
        inverse, used = fitted.inverses("rows", lambda rows, c: c)
        told = fitted.noise({"rows": float(used.sum()), "cols": 0.0})
    extras = {"rows": {"covariance": (told["noise"] * inverse).astype(np.float32)}}
    return Factors(side.vectors, fitted.cols.vectors, extras=extras, facts=told)


def space_of(obs, f, factors):
    """Return the space of factors."""
    from rowspace.space.space import Space

    return Space.from_factors(obs, factors, f, recipe=None, states=[], seed=0, timings={})


def cosines(space, truth):
    """Return how often the intervals of cosines and of their differences cover the truth."""
    from rowspace.explain import cosine, cosine_difference

    unit = truth / np.linalg.norm(truth, axis=1, keepdims=True)
    one, two = [], []
    for i in range(len(unit) - 2):
        told = cosine(space, "row", i, i + 1)
        one.append(told.low <= unit[i] @ unit[i + 1] <= told.high)
        told = cosine_difference(space, "row", (i, i + 1), (i, i + 2))
        two.append(told.low <= unit[i] @ (unit[i + 1] - unit[i + 2]) <= told.high)
    return np.mean(one), np.mean(two)

"""Unmixing of the Samson scene: which constraints find the materials and their amounts.

Data: samson, 95 x 95 pixels x 156 bands with three reference endmembers (soil, tree, water; each
scaled to a maximum of 1) and their abundances per pixel. The matrix is pixels x bands; the rows of
a factorization are abundances, its columns hold the endmembers. Published mean spectral angles on
this scene lie between about .03 and .30 rad, depending on initialisation (Zhu et al. 2014; Palsson
et al. 2022). Baselines: vertex component analysis (Nascimento, Dias 2005), plain NMF.
"""

from __future__ import annotations

import time
from itertools import permutations
from pathlib import Path

import numpy as np

TITLE = "Samson: spectral angle of the endmembers and error of the abundances"
NOTE = (
    "Mean and standard deviation over {seeds} seeds (of the random start, or of VCA's random "
    "directions). `noise at 10 dB`: normal noise of a tenth of the scene's power on every cell; "
    "`5 % wild cells`: so many replaced by a number from 0 to 2. Found endmembers are matched to "
    "the reference by the least total angle, scaled to a maximum of 1, and abundances then "
    "divided by their sum in every pixel, except where the constraint already makes that 1. "
    "`fit`: |X - U V'| / |X|. Settings were not chosen by the reference: several are shown where "
    "there are any."
)
DIM = 3
CLEAN, NOISY, WILD = "as it is", "noise at 10 dB", "5 % wild cells"


def run(data: Path, quick: bool) -> list[dict[str, object]]:
    global NOTE
    file = data / "samson" / "samson.npz"
    if not file.exists():
        raise FileNotFoundError(2, "no such file", str(file))
    stored = np.load(file, allow_pickle=False)
    step = 4 if quick else 1
    cube = stored["cube"][::step, ::step]
    truth = stored["abundances"][::step, ::step].reshape(-1, DIM)
    reference = stored["endmembers"]
    x = np.ascontiguousarray(cube.reshape(-1, cube.shape[2]), np.float32)
    seeds, sweeps = (2, 30) if quick else (3, 100)
    NOTE = NOTE.format(seeds=seeds)
    rows = []
    for scene, shown in scenes(x).items():
        for name, start, fit in systems(shown, cube.shape[:2], sweeps, scene):
            found = []
            for seed in range(seeds):
                clock = time.process_time()
                abundances, endmembers, mixed = fit(seed)
                clock = time.process_time() - clock
                angle, error = judged(abundances, endmembers, reference, truth, mixed)
                fitted = np.linalg.norm(shown - abundances @ endmembers) / np.linalg.norm(shown)
                found.append((angle, error, fitted, clock))
            angle, error, fitted, clock = np.array(found).T
            rows.append(
                {
                    "scene": scene,
                    "system": name,
                    "start": start,
                    "spectral angle (rad)": spread(angle),
                    "abundance RMSE": spread(error),
                    "fit": float(fitted.mean()),
                    "CPU s": float(clock.mean()),
                }
            )
    return rows


def scenes(x):
    """Return the scene as it is, under noise, and with wild cells."""
    rng = np.random.default_rng(0)
    noise = np.sqrt((x**2).mean() / 10) * rng.standard_normal(x.shape)
    wild = rng.random(x.shape) < 0.05
    return {
        CLEAN: x,
        NOISY: np.maximum(x + noise, 0).astype(np.float32),
        WILD: np.where(wild, 2 * rng.random(x.shape), x).astype(np.float32),
    }


def systems(x, shape, sweeps, scene):
    """Return (name, start, seed -> (abundances, endmembers, whether abundances sum to 1))."""
    from rowspace.factor.grammar import Alternating, Factorization, Lookup, NonNegative, Simplex
    from rowspace.recipes.graph_nmf import graph_nmf
    from rowspace.recipes.nmf import nmf
    from rowspace.recipes.robust_nmf import robust_nmf
    from rowspace.recipes.sparse_nmf import sparse_nmf

    limits = {"sweeps": sweeps, "tolerance": 1e-5}
    plain = [("nmf", nmf(DIM, **limits))]
    sparse = [(f"sparse-nmf, l1={l1}", sparse_nmf(DIM, l1=l1, **limits)) for l1 in (0.01, 0.1)]
    graph = [
        (f"graph-nmf, weight={w}, l1={l1}", graph_nmf(DIM, weight=w, l1=l1, **limits))
        for w in (0.1, 1.0)
        for l1 in (0.0, 0.1)
    ]
    robust = [
        ("robust-nmf, scale=0.1", robust_nmf(DIM, scale=0.1, **limits)),
        ("robust-nmf, huber, scale=0.02", robust_nmf(DIM, loss="huber", scale=0.02, **limits)),
    ]
    simplex = Factorization(
        dim=DIM, rows=Lookup(Simplex()), cols=Lookup(NonNegative()), solver=Alternating(**limits)
    )
    others = [('nmf, loss="kl"', nmf(DIM, loss="kl", **limits)), ("simplex abundances", simplex)]
    kinds = {
        CLEAN: plain + sparse + graph + robust + others,
        NOISY: plain + sparse + graph,
        WILD: plain + robust,
    }[scene]
    grid = neighbours(*shape)
    yield "VCA, then non-negative abundances", "", lambda seed: (*by_vertices(x, seed), False)
    for start in ("random", "VCA") if scene == CLEAN else ("VCA",):
        for name, factorization in kinds:
            yield name, start, fitting(x, factorization, grid, start == "VCA")


def fitting(x, factorization, grid, vertices):
    """Return the function of a seed that fits a factorization."""
    from rowspace.factor.factors import Factors
    from rowspace.factor.gram import constraint_of
    from rowspace.factor.grammar import GraphSmooth, Simplex
    from rowspace.factor.solvers import solve
    from rowspace.observe.observations import Observations

    obs = Observations.from_matrix(x, rows="pixel", cols="band")
    constraint = constraint_of(factorization, "rows")
    graphs = {"rows": grid} if isinstance(constraint, GraphSmooth) else None

    def fit(seed):
        start = None
        if vertices:
            abundances, endmembers = by_vertices(x, seed)
            start = Factors(abundances, np.ascontiguousarray(endmembers.T))
        found = solve(factorization, obs, seed, start=start, graphs=graphs)
        return found.rows, found.cols.T, isinstance(constraint, Simplex)

    return fit


def neighbours(height, width):
    """Return the graph that joins every pixel to the four beside it, n x n."""
    from scipy.sparse import csr_array, diags_array, eye_array, kron

    def line(n):
        return diags_array([np.ones(n - 1), np.ones(n - 1)], offsets=[-1, 1])

    return csr_array(
        kron(eye_array(height), line(width)) + kron(line(height), eye_array(width)),
        dtype=np.float32,
    )


def by_vertices(x, seed):
    """Return abundances by non-negative least squares on the endmembers that VCA finds."""
    from scipy.optimize import nnls

    endmembers = x[vertices(x.astype(np.float64), DIM, np.random.default_rng(seed))]
    wide = endmembers.T.astype(np.float64)
    abundances = np.array([nnls(wide, pixel)[0] for pixel in x.astype(np.float64)])
    return abundances.astype(np.float32), np.ascontiguousarray(endmembers)


def vertices(x, k, rng):
    """Return the k purest pixels: vertex component analysis (Nascimento, Dias 2005).

    Pixels are projected onto their k main directions and divided by their brightness, so that
    mixtures lie in a simplex; the pixel that is farthest along a random direction orthogonal
    to the vertices so far is the next one.
    """
    main = np.linalg.svd(x.T @ x / len(x))[0][:, :k]
    y = x @ main
    y = y / np.maximum(y @ y.mean(axis=0), 1e-12)[:, None]
    basis = np.zeros((k, k))
    basis[-1, 0] = 1
    found = []
    for h in range(k):
        w = rng.random(k)
        direction = w - basis @ np.linalg.pinv(basis) @ w
        found.append(int(np.argmax(np.abs(y @ (direction / np.linalg.norm(direction))))))
        basis[:, h] = y[found[-1]]
    return found


def judged(abundances, endmembers, reference, truth, mixed):
    """Return the mean spectral angle and the abundance RMSE after matching."""
    a, e = np.asarray(abundances, np.float64), np.asarray(endmembers, np.float64)
    length = np.linalg.norm(e, axis=1) * np.linalg.norm(reference, axis=1)[:, None]
    angles = np.arccos(np.clip(reference @ e.T / np.maximum(length, 1e-12), -1, 1))
    order = list(min(permutations(range(DIM)), key=lambda p: angles[range(DIM), p].sum()))
    if not mixed:
        a = a * e.max(axis=1)
        a = a / np.maximum(a.sum(axis=1, keepdims=True), 1e-12)
    return float(angles[range(DIM), order].mean()), float(
        np.sqrt(np.mean((a[:, order] - truth) ** 2))
    )


def spread(values):
    """Write mean and standard deviation."""
    return f"{values.mean():.3f} ± {values.std(ddof=1):.3f}"

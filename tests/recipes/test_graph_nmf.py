"""`graph-nmf`: neighbours in the graph become alike, and noise is averaged away."""

import numpy as np
import pytest
from scipy.sparse import csr_array

import rowspace as rs
from rowspace.factor.solvers import solve
from rowspace.recipes.graph_nmf import graph_nmf


@pytest.fixture(scope="module")
def noisy():
    """A chain of pixels whose mixture changes slowly, under noise; the graph; the clean matrix."""
    rng = np.random.default_rng(0)
    t = np.linspace(0, 1, 60)
    amounts = np.stack([t, 1 - t, 0.5 + 0.5 * np.sin(6 * t)], axis=1)
    clean = amounts @ rng.random((3, 15))
    x = np.maximum(clean + 0.2 * rng.standard_normal(clean.shape), 0).astype(np.float32)
    line = np.eye(60, k=1) + np.eye(60, k=-1)
    return rs.Observations.from_matrix(x, rows="pixel", cols="band"), line, clean


def fit(noisy, **options):
    obs, line, _ = noisy
    return solve(graph_nmf(3, **options), obs, graphs={"rows": csr_array(line)})


def test_the_objective_is_the_one_stated_and_falls(noisy):
    obs, line, _ = noisy
    found = fit(noisy, weight=2.0, l1=0.05, l2=0.1, sweeps=20, tolerance=0)
    u, v = found.rows.astype(float), found.cols.astype(float)
    assert u.min() >= 0 and v.min() >= 0
    apart = ((u[:, None] - u[None]) ** 2).sum(axis=2)
    stated = 0.5 * ((obs.cells - u @ v.T) ** 2).sum() + 2.0 / 4 * (line * apart).sum()
    stated += 0.05 * u.sum() + 0.05 * (v**2).sum()
    assert found.trace[-1] == pytest.approx(stated, rel=1e-3)
    assert (np.diff(found.trace) <= 1e-6 * found.trace[0]).all()


def test_smooth_rows_are_closer_to_what_is_under_the_noise(noisy):
    _, _, clean = noisy
    rough, smooth = (
        np.linalg.norm(f.rows @ f.cols.T - clean)
        for f in (fit(noisy, weight=1e-6), fit(noisy, weight=2.0))
    )
    assert smooth < 0.8 * rough


def test_without_a_graph_rows_are_joined_to_their_nearest(noisy):
    obs = noisy[0]
    found = solve(graph_nmf(3, neighbours=3, sweeps=5), obs)
    assert found.rows.min() >= 0 and np.isfinite(found.rows).all()

"""`wals` weighs every observed value as told, and the zeros a little."""

import numpy as np
import pytest
from scipy.sparse import csr_array, random_array

import rowspace as rs
from rowspace.observe.observations import Observations
from rowspace.recipes.wals import wals


@pytest.fixture(scope="module")
def weighted():
    rng = np.random.default_rng(0)
    cells = csr_array(random_array((30, 20), density=0.3, rng=rng)).astype(np.float32)
    labelled = rs.Observations.from_matrix(cells, rows="site", cols="season")
    weights = rng.random(cells.nnz).astype(np.float32) * 5
    return Observations(labelled.rows, labelled.cols, labelled.cells, weights=weights)


def test_every_row_solves_its_weighted_equation(weighted):
    space = rs.fit(weighted, wals(dim=3, weighted=True, unobserved=0.1, l2=0.05, sweeps=10))
    u, v = (space[s].vectors.astype(float) for s in ("site", "season"))
    x = weighted.cells.toarray().astype(float)
    w = csr_array((weighted.weights, weighted.cells.indices, weighted.cells.indptr)).toarray() + 0.1
    n = np.diff(weighted.cells.indptr)
    for i in range(30):
        g = (v.T * w[i]) @ v + 0.05 * (n[i] + 0.1 * 20) * np.eye(3)
        np.testing.assert_allclose(g @ u[i], v.T @ (w[i] * x[i]), atol=1e-4)


def test_zeros_that_weigh_as_much_as_values_leave_a_plain_svd():
    rng = np.random.default_rng(1)
    cells = csr_array(random_array((30, 20), density=0.3, rng=rng)).astype(np.float32)
    obs = rs.Observations.from_matrix(cells, rows="site", cols="season")
    heavy = rs.fit(obs, wals(dim=3, unobserved=1e4, l2=0, sweeps=200))
    svd = rs.fit(obs, "svd", dim=3)
    scores = [s["site"].vectors @ s["season"].vectors.T for s in (heavy, svd)]
    np.testing.assert_allclose(*scores, atol=2e-2)

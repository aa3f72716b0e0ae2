"""`complete` recovers a low-rank matrix from some of its cells, solved exactly or not."""

import numpy as np
import pytest
from scipy.sparse import csr_array

import rowspace as rs


@pytest.fixture(scope="module")
def planted():
    rng = np.random.default_rng(0)
    truth = rng.standard_normal((150, 4)) @ rng.standard_normal((4, 120))
    seen = rng.random(truth.shape) < 0.3
    cells = csr_array((truth[seen].astype(np.float32), seen.nonzero()), shape=truth.shape)
    return truth, seen, rs.Observations.from_matrix(cells, rows="i", cols="j")


@pytest.mark.parametrize("exact", [True, False])
def test_cells_that_were_not_observed_are_recovered(planted, exact):
    truth, seen, obs = planted
    space = rs.fit(obs, "complete", dim=4, l2=1e-7, sweeps=300, tolerance=1e-9, exact=exact)
    scores = space["i"].vectors @ space["j"].vectors.T
    miss = np.linalg.norm((scores - truth)[~seen]) / np.linalg.norm(truth[~seen])
    assert miss < 1e-2
    assert space.manifest["facts"]["gauge"] == "principal axes"


def test_it_stops_when_a_sweep_gains_nothing(planted):
    space = rs.fit(planted[2], "complete", dim=4, l2=1e-2, sweeps=500, tolerance=1e-4)
    assert 3 < space.manifest["facts"]["sweeps"] < 500


def test_an_observed_zero_is_a_value(planted):
    truth, seen, _ = planted
    cells = csr_array((truth[seen].astype(np.float32), seen.nonzero()), shape=truth.shape)
    cells.data[:40] = 0
    obs = rs.Observations.from_matrix(cells, rows="i", cols="j")
    assert obs.n_observed == seen.sum()
    space = rs.fit(obs, "complete", dim=60, l2=1e-4, sweeps=60)
    scores = space["i"].vectors @ space["j"].vectors.T
    coo = cells.tocoo()
    assert np.abs(scores[coo.row, coo.col][:40]).max() < 0.3

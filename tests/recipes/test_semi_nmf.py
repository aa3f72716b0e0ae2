"""`semi-nmf`: amounts of at least 0, features of either sign, few of them per column on request."""

import numpy as np
import pytest

import rowspace as rs
from rowspace.factor.solvers import solve
from rowspace.recipes.semi_nmf import semi_nmf


@pytest.fixture(scope="module")
def activations():
    rng = np.random.default_rng(0)
    amounts = rng.gamma(0.3, 1, (80, 4))
    return (amounts @ rng.standard_normal((4, 25)) + 0.01 * rng.standard_normal((80, 25))).astype(
        np.float32
    )


def observations(matrix):
    return rs.Observations.from_matrix(matrix, rows="token", cols="neuron")


def test_amounts_are_at_least_zero_and_nothing_wants_to_move(activations):
    found = solve(semi_nmf(4, sweeps=500, tolerance=0), observations(activations))
    u, v = found.rows.astype(float), found.cols.astype(float)
    assert u.min() >= 0 and v.min() < 0
    missed = u @ v.T - activations
    scale = np.linalg.norm(activations)
    assert np.abs(missed.T @ u).max() < 1e-3 * scale * np.abs(u).max()  # features: least squares
    slope = missed @ v
    assert slope.min() > -1e-3 * scale * np.abs(v).max()
    assert np.abs(slope * u).max() < 1e-3 * scale * np.abs(v).max() * u.max()
    assert np.linalg.norm(missed) < 0.02 * scale


def test_winners_are_so_many_and_the_objective_falls(activations):
    found = solve(semi_nmf(4, winners=2, sweeps=30, tolerance=0), observations(activations))
    assert ((found.cols != 0).sum(axis=1) <= 2).all() and found.rows.min() >= 0
    assert (np.diff(found.trace) <= 1e-6 * found.trace[0]).all()


def test_a_new_token_gets_the_vector_that_training_gave(activations):
    space = rs.fit(observations(activations), "semi-nmf", dim=4, sweeps=300)
    again = space.fold_in("token", dict(enumerate(activations[6].tolist())))
    np.testing.assert_allclose(again, space["token"].vectors[6], atol=1e-3)

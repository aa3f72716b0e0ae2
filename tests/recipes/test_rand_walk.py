"""`rand-walk` is the weighted least squares that its documentation says it is."""

import numpy as np
import pytest
from scipy.sparse import csr_array

import rowspace as rs
from rowspace.errors import InputError
from rowspace.recipes.rand_walk import rand_walk


def test_the_objective_is_the_one_stated_never_rises_and_ends_where_each_row_is_best(
    pairs, solved, double
):
    _, factors = solved(rand_walk(dim=4, cap=5, l2=0.3, sweeps=12), pairs)
    counts = pairs.cells.toarray().astype(float)
    u, v, b, c, mean = double(factors)
    objective, rows, biases = 0.0, -0.3 * u, -0.3 * b
    for i, j in zip(*counts.nonzero()):
        weight = min(counts[i, j], 5) / 5
        miss = np.log(counts[i, j]) - mean - b[i] - c[j] - u[i] @ v[j]
        objective += 0.5 * weight * miss**2
        rows[i] += weight * miss * v[j]
        biases[i] += weight * miss
    objective += 0.15 * sum((x**2).sum() for x in (u, v, b, c))
    trace = np.array(factors.trace)
    assert trace[-1] == pytest.approx(objective, rel=1e-4)
    assert (np.diff(trace) <= 1e-6 * trace[0]).all()
    np.testing.assert_allclose(rows, 0, atol=2e-3)
    np.testing.assert_allclose(biases, 0, atol=2e-3)


def test_counts_of_the_model_itself_are_fitted_though_the_lengths_are_free(solved, double):
    v = np.random.default_rng(1).normal(0, 0.5, (30, 3))
    law = 0.5 + ((v[:, None] + v) ** 2).sum(axis=2)
    obs = rs.Observations.from_matrix(csr_array(np.exp(law)), rows="word", cols="context")
    _, factors = solved(rand_walk(dim=3, cap=1e-9, l2=1e-5, sweeps=300), obs)
    u, w, b, c, mean = double(factors)
    np.testing.assert_allclose(mean + b[:, None] + c + u @ w.T, law, atol=0.02)


def test_a_stored_zero_has_no_logarithm_and_is_refused():
    cells = csr_array((np.array([2.0, 0.0]), ([0, 1], [0, 1])), shape=(2, 2))
    obs = rs.Observations.from_matrix(cells, rows="word", cols="context")
    with pytest.raises(InputError, match=r"LogValue needs values above 0, but .* holds 0"):
        rs.fit(obs, "rand-walk", dim=1)

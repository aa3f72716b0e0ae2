"""`glove-ls` minimises the objective of GloVe, charged, row by row."""

import numpy as np
import pytest
from scipy.sparse import csr_array

import rowspace as rs
from rowspace.errors import InputError
from rowspace.recipes.glove_ls import glove_ls


def slow_misses(counts, u, v, b, c, mean):
    """Return log x - score of every seen cell, else 0, one by one."""
    miss = np.zeros(counts.shape)
    for i, j in zip(*counts.nonzero()):
        miss[i, j] = np.log(counts[i, j]) - mean - b[i] - c[j] - u[i] @ v[j]
    return miss


@pytest.mark.parametrize(("x_max", "exponent", "l2"), [(4, 0.75, 0.5), (100, 0.5, 0.1)])
def test_the_objective_is_the_one_stated_never_rises_and_ends_where_each_row_is_best(
    pairs, solved, double, x_max, exponent, l2
):
    f = glove_ls(dim=4, x_max=x_max, exponent=exponent, l2=l2, sweeps=12)
    _, factors = solved(f, pairs)
    counts = pairs.cells.toarray().astype(float)
    u, v, b, c, mean = double(factors)
    weight = np.minimum(1, counts / x_max) ** exponent
    miss = slow_misses(counts, u, v, b, c, mean)
    charges = (u**2).sum() + (v**2).sum() + (b**2).sum() + (c**2).sum()
    trace = np.array(factors.trace)
    objective = 0.5 * (weight * miss**2).sum() + 0.5 * l2 * charges
    assert trace[-1] == pytest.approx(objective, rel=1e-4)
    assert (np.diff(trace) <= 1e-6 * trace[0]).all()
    np.testing.assert_allclose((weight * miss) @ v - l2 * u, 0, atol=2e-3)
    np.testing.assert_allclose((weight * miss).sum(axis=1) - l2 * b, 0, atol=2e-3)


def test_counts_of_a_law_of_biases_and_vectors_are_found_again(solved, double):
    rng = np.random.default_rng(0)
    u, v, b, c = (rng.normal(0, 0.7, shape) for shape in ((25, 2), (20, 2), 25, 20))
    law = 1 + b[:, None] + c + u @ v.T
    obs = rs.Observations.from_matrix(csr_array(np.exp(law)), rows="word", cols="context")
    _, factors = solved(glove_ls(dim=2, l2=1e-5, x_max=1e-9, sweeps=300), obs)
    u2, v2, b2, c2, mean = double(factors)
    np.testing.assert_allclose(mean + b2[:, None] + c2 + u2 @ v2.T, law, atol=0.02)


def test_a_stored_zero_has_no_logarithm_and_is_refused():
    cells = csr_array((np.array([2.0, 0.0]), ([0, 1], [0, 1])), shape=(2, 2))
    obs = rs.Observations.from_matrix(cells, rows="word", cols="context")
    with pytest.raises(InputError, match=r"LogValue needs values above 0, but .* holds 0"):
        rs.fit(obs, "glove-ls", dim=1)

"""`ials` minimises the weighted objective of Hu, Koren and Volinsky over all cells."""

import numpy as np
import pytest

import rowspace as rs
from rowspace.errors import InputError


@pytest.fixture(scope="module")
def counts():
    rng = np.random.default_rng(1)
    taste = rng.random((40, 3)) @ rng.random((3, 30))
    return rng.poisson(np.where(taste > np.quantile(taste, 0.7), 2.0, 0.05)).astype(np.float32)


def observations(counts):
    from scipy.sparse import csr_array

    return rs.Observations.from_matrix(csr_array(counts), rows="user", cols="item")


def charge(counts, l2, frequency):
    n = (counts > 0).sum(axis=1)
    return l2 * (n + counts.shape[1]) ** frequency


@pytest.mark.parametrize(("l2", "frequency"), [(0.01, 1.0), (2.0, 0.0)])
def test_at_the_end_every_user_solves_its_own_equation(counts, l2, frequency):
    space = rs.fit(
        observations(counts),
        "ials",
        dim=4,
        confidence="linear",
        alpha=5,
        unobserved=1.0,
        l2=l2,
        frequency=frequency,
        sweeps=30,
    )
    u, v = space["user"].vectors.astype(float), space["item"].vectors.astype(float)
    for i, x in enumerate(counts):
        weight = 1 + 5 * x
        g = (v.T * weight) @ v + charge(counts, l2, frequency)[i] * np.eye(4)
        np.testing.assert_allclose(g @ u[i], v.T @ (weight * (x > 0)), atol=1e-3)


def test_the_objective_falls_with_every_sweep_and_is_the_one_stated(counts):
    space = rs.fit(
        observations(counts),
        "ials",
        dim=4,
        confidence="linear",
        alpha=5,
        unobserved=1.0,
        l2=0.01,
        frequency=1,
        sweeps=10,
    )
    trace = np.array(space.manifest["trace"])
    assert np.all(np.diff(trace) <= 1e-6 * trace[0])
    u, v = space["user"].vectors.astype(float), space["item"].vectors.astype(float)
    misses = (1 + 5 * counts) * ((counts > 0) - u @ v.T) ** 2
    charges = (charge(counts, 0.01, 1) * (u**2).sum(axis=1)).sum()
    charges += (charge(counts.T, 0.01, 1) * (v**2).sum(axis=1)).sum()
    assert trace[-1] == pytest.approx(0.5 * (misses.sum() + charges), rel=1e-4)


def test_a_new_user_gets_the_vector_that_training_gave(counts):
    obs = observations(counts)
    space = rs.fit(obs, "ials", dim=4, alpha=5, sweeps=3)  # every sweep ends with the users
    row = obs.cells[[3]]
    again = space.fold_in("user", dict(zip(row.indices.tolist(), row.data.tolist())))
    np.testing.assert_allclose(again, space["user"][3], atol=1e-5)


def test_negative_counts_are_refused_with_the_cell(counts):
    bad = counts.copy()
    bad[2, 5] = -1
    with pytest.raises(InputError, match="user 2 and item 5 is -1"):
        rs.fit(observations(bad), "ials", dim=2)


def test_by_default_confidence_grows_with_the_logarithm(counts):
    f = rs.fit(observations(counts), "ials", dim=2, sweeps=1).factorization
    assert str(f.confidence) == "Log(alpha=1.0, eps=1.0)"
    with pytest.raises(InputError, match="confidence is 'sqrt', but 'log', 'linear' or 'constant'"):
        rs.fit(observations(counts), "ials", dim=2, confidence="sqrt")


def test_by_default_the_background_weighs_ten_times_the_observations(counts):
    f = rs.fit(observations(counts), "ials", dim=2, sweeps=1).factorization
    confidence = np.log1p(counts).sum()
    assert f.unobserved.weight * counts.size == pytest.approx(10 * confidence, rel=1e-5)

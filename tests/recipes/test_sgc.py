"""`sgc` is the SVD of smoothed features: labels spread along edges, noise is averaged away."""

import numpy as np
import pytest
from scipy.sparse import csr_array

import rowspace as rs
from rowspace.errors import InputError
from rowspace.observe.observations import Observations


def noisy(n=200):
    rng = np.random.default_rng(0)
    group = np.arange(n) % 2
    p = np.where(group[:, None] == group[None], 0.1, 0.01)
    a = np.triu(rng.random((n, n)) < p, 1)
    f = rng.random((n, 40)) < np.where(np.arange(40) % 2 == group[:, None], 0.12, 0.06)
    obs = Observations.from_matrix(csr_array(f.astype(np.float32)), rows="node", cols="word")
    return obs, csr_array((a + a.T).astype(np.float32)), group


def separation(x, group):
    """The share of nodes on the right side of the line between the two means."""
    means = [x[group == g].mean(axis=0) for g in (0, 1)]
    score = x @ (means[1] - means[0]) - (means[1] + means[0]) @ (means[1] - means[0]) / 2
    return ((score > 0) == group).mean()


def test_smoothing_separates_communities_better_than_features_alone():
    obs, a, group = noisy()
    raw, smooth = (
        separation(rs.fit(obs, "sgc", dim=4, steps=s, graphs={"node": a})["node"].vectors, group)
        for s in (0, 2)
    )
    assert smooth > 0.95 > raw


def test_no_steps_are_the_svd_of_the_weighted_features():
    obs, a, _ = noisy()
    found = rs.fit(obs, "sgc", dim=5, steps=0, tolerance=1e-5, graphs={"node": a})
    plain = rs.fit(obs, "lsa", dim=5, tolerance=1e-5)
    np.testing.assert_allclose(found["node"].vectors, plain["node"].vectors, atol=1e-3)


def test_an_unknown_weighting_is_refused():
    with pytest.raises(InputError, match="'none' or 'tfidf' was expected"):
        rs.fit(noisy()[0], "sgc", weighting="bm25")

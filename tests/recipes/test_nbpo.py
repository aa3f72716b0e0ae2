"""`nbpo` lowers the weight of zeros that may be hidden yeses, and estimates how many there are."""

import numpy as np
import pytest
from scipy.sparse import csr_array

import rowspace as rs


@pytest.fixture(scope="module")
def taste():
    rng = np.random.default_rng(0)
    groups = rng.integers(0, 3, 90)
    return groups[:, None] == rng.integers(0, 3, 45)[None, :]


def observed(taste, share, seed=1):
    rng = np.random.default_rng(seed)
    seen = taste & (rng.random(taste.shape) < share)
    return rs.Observations.from_matrix(csr_array(seen.astype(np.float32)), rows="user", cols="item")


def test_the_more_is_hidden_the_more_it_estimates(taste):
    shares = [
        rs.fit(observed(taste, share), "nbpo", dim=3, ratio=2).manifest["facts"]["hidden"]
        for share in (0.9, 0.5, 0.2)
    ]
    assert shares == sorted(shares) and shares[0] > 0 and shares[-1] < 1


def test_hidden_yeses_score_above_noes(taste):
    obs = observed(taste, 0.5)
    space = rs.fit(obs, "nbpo", dim=3, ratio=2)
    scores = space["user"].vectors @ space["item"].vectors.T
    hidden = taste & (obs.cells.toarray() == 0)
    assert np.median(scores[hidden]) > np.quantile(scores[~taste], 0.95)


def test_a_seed_repeats(taste):
    one, two = (rs.fit(observed(taste, 0.5), "nbpo", dim=3, seed=4, sweeps=4) for _ in range(2))
    np.testing.assert_array_equal(one["item"].vectors, two["item"].vectors)

"""`als-explicit` learns a mean and biases besides the vectors."""

import numpy as np
import pytest
from scipy.sparse import csr_array

import rowspace as rs


@pytest.fixture(scope="module")
def ratings():
    rng = np.random.default_rng(0)
    generous, liked = rng.normal(0, 0.5, 80), rng.normal(0, 0.7, 50)
    taste = rng.normal(0, 0.5, (80, 2)) @ rng.normal(0, 1, (2, 50))
    truth = 3.5 + generous[:, None] + liked + taste
    seen = rng.random(truth.shape) < 0.5
    x = (truth + rng.normal(0, 0.1, truth.shape))[seen].astype(np.float32)
    cells = csr_array((x, seen.nonzero()), shape=truth.shape)
    return truth, seen, rs.Observations.from_matrix(cells, rows="user", cols="item")


def test_every_user_solves_for_vector_and_bias_together(ratings):
    _, seen, obs = ratings
    space = rs.fit(obs, "als-explicit", dim=2, l2=0.05)
    u, v = (space[s].vectors.astype(float) for s in ("user", "item"))
    mean = space.manifest["facts"]["mean"]
    assert mean == pytest.approx(obs.cells.data.mean(), rel=1e-5)
    x = obs.cells.toarray().astype(float)
    b, c = (space[s].extras["bias"].astype(float) for s in ("user", "item"))
    for i in range(80):
        own = np.column_stack([v, np.ones(50)])[seen[i]]
        n = seen[i].sum()
        g = own.T @ own + 0.05 * n * np.eye(3)
        pull = own.T @ (x[i] - mean - c)[seen[i]]
        np.testing.assert_allclose(g @ [*u[i], b[i]], pull, atol=2e-3)


def test_ratings_that_were_not_observed_are_predicted(ratings):
    truth, seen, obs = ratings
    space = rs.fit(obs, "als-explicit", dim=2, l2=0.01, sweeps=40)
    got = np.array([[space.score(i, j) for j in range(50)] for i in range(20)])
    miss = np.sqrt(((got - truth[:20])[~seen[:20]] ** 2).mean())
    assert miss < 0.25 < np.std(truth[:20][~seen[:20]])


def test_recommendations_are_ordered_by_the_whole_score(ratings):
    space = rs.fit(ratings[2], "als-explicit", dim=2)
    hits = space.recommend(3, k=50, exclude_seen=False)
    scores = [space.score(3, j) for j in hits.ids]
    np.testing.assert_allclose(hits.scores, scores, rtol=1e-4)
    assert scores == sorted(scores, reverse=True)

"""`rel-mf` minimises the unbiased loss with inverse propensities, and finds rare relevant items."""

import numpy as np
import pytest
from scipy.sparse import csr_array

import rowspace as rs
from rowspace.recipes.rel_mf import rel_mf


@pytest.fixture(scope="module")
def clicks():
    rng = np.random.default_rng(0)
    y = rng.random((50, 20)) < 0.7 * 0.9 ** np.arange(20)
    return rs.Observations.from_matrix(csr_array(y.astype(np.float32)), rows="user", cols="item")


def test_no_step_lowers_the_loss_of_the_paper(clicks):
    space = rs.fit(clicks, rel_mf(dim=3, clip=0.2, l2=0.0, frequency=0.0, sweeps=300))
    y = clicks.cells.toarray().astype(float)
    theta = np.maximum((y.sum(0) / y.sum(0).max()) ** 0.5, 0.2)

    def loss(u, v):
        s = u @ v.T
        return (y / theta * (1 - s) ** 2 + (1 - y / theta) * s**2).sum()

    u, v = (space[s].vectors.astype(float) for s in ("user", "item"))
    least, rng = loss(u, v), np.random.default_rng(1)
    for _ in range(20):
        a, b = (1e-2 * rng.standard_normal(x.shape) for x in (u, v))
        assert loss(u + a, v + b) > least
    s = np.linalg.svd(y / theta, compute_uv=False)
    constant = (y / theta - (y / theta) ** 2).sum()
    assert least == pytest.approx((s[3:] ** 2).sum() + constant, rel=1e-4)  # Eckart, Young


def test_full_exposure_leaves_a_plain_factorization_of_ones(clicks):
    space = rs.fit(clicks, rel_mf(dim=3, exponent=0.0, l2=0.0, sweeps=200))
    svd = rs.fit(clicks, "svd", dim=3)
    scores = [s["user"].vectors @ s["item"].vectors.T for s in (space, svd)]
    np.testing.assert_allclose(*scores, atol=1e-2)


def test_a_new_user_is_lifted_by_the_same_propensities(clicks):
    space = rs.fit(clicks, rel_mf(dim=3, sweeps=5))
    row = clicks.cells[[4]]
    again = space.fold_in("user", dict(zip(row.indices.tolist(), row.data.tolist())))
    np.testing.assert_allclose(again, space["user"][4], atol=1e-4)

"""`eals` weighs zeros by the popularity of their column."""

import numpy as np
import pytest
from scipy.sparse import csr_array

import rowspace as rs
from rowspace.recipes.eals import eals
from rowspace.recipes.ials import ials


@pytest.fixture(scope="module")
def clicks():
    rng = np.random.default_rng(0)
    popular = 0.6 * 0.85 ** np.arange(30)
    seen = rng.random((60, 30)) < popular
    return rs.Observations.from_matrix(csr_array(seen.astype(np.float32)), rows="user", cols="item")


def test_every_row_solves_the_equation_with_its_weighted_zeros(clicks):
    space = rs.fit(clicks, eals(dim=3, exponent=0.7, ratio=4, l2=0.05, sweeps=8))
    u, v = (space[s].vectors.astype(float) for s in ("user", "item"))
    y = clicks.cells.toarray().astype(float)
    d = space.factorization.unobserved.weight * y.sum(0) ** 0.7 / (y.sum(0) ** 0.7).mean()
    assert d.sum() * 60 == pytest.approx(4 * y.sum(), rel=1e-5)
    for i in range(60):
        w = d + y[i]
        g = (v.T * w) @ v + 0.05 * (y[i].sum() + d.sum()) * np.eye(3)
        np.testing.assert_allclose(g @ u[i], v.T @ (w * y[i]), atol=1e-4)


def test_with_exponent_0_it_is_ials(clicks):
    options = {"dim": 3, "ratio": 4.0, "l2": 0.05, "sweeps": 5}
    one = rs.fit(clicks, eals(exponent=0.0, **options))
    two = rs.fit(clicks, ials(confidence="constant", **options))
    np.testing.assert_allclose(one["item"].vectors, two["item"].vectors, atol=1e-4)


def test_a_heavier_background_of_popular_columns_lowers_their_scores(clicks):
    options = {"dim": 3, "ratio": 4.0, "l2": 0.05, "sweeps": 10}
    flat, steep = (rs.fit(clicks, eals(exponent=e, **options)) for e in (0.0, 1.0))
    change = [
        (s["user"].vectors @ s["item"].vectors.T)[:, [0, 1, -5, -4]].mean(axis=0)
        for s in (flat, steep)
    ]
    assert (change[1][:2] < change[0][:2]).all() and (change[1][2:] > change[0][2:]).all()

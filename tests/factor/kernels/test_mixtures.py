"""Mixtures: the exchange of weight ends at the optimum that a general solver finds."""

import numpy as np
import pytest
from scipy.optimize import minimize

from rowspace.factor.kernels.mixtures import exchange


def systems(b, k, seed=0):
    rng = np.random.default_rng(seed)
    v = rng.standard_normal((b, k + 2, k))
    return np.einsum("bpa,bpc->bac", v, v), 3 * rng.standard_normal((b, k))


@pytest.mark.parametrize("k", [1, 2, 7])
def test_the_optimum_is_that_of_a_general_solver(k):
    g, c = systems(4, k)
    x = np.full((4, k), 1 / k)
    exchange(g, c, 10_000, 1e-12, x)
    np.testing.assert_allclose(x.sum(axis=1), 1, atol=1e-12)
    assert (x >= 0).all()
    for gi, ci, xi in zip(g, c, x):
        twin = minimize(
            lambda y, gi=gi, ci=ci: 0.5 * y @ gi @ y - ci @ y,
            np.full(k, 1 / k),
            jac=lambda y, gi=gi, ci=ci: gi @ y - ci,
            bounds=[(0, 1)] * k,
            constraints={"type": "eq", "fun": lambda y: y.sum() - 1},
            method="SLSQP",
            options={"ftol": 1e-14, "maxiter": 500},
        )
        assert 0.5 * xi @ gi @ xi - ci @ xi <= twin.fun + 1e-9


def test_every_exchange_lowers_the_value():
    g, c = systems(1, 6)
    x = np.full((1, 6), 1 / 6)
    before = np.inf
    for _ in range(20):
        exchange(g, c, 1, 0.0, x)
        now = 0.5 * x[0] @ g[0] @ x[0] - c[0] @ x[0]
        assert now <= before + 1e-12
        before = now


def test_a_row_outside_is_made_a_mixture_and_a_tie_stays():
    x = np.array([[3.0, -2.0, 1.0], [0.0, -1.0, 0.0]])
    exchange(np.zeros((2, 3, 3)), np.zeros((2, 3)), 10, 1e-9, x)
    np.testing.assert_allclose(x, [[0.75, 0, 0.25], [1 / 3] * 3])


def test_a_linear_pull_alone_takes_the_largest():
    x = np.full((1, 3), 1 / 3)
    exchange(np.zeros((1, 3, 3)), np.array([[1.0, 3.0, 2.0]]), 10, 1e-9, x)
    assert x.tolist() == [[0, 1, 0]]

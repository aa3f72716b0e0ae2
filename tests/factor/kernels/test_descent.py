"""Coordinate descent on Gram matrices of their own equals the formula, one number at a time."""

import numpy as np
import pytest

from rowspace.factor.kernels.descent import descend


def systems(b, k, seed=0):
    rng = np.random.default_rng(seed)
    v = rng.standard_normal((b, k + 2, k))
    return np.einsum("bpa,bpc->bac", v, v), 3 * rng.standard_normal((b, k))


@pytest.mark.parametrize("terms", [(0.0, 0.0, np.inf), (0.8, -np.inf, np.inf), (0.0, -0.2, 0.3)])
@pytest.mark.parametrize("k", [1, 6])
def test_passes_equal_the_slow_twin(terms, k):
    l1, low, high = terms
    g, c = systems(4, k)
    x = np.full((4, k), 0.1)
    expected = x.copy()
    for gi, ci, xi in zip(g, c, expected):
        for _ in range(3):
            for a in range(k):
                z = gi[a, a] * xi[a] - (gi[a] @ xi - ci[a])
                xi[a] = np.clip(np.sign(z) * max(abs(z) - l1, 0) / gi[a, a], low, high)
    descend(g, c, l1, low, high, 3, 0.0, x)
    np.testing.assert_allclose(x, expected, atol=1e-12)


def test_a_row_that_nothing_pulls_goes_to_zero():
    x = np.ones((1, 2))
    descend(np.zeros((1, 2, 2)), np.zeros((1, 2)), 0.0, 0.0, np.inf, 3, 0.0, x)
    assert not x.any()


def test_a_row_at_rest_stops_early():
    g, c = systems(3, 5)
    x, again = np.zeros((3, 5)), np.zeros((3, 5))
    descend(g, c, 0.1, 0.0, np.inf, 100_000, 1e-20, x)
    descend(g, c, 0.1, 0.0, np.inf, 100_000, 1e-20, again)
    assert (x == again).all()
    slope = np.einsum("bac,bc->ba", g, x) - c + 0.1
    assert np.where(x > 0, np.abs(slope), np.maximum(-slope, 0)).max() < 1e-8

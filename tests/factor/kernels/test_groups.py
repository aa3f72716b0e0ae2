"""Group descent: the value never rises and ends where the conditions of the optimum hold."""

import numpy as np
import pytest

from rowspace.factor.kernels.groups import descend


def systems(b, k, seed=0):
    rng = np.random.default_rng(seed)
    v = rng.standard_normal((b, k + 2, k))
    return np.einsum("bpa,bpc->bac", v, v), 3 * rng.standard_normal((b, k))


def value(g, c, x, charge, size):
    total = 0.5 * x @ g @ x - c @ x
    return total + charge * sum(np.linalg.norm(x[a : a + size]) for a in range(0, len(x), size))


@pytest.mark.parametrize("size", [1, 3, 4, 9])
@pytest.mark.parametrize("charge", [0.0, 2.0, 1e3])
def test_descent_ends_at_the_optimum(size, charge):
    g, c = systems(3, 8)
    x = np.ones((3, 8))
    before = [value(gi, ci, xi, charge, size) for gi, ci, xi in zip(g, c, x)]
    for _ in range(5):
        descend(g, c, charge, size, 1, 0.0, x)
        now = [value(gi, ci, xi, charge, size) for gi, ci, xi in zip(g, c, x)]
        assert (np.array(now) <= np.array(before) + 1e-12).all()
        before = now
    descend(g, c, charge, size, 20_000, 1e-24, x)
    slope = np.einsum("bac,bc->ba", g, x) - c
    for first in range(0, 8, size):
        part, s = x[:, first : first + size], slope[:, first : first + size]
        for p, t in zip(part, s):
            if p.any():
                assert np.abs(t + charge * p / np.linalg.norm(p)).max() < 1e-6
            else:
                assert np.linalg.norm(t) <= charge + 1e-6
    if charge == 1e3:
        assert not x.any()


def test_a_group_that_nothing_pulls_goes_to_zero():
    x = np.ones((1, 4))
    descend(np.zeros((1, 4, 4)), np.zeros((1, 4)), 0.0, 2, 3, 0.0, x)
    assert not x.any()

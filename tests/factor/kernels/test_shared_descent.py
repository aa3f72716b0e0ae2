"""Rows side by side take the very steps that each would take alone."""

import numpy as np
import pytest

from rowspace.factor.kernels.shared_descent import LANES, descend

F = np.float32


def problem(n, k, seed=0):
    rng = np.random.default_rng(seed)
    v = rng.standard_normal((2 * k + 3, k))
    shared = (v.T @ v).astype(F)
    c = (3 * rng.standard_normal((n, k))).astype(F)
    return c, shared, (0.5 + rng.random(n)).astype(F), rng.random(n).astype(F)


def twin(c, shared, scale, ridge, l1, low, high, passes, x):
    """The same formula in float64, one number at a time."""
    x = x.astype(float)
    for i in range(len(x)):
        g = scale[i] * shared.astype(float) + ridge[i] * np.eye(len(shared))
        for _ in range(passes):
            for a in range(len(shared)):
                h = g[a, a]
                z = h * x[i, a] - (g[a] @ x[i] - c[i, a])
                z = np.sign(z) * max(abs(z) - l1, 0)
                x[i, a] = np.clip(z / h if h > 0 else 0.0, low, high)
    return x


@pytest.mark.parametrize("terms", [(0, 0, np.inf), (0.8, -np.inf, np.inf), (0, -0.2, 0.3)])
@pytest.mark.parametrize(("n", "k"), [(1, 1), (3, 7), (LANES + 5, 4)])
@pytest.mark.parametrize("passes", [1, 3])
def test_passes_equal_the_slow_twin(terms, n, k, passes):
    c, shared, scale, ridge = problem(n, k)
    x = np.clip(np.full((n, k), 0.1, F), *map(F, terms[1:]))
    expected = twin(c, shared, scale, ridge, *terms, passes, x)
    least = np.full(-(-n // LANES), np.nan)
    descend(0, n, c, shared, scale, ridge, *map(F, terms), passes, 0.0, 0.0, x, least)
    np.testing.assert_allclose(x, expected, atol=2e-5)
    g = scale[:, None, None] * shared + ridge[:, None, None] * np.eye(k)
    value = 0.5 * np.einsum("ia,iab,ib->", expected, g, expected) - (c * expected).sum()
    assert least.sum() == pytest.approx(value, rel=1e-4)


def test_only_the_range_is_touched_and_pieces_give_the_same_bits():
    n = 3 * LANES
    c, shared, scale, ridge = problem(n, 5)
    bounds = (F(0), F(0), F(np.inf), 9, 1e-3, 1e-10)
    whole, parts, least = np.ones((n, 5), F), np.ones((n, 5), F), np.zeros(3)
    descend(0, n, c, shared, scale, ridge, *bounds, whole, least)
    descend(LANES, 2 * LANES, c, shared, scale, ridge, *bounds, parts, np.zeros(3))
    assert (parts[:LANES] == 1).all() and (parts[2 * LANES :] == 1).all()
    assert (parts[LANES : 2 * LANES] == whole[LANES : 2 * LANES]).all()


def test_a_coordinate_without_curvature_rests_at_the_bound_next_to_zero():
    c, shared, one = np.zeros((2, 3), F), np.zeros((3, 3), F), np.ones(2, F)
    for low, high, rest in ((0, np.inf, 0), (2, 3, 2), (-3, -1, -1)):
        x = np.full((2, 3), F(high if np.isfinite(high) else 7))
        descend(0, 2, c, shared, one, 0 * one, F(0), F(low), F(high), 2, 0.0, 0.0, x, np.zeros(1))
        assert (x == rest).all()

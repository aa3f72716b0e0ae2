"""The secular equation: the best point of the sphere, also in the hard case."""

import numpy as np
import pytest

from rowspace.factor.prox.unit_norm import on_sphere


def value(w, q, y):
    return 0.5 * (w * y**2).sum() - (q * y).sum()


@pytest.mark.parametrize("q0", [0.0, 1e-12, 1e-6, 1.0])
@pytest.mark.parametrize("w", [[1, 2, 5], [1, 1, 5], [0, 0, 0], [-2, 3, 4e6]])
def test_no_point_of_a_fine_net_is_better(w, q0):
    w = np.array(w, float)
    t, p = np.meshgrid(np.linspace(0, np.pi, 181), np.linspace(0, 2 * np.pi, 361))
    net = np.stack([np.cos(t), np.sin(t) * np.cos(p), np.sin(t) * np.sin(p)], -1).reshape(-1, 3)
    for rest in ([0, 0], [0.3, -0.2], [50, 1], [0, 1e-9]):
        q = np.array([q0, *rest])
        y = on_sphere(w[None], q[None])[0]
        if not (q.any() or np.ptp(w)):
            assert not y.any()
            continue
        assert np.linalg.norm(y) == pytest.approx(1, abs=1e-12)
        values = 0.5 * (net**2) @ w - net @ q
        assert value(w, q, y) <= values.min() + 1e-9 * (1 + abs(values.min()))


def test_the_solution_fulfils_the_first_order_condition():
    rng = np.random.default_rng(0)
    w, q = np.sort(rng.random((50, 9)) * 10, axis=1), rng.standard_normal((50, 9))
    y = on_sphere(w, q)
    slope = w * y - q
    multiplier = (slope * y).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(slope, multiplier * y, atol=1e-9)
    assert (multiplier <= w[:, :1] + 1e-9).all()

"""Every loss lies below its touching parabola and touches it where it was asked for."""

import numpy as np
import pytest

from rowspace.errors import UnsupportedError
from rowspace.factor.losses import Correntropy, Huber, Logistic, Poisson, Squared, jaakkola

S = np.linspace(-6, 6, 241)
LOSSES = [Squared(), Huber(0.7), Correntropy(1.3), Logistic()]


@pytest.mark.parametrize("loss", LOSSES, ids=str)
@pytest.mark.parametrize("t", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("at", [-5.0, -0.2, 0.0, 0.3, 4.0])
def test_the_parabola_lies_above_and_touches_with_the_same_slope(loss, t, at):
    here, target = np.array([at]), np.array([t])
    w, z = (float(x[0]) for x in loss.touching(here, target))
    level = float(loss.value(here, target)[0]) - 0.5 * w * (z - at) ** 2
    above = 0.5 * w * (z - S) ** 2 + level - loss.value(S, np.full_like(S, t))
    assert w >= 0 and above.min() >= -1e-9
    step = 1e-5
    sides = loss.value(np.array([at - step, at + step]), np.array([t, t]))
    assert w * (at - z) == pytest.approx((sides[1] - sides[0]) / (2 * step), abs=1e-5)


@pytest.mark.parametrize("loss", [*LOSSES[:3], Poisson()], ids=str)
def test_a_score_on_its_target_costs_nothing_and_others_cost_more(loss):
    t = np.array([0.5, 1.0, 3.0])
    np.testing.assert_allclose(loss.value(t, t), 0, atol=1e-12)
    assert (loss.value(t + 0.1, t) > 0).all() and (loss.value(t - 0.1, t) > 0).all()


def test_huber_is_squared_near_and_straight_far():
    loss = Huber(1.0)
    near, far = np.array([0.5]), np.array([10.0, 11.0])
    assert loss.value(near, np.zeros(1)) == pytest.approx(0.125)
    assert np.diff(loss.value(far, np.zeros(2))) == pytest.approx(1.0)


def test_correntropy_never_costs_more_than_sigma_squared():
    assert Correntropy(2.0).value(np.array([1e6]), np.zeros(1)) == pytest.approx(4.0)


def test_poisson_is_the_generalized_kullback_leibler_divergence():
    s, t = np.array([2.0, 0.7, 1.0]), np.array([1.0, 3.0, 0.0])
    slow = [2 - 1 + np.log(1 / 2), 0.7 - 3 + 3 * np.log(3 / 0.7), 1.0]
    np.testing.assert_allclose(Poisson().value(s, t), slow)


def test_poisson_has_no_parabola_and_says_so():
    with pytest.raises(UnsupportedError, match=r"no parabola lies above Poisson\(\)"):
        Poisson().touching(S, S)


def test_the_curvature_is_smooth_through_zero():
    np.testing.assert_allclose(jaakkola(np.array([-2e-4, -5e-5, 0.0, 5e-5, 2e-4])), 0.25, rtol=1e-8)

"""Losses of the sampled solver: their derivatives are those of their values."""

import numpy as np
import pytest

from rowspace.errors import InputError, UnsupportedError
from rowspace.factor.contrast import Bpr, CosineContrastive, Hinge, Softmax, Warp, contrast
from rowspace.factor.grammar import Logistic

LOSSES = [
    Bpr(),
    Hinge(0.7),
    Warp(0.7),
    CosineContrastive(0.1, 3.0),
    Softmax(0.5),
    Softmax(2.0, corrected=False),
    Logistic(),
]


def _batch(seed=0, b=5, k=7):
    rng = np.random.default_rng(seed)
    weight = rng.integers(0, 3, (b, k)).astype(np.float32)
    weight[2] = 0  # nothing to compare with
    log_q = np.log(rng.random(k)).astype(np.float32)
    s = rng.standard_normal
    return s(b).astype(np.float32), s((b, k)).astype(np.float32), weight, log_q


@pytest.mark.parametrize("loss", LOSSES, ids=str)
def test_derivatives_are_those_of_the_loss(loss):
    up, down, weight, log_q = _batch()
    at = contrast(loss, up, down.copy(), weight, log_q)
    h = 1e-2
    for b in range(len(up)):
        moved = [up.copy(), up.copy()]
        moved[0][b] += h
        moved[1][b] -= h
        high, low = (contrast(loss, x, down.copy(), weight, log_q).loss[b] for x in moved)
        assert (high - low) / (2 * h) == pytest.approx(at.positive[b], abs=0.02)
        for k in range(down.shape[1]):
            moved = [down.copy(), down.copy()]
            moved[0][b, k] += h
            moved[1][b, k] -= h
            high, low = (contrast(loss, up, x, weight, log_q).loss[b] for x in moved)
            assert (high - low) / (2 * h) == pytest.approx(at.negative[b, k], abs=0.02)


@pytest.mark.parametrize("loss", LOSSES, ids=str)
def test_large_scores_stay_finite_and_no_negative_weighs_nothing(loss):
    up = np.array([500.0, -500.0, 0.0], np.float32)
    down = np.tile(np.array([500.0, -500.0], np.float32), (3, 1))
    weight = np.array([[1, 1], [1, 1], [0, 0]], np.float32)
    out = contrast(loss, up, down, weight, np.float32(-1.0))
    assert all(np.isfinite(x).all() for x in out)
    assert (out.negative[2] == 0).all()


def test_softmax_over_all_columns_is_the_cross_entropy():
    rng = np.random.default_rng(1)
    s = rng.standard_normal((4, 9)).astype(np.float32)
    target = np.array([0, 3, 8, 2])
    weight = np.ones_like(s)
    weight[np.arange(4), target] = 0
    drawn = weight.sum(axis=1)[0]  # every other column, each with a chance of one in eight
    out = contrast(Softmax(), s[np.arange(4), target], s.copy(), weight, np.float32(-np.log(drawn)))
    p = np.exp(s) / np.exp(s).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(out.loss, -np.log(p[np.arange(4), target]), rtol=1e-4)
    np.testing.assert_allclose(out.positive, p[np.arange(4), target] - 1, atol=1e-5)
    np.testing.assert_allclose(out.negative, p * weight, atol=1e-5)


def test_warp_takes_the_first_that_is_too_close_and_counts_the_tries():
    up = np.array([1.0], np.float32)
    down = np.array([[-5.0, -5.0, 0.5, 9.0]], np.float32)
    out = contrast(Warp(1.0), up, down, np.ones((1, 4), np.float32), np.float32(-np.log(101)))
    factor = np.log(1 + 100 // 3)
    assert out.negative.tolist() == [[0, 0, pytest.approx(factor), 0]]
    assert out.loss[0] == pytest.approx(0.5 * factor)


def test_one_cell_alone_has_no_such_loss_and_settings_are_checked():
    with pytest.raises(UnsupportedError, match="one cell alone"):
        Bpr().value(np.zeros(1), np.zeros(1))
    with pytest.raises(InputError, match=r"Softmax\.temperature is 0"):
        Softmax(0.0)

"""Factors that perturbed data give again have silhouettes near 1, others do not."""

from __future__ import annotations

import numpy as np
import pytest

from rowspace.factor.grammar import Alternating, Factorization, Free, Lookup, NonNegative
from rowspace.judge.reproduced import STABLE, is_pinned, reproduced, worst_silhouette
from rowspace.observe.observations import Observations

RNG = np.random.default_rng(0)


def unit(x):
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


def test_the_silhouette_is_that_of_the_textbook():
    base = unit(RNG.normal(size=(3, 8)))
    found = unit(base + 0.2 * RNG.normal(size=(5, 3, 8)))
    points = found.reshape(15, 8)
    label = np.tile(np.arange(3), 5)
    far = 1 - points @ points.T
    widths = np.empty(15)
    for i in range(15):
        own = far[i, (label == label[i]) & (np.arange(15) != i)].mean()
        other = min(far[i, label == c].mean() for c in range(3) if c != label[i])
        widths[i] = (other - own) / max(own, other)
    worst = min(widths[label == c].mean() for c in range(3))
    shuffled = np.array([fit[RNG.permutation(3)] for fit in found])
    assert worst_silhouette(shuffled) == pytest.approx(worst)


def test_the_same_factors_in_any_order_are_always_found_again():
    base = unit(RNG.random((4, 9)))
    found = np.array([base[RNG.permutation(4)] for _ in range(6)])
    assert worst_silhouette(found) == pytest.approx(1.0)
    assert worst_silhouette(base[None, :1].repeat(3, axis=0)) == pytest.approx(1.0)


def test_planted_parts_are_found_again_up_to_their_number():
    w = RNG.exponential(size=(60, 3)) * (RNG.random((60, 3)) < 0.5)
    h = RNG.exponential(size=(3, 40)) * (RNG.random((3, 40)) < 0.5)
    obs = Observations.from_matrix(w @ h, rows="a", cols="b")
    side = Lookup(NonNegative())
    f = Factorization(rows=side, cols=side, solver=Alternating(sweeps=40))
    found = reproduced(f, obs, [3, 5], fits=4)
    assert found[0] > 0.95 and found[1] < STABLE
    np.testing.assert_array_equal(found, reproduced(f, obs, [3, 5], fits=4))


def test_only_sides_that_fix_their_factors_are_compared():
    f = Factorization(rows=Lookup(NonNegative()), cols=Lookup(Free()))
    assert is_pinned(f, "rows") and not is_pinned(f, "cols")

"""Rows of bits: all are tried where there are few, beyond that no flip improves."""

import itertools

import numpy as np
import pytest

from rowspace.factor.kernels.bits import FEW, flip


def systems(b, k, seed=0):
    rng = np.random.default_rng(seed)
    v = rng.standard_normal((b, k + 2, k)) + 0.3
    return np.einsum("bpa,bpc->bac", v, v), 4 * rng.standard_normal((b, k)) + 2


def value(g, c, x):
    return 0.5 * np.einsum("ba,bac,bc->b", x, g, x) - (c * x).sum(axis=1)


@pytest.mark.parametrize("k", [1, 4, FEW])
def test_few_bits_are_the_best_of_all(k):
    g, c = systems(5, k)
    x = np.zeros((5, k))
    flip(g, c, x)
    every = np.array(list(itertools.product([0.0, 1.0], repeat=k)))
    for gi, ci, found in zip(g, c, value(g, c, x)):
        values = 0.5 * np.einsum("ra,ab,rb->r", every, gi, every) - every @ ci
        assert found == pytest.approx(values.min(), abs=1e-9)


def test_many_bits_descend_from_where_they_stand():
    g, c = systems(5, FEW + 10)
    rng = np.random.default_rng(1)
    start = rng.integers(2, size=c.shape).astype(float)
    x = start.copy()
    flip(g, c, x)
    assert np.isin(x, [0, 1]).all()
    assert (value(g, c, x) <= value(g, c, start)).all()
    for a in range(x.shape[1]):
        other = x.copy()
        other[:, a] = 1 - other[:, a]
        assert (value(g, c, other) >= value(g, c, x) - 1e-9).all()
    again = x.copy()
    flip(g, c, again)
    assert (value(g, c, again) <= value(g, c, x)).all()


def test_numbers_are_rounded_to_bits_first():
    x = np.full((1, FEW + 1), 0.7)
    flip(np.zeros((1, FEW + 1, FEW + 1)), np.zeros((1, FEW + 1)), x)
    assert x.all() and (x == 1).all()

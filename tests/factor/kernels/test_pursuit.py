"""Matching pursuit: the classical greedy supports, never worse than the row that was there."""

import itertools

import numpy as np
import pytest

from rowspace.factor.kernels.pursuit import pursue


def systems(b, k, seed=0):
    rng = np.random.default_rng(seed)
    v = rng.standard_normal((b, k + 2, k))
    return np.einsum("bpa,bpc->bac", v, v), 3 * rng.standard_normal((b, k))


def value(g, c, x):
    return 0.5 * x @ g @ x - c @ x


def classical(g, c, count):
    held, x = [], np.zeros(len(c))
    for _ in range(count):
        slope = g @ x - c
        gain = slope**2 / np.diag(g)
        gain[held] = -1
        held.append(int(np.argmax(gain)))
        x = np.zeros(len(c))
        x[held] = np.linalg.solve(g[np.ix_(held, held)], c[held])
    return x


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_from_nothing_the_supports_are_the_classical_ones(count):
    g, c = systems(6, 7)
    x = np.zeros((6, 7))
    pursue(g, c, count, -np.inf, x)
    for gi, ci, xi in zip(g, c, x):
        np.testing.assert_allclose(xi, classical(gi, ci, count), atol=1e-6)


def test_the_best_pair_is_kept_when_the_greedy_one_is_worse():
    g, c = systems(40, 6, seed=3)
    better = 0
    for gi, ci in zip(g, c):
        best = np.zeros(6)
        for held in map(list, itertools.combinations(range(6), 2)):
            x = np.zeros(6)
            x[held] = np.linalg.solve(gi[np.ix_(held, held)], ci[held])
            best = x if value(gi, ci, x) < value(gi, ci, best) else best
        better += value(gi, ci, best) < value(gi, ci, classical(gi, ci, 2)) - 1e-6
        found = best[None].copy()
        pursue(gi[None], ci[None], 2, -np.inf, found)
        np.testing.assert_allclose(found[0], best, atol=1e-6)
    assert better > 0


def test_nonnegative_rows_have_no_number_below_zero():
    g, c = systems(6, 7)
    x = np.ones((6, 7))
    pursue(g, c, 3, 0.0, x)
    assert (x >= 0).all() and ((x > 0).sum(axis=1) <= 3).all()
    for gi, ci, xi in zip(g, c, x):
        slope = gi @ xi - ci
        assert np.abs(slope[xi > 0]).max(initial=0) < 1e-8
        assert value(gi, ci, xi) <= -0.5 * (np.maximum(ci, 0) ** 2 / np.diag(gi)).max() + 1e-9


def test_a_row_that_nothing_pulls_becomes_zero_or_stays():
    x = np.zeros((1, 3))
    pursue(np.zeros((1, 3, 3)), np.zeros((1, 3)), 2, -np.inf, x)
    assert not x.any()

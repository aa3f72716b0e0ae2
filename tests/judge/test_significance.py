"""Intervals cover, tests are calibrated, and corrections equal their definitions."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rowspace.errors import InputError
from rowspace.judge.kernels import resample
from rowspace.judge.significance import bootstrap_means, compare, holm, permutation_p

MASK = 2**64 - 1
STEP = 0x9E3779B97F4A7C15


def mixed(x):
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9 & MASK
    x = (x ^ (x >> 27)) * 0x94D049BB133111EB & MASK
    return x ^ (x >> 31)


def test_kernels_equal_their_slow_twins():
    rng = np.random.default_rng(0)
    values, means, flipped = rng.random((70, 2)), np.empty((5, 2)), np.empty(5)
    resample.bootstrap_means(0, 5, values, np.uint64(42), means)
    resample.flipped_means(0, 5, values[:, 0].copy(), np.uint64(42), flipped)
    for d in range(5):
        start = mixed((42 + STEP * (d + 1)) & MASK)
        stream = [mixed((start + STEP * (i + 1)) & MASK) for i in range(70)]
        rows = [((bits >> 32) * 70) >> 32 for bits in stream]
        np.testing.assert_allclose(means[d], values[rows].mean(axis=0), rtol=1e-12)
        signs = [1 - 2 * ((stream[i // 64] >> (i % 64)) & 1) for i in range(70)]
        assert flipped[d] == pytest.approx((values[:, 0] * signs).mean(), rel=1e-12)


def test_bootstrap_means_spread_like_the_standard_error():
    values = np.random.default_rng(1).exponential(size=(400, 1))
    means = bootstrap_means(values, draws=4000)
    assert means.mean() == pytest.approx(values.mean(), abs=0.005)
    assert means.std() == pytest.approx(values.std() / 20, rel=0.05)


def test_columns_are_drawn_together():
    values = np.random.default_rng(2).random((50, 1)) @ [[1.0, 2.0]]
    means = bootstrap_means(values, draws=50)
    np.testing.assert_allclose(means[:, 1], 2 * means[:, 0])


def test_seeds_repeat_and_threads_do_not_matter(monkeypatch):
    d = np.random.default_rng(3).standard_normal(300)
    got = []
    for threads in "12":
        monkeypatch.setenv("ROWSPACE_THREADS", threads)
        got.append((bootstrap_means(d[:, None], draws=700, seed=5), permutation_p(d, seed=5)))
    np.testing.assert_array_equal(got[0][0], got[1][0])
    assert got[0][1] == got[1][1]
    assert permutation_p(d, seed=6) != got[0][1]


def test_the_interval_covers_the_true_mean_about_as_often_as_it_says():
    rng = np.random.default_rng(4)
    covered = 0
    for trial in range(400):
        means = bootstrap_means(rng.standard_normal((60, 1)), draws=400, seed=trial)
        low, high = np.quantile(means, [0.025, 0.975])
        covered += low <= 0 <= high
    assert 0.91 <= covered / 400 <= 0.98


def test_p_values_are_uniform_when_there_is_no_difference():
    rng = np.random.default_rng(5)
    p = np.array([permutation_p(rng.laplace(size=40), draws=400, seed=t) for t in range(1000)])
    assert 0.03 <= (p < 0.05).mean() <= 0.07
    assert 0.17 <= (p < 0.2).mean() <= 0.23
    assert p.mean() == pytest.approx(0.5, abs=0.03)


def test_p_is_close_to_the_enumeration_of_all_signs():
    d = np.array([0.3, -0.1, 0.5, 0.2, 0.4, -0.2, 0.1, 0.6])
    flips = [abs(np.mean(d * s)) for s in itertools.product([1, -1], repeat=8)]
    exact = np.mean(np.array(flips) >= d.mean() - 1e-12)
    assert permutation_p(d, draws=20_000) == pytest.approx(exact, abs=0.008)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.floats(0, 1), max_size=8))
def test_holm_equals_its_definition(p):
    slow = [
        min(1, max([(len(p) - i) * q for i, q in enumerate(sorted(p)) if q <= mine], default=0))
        for mine in p
    ]
    np.testing.assert_allclose(holm(p), slow)


def test_every_pair_is_compared_and_corrected_together():
    rng = np.random.default_rng(6)
    base = rng.random(80)
    systems = {
        "a": base + 0.1 + 0.05 * rng.standard_normal(80),
        "b": base,
        "c": rng.permutation(base),
    }
    found = compare(systems, draws=2000, seed=1)
    assert [(c.name_a, c.name_b) for c in found] == [("a", "b"), ("a", "c"), ("b", "c")]
    np.testing.assert_allclose([c.p_holm for c in found], holm([c.p for c in found]))
    first, last = found[0], found[2]
    assert first.low > 0
    assert first.p == 1 / 2001
    assert (first.n, first.seed) == (80, 1)
    assert last.p == 1
    assert last.low < last.difference < last.high
    assert first.difference == pytest.approx((systems["a"] - base).mean())


def test_a_baseline_is_compared_with_every_other():
    found = compare({"a": [1, 2], "b": [1, 2], "c": [1, 2]}, baseline="b", draws=9)
    assert [(c.name_a, c.name_b, c.p) for c in found] == [("a", "b", 1), ("c", "b", 1)]


def test_queries_that_do_not_count_for_one_are_left_out_for_both():
    (found,) = compare({"a": [1, np.nan, 3, 4], "b": [0, 5, np.nan, 3]}, draws=9)
    assert (found.n, found.difference) == (2, 1)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: compare({"a": [1.0]}), "at least two systems"),
        (lambda: compare({"a": [1.0], "b": [1.0]}, baseline="c"), "no system 'c'"),
        (lambda: compare({"a": [1.0], "b": [1.0, 2.0]}), "one value per query"),
        (lambda: compare({"a": [np.nan], "b": [1.0]}), "no query in common"),
        (lambda: compare({"a": [np.inf], "b": [1.0]}), "infinite"),
        (lambda: compare({"a": [2.0], "b": [1.0]}, draws=0), "draws is 0"),
        (lambda: permutation_p([]), "at least one difference"),
        (lambda: permutation_p([np.nan]), "finite"),
        (lambda: bootstrap_means(np.empty((0, 1))), "at least one row"),
        (lambda: holm([1.5]), "from 0 to 1"),
        (lambda: holm([np.nan]), "from 0 to 1"),
    ],
)
def test_bad_arguments_are_refused(call, says):
    with pytest.raises(InputError, match=says):
        call()

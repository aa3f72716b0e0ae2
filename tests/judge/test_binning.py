"""Bins follow the data, and a partition that refines itself recovers known information."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rowspace.errors import InputError
from rowspace.judge.binning import adaptive_bins, adaptive_information


@given(st.lists(st.integers(-50, 50), min_size=1, max_size=200), st.integers(1, 20))
@settings(deadline=None, max_examples=30)
def test_bins_are_numbered_upwards_without_gaps_and_keep_equal_values_together(values, bins):
    out = adaptive_bins(values, bins)
    assert set(out) == set(range(out.max() + 1))
    order = np.argsort(values, kind="stable")
    assert (np.diff(out[order]) >= 0).all()
    for v in set(values):
        assert len(set(out[np.array(values) == v])) == 1


def test_continuous_columns_get_bins_of_equal_count():
    counts = np.bincount(adaptive_bins(np.random.default_rng(0).lognormal(size=1000), 8))
    assert len(counts) == 8 and counts.min() >= 124 and counts.max() <= 126


def test_any_increasing_transformation_leaves_the_bins_as_they_are():
    x = np.random.default_rng(1).normal(size=500)
    for same in (np.exp(x), 1e6 * x - 3, np.arctan(x)):
        assert (adaptive_bins(same) == adaptive_bins(x)).all()


def test_a_value_shared_by_many_rows_keeps_a_bin_to_itself():
    rng = np.random.default_rng(2)
    x = np.concatenate([np.zeros(900), rng.exponential(size=100)])
    out = adaptive_bins(x, 10)
    assert (out[:900] == 0).all() and (out[900:] > 0).all()
    counts = np.bincount(out[900:])[1:]
    assert len(counts) == 9 and counts.max() <= 13


def test_few_different_values_are_kept_and_missing_ones_are_the_last_bin():
    out = adaptive_bins([5.0, np.nan, 3.0, 5.0, np.nan], 4)
    assert out.tolist() == [1, 2, 0, 1, 2]
    assert adaptive_bins([np.nan, np.nan]).tolist() == [0, 0]
    assert adaptive_bins([]).tolist() == []


@pytest.mark.parametrize("rho", [0.3, 0.6, 0.9, 0.99])
def test_gaussians_of_known_information_are_recovered(rho):
    true = -0.5 * np.log(1 - rho**2)
    rng = np.random.default_rng(3)
    x, noise = rng.normal(size=(2, 20_000))
    found = adaptive_information(x, rho * x + np.sqrt(1 - rho**2) * noise, permutations=5)
    assert found.value == pytest.approx(true, rel=0.05, abs=0.005)
    assert found.reference["permuted"] < 0.002


def test_independent_columns_have_no_information():
    values = []
    for seed in range(20):
        x, y = np.random.default_rng(seed).normal(size=(2, 2000))
        found = adaptive_information(x, y, permutations=0)
        values.append(found.value)
        assert found.high > 0
    assert np.mean(values) < 0.005


def test_dependence_without_correlation_is_seen():
    x = np.random.default_rng(4).normal(size=3000)
    assert adaptive_information(x, x**2).value > 1.5
    side = np.sign(np.random.default_rng(5).normal(size=3000))
    checkers = np.abs(np.random.default_rng(6).normal(size=3000)) * np.sign(x) * side
    found = adaptive_information(x * side, checkers + 1e-9 * x)
    assert found.value > -1  # an exclusive-or of signs; whatever is left is defined


def test_rescaling_changes_nothing_and_a_seed_repeats_ties():
    rng = np.random.default_rng(7)
    x, y = rng.normal(size=500), rng.normal(size=500)
    y += x
    assert adaptive_information(np.exp(x), -3 * y).n == 500
    assert adaptive_information(np.exp(x), y**3) == adaptive_information(x, y)
    tied = rng.integers(0, 3, 500)
    assert adaptive_information(tied, y, seed=4) == adaptive_information(tied, y, seed=4)


@pytest.mark.parametrize(
    ("x", "y", "options", "message"),
    [
        (range(20), range(19), {}, "x has 20 rows and y has 19"),
        (range(9), range(9), {}, "at least 16 rows, but there are 9"),
        ([0.0] * 19 + [np.nan], range(20), {}, "x is nan in row 19"),
        (range(20), ["a"] * 20, {}, "y does not hold numbers"),
        (range(20), np.ones((20, 2)), {}, r"y has shape \(20, 2\)"),
        (range(20), range(20), {"level": 0}, "level is 0"),
    ],
)
def test_bad_columns_are_refused_in_one_sentence(x, y, options, message):
    with pytest.raises(InputError, match=message):
        adaptive_information(x, y, **options)


def test_no_bins_are_refused():
    with pytest.raises(InputError, match="bins is 0"):
        adaptive_bins([1, 2], 0)

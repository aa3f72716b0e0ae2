"""The jackknife's interval is calibrated and defined for any number of rows."""

import numpy as np
import pytest

from rowspace.judge.jackknife import jackknifed


def test_the_interval_of_a_mean_is_that_of_students_t_when_each_row_is_a_group():
    from scipy.stats import sem, t

    x = np.random.default_rng(0).normal(size=12)
    value, low, high = jackknifed(lambda at: x[at].mean(), 12)
    half = t.ppf(0.975, 11) * sem(x)
    assert (value, low, high) == pytest.approx((x.mean(), x.mean() - half, x.mean() + half))


def test_ninety_five_percent_intervals_hold_the_truth_about_that_often():
    rng = np.random.default_rng(1)
    held = 0
    for _ in range(300):
        x = rng.normal(size=(100, 2))
        x[:, 1] += x[:, 0]
        _, low, high = jackknifed(lambda at, x=x: np.corrcoef(x[at].T)[0, 1], 100)
        held += low <= 0.5**0.5 <= high
    assert 0.90 <= held / 300 <= 0.98


def test_it_has_no_interval_for_few_rows_or_an_undefined_statistic_and_keeps_to_bounds():
    assert jackknifed(lambda at: 1.0, 4) == (1.0, None, None)
    assert jackknifed(lambda at: np.nan if len(at) < 9 else 1.0, 9) == (1.0, None, None)
    x = np.r_[np.zeros(9), 1.0]
    _, low, high = jackknifed(lambda at: x[at].mean(), 10, bounds=(0.0, 0.2))
    assert (low, high) == (0.0, 0.2)

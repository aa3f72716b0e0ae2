"""Comparisons of spaces equal their definitions, ignore what they should, and are calibrated."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rowspace.errors import InputError
from rowspace.judge.compare import (
    debiased_cka,
    procrustes,
    similarity_correlation,
    succession_correlation,
)

ALL = (debiased_cka, procrustes, similarity_correlation, succession_correlation)


def slow_hsic(k, l):  # noqa: E741
    """Song et al. 2012, equation 5, with n x n kernels."""
    n = len(k)
    k, l = k - np.diag(np.diag(k)), l - np.diag(np.diag(l))  # noqa: E741
    one = np.ones(n)
    return (
        np.trace(k @ l)
        + one @ k @ one * (one @ l @ one) / ((n - 1) * (n - 2))
        - 2 * (one @ k @ l @ one) / (n - 2)
    ) / (n * (n - 3))


def biased_cka(x, y):
    x, y = x - x.mean(axis=0), y - y.mean(axis=0)
    cross = np.linalg.norm(x.T @ y) ** 2
    return cross / (np.linalg.norm(x.T @ x) * np.linalg.norm(y.T @ y))


def test_cka_equals_the_unbiased_hsic_of_whole_kernels():
    rng = np.random.default_rng(0)
    for d in (7, 60):  # fewer and more columns than rows
        x, y = rng.normal(size=(20, d)) + 3, rng.normal(size=(20, d + 1))
        y[:, 0] += x[:, 0]
        k, l = x @ x.T, y @ y.T  # noqa: E741
        slow = slow_hsic(k, l) / math.sqrt(slow_hsic(k, k) * slow_hsic(l, l))
        assert debiased_cka(x, y, permutations=1).value == pytest.approx(slow, rel=1e-8)


def test_cka_of_independent_data_at_fifty_rows_is_near_zero_where_the_biased_form_is_not():
    values, biased = [], []
    for seed in range(40):
        x, y = np.random.default_rng(seed).normal(size=(2, 50, 384))
        values.append(debiased_cka(x, y, permutations=2).value)
        biased.append(biased_cka(x, y))
    assert abs(np.mean(values)) < 0.015
    assert np.mean(np.abs(values)) < 0.05
    assert np.mean(np.abs(values) < 0.05) > 0.85
    assert np.mean(biased) > 0.85


def test_disparity_equals_scipys():
    from scipy.spatial import procrustes as slow

    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(30, 4)), rng.normal(size=(30, 4))
    y += 2 * x
    assert procrustes(x, y).value == pytest.approx(slow(x, y)[2], abs=1e-12)
    narrow = np.column_stack([y[:, :2], np.zeros((30, 2))])
    assert procrustes(x, y[:, :2]).value == pytest.approx(slow(x, narrow)[2], abs=1e-12)


def test_cosine_correlations_equal_loops():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(15, 3)), rng.normal(size=(15, 5))

    def cosine(s, i, j):
        return s[i] @ s[j] / math.sqrt((s[i] @ s[i]) * (s[j] @ s[j]))

    pairs = [(i, j) for i in range(15) for j in range(i)]
    slow = np.corrcoef([[cosine(s, *p) for p in pairs] for s in (x, y)])[0, 1]
    assert similarity_correlation(x, y).value == pytest.approx(slow)
    slow = np.corrcoef([[cosine(s, i, i + 1) for i in range(14)] for s in (x, y)])[0, 1]
    assert succession_correlation(x, y).value == pytest.approx(slow)


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 10**6), st.floats(1e-6, 1e6))
def test_rotation_and_scale_change_nothing(seed, scale):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(25, 4)), rng.normal(size=(25, 4))
    turned = scale * y @ np.linalg.qr(rng.normal(size=(4, 4)))[0]
    for measure in ALL:
        before, after = measure(x, y, permutations=1), measure(x, turned, permutations=1)
        assert after.value == pytest.approx(before.value, abs=1e-9)
    assert debiased_cka(y, turned).value == pytest.approx(1)
    assert procrustes(y, turned).value == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("measure", [debiased_cka, similarity_correlation])
def test_the_interval_holds_the_value_of_the_population_about_that_often(measure):
    rng = np.random.default_rng(3)
    mix = rng.normal(size=(6, 6))

    def draw(n):
        x = rng.normal(size=(n, 6)) * [3, 2, 1, 1, 1, 1]
        return x, x @ mix + 2 * rng.normal(size=(n, 6))

    truth = measure(*draw(6000), rows=6000 if measure is debiased_cka else 2000).value
    found = [measure(*draw(80), permutations=1) for _ in range(100)]
    assert 0.88 <= np.mean([m.low <= truth <= m.high for m in found]) <= 1.0


def test_the_reference_is_what_permuted_rows_give_and_shows_that_rotations_fit_anything():
    x, y = np.random.default_rng(0).normal(size=(2, 30, 60))
    found = procrustes(x, y)
    assert found.value < 0.3 and found.reference["permuted rows"] == pytest.approx(
        found.value, abs=0.1
    )
    assert abs(debiased_cka(x, y).reference["permuted rows"]) < 0.05


@pytest.mark.parametrize("measure", ALL)
def test_alike_vectors_have_no_value_and_bad_tables_are_refused(measure):
    x = np.random.default_rng(0).normal(size=(9, 3))
    for constant in (np.zeros((9, 3)), np.full((9, 2), 1e30), np.full((9, 2), 0.1)):
        found = measure(x, constant)
        assert math.isnan(found.value) and found.note.startswith("Undefined")
    with pytest.raises(InputError, match="9 rows and y has 8; match them by id"):
        measure(x, x[:8])
    with pytest.raises(InputError, match="at least 5 rows, but there are 4"):
        measure(x[:4], x[:4])
    with pytest.raises(InputError, match="missing or infinite number in row 2"):
        measure(x, np.where(np.arange(9)[:, None] == 2, np.nan, x))


def test_more_rows_than_asked_for_are_sampled_and_said_and_a_seed_repeats():
    x = np.random.default_rng(0).normal(size=(60, 3))
    first, again = (debiased_cka(x, x**3, rows=40, seed=5) for _ in range(2))
    assert first == again and first.n == 40 and first.note == "On 40 of 60 rows."

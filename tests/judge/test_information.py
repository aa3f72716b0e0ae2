"""Mutual information of categories is exact, corrected for chance, and cannot be bought by ids."""

from itertools import permutations as orders
from math import log

import numba
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rowspace.errors import InputError
from rowspace.judge.information import (
    against_chance,
    codes,
    conditional_information,
    mutual_information,
)

columns = st.integers(2, 40).flatmap(
    lambda n: st.tuples(
        st.lists(st.integers(0, 5), min_size=n, max_size=n),
        st.lists(st.integers(0, 3), min_size=n, max_size=n),
    )
)


def slow_information(x, y):
    n, total = len(x), 0.0
    for a in set(x):
        for b in set(y):
            both = sum(1 for i in range(n) if x[i] == a and y[i] == b)
            if both:
                total += both / n * log(both * n / (list(x).count(a) * list(y).count(b)))
    return total


@given(columns)
@settings(deadline=None, max_examples=30)
def test_the_plug_in_value_is_that_of_the_contingency_table(pair):
    x, y = pair
    found = mutual_information(x, y, permutations=2)
    assert found.reference["plug-in"] == pytest.approx(slow_information(x, y), abs=1e-12)


def test_the_expected_value_is_the_mean_over_all_permutations():
    x, y = [0, 0, 0, 1, 1, 2, 3], [0, 1, 0, 1, 1, 0, 2]
    every = [slow_information(x, order) for order in orders(y)]
    found = mutual_information(x, y, permutations=2000)
    assert found.reference["permuted, plug-in"] == pytest.approx(np.mean(every), abs=1e-12)
    assert found.reference["permuted, sd"] == pytest.approx(np.std(every), rel=0.1)


def test_it_agrees_with_scikit_learn_on_skewed_columns():
    metrics = pytest.importorskip("sklearn.metrics")
    cluster = pytest.importorskip("sklearn.metrics.cluster")
    rng = np.random.default_rng(0)
    x, y = rng.zipf(1.3, 2000).clip(max=500), rng.zipf(2.0, 2000).clip(max=30)
    found = mutual_information(x, y, permutations=2)
    table = cluster.contingency_matrix(x, y, sparse=True)
    expected = cluster.expected_mutual_information(table, 2000)
    assert found.reference["plug-in"] == pytest.approx(metrics.mutual_info_score(x, y), abs=1e-10)
    assert found.reference["permuted, plug-in"] == pytest.approx(expected, abs=1e-10)


def test_renaming_categories_and_swapping_the_columns_change_nothing():
    rng = np.random.default_rng(1)
    x, y = rng.integers(0, 30, 400), rng.integers(0, 4, 400)
    one = mutual_information(x, y)
    renamed = mutual_information([f"ключ {29 - v}" for v in x], np.array(list("dcba"))[y])
    assert renamed == one
    assert mutual_information(y, x).value == pytest.approx(one.value, abs=1e-12)


def test_an_identifier_without_meaning_has_no_corrected_information():
    rng = np.random.default_rng(2)
    y = rng.integers(0, 2, 5000)
    for card in (2, 50, 1000, 5000):
        found = mutual_information(rng.integers(0, card, 5000), y)
        assert abs(found.reference["z"]) < 4
        assert found.low < 0 < found.high


def test_p_values_of_meaningless_columns_are_uniform_at_every_cardinality():
    rng = np.random.default_rng(3)
    y = rng.integers(0, 2, 600).astype(np.int32)
    for card in (2, 20, 200):
        noise = [codes(rng.integers(0, card, 600)) for _ in range(400)]
        found = against_chance(noise, y, [""] * 400, permutations=100, seed=0)
        p = np.array([f.p for f in found])
        # four standard errors of 400 draws
        assert abs((p < 0.05).mean() - 0.05) < 0.045
        assert abs((p < 0.5).mean() - 0.5) < 0.1


def test_the_interval_holds_the_true_value_about_as_often_as_it_says():
    rng = np.random.default_rng(4)
    joint = np.array([[0.3, 0.1], [0.1, 0.2], [0.05, 0.25]])
    true = slow_information_of(joint)
    hits = 0
    for _ in range(120):
        cell = rng.choice(6, 500, p=joint.ravel())
        found = mutual_information(cell // 2, cell % 2, permutations=20)
        hits += found.low <= true <= found.high
    assert 0.87 <= hits / 120 <= 1.0


def slow_information_of(joint):
    product = joint.sum(1, keepdims=True) * joint.sum(0, keepdims=True)
    return float((joint * np.log(joint / product)).sum())


def test_the_number_of_threads_changes_no_bit():
    rng = np.random.default_rng(5)
    x, y = rng.integers(0, 300, 3000), rng.integers(0, 5, 3000)
    before = numba.get_num_threads()
    results = []
    try:
        for threads in ("1", "2"):
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("ROWSPACE_THREADS", threads)
                results.append(mutual_information(x, y))
    finally:
        numba.set_num_threads(before)
    assert results[0] == results[1]


def test_another_seed_draws_other_permutations_and_the_same_one_the_same():
    x, y = [0, 1, 2, 0, 1, 2] * 9, [0, 1] * 27
    sds = [mutual_information(x, y, seed=s).reference["permuted, sd"] for s in (0, 0, 1)]
    assert sds[0] == sds[1] != sds[2]


def test_constant_and_row_unique_columns_say_nothing():
    for x in ([7] * 10, range(10), [None] * 10):
        found = mutual_information(x, [0, 1] * 5)
        assert (found.value, found.reference["z"], found.reference["p"]) == (0.0, 0.0, 1.0)


def test_missing_values_are_one_category_whatever_they_are_called():
    y = ["a", "b", "a", "b"]
    expected = codes(["u", None, "v", None]).tolist()
    for values in (
        np.array([1.0, np.nan, 2.0, np.nan]),
        pd.Series(["u", None, "v", np.nan], dtype=object),
        pd.Categorical(["u", None, "v", None]),
        pl.Series(["u", None, "v", None]).to_arrow(),
        pa.chunked_array([["u", None], ["v", None]]).dictionary_encode(),
        pa.array([1.0, float("nan"), 2.0, None]),
    ):
        assert codes(values).tolist() == expected == [0, 1, 2, 1]
        assert mutual_information(values, y, permutations=2).n == 4


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        ([1, 2], [1, 2, 3], "column 'x' has 2 rows, but the target has 3"),
        ([1], [1], "needs at least 2 rows, but there are 1"),
        ([], [], "needs at least 2 rows, but there are 0"),
        ([[1], [2]], [1, 2], "column 'x' is of type list"),
        (np.ones((2, 2)), [1, 2], r"column 'x' has shape \(2, 2\)"),
        (["a", 1], [1, 2], "column 'x' mixes kinds of values"),
        ("ab", [1, 2], "column 'x' is 'ab', but one value per row"),
    ],
)
def test_bad_columns_are_refused_in_one_sentence(x, y, message):
    with pytest.raises(InputError, match=message):
        mutual_information(x, y)


def test_fewer_than_two_permutations_are_refused():
    with pytest.raises(InputError, match="permutations is 1, but at least 2"):
        mutual_information([1, 2], [1, 2], permutations=1)


def test_conditional_information_is_the_mean_over_strata_less_its_permutation_mean():
    rng = np.random.default_rng(6)
    x, y, s = (rng.integers(0, k, 60).astype(np.int32) for k in (6, 3, 4))
    observed, expected = 0.0, 0.0
    for v in range(4):
        inside = s == v
        part = mutual_information(x[inside], y[inside], permutations=2)
        observed += inside.mean() * part.reference["plug-in"]
        expected += inside.mean() * part.reference["permuted, plug-in"]
    value, sd = conditional_information(x, y, s)
    assert value == pytest.approx(observed - expected, abs=1e-12)
    assert sd == pytest.approx(np.sqrt(expected / 60))


def test_a_bit_hidden_by_another_is_seen_given_that_other():
    rng = np.random.default_rng(7)
    x, s = (rng.integers(0, 2, 2000).astype(np.int32) for _ in range(2))
    y = x ^ s
    assert abs(mutual_information(x, y).value) < 0.003
    assert conditional_information(x, y, s)[0] == pytest.approx(log(2), abs=0.01)

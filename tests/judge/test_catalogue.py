"""What recommendations do to the catalogue, against plain counting."""

from __future__ import annotations

import math

import numpy as np
import pytest

from rowspace.errors import InputError
from rowspace.judge.catalogue import coverage, gini, novelty
from rowspace.judge.runs import Run


def random_lists():
    rng = np.random.default_rng(0)
    return [rng.permutation(30)[: rng.integers(0, 9)].tolist() for _ in range(20)]


def as_run(lists):
    return Run(np.cumsum([0, *map(len, lists)]), np.concatenate(lists).astype(np.int32))


def test_measures_equal_plain_counting():
    lists = random_lists()
    counts = [sum(i in one[:4] for one in lists) for i in range(30)]
    assert coverage(as_run(lists), 30, k=4).value == sum(c > 0 for c in counts) / 30
    pairs = sum(abs(a - b) for a in counts for b in counts)
    assert gini(as_run(lists), 30, k=4).value == pytest.approx(pairs / (2 * 30 * sum(counts)))
    met = np.arange(30) % 7
    bits = [-math.log2(max(met[i], 1) / 10) for one in lists for i in one[:4]]
    found = novelty(as_run(lists), met, 10, k=4)
    assert found.value == pytest.approx(np.mean(bits))
    assert "nobody met" in found.note


def test_the_reference_of_coverage_is_what_random_items_cover():
    rng = np.random.default_rng(1)
    lists = Run.top(rng.integers(0, 50, (20, 3)))
    found = coverage(lists, 50, k=3)
    assert found.value == pytest.approx(found.reference["random items"], abs=0.12)


def test_one_item_for_all_is_as_uneven_as_it_gets():
    assert gini(Run.top(np.zeros((9, 1), int)), 100, k=1).value == pytest.approx(0.99)


def test_nothing_recommended_is_not_a_number():
    empty = Run([0, 0], [])
    assert coverage(empty, 5, k=3).value == 0
    assert math.isnan(gini(empty, 5, k=3).value)
    assert math.isnan(novelty(empty, np.ones(5), 2, k=3).value)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda r: coverage(r, 5, k=0), "k is 0"),
        (lambda r: coverage(r, 5, k=1), "recommends item 7, but the catalogue has 5 items"),
        (lambda r: novelty(r, [9.0] * 8, 5, k=1), "from 0 to 5"),
        (lambda r: novelty(r, [np.nan] * 8, 5, k=1), "from 0 to 5"),
    ],
)
def test_bad_arguments_are_refused(call, says):
    with pytest.raises(InputError, match=says):
        call(Run.top([[7]]))

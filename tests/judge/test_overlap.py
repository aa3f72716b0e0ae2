"""Agreement of neighbour lists equals loops over sets, with intervals and a reference."""

import math

import numpy as np
import pytest

from rowspace.errors import InputError
from rowspace.judge.overlap import neighbour_overlap


def lists(x, depth):
    unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    scores = unit @ unit.T
    np.fill_diagonal(scores, -np.inf)
    return np.argsort(-scores, axis=1, kind="stable")[:, :depth].tolist()


def slow_rbo(a, b, p):
    """Webber et al. 2010, extrapolated, straight from the definition of the agreement A_d."""
    k = len(a)
    overlap = [len(set(a[:d]) & set(b[:d])) for d in range(1, k + 1)]
    total = sum(x / d * p**d for d, x in enumerate(overlap, 1))
    return overlap[-1] / k * p**k + (1 - p) / p * total


def test_jaccard_and_rank_biased_overlap_equal_loops_over_sets():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(40, 5))
    y = x + 0.5 * rng.normal(size=(40, 5))
    found = neighbour_overlap(x, y, ks=(1, 7, 20), p=0.8)
    pairs = list(zip(lists(x, 20), lists(y, 20)))
    for measure, k in zip(found, (1, 7, 20)):
        slow = [len({*a[:k]} & {*b[:k]}) / len({*a[:k]} | {*b[:k]}) for a, b in pairs]
        assert measure.value == pytest.approx(np.mean(slow)) and measure.name == f"Jaccard@{k}"
        assert measure.low <= measure.value <= measure.high and measure.n == 40
    assert found[3].name == "RBO (p=0.8, depth 20)"
    assert found[3].value == pytest.approx(np.mean([slow_rbo(a, b, 0.8) for a, b in pairs]))


def test_rank_biased_overlap_knows_disjoint_and_equal_lists_and_weighs_the_top():
    a = [1, 2, 3, 4]
    assert slow_rbo(a, a, 0.9) == pytest.approx(1) and slow_rbo(a, [5, 6, 7, 8], 0.9) == 0
    assert slow_rbo(a, [1, 2, 9, 8], 0.9) > slow_rbo(a, [9, 8, 3, 4], 0.9)
    x = np.random.default_rng(0).normal(size=(30, 4))
    assert [m.value for m in neighbour_overlap(x, 3 * x, ks=(1, 10))] == pytest.approx([1, 1, 1])


def test_unrelated_spaces_agree_as_much_as_permuted_rows():
    x, y = np.random.default_rng(0).normal(size=(2, 400, 6))
    for measure in neighbour_overlap(x, y, ks=(5, 50), queries=300):
        chance = measure.reference["permuted rows"]
        assert measure.low - 0.01 <= chance <= measure.high + 0.01
        assert measure.note == "300 of 400 rows asked."
    expected = 50 / (2 * 399 - 50)  # about the Jaccard of two random sets of 50 among 399
    assert neighbour_overlap(x, y, ks=(50,))[0].value == pytest.approx(expected, rel=0.1)


def test_degenerate_rows_are_defined_and_said():
    x = np.random.default_rng(0).normal(size=(12, 3))
    holes = x.copy()
    holes[:2] = 0
    found = neighbour_overlap(x, holes, ks=(1, 50))
    assert found[0].n == 10 and "2 rows of zeros are not asked." in found[0].note
    assert math.isnan(found[1].value) and "only 11 neighbours" in found[1].note
    alike = neighbour_overlap(x, np.ones((12, 2)))
    assert all(math.isnan(m.value) and m.note.startswith("Undefined") for m in alike)
    twins = np.repeat(x[:6], 2, axis=0)
    assert "12 lists end in a tie" in neighbour_overlap(twins, twins, ks=(2,))[0].note
    for bad in ({"ks": (0,)}, {"ks": ()}, {"p": 1.0}):
        with pytest.raises(InputError, match="depths of at least 1"):
            neighbour_overlap(x, x, **bad)

from __future__ import annotations

import numpy as np
import pytest

from rowspace.errors import InputError
from rowspace.judge.evalrank import evalrank


def test_the_numbers_equal_a_full_sort() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(300, 8))
    x[150:200] = x[:50] + 0.3 * rng.normal(size=(50, 8))
    pairs = np.column_stack([np.arange(50), np.arange(150, 200)])
    block = evalrank(x, pairs)
    u = x / np.linalg.norm(x, axis=1, keepdims=True)
    ranks = []
    for i, j in pairs:
        order = [o for o in np.argsort(-(u @ u[i])) if o != i]
        ranks.append(order.index(j) + 1)
    assert block.series["rank"].tolist() == ranks
    assert block["MRR"].value == pytest.approx(np.mean(1 / np.array(ranks)))
    assert block["Hits@3"].value == pytest.approx(np.mean(np.array(ranks) <= 3))
    m = block["MRR"]
    assert m.low is not None and m.low < m.value < m.high  # type: ignore[operator]


def test_ties_count_with_their_expectation() -> None:
    x = np.array([[1.0, 0], [0, 1], [0, 1], [0, 1], [0, 1]])
    block = evalrank(x, [[0, 1]], hits=(1, 2))
    assert block["MRR"].value == pytest.approx((1 + 1 / 2 + 1 / 3 + 1 / 4) / 4)
    assert block["Hits@1"].value == 0.25 and block["Hits@2"].value == 0.5


def test_random_vectors_have_the_reference() -> None:
    rng = np.random.default_rng(0)
    pairs = np.array([(i, j) for i in range(60) for j in range(60) if i != j])
    block = evalrank(rng.normal(size=(60, 5)), pairs)
    # All ordered pairs: each row's ranks are 1 .. 59, whatever the vectors.
    for m in block.measures:
        assert m.value == pytest.approx(m.reference["random order"])


@pytest.mark.parametrize(
    ("pairs", "words"),
    [
        (np.zeros((0, 2), int), "at least one pair"),
        ([[0, 3]], "from 0 to 3, but there are 3 rows"),
        ([[1, 1]], "with itself"),
        ([[0.0, 1.0]], "float64"),
        ([0, 1], "at least one pair"),
    ],
)
def test_pairs_that_do_not_fit_are_refused(pairs: object, words: str) -> None:
    with pytest.raises(InputError, match=words):
        evalrank(np.eye(3), pairs)  # type: ignore[arg-type]


def test_cut_offs_below_one_are_refused() -> None:
    with pytest.raises(InputError, match="cut-offs"):
        evalrank(np.eye(3), [[0, 1]], hits=(0,))

"""The exact scan gives what plain NumPy gives, whatever the blocks, threads and ties."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from rowspace.space import nearest


def slow_best(scores, k):
    order = sorted(range(len(scores)), key=lambda i: (-scores[i], i))
    return [i for i in order if scores[i] != -np.inf][:k]


@given(
    hnp.arrays(np.float32, st.integers(0, 40), elements=st.sampled_from([-np.inf, -1, -0.0, 0, 2])),
    st.integers(1, 50),
)
@settings(deadline=None, max_examples=30)
def test_the_best_are_those_of_a_stable_sort(scores, k):
    assert nearest.best(scores, k).tolist() == slow_best(scores, k)


def test_dot_products_are_those_of_wide_arithmetic():
    rng = np.random.default_rng(0)
    vectors, query = rng.standard_normal((500, 33), np.float32), rng.standard_normal(33, np.float32)
    wide = vectors.astype(float) @ query.astype(float)
    np.testing.assert_allclose(nearest.dot_products([vectors], query), wide, atol=1e-5)
    norms = np.linalg.norm(vectors.astype(float), axis=1)
    np.testing.assert_allclose(nearest.inverse_norms([vectors]), 1 / norms, rtol=1e-6)


def test_neither_blocks_nor_threads_nor_selection_change_a_bit(monkeypatch):
    rng = np.random.default_rng(1)
    vectors, query = (
        rng.standard_normal((70_000, 64), np.float32),
        rng.standard_normal(64, np.float32),
    )
    monkeypatch.setenv("ROWSPACE_THREADS", "1")
    one = nearest.dot_products([vectors], query)
    norms = nearest.inverse_norms([vectors])
    monkeypatch.setenv("ROWSPACE_THREADS", "3")
    cut = [vectors[:1], vectors[1:20_001], vectors[20_001:20_001], vectors[20_001:]]
    assert nearest.dot_products(cut, query).tobytes() == one.tobytes()
    assert nearest.inverse_norms(cut).tobytes() == norms.tobytes()
    for n in (0, 5, 40_000):
        at = np.sort(rng.choice(70_000, n, replace=False))
        assert nearest.dot_products(cut, query, at).tobytes() == one[at].tobytes()


def test_equal_vectors_score_equally_wherever_they_stand():
    rng = np.random.default_rng(2)
    vectors = np.tile(rng.standard_normal(37, np.float32), (16_390, 1))
    assert len(np.unique(nearest.dot_products([vectors], vectors[0]))) == 1


def test_zeros_and_extreme_numbers_have_defined_norms():
    tiny, huge = np.float32(1e-30), np.float32(3e38)
    rows = np.array([[0, 0], [tiny, 0], [huge, huge], [1e-45, 0]], np.float32)
    inverse = nearest.inverse_norms([rows])
    np.testing.assert_allclose(inverse, [0, 1e30, 1 / (3e38 * 2**0.5), 0], rtol=1e-5)
    assert nearest.normalized(np.zeros(2, np.float32)).tolist() == [0, 0]


def test_overflow_is_the_largest_number_and_never_nan():
    rows = np.array([[3e38, 3e38], [3e38, -3e38], [-3e38, -3e38]], np.float32)
    scores = nearest.dot_products([rows], np.array([3e38, 3e38], np.float32))
    assert np.isfinite(scores).all()
    assert scores[0] == np.finfo(np.float32).max and scores[2] == np.finfo(np.float32).min


@pytest.mark.parametrize("at", [[], [0], [2, 3, 4], [0, 1, 2, 3, 4, 5]])
def test_rows_and_ranges_are_taken_across_blocks(at):
    rows = np.arange(12, dtype=np.float32).reshape(6, 2)
    for blocks in ([rows], [rows[:3], rows[3:]], [rows[:1], rows[1:1], rows[1:]]):
        np.testing.assert_array_equal(nearest.rows(blocks, np.array(at, np.int64)), rows[at])
        np.testing.assert_array_equal(nearest.between(blocks, 1, 5), rows[1:5])

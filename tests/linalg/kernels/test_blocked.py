"""Blocked products equal NumPy's, to the bit the same for every number of threads."""

import numpy as np
import pytest

from rowspace.linalg.kernels.blocked import cross, gram, product
from rowspace.threads import kernel_threads


@pytest.fixture
def tall():
    return np.random.default_rng(0).standard_normal((20_000, 6)).astype(np.float32)


def test_they_equal_numpy_in_float64(tall):
    exact = tall.astype(np.float64)
    w = np.arange(12.0).reshape(6, 2)
    np.testing.assert_allclose(gram(tall), exact.T @ exact, rtol=1e-12, atol=1e-9)
    np.testing.assert_allclose(product(tall, w), exact @ w, rtol=1e-12, atol=1e-9)
    np.testing.assert_allclose(cross(tall, tall[:, :2]), exact.T @ exact[:, :2], atol=0.05)


def test_an_empty_matrix_has_a_zero_gram_matrix():
    assert gram(np.zeros((0, 3), np.float32)).tolist() == [[0.0] * 3] * 3
    assert product(np.zeros((0, 3), np.float32), np.eye(3, dtype=np.float32)).shape == (0, 3)


def test_the_result_can_be_written_over_a_part_of_the_input(tall):
    wanted = tall @ np.ones((6, 2), np.float32)
    tall[:, :2] = product(tall, np.ones((6, 2), np.float32))
    np.testing.assert_allclose(tall[:, :2], wanted, atol=1e-5)


def test_the_bits_do_not_depend_on_the_threads(tall, monkeypatch):
    found = []
    for threads in ("1", "2", "3"):
        monkeypatch.setenv("ROWSPACE_THREADS", threads)
        with kernel_threads():
            found.append((gram(tall), cross(tall, tall), product(tall, tall[:6])))
    for other in found[1:]:
        for mine, theirs in zip(found[0], other):
            np.testing.assert_array_equal(mine, theirs)

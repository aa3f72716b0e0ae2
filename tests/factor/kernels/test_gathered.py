"""Gathering copies, and a pass over the block is the gradient, for counts around the unrolling."""

import numpy as np
import pytest

from rowspace.factor.kernels.gathered import ask_for, descent, dot, gather


@pytest.mark.parametrize("count", range(10))
@pytest.mark.parametrize("keep", [0, 1])
def test_a_pass_equals_its_slow_twin(count, keep):
    rng = np.random.default_rng(count)
    block = rng.standard_normal((10, 7)).astype(np.float32)
    weight, pull = rng.random((2, 10)).astype(np.float32)
    x, out = rng.standard_normal((2, 7)).astype(np.float32)
    v = block[:count].astype(np.float64)
    expected = out + v.T @ (keep * pull[:count] - weight[:count] * (v @ x))
    total = descent(block, weight[:count], pull[:count], keep, x, out)
    np.testing.assert_allclose(out, expected, atol=1e-5)
    assert total == pytest.approx(pull[:count] @ (v @ x), abs=1e-5)


def test_gathering_copies_the_vectors_of_the_cells_and_nothing_else():
    partner = np.arange(60, dtype=np.float32).reshape(20, 3)
    indices = np.random.default_rng(0).integers(0, 20, 15).astype(np.int32)
    block = np.full((12, 3), -1, np.float32)
    gather(partner, indices, 4, 15, block)
    np.testing.assert_array_equal(block[:11], partner[indices[4:]])
    assert (block[11] == -1).all()


def test_a_product_of_two_vectors_is_summed_in_double_precision():
    x = np.array([1e8, 1, -1e8], np.float32)
    assert dot(x, np.ones(3, np.float32)) == 1


def test_asking_for_vectors_changes_nothing():
    partner, indices = np.ones((5, 3), np.float32), np.array([4, 0], np.int32)
    ask_for(partner, indices, 0, 2)
    ask_for(partner, indices, 2, 2)
    assert (partner == 1).all() and indices.tolist() == [4, 0]

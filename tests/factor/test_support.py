"""The support of a constrained row, and the slope of what holds it."""

import numpy as np
import pytest

from rowspace.factor.grammar import (
    L1,
    Box,
    Free,
    GraphSmooth,
    GroupSparse,
    NonNegative,
    Simplex,
    TopK,
    UnitNorm,
)
from rowspace.factor.support import slope, support

X = np.array([[0.5, 0.0, 1.0], [0.0, 0.0, -2.0], [0, 0, 0]], np.float32)


@pytest.mark.parametrize(
    ("constraint", "free"),
    [
        (NonNegative(), [[1, 0, 1], [0, 0, 1], [0, 0, 0]]),
        (L1(), [[1, 0, 1], [0, 0, 1], [0, 0, 0]]),
        (TopK(count=2), [[1, 0, 1], [0, 0, 1], [0, 0, 0]]),
        (Box(low=0.0, high=1.0), [[1, 0, 0], [0, 0, 0], [0, 0, 0]]),
        (GroupSparse(size=2), [[1, 1, 1], [0, 0, 1], [0, 0, 0]]),
        (GraphSmooth(within=NonNegative()), [[1, 0, 1], [0, 0, 1], [0, 0, 0]]),
    ],
)
def test_numbers_off_their_bounds_are_free(constraint, free):
    assert support(constraint, X).tolist() == np.array(free, bool).tolist()


def test_free_vectors_are_free():
    assert support(Free(), X) is None and support(GraphSmooth(), X) is None


@pytest.mark.parametrize("constraint", [L1(l1=0.7), GroupSparse(l1=0.7, size=2)])
def test_the_slope_is_that_of_the_penalty(constraint):
    x = np.array([0.5, -0.3, 1.0, 0.2, -0.8])

    def penalty(x):
        if isinstance(constraint, L1):
            return 0.7 * np.abs(x).sum()
        groups = (x[:2], x[2:4], x[4:])
        return 0.7 * np.sqrt(2) * sum(np.linalg.norm(g) for g in groups)

    steps = 1e-6 * np.eye(5)
    numeric = [(penalty(x + s) - penalty(x - s)) / 2e-6 for s in steps]
    np.testing.assert_allclose(slope(constraint, x, np.zeros(5)), numeric, atol=1e-8)


def test_a_sum_or_a_length_holds_by_one_number():
    x, left = np.array([0.4, 0.0, 0.6]), np.array([1.0, -9.0, 3.0])
    assert slope(Simplex(), x, left).tolist() == [2.0, 2.0, 2.0]
    np.testing.assert_allclose(slope(UnitNorm(), x, left), 2.2 / 0.52 * x)
    assert not slope(UnitNorm(), np.zeros(3), left).any()
    assert not slope(Free(), x, left).any()

"""The row problem is the stated one: weights, targets, charges and the shared Gram matrix."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from rowspace.factor.basis import Basis
from rowspace.factor.gram import charges, row_problem
from rowspace.factor.grammar import (
    Constant,
    Factorization,
    Free,
    Ignore,
    Linear,
    Log,
    One,
    Uniform,
    Value,
)
from rowspace.factor.policies import confidence_weight
from rowspace.factor.statement import state
from rowspace.linalg.csr import Csr

X = np.array([[2, 0, 1], [0, 3, 0]], np.float32)


def cells():
    return Csr.of(csr_array(X))


@pytest.mark.parametrize(
    ("confidence", "expected"),
    [
        (Constant(2), [2, 2]),
        (Linear(10), [0, 30]),
        (Log(10, 0.5), [0, 10 * np.log(7)]),
    ],
)
def test_confidence_is_the_weight_beyond_the_background(confidence, expected):
    np.testing.assert_allclose(confidence_weight(confidence, np.array([0.0, 3.0])), expected)


def test_an_observed_cell_pulls_with_its_whole_weight_times_its_target():
    values = state(
        Factorization(confidence=Linear(10), unobserved=Uniform(0.5)), cells()
    ).weighted()
    assert values.pull.data.tolist() == [20.5 * 2, 10.5, 30.5 * 3]
    assert values.extra.tolist() == [20, 10, 30]
    assert values.constant == pytest.approx(0.5 * (20.5 * 4 + 10.5 + 30.5 * 9))
    ones = state(
        Factorization(target=One(), confidence=Linear(10), unobserved=Ignore()), cells()
    ).weighted()
    assert ones.pull.data.tolist() == [20, 10, 30]
    assert not ones.other.any()


def test_equal_weights_leave_no_correction():
    assert state(Factorization(confidence=Constant(0)), cells()).weighted().extra is None
    dense = state(Factorization(confidence=Constant(2), unobserved=Uniform(0.5)), X).weighted()
    assert dense.extra is None and (dense.other == 2.5).all() and dense.share == 0.2
    np.testing.assert_allclose(dense.pull, 2.5 * X)


def test_a_dense_matrix_under_growing_confidence_is_observed_throughout():
    found = state(Factorization(target=Value(), confidence=Linear(1)), X).weighted()
    assert found.pull.data.size == X.size
    np.testing.assert_allclose(found.extra, X.ravel())


def test_a_row_is_charged_by_the_weight_of_its_data():
    assert charges(Free(2.0), np.array([0, 5]), 3.0).tolist() == [2, 2]
    assert charges(Free(2.0, 1.0), np.array([0, 5]), 3.0).tolist() == [6, 16]
    assert charges(Free(2.0, 0.5), np.array([1, 6]), 3.0).tolist() == [4, 6]


def test_the_shared_gram_matrix_is_that_of_all_partners_times_the_background():
    v = np.arange(6, dtype=np.float32).reshape(3, 2)
    f = Factorization(confidence=Linear(1), unobserved=Uniform(0.5))
    problem = row_problem(state(f, cells()).weighted(), v, Free(0.1, 1.0))
    np.testing.assert_allclose(problem.shared, 0.5 * v.T @ v)
    np.testing.assert_allclose(problem.ridge, 0.1 * (np.array([2, 1]) + 0.5 * 3))
    given = row_problem(state(f, cells()).weighted(), v, Free(), Basis.of(np.eye(2), v))
    np.testing.assert_allclose(given.shared, np.eye(2))

"""A masked dense matrix is the same problem as the dense one, where nothing is hidden."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.sparse.linalg import aslinearoperator

from rowspace.errors import UnsupportedError
from rowspace.factor.grammar import (
    Alternating,
    Constant,
    Factorization,
    Free,
    Given,
    Linear,
    Lookup,
    Spectral,
    Uniform,
)
from rowspace.factor.solvers import solve
from rowspace.judge.masking import masked, with_cells_to_hide, with_zeros
from rowspace.observe.observations import Observations
from rowspace.observe.weighting import TfIdf

X = np.random.default_rng(0).random((12, 9)).astype(np.float32)
DENSE = Observations.from_matrix(X, rows="a", cols="b")
SIDE = Lookup(Free(l2=0.5))
F = Factorization(dim=3, rows=SIDE, cols=SIDE, solver=Alternating(sweeps=6, exact=True))


@pytest.mark.parametrize(
    "f",
    [
        F,
        replace(F, unobserved=Uniform(0.3), confidence=Linear(2.0)),
        replace(F, unobserved=Uniform(0.3), confidence=Constant(0.2)),
    ],
    ids=["alike", "by value", "constant"],
)
def test_with_nothing_hidden_the_solution_is_that_of_the_dense_matrix(f):
    stated, train = masked(f, with_cells_to_hide(DENSE))
    whole, again = solve(f, DENSE, 1), solve(stated, train, 1)
    np.testing.assert_allclose(again.rows @ again.cols.T, whole.rows @ whole.cols.T, atol=1e-4)
    np.testing.assert_allclose(again.trace, whole.trace, rtol=1e-4)


def test_given_weights_stay_with_their_cells():
    weights = np.random.default_rng(1).random(X.shape).astype(np.float32)
    whole = with_cells_to_hide(replace(DENSE, weights=weights))
    _, train = masked(replace(F, confidence=Given(2.0), unobserved=Uniform(0.5)), whole)
    np.testing.assert_allclose(train.weights, 0.5 + 2 * weights.ravel(), rtol=1e-6)


def test_a_spectral_problem_becomes_an_alternating_one():
    stated, _ = masked(replace(F, solver=Spectral()), with_cells_to_hide(DENSE))
    assert isinstance(stated.solver, Alternating)


def test_sparse_cells_are_as_they_are_and_an_operator_has_none():
    sparse = with_cells_to_hide(DENSE)
    assert sparse.n_observed == X.size and with_cells_to_hide(sparse) is sparse
    with pytest.raises(UnsupportedError, match="no cells that could be hidden"):
        with_cells_to_hide(DENSE.with_cells(aslinearoperator(X)))


def test_zeros_are_cells_where_they_weigh_like_all_others():
    few = DENSE.with_cells(csr_array(np.where(X < 0.5, X, 0)))
    assert with_zeros(few, [F, replace(F, dim=2)], "rmse").is_dense
    unequal = replace(F, confidence=Linear(1.0))
    for stated, metric in (([F], "recall@20"), ([F, unequal], "rmse")):
        assert with_zeros(few, stated, metric) is few
    assert with_zeros(few, [replace(F, matrix=(TfIdf(),))], "rmse") is few

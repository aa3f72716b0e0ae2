"""A statement says of every cell what the factorization says, from either side."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from rowspace.factor.grammar import (
    Biases,
    Constant,
    Factorization,
    Huber,
    Ignore,
    Linear,
    Margins,
    Popularity,
    SoftHinge,
    Uniform,
)
from rowspace.factor.statement import state
from rowspace.linalg.csr import Csr

X = np.array([[2, 0, 1], [0, 3, 0]], np.float32)
POPULAR = Factorization(confidence=Linear(10), unobserved=Popularity(0.5, 1.0))


def stated(f):
    return state(f, Csr.of(csr_array(X)))


def dense(csr):
    return csr_array((csr.data, csr.indices, csr.indptr), shape=csr.shape).toarray()


def test_the_columns_see_what_the_rows_see():
    rows = stated(POPULAR)
    a, b = rows.weighted(), rows.T.weighted()
    np.testing.assert_allclose(dense(a.pull), dense(b.pull).T)
    np.testing.assert_allclose(np.outer(a.own, a.other), np.outer(b.own, b.other).T)
    assert a.constant == pytest.approx(b.constant)
    assert a.extra.tolist() == [20, 10, 30] and b.extra.tolist() == [20, 30, 10]
    assert b.pull.shape == (3, 2)
    assert rows.T.T.weighted().extra.tolist() == a.extra.tolist()


def test_offsets_shift_targets_and_are_paid_for_by_the_background():
    f = Factorization(confidence=Constant(2), unobserved=Uniform(0.5), offset=Biases())
    x, y = np.array([0.3, -0.1]), np.array([0.2, 0.0, 1.0])
    got = stated(f).weighted(None, (x, y))
    o, seen = x[:, None] + y, X > 0
    w = 0.5 + 2 * seen
    np.testing.assert_allclose(dense(got.pull)[seen], (w * (X - o) + 0.5 * o)[seen], rtol=1e-6)
    cost = 0.5 * (w * (X - o) ** 2)[seen].sum() + 0.25 * (o[~seen] ** 2).sum()
    assert got.constant == pytest.approx(cost)


def test_the_level_is_the_mean_target_of_all_cells_by_weight():
    s = stated(POPULAR)
    d = 0.5 * np.array([1, 1, 1])
    w = d + 10 * X
    assert s.mean_target == pytest.approx((w * X)[X > 0].sum() / w[X > 0].sum())
    assert s.level == pytest.approx((w * X).sum() / w.sum())


def test_a_reweighted_loss_needs_scores_and_a_squared_one_does_not():
    assert stated(Factorization(loss=Huber(), unobserved=Ignore())).reweights
    assert not stated(POPULAR).reweights


def test_a_soft_hinge_stores_every_cell_and_knows_which_were_unobserved():
    f = Factorization(confidence=Constant(1), unobserved=SoftHinge(0.25), offset=Margins())
    s = stated(f)
    assert len(s.cells.data) == X.size
    np.testing.assert_array_equal(s.hinge, X.ravel() == 0)
    np.testing.assert_allclose(s.confidence, np.where(X.ravel() > 0, 1, 0.25))
    zeros = np.zeros(X.size, np.float32)
    assert s.loss_at(zeros) == pytest.approx(0.5 * (X**2).sum() + 0.25 * 3 * np.log(2))


def test_the_cells_are_left_alone():
    cells = Csr.of(csr_array(X))
    state(POPULAR, cells).weighted()
    assert cells.data.tolist() == [2, 1, 3]

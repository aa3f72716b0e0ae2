"""Every cell is bent alike, whether the matrix is sparse, dense, low rank or never formed."""

import numpy as np
import pytest
from scipy.sparse.linalg import aslinearoperator

from rowspace.errors import InputError, UnsupportedError
from rowspace.linalg.operators import LowRank, RowBlocks
from rowspace.observe import nonlinear
from rowspace.observe.nonlinear import Nonlinear

from .graph_data import bipartite, dense, observed, unfolded

FORMULAS = {
    "log": lambda x: np.log(np.maximum(1, x / 1.5)),
    "sqrt": lambda x: np.sqrt(np.maximum(0, x / 1.5)),
    "binary": lambda x: (x >= np.sort(x.ravel())[-round(0.1 * x.size)]) * (x > 0.0),
}
STEPS = {kind: Nonlinear(kind, shift=1.5, share=0.1) for kind in FORMULAS}


def low_rank(n=25, m=18):
    rng = np.random.default_rng(0)
    left, right = (rng.gamma(1.0, 1.0, (k, 3)).astype(np.float32) for k in (n, m))
    return observed(np.zeros((n, m))).with_cells(LowRank(left, right))


@pytest.mark.parametrize("kind", FORMULAS)
def test_the_formula_is_that_of_numpy_for_every_kind_of_matrix(kind, monkeypatch):
    cases = [observed(bipartite()), observed(bipartite(), sparse=False), low_rank()]
    for obs in cases:
        before = dense(obs).astype(np.float32)
        bent, state = STEPS[kind].apply(obs)
        np.testing.assert_allclose(dense(bent), FORMULAS[kind](before), rtol=1e-5, atol=1e-6)
        np.testing.assert_array_equal(dense(obs).astype(np.float32), before)  # not changed
        for side, lines in (("rows", dense(bent)), ("cols", dense(bent).T)):
            again = unfolded(STEPS[kind], state, obs, side, 3)
            np.testing.assert_allclose(again, lines[3], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("kind", FORMULAS)
def test_a_large_matrix_is_bent_as_it_is_multiplied(kind, monkeypatch):
    formed = Nonlinear(kind).apply(low_rank())[0]
    monkeypatch.setattr(nonlinear, "_DENSE_BYTES", 100)
    never = Nonlinear(kind).apply(low_rank())[0]
    assert isinstance(formed.cells, np.ndarray) and isinstance(never.cells, RowBlocks)
    np.testing.assert_allclose(dense(never), dense(formed), rtol=1e-5, atol=1e-6)
    x = np.random.default_rng(1).normal(size=(25, 4)).astype(np.float32)
    np.testing.assert_allclose(never.cells.rmatmat(x), formed.cells.T @ x, rtol=1e-4, atol=1e-4)


def test_cells_that_become_zero_are_dropped_from_sparse_ones():
    obs = Nonlinear("log", shift=2.0).apply(observed(bipartite()))[0]
    assert obs.n_observed == np.count_nonzero(bipartite() > 2) and obs.cells.data.all()


@pytest.mark.parametrize("kind", FORMULAS)
@pytest.mark.parametrize("sparse", [True, False])
def test_zeros_stay_zeros(kind, sparse):
    assert not dense(Nonlinear(kind).apply(observed(np.zeros((3, 2)), sparse))[0]).any()


def test_what_cannot_be_bent_is_refused():
    operator = observed(np.eye(2)).with_cells(aslinearoperator(np.eye(2)))
    with pytest.raises(UnsupportedError, match=r"Nonlinear changes each cell, .* never formed"):
        Nonlinear().apply(operator)
    with pytest.raises(
        InputError, match=r"Nonlinear.function is 'exp', but 'log', 'sqrt' or 'binary'"
    ):
        Nonlinear("exp")
    with pytest.raises(InputError, match=r"Nonlinear.shift is 0, but a number above 0"):
        Nonlinear(shift=0)
    with pytest.raises(InputError, match=r"Nonlinear.share is 1.0, but a number between 0 and 1"):
        Nonlinear(share=1.0)

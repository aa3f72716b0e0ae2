"""`PMI` keeps what `PPMI` cuts off; `LogCount` is the logarithm over the floor."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from rowspace.errors import InputError
from rowspace.observe.association import PMI, LogCount
from rowspace.observe.observations import Observations
from rowspace.observe.weighting import PPMI

X = np.array([[6.0, 1, 0], [1, 4, 2], [0, 0, 0], [3, 1, 1]])


def observed(x=X, sparse=True):
    return Observations.from_matrix(csr_array(x) if sparse else x, rows="w", cols="c")


@pytest.mark.parametrize("sparse", [True, False])
def test_pmi_is_the_logarithm_of_the_ratio_to_chance(sparse):
    shares = X.sum(0) ** 0.75 / (X.sum(0) ** 0.75).sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = np.log(X / X.sum(1, keepdims=True) / shares) - np.log(2)
    expected[X == 0] = 0
    found = PMI(shift=2.0).apply(observed(sparse=sparse))[0].cells
    dense = found.toarray() if sparse else found
    np.testing.assert_allclose(dense, expected, atol=1e-6)
    assert (dense < 0).any()


def test_above_zero_it_is_ppmi():
    one, other = (s(shift=1.5).apply(observed())[0].cells.toarray() for s in (PMI, PPMI))
    np.testing.assert_allclose(np.maximum(one, 0), other, atol=1e-6)


@pytest.mark.parametrize("step", [PMI(shift=2.0), LogCount(floor=0.5)])
def test_a_row_that_was_there_is_treated_alike(step):
    obs = observed()
    cells, state = step.apply(obs)
    for side, matrix, made in (("rows", X, cells.cells), ("cols", X.T, cells.cells.T.tocsr())):
        for i, line in enumerate(matrix):
            at = np.flatnonzero(line)
            positions, values = step.new_row(state, side, at, line[at].astype(np.float32))
            whole = np.zeros(len(line))
            whole[positions] = values
            np.testing.assert_allclose(whole, made.toarray()[i], atol=1e-6)


def test_bad_values_and_floors_are_refused():
    with pytest.raises(InputError, match="needs values of at least 0"):
        LogCount().apply(observed(-X))
    for floor in (0, -1, np.inf):
        with pytest.raises(InputError, match=r"LogCount\.floor"):
            LogCount(floor=floor)

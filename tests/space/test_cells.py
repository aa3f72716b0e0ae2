"""The cells that a space keeps are the cells that were observed."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.sparse.linalg import aslinearoperator

from rowspace.api import fit
from rowspace.observe.observations import Observations
from rowspace.observe.read import read
from rowspace.space.cells import Cells
from rowspace.space.interchange import export_cells
from rowspace.space.space import open_space


@pytest.mark.parametrize("dense", [False, True])
def test_rows_and_columns_are_those_of_the_matrix(dense):
    rng = np.random.default_rng(0)
    matrix = rng.poisson(0.7, (6, 4)).astype(np.float32)
    matrix[2] = matrix[:, 3] = 0
    obs = Observations.from_matrix(matrix if dense else csr_array(matrix), rows="r", cols="c")
    cells = Cells.of(obs)
    assert cells.is_dense is dense and cells.times is None
    for axis, lines in enumerate((matrix, matrix.T)):
        for i, line in enumerate(lines):
            where = np.arange(len(line)) if dense else np.flatnonzero(line)
            positions, values, weights = cells.line(axis, i)
            assert weights is None
            assert positions.tolist() == where.tolist() and values.tolist() == line[where].tolist()
    back = cells.matrix()
    np.testing.assert_array_equal(back if dense else back.toarray(), matrix)


def test_an_observed_zero_is_kept():
    cells = Cells.of(
        Observations.from_matrix(
            csr_array((np.zeros(1, np.float32), ([0], [1])), shape=(1, 2)), rows="r", cols="c"
        )
    )
    assert cells.line(0, 0)[0].tolist() == [1] and cells.line(1, 1)[1].tolist() == [0.0]


@pytest.mark.parametrize("dense", [False, True])
def test_weights_are_kept_with_the_cells_and_come_back(dense, tmp_path):
    matrix = np.array([[1.0, 2.0], [3.0, 4.0]], np.float32)
    obs = Observations.from_matrix(matrix if dense else csr_array(matrix), rows="r", cols="c")
    weights = np.array([[0.5, 1], [0, 2]], np.float32)
    obs = replace(obs, weights=weights if dense else weights.ravel())
    assert Cells.of(obs).weights is obs.weights
    space = fit(obs, "svd", dim=1)
    space.save(tmp_path / "m.space")
    stored = open_space(tmp_path / "m.space")
    np.testing.assert_array_equal(stored.observations.weights, obs.weights)
    assert stored.observations.fingerprint == obs.fingerprint
    export_cells(stored, tmp_path / "cells.csv")
    back = read(tmp_path / "cells.csv", "r", "c", "value", weights="weight")
    np.testing.assert_array_equal(back.weights, weights.ravel())


def test_an_operator_has_no_cells_to_keep():
    operator = aslinearoperator(np.eye(2, dtype=np.float32))
    assert Cells.of(Observations.from_matrix(operator, rows="r", cols="c")) is None

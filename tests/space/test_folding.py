"""A row that is not in a space gets the vector that training would give it."""

import numpy as np
import pytest
from scipy.sparse import csr_array

import rowspace as rs
from rowspace.errors import UnsupportedError
from rowspace.space.folding import as_solved, folded, role_of


@pytest.fixture(scope="module")
def obs():
    rng = np.random.default_rng(0)
    counts = rng.poisson(1.0, (30, 12)).astype(np.float32) + np.eye(30, 12, dtype=np.float32)
    return rs.Observations.from_matrix(csr_array(counts), rows="user", cols="item")


@pytest.mark.parametrize("recipe", ["ials", "eals", "rel-mf", "als-explicit", "nmf"])
def test_a_row_of_training_gets_its_own_vector_and_bias(obs, recipe):
    space = rs.fit(obs, recipe, dim=3, sweeps=20)
    row = obs.cells[[4]]
    vector, bias = folded(space, "user", dict(zip(row.indices.tolist(), row.data.tolist())))
    np.testing.assert_allclose(vector, space["user"][4], atol=2e-3)
    known = space["user"].extras.get("bias")
    assert bias == pytest.approx(0.0 if known is None else float(known[4]), abs=2e-3)


def test_what_all_new_rows_share_is_computed_once(obs):
    space = rs.fit(obs, "ials", dim=3)
    folded(space, "user", {0: 1})
    kept = space.derived["rows"]
    folded(space, "user", {1: 2})
    assert space.derived["rows"] is kept


def test_cells_go_through_the_steps_in_the_order_of_their_positions(obs):
    space = rs.fit(obs, "lsa", dim=2)
    at, x, weights = as_solved(space, "user", np.array([7, 2]), np.array([1, 3], np.float32))
    assert at.tolist() == [2, 7] and weights is None
    assert x[0] > x[1] > 0


def test_a_side_was_the_rows_or_the_columns(obs):
    space = rs.fit(obs, "svd", dim=2)
    assert [role_of(space, side) for side in space.sides] == ["rows", "cols"]


def test_an_imported_space_cannot_fold_in():
    sides = {"user": (["a"], [[1.0]]), "item": (["x"], [[1.0]])}
    space = rs.Space.from_vectors(sides)
    with pytest.raises(UnsupportedError, match="imported without a factorization"):
        folded(space, "user", {"x": 1})

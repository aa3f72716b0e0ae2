"""Observations: labels, three forms of cells, and refusals."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_array, csr_array, random_array
from scipy.sparse.linalg import aslinearoperator

from rowspace.errors import InputError, UnknownIdError
from rowspace.observe.ids import Ids
from rowspace.observe.observations import Mode, Observations


def labelled(matrix, **more):
    return Observations.from_matrix(matrix, rows="user", cols="item", **more)


def test_a_stored_zero_is_observed_and_a_cell_that_is_not_stored_is_not():
    cells = csr_array((np.array([0.0, 2.0]), ([0, 1], [1, 0])), shape=(2, 2))
    obs = labelled(cells)
    assert obs.n_observed == 2
    assert obs.value(0, 1) == 0.0


def test_duplicates_of_a_sparse_matrix_are_summed_and_the_callers_matrix_stays_as_it_was():
    theirs = csr_array((np.ones(3), np.array([1, 0, 1]), np.array([0, 3])), shape=(1, 2))
    obs = labelled(theirs)
    assert obs.cells.toarray().tolist() == [[1.0, 2.0]]
    assert theirs.indices.tolist() == [1, 0, 1]
    assert obs.cells.dtype == np.float32 and obs.cells.has_canonical_format


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 6), st.integers(1, 6), st.integers(0, 9))
def test_the_transpose_moves_values_and_times_along(n, m, seed):
    rng = np.random.default_rng(seed)
    cells = random_array((n, m), density=0.5, rng=rng, format="csr", dtype=np.float32)
    times = rng.random(cells.nnz)
    obs = Observations(Mode("u", Ids.range(n)), Mode("i", Ids.range(m)), cells, times)
    at = {(i, j): t for i, j, t in zip(*obs.cells.nonzero(), times)}
    turned = obs.T
    assert (turned.cells.toarray() == obs.cells.toarray().T).all()
    assert {(j, i): t for i, j, t in zip(*turned.cells.nonzero(), turned.times)} == at
    assert turned.T.fingerprint == obs.fingerprint


def test_times_and_weights_follow_the_cells_of_an_unsorted_matrix():
    at = ([1, 0, 1], [1, 1, 0])
    cells = coo_array((np.array([1.0, 0.0, 3.0]), at), shape=(2, 2))
    modes = Mode("u", Ids.range(2)), Mode("i", Ids.range(2))
    for matrix in (cells, csr_array((np.array([0.0, 1, 3]), [1, 1, 0], [0, 1, 3]), shape=(2, 2))):
        mine = dict(zip(matrix.data, (10.0, 11.0, 12.0)))
        given = np.array([10.0, 11.0, 12.0])
        obs = Observations(*modes, matrix, given, "", given)
        assert obs.cells.data.tolist() == [0, 3, 1]
        assert obs.times.tolist() == obs.weights.tolist() == [mine[v] for v in (0, 3, 1)]
        assert obs.weights.dtype == np.float32
    twice = coo_array((np.ones(2), ([0, 0], [1, 1])), shape=(2, 2))
    with pytest.raises(InputError, match="stored twice, each with a time stamp or weight"):
        Observations(*modes, twice, None, "", np.ones(2))


@pytest.mark.parametrize("bad", [[1.0, -1.0], [1.0, np.nan], [1.0, np.inf], [1.0]])
def test_weights_that_are_no_finite_numbers_of_at_least_0_are_refused(bad):
    modes = Mode("u", Ids.range(1)), Mode("i", Ids.range(2))
    for cells in (np.ones((1, 2)), csr_array(np.ones((1, 2)))):
        weights = np.array(bad) if hasattr(cells, "nnz") else np.array([bad])
        with pytest.raises(InputError, match="one finite number of at least 0 per observed cell"):
            Observations(*modes, cells, None, "", weights)


def test_the_fingerprint_knows_the_weights():
    modes = Mode("u", Ids.range(1)), Mode("i", Ids.range(2))
    for cells in (np.ones((1, 2), np.float32), csr_array(np.ones((1, 2), np.float32))):
        shape = cells.shape if isinstance(cells, np.ndarray) else (2,)
        prints = {
            Observations(*modes, cells, None, "", w).fingerprint
            for w in (None, np.ones(shape), np.full(shape, 2.0))
        }
        assert len(prints) == 3


def test_nan_is_refused_or_was_not_observed_and_zeros_were():
    matrix = np.array([[np.nan, 0.0], [2.0, np.nan], [np.nan, np.nan]])
    with pytest.raises(InputError, match=r"'x' is nan.*say nan=.unobserved."):
        labelled(matrix, col_ids=["x", "y"])
    obs = labelled(matrix, col_ids=["x", "y"], nan="unobserved")
    assert obs.is_sparse and obs.cells.indices.tolist() == [1, 0]
    assert obs.cells.data.tolist() == [0, 2] and obs.shape == (3, 2)
    stored = csr_array((np.array([np.nan, 0.0]), ([0, 1], [0, 1])), shape=(2, 2))
    obs = labelled(stored, nan="unobserved")
    assert obs.cells.data.tolist() == [0] and obs.cells.indices.tolist() == [1]
    assert labelled(np.eye(2, dtype=int), nan="unobserved").n_observed == 4


def test_infinite_stays_an_error_and_other_words_for_nan_too():
    with pytest.raises(InputError, match="is inf, but a finite number was expected; drop it"):
        labelled(np.array([[np.nan, np.inf]]), nan="unobserved")
    with pytest.raises(InputError, match="nan is 'drop'"):
        labelled(np.eye(2), nan="drop")


def test_dense_sparse_and_operator_give_the_same_value():
    matrix = np.array([[1.0, 2.0], [3.0, 0.0]], np.float32)
    for form in (matrix, coo_array(matrix), aslinearoperator(matrix)):
        obs = labelled(form, col_ids=["a", "b"])
        assert obs.value(0, "b") == 2.0 and obs.value(1, "b") == 0.0
        assert obs.T.value("a", 1) == 3.0


def test_the_fingerprint_knows_ids_names_and_values_but_not_how_the_matrix_was_given():
    matrix = np.array([[1.0, 2.0], [3.0, 4.0]])
    same = [
        labelled(csr_array(matrix)),
        labelled(coo_array(matrix)),
        labelled(csr_array(matrix * 1)),
    ]
    assert len({o.fingerprint for o in same}) == 1
    others = [
        same[0],
        labelled(csr_array(matrix + 1)),
        labelled(csr_array(matrix), row_ids=["a", "b"]),
        Observations.from_matrix(csr_array(matrix), rows="x", cols="item"),
        labelled(csr_array(matrix)).T,
        labelled(matrix.astype(np.float32)[:1]),
        labelled(aslinearoperator(matrix)),
    ]
    assert len({o.fingerprint for o in others}) == len(others)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("form", [np.array, csr_array])
def test_a_value_that_is_not_finite_is_named_by_its_ids(bad, form):
    with pytest.raises(InputError, match="user 1 and item 'b'"):
        labelled(form([[1.0, 2.0], [3.0, bad]]), col_ids=["a", "b"])


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: labelled(np.eye(2), row_ids=["a"]), "2 x 2, but there are 1 user ids"),
        (lambda: labelled(np.zeros(3)), "two dimensions, but this array has 1"),
        (lambda: labelled(np.array([["a"]])), "numbers were expected"),
        (lambda: labelled(csr_array(np.eye(2) * 1j)), "real numbers were expected"),
        (lambda: Observations.from_matrix(np.eye(2), rows="x", cols="x"), "both called 'x'"),
        (lambda: Observations.from_matrix(np.eye(2), rows="a/b", cols="x"), "cannot be called"),
        (lambda: labelled(np.eye(2), row_ids=["a", "a"]), "'a' occurs 2 times"),
        (
            lambda: Mode("x", Ids.range(2), pa.table({"t": [1]})),
            "metadata of side 'x' has 1 rows, but the side has 2",
        ),
        (
            lambda: Observations(
                Mode("u", Ids.range(1)), Mode("i", Ids.range(1)), csr_array([[1.0]]), np.zeros(2)
            ),
            "one number per stored cell",
        ),
    ],
)
def test_labels_that_do_not_fit_are_refused(make, words):
    with pytest.raises(InputError, match=words):
        make()


@pytest.mark.parametrize("form", [np.array, csr_array])
def test_negative_values_are_refused_only_where_somebody_minds(form):
    obs = labelled(form([[0.0, -1.0]]))
    with pytest.raises(
        InputError, match=r"counting needs values of at least 0.*user 0.*item 1.*-1"
    ):
        obs.refuse_negative("counting")
    labelled(form([[0.0, 1.0]])).refuse_negative("counting")


def test_metadata_follows_the_rows_that_are_selected():
    mode = Mode("user", Ids(["a", "b", "c"]), pa.table({"age": [1, 2, 3]}))
    picked = mode.select(np.array([2, 0]))
    assert list(picked.ids) == ["c", "a"]
    assert picked.table.to_pydict() == {"age": [3, 1]}


def test_an_unknown_side_names_the_two_that_there_are():
    with pytest.raises(
        UnknownIdError, match=r"no side 'users'.*'user' and 'item'.*nearest: 'user'"
    ):
        labelled(np.eye(2)).mode("users")


def test_empty_rows_and_a_matrix_without_cells_are_fine():
    obs = labelled(csr_array((3, 2)))
    assert obs.n_observed == 0 and obs.value(2, 1) == 0.0
    assert obs.T.shape == (2, 3)
    obs.refuse_negative("anything")

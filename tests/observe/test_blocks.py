"""Blocks: columns of both, rows by id, weights, and what an absent row means."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.linalg import aslinearoperator

from rowspace.errors import InputError, UnsupportedError
from rowspace.observe.blocks import beside
from rowspace.observe.ids import Ids
from rowspace.observe.observations import Mode, Observations


def stored(entries, n, m, rows, cols, row_ids=None, col_ids=None):
    """Return sparse observations of {(i, j): value}, explicit zeros included."""
    at = list(entries)
    matrix = csr_array(
        (np.array(list(entries.values()), float), ([i for i, _ in at], [j for _, j in at])),
        shape=(n, m),
    )
    return Observations.from_matrix(matrix, rows=rows, cols=cols, row_ids=row_ids, col_ids=col_ids)


def cells_by_id(obs):
    """Return {(row id, column id): (value, weight)} of the observed cells."""
    if obs.is_dense:
        at = np.argwhere(np.ones(obs.shape, bool))
        values, weights = obs.cells.ravel(), obs.weights
    else:
        at = np.stack(
            [np.repeat(np.arange(obs.shape[0]), np.diff(obs.cells.indptr)), obs.cells.indices], 1
        )
        values, weights = obs.cells.data, obs.weights
    weights = np.ones(len(values)) if weights is None else weights.ravel()
    return {
        (str(obs.rows.ids[int(i)]), str(obs.cols.ids[int(j)])): (float(v), float(w))
        for (i, j), v, w in zip(at, values, weights)
    }


def slow_beside(obs, other, weight, name):
    both = cells_by_id(obs)
    for (i, j), (v, w) in cells_by_id(other).items():
        both[i, f"{name}:{j}"] = (v, w * weight)
    return both


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 5), st.integers(1, 4), st.integers(0, 5), st.integers(1, 4), st.data())
def test_it_is_the_union_of_the_cells_by_id_whatever_the_order_and_kind(n, m, n2, q, data):
    rng = np.random.default_rng(data.draw(st.integers(0, 999)))
    names = np.array(["ann", "böb", "日本", "d e", "'x'", "ß"])
    blocks = []
    for size, width, side in ((n, m, "item"), (n2, q, "tag")):
        dense = rng.integers(-1, 3, (size, width)).astype(np.float32)
        ids = rng.permutation(names)[:size].tolist()
        if data.draw(st.booleans()):
            kept = np.nonzero(rng.random((size, width)) < 0.6)
            matrix = csr_array((dense[kept], kept), shape=(size, width))
        else:
            matrix = dense
        obs = Observations.from_matrix(matrix, rows="user", cols=side, row_ids=ids)
        if data.draw(st.booleans()):
            shape = (obs.cells.nnz,) if obs.is_sparse else obs.shape
            weights = rng.random(shape).astype(np.float32)
            obs = Observations(obs.rows, obs.cols, obs.cells, None, "", weights)
        blocks.append(obs)
    got = beside(*blocks, weight=0.25)
    assert cells_by_id(got) == slow_beside(*blocks, 0.25, "tag")
    assert list(got.rows.ids)[:n] == list(blocks[0].rows.ids)
    assert set(got.rows.ids) == set(blocks[0].rows.ids) | set(blocks[1].rows.ids)
    alike = set(blocks[0].rows.ids) == set(blocks[1].rows.ids)
    assert got.is_dense == (alike and blocks[0].is_dense and blocks[1].is_dense)


def test_stored_zeros_stay_observed_and_a_row_that_a_block_lacks_is_unobserved_there():
    plays = stored({(0, 0): 0.0, (1, 1): 2.0}, 2, 2, "user", "song", ["ann", "bob"])
    tags = Observations.from_matrix(np.zeros((1, 2)), rows="user", cols="tag", row_ids=["eve"])
    got = beside(plays, tags)
    assert got.n_observed == 4 and got.is_sparse
    assert list(got.rows.ids) == ["ann", "bob", "eve"]
    assert np.diff(got.cells.indptr).tolist() == [1, 1, 2]


def test_columns_of_the_same_ids_do_not_collide_and_a_taken_block_name_is_refused():
    plays = stored({(0, 0): 1.0}, 1, 1, "user", "song", col_ids=["x"])
    skips = stored({(0, 0): 1.0}, 1, 1, "user", "song", col_ids=["x"])
    with pytest.raises(InputError, match="already; call the second one something else with name="):
        beside(plays, skips)
    both = beside(plays, skips, name="skip")
    assert list(both.cols.ids) == ["x", "skip:x"] and both.cols.name == "song"
    with pytest.raises(InputError, match="'skip' already"):
        beside(both, skips, name="skip")
    more = beside(both, stored({(0, 0): 1.0}, 1, 1, "user", "age"), weight=3)
    assert more.cols.table["block"].to_pylist() == ["song", "skip", "age"]
    assert list(more.cols.ids) == ["x", "skip:x", "age:0"]
    assert more.weights.tolist() == [1, 1, 3]


def test_an_id_that_looks_like_that_of_the_other_block_is_refused():
    plays = stored({(0, 0): 1.0}, 1, 1, "user", "song", col_ids=["tag:x"])
    with pytest.raises(InputError, match="'tag:x' occurs 2 times"):
        beside(plays, stored({(0, 0): 1.0}, 1, 1, "user", "tag", col_ids=["x"]))


def test_what_is_known_about_the_columns_goes_below_by_turning_over():
    plays = stored({(0, 1): 5.0}, 1, 2, "user", "song", ["ann"], ["a", "b"])
    tags = stored({(0, 0): 1.0}, 1, 1, "song", "tag", ["b"], ["jazz"])
    got = beside(plays.T, tags, weight=2.0).T
    assert got.value("ann", "b") == 5 and got.value("tag:jazz", "b") == 1
    assert got.rows.table["block"].to_pylist() == ["user", "tag"]
    assert got.weights.tolist() == [1, 2]


def test_whole_numbers_and_text_name_the_same_rows():
    left = stored({(0, 0): 1.0, (1, 0): 2.0}, 2, 1, "user", "song", [7, 8])
    right = stored({(0, 0): 3.0}, 1, 1, "user", "tag", ["8"])
    got = beside(left, right)
    assert list(got.rows.ids) == ["7", "8"] and got.value("8", "tag:0") == 3
    both_whole = beside(left, stored({(0, 0): 3.0}, 1, 1, "user", "tag", [9]))
    assert list(both_whole.rows.ids) == [7, 8, 9]


def test_tables_are_joined_and_two_types_of_one_column_refused():
    left = stored({(0, 0): 1.0}, 2, 1, "user", "song", ["a", "b"])
    right = stored({(0, 0): 1.0}, 2, 1, "user", "tag", ["c", "b"])
    left = left.with_table("user", pa.table({"age": [1, None]}))
    right = right.with_table("user", pa.table({"age": [3, 4], "town": ["x", "y"]}))
    right = right.with_table("tag", pa.table({"kind": ["genre"]}))
    got = beside(left, right)
    assert got.rows.table.to_pydict() == {"age": [1, 4, 3], "town": [None, "y", "x"]}
    assert got.cols.table.to_pydict() == {"block": ["song", "tag"], "kind": [None, "genre"]}
    wrong = right.with_table("user", pa.table({"age": ["3", "4"]}))
    with pytest.raises(InputError, match="metadata called 'age', int64 in one and string in"):
        beside(left, wrong)


def test_times_move_along_and_are_nan_in_a_block_without():
    cells = csr_array(np.array([[1.0, 2.0], [0.0, 3.0]]))
    left = Observations(Mode("user", Ids(["a", "b"])), Mode("song", Ids.range(2)), cells,
                        np.array([10.0, 11.0, 12.0]))  # fmt: skip
    got = beside(left, stored({(0, 0): 1.0}, 1, 1, "user", "tag", ["a"]))
    assert np.array_equal(got.times, [10, 11, np.nan, 12], equal_nan=True)


def test_empty_blocks_add_their_ids_only():
    left = stored({(0, 0): 1.0}, 1, 1, "user", "song", ["a"])
    nothing = Observations.from_matrix(csr_array((0, 2)), rows="user", cols="tag", row_ids=[])
    got = beside(left, nothing)
    assert got.shape == (1, 3) and got.n_observed == 1
    no_columns = Observations.from_matrix(np.zeros((1, 0)), rows="user", cols="tag", row_ids=["a"])
    assert beside(left, no_columns).shape == (1, 1)


def test_blocks_of_other_rows_bad_weights_and_operators_are_refused():
    left = stored({(0, 0): 1.0}, 1, 1, "user", "song")
    with pytest.raises(InputError, match="called 'user' and 'song'"):
        beside(left, left.T)
    other = stored({(0, 0): 1.0}, 1, 1, "user", "tag")
    for weight in (0, -1, np.nan, np.inf):
        with pytest.raises(InputError, match="a finite number above 0 was expected"):
            beside(left, other, weight)
    operator = Observations.from_matrix(aslinearoperator(np.eye(1)), rows="user", cols="tag")
    with pytest.raises(UnsupportedError, match="give it sparse or dense"):
        beside(left, operator)

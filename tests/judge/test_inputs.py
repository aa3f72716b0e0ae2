"""Held-out observations and labels find the rows that they are about, and say which they miss."""

import numpy as np
import pytest

import rowspace as rs
from rowspace.errors import InputError
from rowspace.judge.inputs import held_out, labels, shared
from rowspace.observe.ids import Ids
from rowspace.space.space import Space


@pytest.fixture
def space():
    """Three users and four films, with text and integer ids."""
    rng = np.random.default_rng(0)
    return Space.from_vectors(
        {
            "user": (["ann", "bob", "zoë"], rng.normal(size=(3, 2))),
            "film": ([10, 20, 30, 40], rng.normal(size=(4, 2))),
        }
    )


def written(tmp_path, text, name="held.csv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_held_out_cells_are_matched_by_name_whatever_their_order(space, tmp_path):
    path = written(tmp_path, "filmId,stars,user\n30,4,zoë\n10,0,ann\n20,5,ann\n")
    found = held_out(path, space)
    assert found.cells.toarray().tolist() == [[0, 5, 0, 0], [0, 0, 0, 0], [0, 0, 4, 0]]
    assert found.note == ""


def test_held_out_cells_in_memory_are_matched_too(space):
    lines = {"user": ["bob"], "film": ["40"], "n": [2.0]}
    obs = rs.read(lines, rows="user", cols="film", values="n")
    assert held_out(obs, space).cells.toarray()[1, 3] == 2


def test_unknown_ids_are_counted_and_left_out(space, tmp_path):
    path = written(tmp_path, "user,film,stars\nann,10,1\nann,99,1\neve,10,1\neve,20,1\n")
    found = held_out(path, space)
    assert found.cells.nnz == 1
    assert "3 of 4 held-out cells" in found.note
    assert "1 of 2 user ids" in found.note and "1 of 3 film ids" in found.note


def test_of_lines_about_one_cell_the_last_counts(space, tmp_path):
    path = written(tmp_path, "user,film,stars\nann,10,1\nann,10,3\n")
    assert held_out(path, space).cells.toarray()[0, 0] == 3


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("user,film,stars\neve,98,1\neve,99,1\n", ["none of the 2", "'eve'", "'ann'"]),
        ("user,film,stars\nann,10,-2\n", ["'ann'", "'10'", "-2"]),
    ],
)
def test_what_cannot_be_asked_is_refused_with_ids(space, tmp_path, text, named):
    with pytest.raises(InputError) as error:
        held_out(written(tmp_path, text), space)
    assert all(name in str(error.value) for name in named)


def test_a_missing_file_and_a_space_of_one_side_are_refused(space, tmp_path):
    with pytest.raises(InputError, match="no file"):
        held_out(tmp_path / "nowhere.csv", space)
    alone = Space.from_vectors({"word": (["a", "b"], np.eye(2))})
    with pytest.raises(InputError, match="one side"):
        held_out(written(tmp_path, "user,film,stars\nann,10,1\n"), alone)


def test_labels_come_from_a_table_in_the_order_of_the_rows(space, tmp_path):
    path = written(tmp_path, "film,genre\n40,noir\n10,東\n99,lost\n20,\n")
    found = labels(path, space["film"], None)
    assert found.name == "genre"
    assert found.positions.tolist() == [0, 3] and found.values.tolist() == ["東", "noir"]
    assert "does not have: 1; rows without a label: 2 of 4" in found.note


def test_labels_come_from_a_mapping_or_from_metadata(space):
    import pyarrow as pa

    found = labels({"zoë": 1, "ann": None, "bob": 2}, space["user"], None)
    assert found.positions.tolist() == [1, 2] and found.values.tolist() == ["2", "1"]
    table = pa.table({"year": [1, None, 3], "kind": ["a", "b", "a"]})
    known = Space.from_vectors({"user": (["x", "y", "z"], np.eye(3))}, tables={"user": table})
    assert labels(None, known["user"], "year").values.tolist() == ["1", "3"]


def test_labels_that_fit_no_row_or_no_column_are_refused(space, tmp_path):
    path = written(tmp_path, "film,genre,year\n10,noir,1950\n")
    with pytest.raises(InputError, match=r"genre.*year.*--label"):
        labels(path, space["film"], None)
    with pytest.raises(InputError, match=r"no column 'gerne'.*nearest: 'genre'"):
        labels(path, space["film"], "gerne")
    with pytest.raises(InputError, match="none of the 1 labels"):
        labels(path, space["user"], "genre")
    with pytest.raises(InputError, match="'10' has 2 labels"):
        labels(written(tmp_path, "film,genre\n10,a\n10,b\n"), space["film"], None)
    with pytest.raises(InputError, match="no metadata"):
        labels(None, space["film"], "genre")
    with pytest.raises(InputError, match="no labels"):
        labels({}, space["film"], None)


def test_shared_ids_are_found_in_both_whatever_their_type():
    own, theirs = shared(Ids(["7", "8", "x"]), Ids([8, 9, 7]))
    assert own.tolist() == [0, 1] and theirs.tolist() == [2, 0]

"""Metadata: joined to the ids of a side, null where an id has none."""

from __future__ import annotations

import pandas as pd
import pytest

import rowspace as rs
from rowspace.errors import InputError


def movies(rows="user", cols="movie", **tables):
    return rs.read({rows: ["a", "b"], cols: [10, 2]}, rows, cols, False, **tables)


def test_a_csv_of_titles_is_joined_by_the_column_called_as_the_side(tmp_path):
    path = tmp_path / "movies.csv"
    path.write_text('n,movieId,title,year\n1,2,"Heat, again",1995\n2,3,Up,2009\n')
    obs = movies(col_table=path)
    assert obs.cols.table.to_pydict() == {
        "n": [None, 1], "title": [None, "Heat, again"], "year": [None, 1995],
    }  # fmt: skip
    assert obs.rows.table is None


@pytest.mark.parametrize("kind", [dict, pd.DataFrame])
def test_a_frame_is_joined_by_its_first_column_if_none_is_called_so(kind):
    table = kind({"who": ["b", "a", "z"], "age": [30, 40, 50]})
    assert movies(row_table=table).rows.table.to_pydict() == {"age": [40, 30]}


def test_integer_metadata_meets_text_ids_and_the_other_way_round():
    obs = rs.read({"r": ["1", "2"], "c": [1, 2]}, "r", "c", False,
                  row_table={"r": [2, 1], "x": ["two", "one"]},
                  col_table={"c": ["2", "1", "other"], "x": ["two", "one", ""]})  # fmt: skip
    assert obs.rows.table["x"].to_pylist() == obs.cols.table["x"].to_pylist() == ["one", "two"]


def test_the_nodes_of_a_graph_have_one_table():
    nodes = {"node": ["b", "a"], "color": ["red", "blue"]}
    obs = rs.read({"from": ["a"], "to": ["b"]}, format="edges", row_table=nodes)
    assert obs.rows.table.to_pydict() == obs.cols.table.to_pydict() == {"color": ["blue", "red"]}


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"user": ["a", "a"], "x": [1, 2]}, "column 'user' has 'a' 2 times"),
        ({"user": ["y", "z"], "x": [1, 2]}, "none of the 2 user ids is in column 'user'.*'y'"),
        ({"user": [1.5, 2.5], "x": [1, 2]}, "column 'user' holds double"),
        ("nowhere.csv", "no file 'nowhere.csv' to take metadata from"),
    ],
)
def test_metadata_that_does_not_fit_is_refused(table, words):
    with pytest.raises(InputError, match=words):
        movies(row_table=table)

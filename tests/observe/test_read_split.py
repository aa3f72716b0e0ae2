"""A table with a column of labels becomes parts with the same modes and no cell in common."""

from __future__ import annotations

import gzip

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rowspace.errors import InputError
from rowspace.observe.read import read
from rowspace.observe.split import read_split

LINES = {
    "user": ["ä", "ä", "b", "c", "b", "d"],
    "item": [10, 20, 10, 30, 20, 40],
    "stars": [1.0, 0.0, 3.0, 4.0, 5.0, 6.0],
    "when": [6, 5, 4, 3, 2, 1],
    "split": ["train", "test", "train", "valid", "train", "test"],
}
ROLES = {"rows": "user", "cols": "item", "values": "stars", "time": "when"}


def test_weights_and_gaps_are_as_in_reading():
    lines = LINES | {"sure": [1, 2, 3, 4, 5, 6]}
    lines["stars"] = [np.nan, *LINES["stars"][1:]]
    parts = read_split(lines, "split", **ROLES, weights="sure", nan="unobserved")
    whole = read(lines, **ROLES, weights="sure", nan="unobserved")
    given = dict(zip(named_cells(whole), whole.weights.tolist()))
    assert sum(part.n_observed for part in parts.values()) == whole.n_observed == 5
    for part in parts.values():
        assert dict(zip(named_cells(part), part.weights.tolist())).items() <= given.items()


def named_cells(obs) -> dict:
    """(row id, column id) -> (value, time)."""
    out = {}
    for i, row in enumerate(obs.rows.ids):
        for at in range(obs.cells.indptr[i], obs.cells.indptr[i + 1]):
            time = None if obs.times is None else float(obs.times[at])
            col = obs.cols.ids[int(obs.cells.indices[at])]
            out[row, col] = (float(obs.cells.data[at]), time)
    return out


def expected(label) -> dict:
    return {
        (u, i): (x, float(t)) for u, i, x, t, s in zip(*LINES.values(), strict=True) if s == label
    }


def sources(folder) -> dict:
    table = pa.table(LINES)
    pa.parquet.write_table(table, folder / "lines.parquet", row_group_size=2)
    pa.feather.write_feather(table, folder / "lines.arrow", chunksize=4)
    frame = pd.DataFrame(LINES)
    frame.to_csv(folder / "lines.csv", index=False)
    (folder / "lines.tsv.gz").write_bytes(
        gzip.compress(frame.to_csv(index=False, sep="\t").encode())
    )
    frame.to_json(folder / "lines.jsonl", orient="records", lines=True, force_ascii=False)
    files = ("lines.parquet", "lines.arrow", "lines.csv", "lines.tsv.gz", "lines.jsonl")
    categories = frame.astype({"split": "category"})
    return {name: folder / name for name in files} | {
        "text path": str(folder / "lines.csv"),
        "table": table,
        "dict": LINES,
        "pandas": categories,
        "polars": pl.DataFrame(LINES),
    }


def test_every_source_gives_the_same_parts(tmp_path):
    for name, source in sources(tmp_path).items():
        parts = read_split(source, "split", **ROLES)
        assert list(parts) == ["train", "test", "valid"], name
        for label, part in parts.items():
            assert named_cells(part) == expected(label), name
            assert part.rows is parts["train"].rows and part.cols is parts["train"].cols
        assert list(part.rows.ids) == ["ä", "b", "d", "c"], name
        assert list(part.cols.ids) == [10, 20, 40, 30], name


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(*[st.integers(0, 6)] * 2, st.integers(0, 3)), min_size=1, max_size=30))
def test_the_parts_together_are_what_reading_all_lines_gives(lines):
    lines = list({(u, i): (u, i, label) for u, i, label in lines}.values())
    users, items, labels = (list(x) for x in zip(*lines, strict=True))
    columns = {"user": users, "item": items, "x": list(range(len(lines))), "label": labels}
    options = {"rows": "user", "cols": "item", "values": "x", "time": False}
    parts = read_split(columns, "label", **options)
    whole = named_cells(read(columns, **options))
    assert list(parts) == list(dict.fromkeys(labels))
    union: dict = {}
    for part in parts.values():
        assert not union.keys() & named_cells(part).keys()
        union |= named_cells(part)
    assert union == whole


def test_ids_that_are_numbers_in_one_part_only_stay_the_text_that_they_are(tmp_path):
    path = tmp_path / "lines.csv"
    path.write_text("user,item,split\n1,x,train\n007,x,test\n2,y,train\n")
    parts = read_split(path, "split", rows="user", cols="item", values=False, time=False)
    assert list(parts["train"].rows.ids) == ["1", "2", "007"]
    assert parts["test"].value("007", "x") == 1


def test_metadata_and_merged_lines_are_as_in_reading():
    columns = {"user": ["a", "a", "b"], "item": ["x", "x", "x"], "part": ["p", "p", "q"]}
    about = {"user": ["b", "a"], "age": [3, 4]}
    parts = read_split(
        columns, "part", rows="user", cols="item", duplicates="count", row_table=about
    )
    assert parts["p"].value("a", "x") == 2 and parts["q"].value("b", "x") == 1
    assert parts["q"].rows.table.column("age").to_pylist() == [4, 3]


def test_a_guessed_column_is_announced_once(capsys):
    read_split({"user": [1, 2], "item": [3, 4], "split": ["a", "b"]}, "split")
    assert capsys.readouterr().err.count("rowspace: read") == 1


def refused(source, column="split", **options) -> str:
    with pytest.raises(InputError) as caught:
        read_split(source, column, **{"rows": "user", "cols": "item", "values": False, **options})
    return str(caught.value)


def test_a_cell_in_two_parts_is_named_with_both():
    lines = {
        "user": ["a", "b", "c", "b"],
        "item": ["x", "y", "x", "y"],
        "stars": [1.0, 0.0, 1.0, 0.0],
        "split": ["one", "two", "two", "three"],
    }
    message = refused(lines, values="stars")
    assert "user 'b' and item 'y' are in both 'two' and 'three'" in message


def test_what_cannot_be_read_is_refused_with_its_place(tmp_path):
    lines = {"user": ["a", "b"], "item": ["x", "y"], "split": ["one", None]}
    assert "position 1: column 'split' is empty" in refused(lines)
    assert "no column 'splt' among 'user', 'item', 'split'; nearest: 'split'" in refused(
        lines, "splt"
    )
    assert "column 'item' cannot be the labels and the cols" in refused(lines, "item")
    assert "holds double, but labels" in refused({**lines, "split": [0.5, 1.0]})
    assert "has no lines" in refused({k: pa.array([], pa.string()) for k in lines})
    assert "there is no file" in refused(tmp_path / "none.csv")
    np.save(tmp_path / "matrix.npy", np.ones((2, 2)))
    assert "is read as npy, but a table" in refused(tmp_path / "matrix.npy")


def test_a_bad_value_is_named_by_its_line_in_the_whole_file(tmp_path):
    path = tmp_path / "lines.csv"
    path.write_text("user,item,x,split\na,p,1,one\na,q,1,two\nb,p,1,one\nb,q,nan,two\n")
    assert "line 5" in refused(path, values="x")

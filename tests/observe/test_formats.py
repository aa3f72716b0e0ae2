"""Formats: by name, checked by content."""

from __future__ import annotations

import gzip

import numpy as np
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
import pytest

from rowspace.errors import InputError
from rowspace.observe.formats import is_gzip, recognise


@pytest.mark.parametrize(
    ("name", "format"),
    [
        ("a.csv", "csv"), ("a.tsv", "csv"), ("A.CSV", "csv"), ("a.csv.gz", "csv"),
        ("u.data", "csv"), ("r.dat", "movielens"), ("g.edges", "edges"),
        ("g.edgelist.gz", "edges"),
        ("a.jsonl", "jsonl"), ("a.ndjson.gz", "jsonl"), ("a.json", "jsonl"), ("a.txt", "text"),
    ],
)  # fmt: skip
def test_text_formats_go_by_the_name(tmp_path, name, format):
    path = tmp_path / name
    path.write_bytes(gzip.compress(b"x") if name.endswith("gz") else b"x")
    assert recognise(path, None) == format
    assert is_gzip(path) is name.endswith("gz")


def test_binary_formats_go_by_the_content_where_the_name_is_silent(tmp_path):
    table = pa.table({"a": [1]})
    pq.write_table(table, tmp_path / "one")
    pyarrow.feather.write_feather(table, str(tmp_path / "two"))
    np.save(tmp_path / "x.npy", np.eye(2))
    (tmp_path / "x.npy").rename(tmp_path / "three")
    np.savez(tmp_path / "x.npz", np.eye(2))
    (tmp_path / "x.npz").rename(tmp_path / "four")
    found = [recognise(tmp_path / name, None) for name in ("one", "two", "three", "four")]
    assert found == ["parquet", "arrow", "npy", "npz"]


def test_a_request_overrules_the_name_but_not_the_content(tmp_path):
    (tmp_path / "a.csv").write_text("1 2\n")
    assert recognise(tmp_path / "a.csv", "edges") == "edges"
    with pytest.raises(InputError, match="should be parquet by its format, but it is something"):
        recognise(tmp_path / "a.csv", "parquet")


def test_a_folder_is_text_and_nothing_else(tmp_path):
    assert recognise(tmp_path, None) == "text"
    with pytest.raises(InputError, match="is a folder"):
        recognise(tmp_path, "csv")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"PAR1", "a Parquet file; say format='parquet'"),
        (b"\xfd7zXZ", "compressed with xz; unpack it"),
        (b"SQLite format 3\0", "an SQLite database"),
        (gzip.compress(b"PAR1", mtime=0), "a Parquet file"),
    ],
)
def test_a_file_that_is_not_what_its_name_says_is_refused(tmp_path, content, words):
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(InputError, match=words):
        recognise(tmp_path / "a.csv", None)

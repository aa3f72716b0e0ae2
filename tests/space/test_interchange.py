"""Exports are what other tools read, whole or not at all."""

import csv
import gzip
import json

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import feather
from safetensors.numpy import load_file

from rowspace.errors import InputError, SpaceError, UnknownIdError
from rowspace.observe.observations import Observations
from rowspace.space.interchange import export, export_cells, read_word2vec
from rowspace.space.space import Space


def test_csv_holds_ids_metadata_and_every_bit_of_the_numbers(space, tmp_path):
    (path,) = export(space, "item", tmp_path / "items.csv")
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    assert list(rows[0]) == ["id", "year", "kind", "v0", "v1", "v2"]
    assert [row["id"] for row in rows] == list(space["item"].ids)
    numbers = np.array([[row[f"v{j}"] for j in range(3)] for row in rows]).astype(np.float32)
    assert numbers.tobytes() == space["item"].vectors.tobytes()
    export(space, "item", tmp_path / "items.csv.gz")
    assert gzip.decompress((tmp_path / "items.csv.gz").read_bytes()) == path.read_bytes()


@pytest.mark.parametrize("ending", ["parquet", "arrow", "feather"])
def test_parquet_and_arrow_hold_fixed_size_lists(space, tmp_path, ending):
    (path,) = export(space, "item", tmp_path / f"items.{ending}")
    read = pq.read_table if ending == "parquet" else feather.read_table
    table = read(path)
    assert table.column_names == ["id", "year", "kind", "vector"]
    assert table.schema.field("vector").type == pa.list_(pa.float32(), 3)
    assert table.column("vector").to_pylist() == space["item"].vectors.tolist()
    frame = pl.read_parquet(path) if ending == "parquet" else pl.read_ipc(path)
    assert frame["id"].to_list() == list(space["item"].ids)


def test_npy_and_safetensors_have_their_ids_beside_them(space, tmp_path):
    for ending in ("npy", "safetensors"):
        path, ids = export(space, "user", tmp_path / f"users.{ending}")
        vectors = np.load(path) if ending == "npy" else load_file(path)["vectors"]
        assert vectors.tobytes() == space["user"].vectors.tobytes() and vectors.shape == (4, 3)
        assert ids.name == "users.ids.json" and json.loads(ids.read_text()) == [10, 20, 30, 40]


@pytest.mark.parametrize("name", ["users.txt", "users.vec.gz", "users.bin", "users.bin.gz"])
def test_word2vec_goes_by_the_ending(space, tmp_path, name):
    (path,) = export(space, "user", tmp_path / name)
    again = read_word2vec(path, side="user")["user"]
    assert again.vectors.tobytes() == space["user"].vectors.tobytes()


def test_a_given_format_is_stronger_than_the_name(space, tmp_path):
    export(space, "user", tmp_path / "users.txt", format="csv")
    assert (tmp_path / "users.txt").read_text().startswith('"id","v0"')


@pytest.mark.parametrize(
    ("name", "format", "message"),
    [
        ("users", None, "does not say its format; pass format="),
        ("users.xlsx", None, "does not say its format"),
        ("users.csv", "parket", "'parket' is no format for this; nearest: 'parquet'"),
        ("users.parquet.gz", None, "parquet is not written as .gz"),
    ],
)
def test_unknown_formats_are_refused(space, tmp_path, name, format, message):
    with pytest.raises(InputError) as caught:
        export(space, "user", tmp_path / name, format)
    assert message in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_unknown_sides_and_columns_that_do_not_fit_are_refused(space, tmp_path):
    with pytest.raises(UnknownIdError, match="no side 'usr'"):
        export(space, "usr", tmp_path / "x.csv")
    nested = pa.table({"tags": [["x"]]})
    odd = Space.from_vectors({"a": (["i"], [[1]])}, tables={"a": nested})
    with pytest.raises(InputError, match=r"CSV cannot hold this .*; export as parquet"):
        export(odd, "a", tmp_path / "x.csv")
    for column, name in (("v0", "x.csv"), ("vector", "x.parquet")):
        taken = Space.from_vectors({"a": (["i"], [[1]])}, tables={"a": pa.table({column: [1]})})
        with pytest.raises(InputError, match=f"'{column}' of side 'a' has the name"):
            export(taken, "a", tmp_path / name)
    with pytest.raises(SpaceError, match="make the folder first"):
        export(space, "user", tmp_path / "no" / "x.csv")
    assert not list(tmp_path.iterdir())


def test_an_empty_side_is_a_file_without_rows(tmp_path):
    empty = Space.from_vectors({"word": ([], np.empty((0, 2)))})
    for ending in ("csv", "parquet", "arrow", "npy", "safetensors", "txt", "bin"):
        path, *_ = export(empty, "word", tmp_path / f"x.{ending}")
        assert path.exists()
    assert (tmp_path / "x.csv").read_text() == '"id","v0","v1"\n'
    assert np.load(tmp_path / "x.npy").shape == (0, 2)


def test_cells_are_triplets_named_by_the_sides(space, tmp_path):
    for ending in ("parquet", "csv", "arrow"):
        path = export_cells(space, tmp_path / f"cells.{ending}")
        reader = {"parquet": pd.read_parquet, "csv": pd.read_csv, "arrow": pd.read_feather}[ending]
        frame = reader(path)
        assert list(frame.columns) == ["user", "item", "value", "time"]
        assert frame.to_numpy().tolist() == [
            [10, "Toy Story (1995)", 5, 0], [10, "Été", 3, 1], [10, "c", 1, 2],
            [20, "Toy Story (1995)", 4, 3], [20, "Heat (1995)", 2, 4], [40, "b", 0, 5],
            [40, "c", 5, 6],
        ]  # fmt: skip


def test_many_and_dense_cells_are_written_in_parts(make, tmp_path, monkeypatch):
    from rowspace.space import interchange

    monkeypatch.setattr(interchange, "_CELLS_PER_PART", 4)
    matrix = np.arange(15, dtype=np.float32).reshape(5, 3)
    space = make(obs=Observations.from_matrix(matrix, rows="day", cols="place"))
    frame = pd.read_csv(export_cells(space, tmp_path / "cells.csv"))
    np.testing.assert_array_equal(frame["value"].to_numpy().reshape(5, 3), matrix)
    assert frame["day"].tolist() == np.repeat(range(5), 3).tolist()
    assert frame["place"].tolist() == list(range(3)) * 5
    export_cells(make(), tmp_path / "sparse.csv")
    assert len(pd.read_csv(tmp_path / "sparse.csv")) == 7


def test_cells_that_were_not_kept_cannot_be_exported(make, tmp_path):
    with pytest.raises(InputError, match="keep_cells=True"):
        export_cells(make(keep_cells=False), tmp_path / "cells.csv")
    with pytest.raises(InputError, match="'npy' is no format for this; choose one of csv"):
        export_cells(make(), tmp_path / "cells.npy")

"""`rowspace export` and `rowspace import`: there and back again."""

import csv
import io

import numpy as np
import pytest

import rowspace as rs


def test_word2vec_text_goes_out_and_comes_back_the_same(answer, space, tmp_path):
    out = tmp_path / "items.txt"
    answer("export", space, out, "--side", "user", "--format", "word2vec")
    answer("import", out, "--out", tmp_path / "back.space", "--side", "user")
    back, first = rs.open(tmp_path / "back.space"), rs.open(space)
    assert list(back["user"].ids) == list(first["user"].ids)
    np.testing.assert_allclose(back["user"].vectors, first["user"].vectors, rtol=1e-6)
    there = answer("near", space, "u1", "-k", 5)["hits"]
    here = answer("near", tmp_path / "back.space", "u1", "-k", 5)["hits"]
    assert [hit["id"] for hit in here] == [hit["id"] for hit in there]


def test_glove_text_without_a_header_is_read(answer, tmp_path):
    (tmp_path / "glove.txt").write_text("ship 1 0\nsea 0.9 0.1\nbread 0 1\n", encoding="utf-8")
    answer("import", "glove.txt", cwd=tmp_path)
    assert answer("near", tmp_path / "glove.space", "ship")["hits"][0]["id"] == "sea"


FORMATS = {
    "word2vec": "v.txt",
    "word2vec-binary": "v.bin",
    "csv": "v.csv",
    "parquet": "v.parquet",
    "arrow": "v.arrow",
    "npy": "v.npy",
    "safetensors": "v.safetensors",
}


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_holds_every_vector(answer, space, tmp_path, form):
    out = tmp_path / FORMATS[form]
    told = answer("export", space, out, "--side", "user", "--format", form)
    assert told["files"][0] == str(out) and out.exists()
    assert told["bytes"] == sum(file.stat().st_size for file in tmp_path.iterdir())
    vectors = rs.open(space)["user"].vectors
    if form == "npy":
        np.testing.assert_array_equal(np.load(out), vectors)
    if form == "csv":
        rows = list(csv.reader(io.StringIO(out.read_text(encoding="utf-8"))))
        assert len(rows) == 41 and len(rows[1]) == 5
        np.testing.assert_allclose([float(x) for x in rows[1][1:]], vectors[0], rtol=1e-6)


def test_the_name_of_the_file_chooses_the_format(cli, answer, space, tmp_path):
    answer("export", space, tmp_path / "v.parquet", "--side", "item")
    assert (tmp_path / "v.parquet").read_bytes().startswith(b"PAR1")
    done = cli("export", space, tmp_path / "v.xyz", "--side", "item")
    assert done.returncode == 1 and "v.xyz" in done.stderr and "parquet" in done.stderr


def test_cells_go_out_and_can_be_read_back(answer, space, ratings, tmp_path):
    answer("export", space, tmp_path / "cells.csv", "--cells")
    back = rs.read(tmp_path / "cells.csv", rows="user", cols="item", values="value")
    first = rs.read(ratings / "ratings.csv", rows="user", cols="item", values="rating")
    assert back.shape == first.shape and back.n_observed == first.n_observed
    user, film = first.rows.ids[0], first.cols.ids[0]
    assert back.value(user, film) == first.value(user, film)


def test_an_unknown_side_is_a_sentence(cli, space, tmp_path):
    done = cli("export", space, tmp_path / "v.csv", "--side", "itme")
    assert done.returncode == 1
    assert "'itme'" in done.stderr and "item" in done.stderr and "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []

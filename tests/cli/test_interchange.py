"""`rowspace export` and `rowspace import`: there and back again."""

import json

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


def test_numbers_for_numpy_come_with_their_ids_beside_them(cli, space, tmp_path):
    done = cli("export", space, tmp_path / "v.dat", "--side", "user", "--format", "npy")
    assert done.returncode == 0, done.stderr
    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == ["v.dat", "v.ids.json"]
    assert all(str(file) in done.stdout for file in files)
    stored = rs.open(space)["user"]
    np.testing.assert_array_equal(np.load(files[0]), stored.vectors)
    assert json.loads(files[1].read_text(encoding="utf-8")) == list(stored.ids)


def test_the_name_of_the_file_chooses_the_format(answer, space, tmp_path):
    answer("export", space, tmp_path / "v.parquet", "--side", "item")
    assert (tmp_path / "v.parquet").read_bytes().startswith(b"PAR1")


def test_cells_go_out_and_can_be_read_back(answer, space, ratings, tmp_path):
    answer("export", space, tmp_path / "cells.csv", "--cells")
    back = rs.read(tmp_path / "cells.csv", rows="user", cols="item", values="value")
    first = rs.read(ratings / "ratings.csv", rows="user", cols="item", values="rating")
    assert back.shape == first.shape and back.n_observed == first.n_observed
    user, film = first.rows.ids[0], first.cols.ids[0]
    assert back.value(user, film) == first.value(user, film)


@pytest.mark.parametrize(
    ("name", "side", "named"), [("v.csv", "itme", "item"), ("v.xyz", "item", "csv")]
)
def test_an_unknown_side_or_ending_is_a_sentence(cli, space, tmp_path, name, side, named):
    done = cli("export", space, tmp_path / name, "--side", side)
    assert done.returncode == 1 and done.stdout == ""
    assert named in done.stderr and len(done.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []

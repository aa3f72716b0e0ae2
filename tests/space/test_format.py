"""A space on disk is the old one, the new one or none, and damage is detected and named."""

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from safetensors.numpy import load_file

from rowspace.errors import SpaceError
from rowspace.space import format as on_disk
from rowspace.space.space import Space, open_space
from rowspace.space.tensors import write_tensors

HERE = Path(__file__).parent
ONLY_POSIX = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


def die_saving(mode, folder):
    out = subprocess.run(
        [sys.executable, str(HERE / "killing.py"), mode, str(folder)],
        capture_output=True,
        text=True,
    )
    assert out.returncode == 0, out.stderr
    return json.loads(out.stdout)


@ONLY_POSIX
def test_a_writer_killed_at_any_step_leaves_the_old_space_or_the_new_one_or_none(tmp_path):
    found = die_saving("kill", tmp_path)
    assert found["ends"].count(0) == 2  # in the end one save of each kind survived
    assert set(found["ends"]) == {0, -9}
    assert found["deaths"] > 30 and found["kept"] > 20 and found["new"] > 3


@ONLY_POSIX
def test_an_interrupt_at_any_step_leaves_nothing_half_written(tmp_path):
    found = die_saving("interrupt", tmp_path)
    assert set(found["ends"]) == {0, 3} and found["deaths"] > 30
    for temporary, generations, stands in found["left"]:
        assert temporary == 0
        # After the new space is published, an interrupt may leave the old generation behind.
        assert generations == (0 if stands is None else 1) or (stands == 2 and generations == 2)


@ONLY_POSIX
def test_a_writer_killed_in_the_middle_of_writing_leaves_a_whole_space(tmp_path):
    found = die_saving("timer", tmp_path)
    assert set(found["ends"]) <= {0, -14} and found["kept"] + found["new"] == 58


@ONLY_POSIX
def test_a_full_disk_is_one_sentence_and_leaves_nothing_behind(tmp_path):
    found = die_saving("full", tmp_path)
    assert set(found["ends"]) == {4} and found["new"] == 0
    for temporary, generations, stands in found["left"]:
        assert temporary == 0 and generations == (1 if stands else 0)


def test_two_processes_read_whole_versions_while_a_third_replaces_them(tmp_path):
    path, stop = tmp_path / "x.space", tmp_path / "stop"

    def version(number):
        ids = [f"{number}-{i}" for i in range(200)]
        vectors = np.full((200, 2), number, np.float32)
        return Space.from_vectors({"word": (ids, vectors)}, name=f"version {number}")

    version(0).save(path)
    command = [sys.executable, str(HERE / "reading.py"), str(path), str(stop)]
    readers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    try:
        assert [reader.stdout.readline() for reader in readers] == ["ready\n"] * 2
        for number in range(1, 31):
            version(number).save(path)
    finally:
        stop.touch()
        reports = [reader.communicate(timeout=60)[0] for reader in readers]
    assert [reader.returncode for reader in readers] == [0, 0]
    for report in reports:
        assert {0, 30} <= set(json.loads(report))
    assert open_space(path, verify=True).manifest["name"] == "version 30"
    assert len(list(path.iterdir())) == 2


def test_a_reader_whose_files_vanish_reads_the_new_space(saved, make, monkeypatch):
    read, new, replaced = on_disk.read_manifest, make(seed=1), []

    def read_and_lose(path):
        manifest = read(path)
        if len(replaced) < 3:
            replaced.append(manifest["generation"])
            monkeypatch.setattr(on_disk, "read_manifest", read)
            new.save(saved)  # removes the files of the manifest that was just read
            monkeypatch.setattr(on_disk, "read_manifest", read_and_lose)
        return manifest

    monkeypatch.setattr(on_disk, "read_manifest", read_and_lose)
    space = open_space(saved, verify=True)
    assert len(set(replaced)) == 3 and space.manifest["generation"] not in replaced
    assert space["item"].vectors.tobytes() == new["item"].vectors.tobytes()


def test_the_directory_is_what_the_description_says(saved, space):
    (generation,) = (p for p in saved.iterdir() if p.is_dir())
    names = {p.relative_to(generation).as_posix() for p in generation.rglob("*") if p.is_file()}
    assert names == {
        "user/ids.arrow", "user/vectors-0000.safetensors",
        "item/ids.arrow", "item/vectors-0000.safetensors",
        "cells.safetensors", "steps.safetensors",
    }  # fmt: skip
    vectors = load_file(generation / "item" / "vectors-0000.safetensors")["vectors"]
    np.testing.assert_array_equal(vectors, space["item"].vectors)
    table = pa.ipc.open_file(generation / "item" / "ids.arrow").read_all()
    assert table.column_names == ["id", "year", "kind"]
    cells = load_file(generation / "cells.safetensors")
    assert {k: v.dtype.name for k, v in cells.items()} == {
        "indptr": "int64", "indices": "int32", "data": "float32", "times": "float64"
    }  # fmt: skip
    assert set(load_file(generation / "steps.safetensors")) == {"0.idf", "0.lengths"}
    manifest = json.loads((saved / "space.json").read_text(encoding="utf-8"))
    assert set(manifest["files"]) == {f"{generation.name}/{name}" for name in names}


def test_many_shards_are_one_side(tmp_path, monkeypatch):
    monkeypatch.setattr(on_disk, "SHARD_BYTES", 4 * 3 * 10)
    vectors = np.random.default_rng(0).standard_normal((25, 3), np.float32)
    space = Space.from_vectors({"word": (range(25), vectors)})
    again = open_space(space.save(tmp_path / "x.space"), verify=True)
    side = again["word"]
    assert [len(block) for block in side.blocks] == [10, 10, 5]
    assert side.vectors.tobytes() == side.to_numpy().tobytes() == vectors.tobytes()
    assert side[17].tolist() == vectors[17].tolist()
    for query in (17, vectors[3]):
        assert list(side.near(query, k=9)) == list(space.near("word", query, k=9))
    assert (
        side.near(17, filter=range(15, 25)).ids == space.near("word", 17, filter=range(15, 25)).ids
    )
    assert side.to_arrow().num_rows == 25
    monkeypatch.setattr(on_disk, "SHARD_BYTES", 4 * 3 * 7)
    again.save(tmp_path / "y.space")
    assert open_space(tmp_path / "y.space")["word"].vectors.tobytes() == vectors.tobytes()


IDS = st.lists(st.text(), unique=True, max_size=8) | st.lists(
    st.integers(-(2**63), 2**63 - 1), unique=True, max_size=8
)


@given(IDS, st.integers(1, 4), st.data())
@settings(deadline=None, max_examples=30)
def test_any_ids_and_any_numbers_come_back_to_the_bit(tmp_path_factory, ids, dim, data):
    finite = st.floats(width=32, allow_nan=False, allow_infinity=False)
    vectors = data.draw(hnp.arrays(np.float32, (len(ids), dim), elements=finite))
    path = tmp_path_factory.mktemp("t") / "x.space"
    Space.from_vectors({"word": (ids, vectors)}).save(path)
    side = open_space(path, verify=True)["word"]
    assert list(side.ids) == ids
    assert side.vectors.tobytes() == vectors.tobytes() and side.vectors.shape == vectors.shape
    for i, name in enumerate(ids):
        assert side[name].tobytes() == vectors[i].tobytes()


def test_what_is_not_a_space_is_never_overwritten(space, tmp_path):
    (tmp_path / "file").write_text("precious")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "data.csv").write_text("precious")
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / "space.json").write_text('{"planets": 8}')
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for name, why in {
        "file": "is a file, but a space is a directory",
        "folder": "has no space.json, so it is not a space",
        "foreign": "is not the manifest of a rowspace space",
        "link": "there is no space at",
    }.items():
        with pytest.raises(SpaceError, match=why):
            space.save(tmp_path / name)
    assert (tmp_path / "file").read_text() == "precious"
    assert [p.name for p in (tmp_path / "folder").iterdir()] == ["data.csv"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "folder", "foreign", "link"]


def test_a_missing_folder_is_named(space, tmp_path):
    with pytest.raises(SpaceError, match=r"x\.space: No such file or directory; make the folder"):
        space.save(tmp_path / "no" / "x.space")


def test_other_files_in_the_directory_survive_a_replacement(saved, make):
    (saved / "README.md").write_text("mine")
    make(seed=1).save(saved)
    assert (saved / "README.md").read_text() == "mine"
    assert len(list(saved.glob("g-*"))) == 1


def test_opening_what_is_no_space_says_what_it_is(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(SpaceError, match=r"there is no space at .*nothing"):
        open_space(tmp_path / "nothing")
    with pytest.raises(SpaceError, match="is a file, but a space is a directory"):
        open_space(tmp_path / "file")
    with pytest.raises(SpaceError, match=r"has no space\.json"):
        open_space(tmp_path)


FILES = (
    "user/ids.arrow", "user/vectors-0000.safetensors", "item/ids.arrow", "cells.safetensors",
    "steps.safetensors",
)  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_a_missing_truncated_longer_or_changed_file_is_named(saved, name):
    (file,) = saved.glob(f"g-*/{name}")
    content = file.read_bytes()
    for damaged in (content[:-1], content[: len(content) // 2], b"", content + b"\0"):
        file.write_bytes(damaged)
        with pytest.raises(SpaceError) as caught:
            open_space(saved)
        assert f"{name} has {len(damaged)} bytes, but {len(content)} were written" in str(
            caught.value
        )
    for at in range(0, len(content), max(1, len(content) // 25)):
        changed = bytearray(content)
        changed[at] ^= 0x10
        file.write_bytes(changed)
        with pytest.raises(SpaceError) as caught:
            open_space(saved, verify=True)
        assert f"{name} has changed since it was written" in str(caught.value)
    file.unlink()
    with pytest.raises(SpaceError) as caught:
        open_space(saved)
    assert f"{name} is missing" in str(caught.value)


def rewrite(saved, name, write):
    """Let `write` make another file, and the manifest agree with its size."""
    (file,) = saved.glob(f"g-*/{name}")
    file.unlink()
    write(file)
    manifest = json.loads((saved / "space.json").read_text())
    manifest["files"][file.relative_to(saved).as_posix()]["bytes"] = file.stat().st_size
    (saved / "space.json").write_text(json.dumps(manifest))


@pytest.mark.parametrize(
    "tensors",
    [
        {"vectors": np.zeros((5, 3), np.float32)},
        {"vectors": np.zeros((4, 2), np.float32)},
        {"vectors": np.zeros((4, 3), np.float64)},
        {"vektors": np.zeros((4, 3), np.float32)},
    ],
)
def test_vectors_of_another_shape_or_type_than_the_manifest_says_are_refused(saved, tensors):
    rewrite(saved, "user/vectors-0000.safetensors", lambda file: write_tensors(file, tensors))
    with pytest.raises(SpaceError, match=r"should hold the vectors \(4, 3\) float32, but holds"):
        open_space(saved)


def test_ids_and_cells_that_do_not_fit_the_manifest_are_refused(saved):
    def three_ids(file):
        table = pa.table({"id": [10, 20, 30]})
        with pa.OSFile(str(file), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table)

    rewrite(saved, "user/ids.arrow", three_ids)
    with pytest.raises(SpaceError, match="should hold 4 rows of id with ids of type int64"):
        open_space(saved)
    rewrite(saved, "user/ids.arrow", lambda file: file.write_bytes(b"ARROW1" + b"\0" * 90))
    with pytest.raises(SpaceError, match=r"ids\.arrow is damaged"):
        open_space(saved)


def test_cells_of_another_matrix_are_refused(saved):
    cells = {
        "indptr": np.zeros(4, np.int64),
        "indices": np.zeros(0, np.int32),
        "data": np.zeros(0, np.float32),
    }
    rewrite(saved, "cells.safetensors", lambda file: write_tensors(file, cells))
    with pytest.raises(SpaceError, match="does not hold the cells of a 4 x 5 matrix"):
        open_space(saved)
    rewrite(saved, "cells.safetensors", lambda f: write_tensors(f, {"dense": np.zeros((5, 4))}))
    with pytest.raises(SpaceError, match="does not hold the cells of a 4 x 5 matrix"):
        open_space(saved)


def test_opening_reads_no_vectors(saved):
    side = open_space(saved)["item"]
    assert not side.vectors.flags.owndata and not side.vectors.flags.writeable
    assert type(side.vectors) is np.ndarray


def with_extras(make, **extras):
    """A space whose items have the arrays `extras` besides their vectors."""
    contents = make()._contents
    item = dataclasses.replace(contents.sides[1], extras=extras)
    return Space(dataclasses.replace(contents, sides=(contents.sides[0], item)))


def test_what_a_row_has_besides_its_vector_is_mapped_and_comes_back_to_the_bit(make, tmp_path):
    rng = np.random.default_rng(0)
    bias, covariance = rng.standard_normal(5, np.float32), rng.random((5, 3, 3), np.float32)
    space = with_extras(make, bias=bias, covariance=covariance)
    path = space.save(tmp_path / "x.space")
    again = open_space(path, verify=True)
    assert again["user"].extras == {} and sorted(again["item"].extras) == ["bias", "covariance"]
    assert again["item"].extras["bias"].tobytes() == bias.tobytes()
    assert again["item"].extras["covariance"].tobytes() == covariance.tobytes()
    assert not again["item"].extras["covariance"].flags.writeable
    assert again.info()["sides"][1]["extras"] == ["bias", "covariance"]
    (file,) = path.rglob("extras.safetensors")
    assert file.parent.name == "item" and set(load_file(file)) == {"bias", "covariance"}
    assert open_space(again.save(path))["item"].extras["bias"].tobytes() == bias.tobytes()


def test_extras_that_do_not_fit_the_rows_are_damage(make, tmp_path):
    path = with_extras(make, bias=np.zeros(5, np.float32)).save(tmp_path / "x.space")
    (file,) = path.rglob("extras.safetensors")
    for arrays in ({"bias": np.zeros(4, np.float32)}, {"bins": np.zeros(5, np.float32)}):
        file.unlink()
        write_tensors(file, arrays)
        manifest = json.loads((path / "space.json").read_text(encoding="utf-8"))
        manifest["files"][file.relative_to(path).as_posix()]["bytes"] = file.stat().st_size
        (path / "space.json").write_text(json.dumps(manifest), encoding="utf-8")
        with pytest.raises(SpaceError, match=r"should hold bias of 5 rows, but holds bi"):
            open_space(path)
    file.unlink()
    with pytest.raises(SpaceError, match=r"extras\.safetensors is missing"):
        open_space(path)


def test_a_space_from_before_there_were_extras_opens(saved):
    manifest = json.loads((saved / "space.json").read_text(encoding="utf-8"))
    for side in manifest["sides"]:
        assert "extras_file" not in side
        del side["extras"]
    (saved / "space.json").write_text(json.dumps(manifest), encoding="utf-8")
    assert open_space(saved, verify=True)["item"].extras == {}

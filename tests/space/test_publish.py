"""Files and directories appear whole or not at all."""

import hashlib
import os
import time

import pytest

from rowspace.errors import SpaceError
from rowspace.space import publish


def old(path):
    two_hours_ago = time.time() - 7200
    os.utime(path, (two_hours_ago, two_hours_ago))


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_replaced_file_is_the_new_one_and_nothing_is_left_beside_it(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with publish.replacing(path) as temporary:
        temporary.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert names(tmp_path) == ["a.txt"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_an_interrupt_leaves_the_old_file_and_nothing_beside_it(tmp_path, error):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(error), publish.replacing(path) as temporary:
        temporary.write_text("half")
        raise error
    assert path.read_text() == "old"
    assert names(tmp_path) == ["a.txt"]


def test_a_directory_or_a_missing_folder_is_refused_with_the_way_out(tmp_path):
    with pytest.raises(SpaceError, match="is a directory"), publish.replacing(tmp_path):
        pass
    missing = tmp_path / "no" / "a.txt"
    with (
        pytest.raises(SpaceError, match="make the folder first"),
        publish.replacing(missing) as temporary,
    ):
        temporary.write_text("x")


def test_a_seal_is_size_and_sha256(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    seal = publish.seal(tmp_path / "a")
    assert seal == {"bytes": 3, "sha256": hashlib.sha256(b"abc").hexdigest()}


def test_only_matching_names_untouched_for_an_hour_are_stale(tmp_path):
    for name in ("g-old", "g-kept", "g-new", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text("x")
        if name != "g-new":
            old(tmp_path / name / "file")
            old(tmp_path / name)
    (tmp_path / "g-file").write_text("x")
    old(tmp_path / "g-file")
    publish.remove_stale(tmp_path, "g-.*", keep="g-kept")
    assert names(tmp_path) == ["g-kept", "g-new", "other"]


def test_a_directory_being_filled_is_not_stale(tmp_path):
    (tmp_path / "g-1").mkdir()
    (tmp_path / "g-1" / "file").write_text("x")
    old(tmp_path / "g-1")
    publish.remove_stale(tmp_path, "g-.*")
    assert (tmp_path / "g-1" / "file").exists()

"""A manifest that is newer, damaged or makes no sense is refused before anything is opened."""

import json

import pytest

from rowspace.errors import SpaceError
from rowspace.space.manifest import VERSION, read_manifest
from rowspace.space.space import open_space


def edit(saved, change):
    manifest = json.loads((saved / "space.json").read_text())
    change(manifest)
    (saved / "space.json").write_text(json.dumps(manifest))


def test_a_newer_format_says_to_upgrade(saved, space):
    edit(saved, lambda m: m.update(version=VERSION + 1))
    with pytest.raises(SpaceError) as caught:
        open_space(saved)
    assert (
        f"was written by format version {VERSION + 1}; this rowspace reads up to {VERSION}: upgrade"
    ) in str(caught.value)
    with pytest.raises(SpaceError, match="was written by format version"):
        space.save(saved)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff\xfe\x00", b'{"format": "rowspace space"', b"\0" * 100]
)
def test_garbage_is_not_well_formed(saved, content):
    (saved / "space.json").write_bytes(content)
    with pytest.raises(SpaceError, match=r"space\.json is not well-formed JSON .* make it again"):
        open_space(saved)


@pytest.mark.parametrize("content", ["[]", "3", "{}", '{"format": "other", "version": 1}'])
def test_json_of_something_else_is_not_a_manifest(saved, content):
    (saved / "space.json").write_text(content)
    with pytest.raises(SpaceError, match="is not the manifest of a rowspace space"):
        open_space(saved)


@pytest.mark.parametrize("version", [0, -1, "1", None, 1.5])
def test_a_version_that_is_none_is_refused(saved, version):
    edit(saved, lambda m: m.update(version=version))
    with pytest.raises(SpaceError, match="has the format version"):
        open_space(saved)


@pytest.mark.parametrize(
    "key", ["generation", "files", "sides", "cells", "steps", "encoder"]
)  # fmt: skip
def test_a_missing_key_is_named(saved, key):
    edit(saved, lambda m: m.pop(key))
    with pytest.raises(SpaceError, match=f"no usable '{key}'"):
        open_space(saved)


@pytest.mark.parametrize(
    "change",
    [
        lambda m: m.update(generation=".."),
        lambda m: m.update(generation="/tmp"),
        lambda m: m.update(files={**m["files"], "../other": {"bytes": 1, "sha256": "x"}}),
        lambda m: m.update(files={**m["files"], "/etc/passwd": {"bytes": 1, "sha256": "x"}}),
        lambda m: m.update(files=[]),
        lambda m: m.update(files={}),
        lambda m: m.update(sides=3),
        lambda m: m["sides"][0].update(ids_file="../../elsewhere"),
        lambda m: m["sides"][0].update(shards=[]),
        lambda m: m["sides"][0].pop("n"),
        lambda m: m["sides"][0].update(name=3),
        lambda m: m["sides"][0].update(columns=[1]),
        lambda m: m["sides"][0]["shards"][0].update(stop=3),
        lambda m: m["sides"][0]["shards"][0].update(start=1),
        lambda m: m["sides"][0]["shards"][0].update(stop="x"),
        lambda m: m["sides"][0].update(n=3),
        lambda m: m["sides"][0].update(dim=2),
        lambda m: m["sides"][0].update(dim="wide"),
        lambda m: m["sides"][0].update(ids="string"),
        lambda m: m["sides"].pop(),
        lambda m: m["sides"].clear(),
        lambda m: m["steps"].update(n=0),
        lambda m: m["steps"].update(n="many"),
        lambda m: m["encoder"].clear(),
        lambda m: m.update(encoder=None),
    ],
)
def test_a_manifest_that_does_not_hang_together_is_refused(saved, change):
    edit(saved, change)
    with pytest.raises(SpaceError):
        open_space(saved)


def test_a_manifest_that_the_system_cannot_read_is_named(saved):
    (saved / "space.json").unlink()
    (saved / "space.json").mkdir()
    with pytest.raises(SpaceError, match=r"could not read .*space\.json"):
        read_manifest(saved)

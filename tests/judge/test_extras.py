"""Optional libraries are asked for in a sentence."""

from __future__ import annotations

import json

import pytest

from rowspace.errors import UnsupportedError
from rowspace.judge.extras import require


def test_a_library_that_is_there_is_imported():
    assert require("json") is json


def test_a_missing_library_is_named_with_the_way_to_get_it():
    with pytest.raises(
        UnsupportedError, match=r"needs no_such_library.*pip install rowspace\[judge\]"
    ):
        require("no_such_library.part")


def test_a_missing_part_of_a_library_that_is_there_is_a_bug_and_shows():
    with pytest.raises(ModuleNotFoundError, match=r"json\.nothing"):
        require("json.nothing")

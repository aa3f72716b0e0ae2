"""Ids: unique, text or whole numbers, found again by what the user calls them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rowspace.errors import InputError, UnknownIdError
from rowspace.observe.ids import Ids, is_canonical_integer

texts = st.lists(st.text(st.characters(exclude_categories=["Cs"])), unique=True, max_size=40)
numbers = st.lists(st.integers(-(2**63), 2**63 - 1), unique=True, max_size=40)


@settings(max_examples=30, deadline=None)
@given(st.one_of(texts, numbers))
def test_ids_come_back_as_they_went_in_and_each_is_found_at_its_position(names):
    ids = Ids(names)
    assert list(ids) == names
    assert ids.positions(names).tolist() == list(range(len(names)))
    assert [ids[i] for i in range(len(names))] == names


@settings(max_examples=20, deadline=None)
@given(st.integers())
def test_python_and_the_canonical_spelling_agree(number):
    assert is_canonical_integer(str(number))
    assert not is_canonical_integer("+" + str(abs(number)))
    assert not is_canonical_integer("0" + str(abs(number)))


def test_the_hash_table_and_the_scan_find_the_same():
    ids = Ids(["a", "b", "ü"])
    scanned = [ids.position(x) for x in ("ü", "a")]
    for _ in range(20):
        ids.position("b")
    assert [ids.position(x) for x in ("ü", "a")] == scanned == [2, 0]


def test_an_integer_id_is_found_by_its_spelling_but_not_by_another_one():
    ids = Ids([7, 42])
    assert ids.position("42") == ids.position(np.int32(42)) == 1
    assert "042" not in ids and 42.0 not in ids and True not in ids and 2**70 not in ids


def test_a_text_id_is_not_found_by_a_number():
    assert 7 not in Ids(["7"])


def test_an_unknown_id_names_side_place_and_nearest():
    with pytest.raises(
        UnknownIdError, match="no row 'Toy Story' on side 'item' of m; nearest: 'Toy"
    ):
        Ids(["Toy Story (1995)", "Heat"]).position("Toy Story", "item", "m")


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (["a", 1], "mix text and numbers: 'a' and, at position 1, 1"),
        ([1.5], "position 0 is 1.5"),
        ([True], "position 0 is True"),
        (["a", None], "position 1 is None"),
        (["a", "b", "a"], "'a' occurs 2 times"),
        (np.array([1.0, 2.0]), "of type double"),
        (pa.array(["a", None]), "position 1 is missing"),
        (pa.array([b"x"]), "of type binary"),
        ([2**80], "must be text or whole numbers"),
    ],
)
def test_what_cannot_be_an_id_is_refused(bad, words):
    with pytest.raises(InputError, match=words):
        Ids(bad, what="user")


@pytest.mark.parametrize(
    "same",
    [
        pa.array(["x", "y"]),
        pa.array(["x", "y"]).dictionary_encode(),
        pa.chunked_array([["x"], ["y"]]),
        np.array(["x", "y"]),
        np.array(["x", "y"], dtype=object),
        pa.array(["x", "y"], pa.string_view()),
        pa.array(["w", "x", "y"]).slice(1),
    ],
)
def test_all_sources_of_the_same_ids_are_equal_and_have_one_digest(same):
    assert Ids(same) == Ids(["x", "y"])
    assert Ids(same).digest() == Ids(["x", "y"]).digest()


def test_the_digest_tells_order_kind_and_borders_apart():
    digests = [Ids(x).digest() for x in (["a", "b"], ["b", "a"], ["ab"], [1, 2], ["1", "2"], [])]
    assert len(set(digests)) == len(digests)


def test_select_and_take_follow_the_positions():
    ids = Ids(["a", "b", "c"])
    assert list(ids.select(np.array([2, 0]))) == ids.take(np.array([2, 0])) == ["c", "a"]
    assert ids[1:] == ["b", "c"] and len(Ids.range(3)) == 3 and Ids([]) == Ids([])

"""Filters decide what may be found before anything is scored."""

import datetime as dt

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from rowspace.errors import InputError, UnknownIdError
from rowspace.observe.ids import Ids
from rowspace.space.filters import allowed

IDS = Ids(["a", "b", "c", "d"])
TABLE = pa.table(
    {
        "year": pa.array([1990, 2000, 2010, None], pa.int32()),
        "score": [0.5, 1.5, None, 2.5],
        "kind": pa.array(["x", "y", "x", None]).dictionary_encode(),
        "view": pa.array(["p", "q", "p", None], pa.string_view()),
        "day": [dt.date(2020, 1, 1), dt.date(2021, 1, 1), None, dt.date(2022, 1, 1)],
        "sold": [True, False, None, True],
        "tags": [["u"], [], None, ["v"]],
    }
)


@pytest.mark.parametrize(
    ("rule", "names"),
    [
        ({}, "abcd"),
        ({"year": 2000}, "b"),
        ({"year": np.int64(2000)}, "b"),
        ({"year": 2000.5}, ""),
        ({"year": [1990, 2010.0]}, "ac"),
        ({"year": np.array([1990])}, "a"),
        ({"year": {2000, 2010}}, "bc"),
        ({"year": []}, ""),
        ({"year": (">=", 2000)}, "bc"),
        ({"year": (">", 2000)}, "c"),
        ({"year": ("<", 2000.5)}, "ab"),
        ({"year": ("!=", 2000)}, "ac"),
        ({"year": ("==", 2000)}, "b"),
        ({"year": None}, "d"),
        ({"year": [1990, None]}, "ad"),
        ({"score": (">", 1)}, "bd"),
        ({"kind": "x"}, "ac"),
        ({"kind": ["y", "x"]}, "abc"),
        ({"view": "p"}, "ac"),
        ({"view": ["q"]}, "b"),
        ({"day": (">", "2020-06-01")}, "bd"),
        ({"day": dt.date(2020, 1, 1)}, "a"),
        ({"sold": True}, "ad"),
        ({"tags": None}, "c"),
        ({"kind": "x", "year": ("<", 2000)}, "a"),
        ({"id": ["a", "d"]}, "ad"),
        ({"id": (">=", "c")}, "cd"),
        (["d", "a", "a"], "ad"),
        ({"b"}, "b"),
        ([], ""),
        (pa.array(["c"]), "c"),
        (np.array(["c", "b"]), "bc"),
        (Ids(["c"]), "c"),
        ((pc.field("year") >= 2000) | (pc.field("id") == "a"), "abc"),
        (pc.match_substring(pc.field("kind").cast(pa.string()), "x"), "ac"),
    ],
)  # fmt: skip
def test_a_filter_lets_through_what_it_says(rule, names):
    positions = allowed(rule, "item", IDS, TABLE)
    assert positions.dtype == np.int64
    assert "".join(IDS.take(positions)) == names


@pytest.mark.parametrize(
    ("rule", "error", "message"),
    [
        ({"yeer": 2000}, UnknownIdError, "no column 'yeer' on side 'item'; nearest: 'year'"),
        ({"zzz": 1}, UnknownIdError, "there are: id, year, score"),
        (pc.field("yeer") > 1, UnknownIdError, "no column 'yeer' on side 'item'; nearest: 'year'"),
        (pc.field("year") > "x", InputError, "does not fit side 'item'"),
        (["a", "e"], UnknownIdError, "no row 'e' on side 'item' of the filter"),
        ({"year": "2000"}, InputError, "'year' of side 'item' holds int32, which cannot be comp"),
        ({"year": ["2000"]}, InputError, "cannot be compared with"),
        ({"year": [1, "a"]}, InputError, "cannot be compared with"),
        ({"year": 2**70}, InputError, "cannot be compared with"),
        ({"kind": 3}, InputError, "cannot be compared with 3"),
        ({"tags": "u"}, InputError, "cannot be compared with 'u'"),
        ({"year": (1990, 2000)}, InputError, "for one of several values give a list"),
        ({"year": ("=>", 2000)}, InputError, "a pair of one of = == != <"),
        ("a", InputError, "the filter is 'a', but a mapping"),
        (3, InputError, "the filter is 3, but a mapping"),
        (lambda row: True, InputError, "but a mapping"),
    ],
)
def test_a_filter_that_makes_no_sense_is_refused_in_a_sentence(rule, error, message):
    with pytest.raises(error) as caught:
        allowed(rule, "item", IDS, TABLE)
    assert message in str(caught.value)


def test_a_side_without_metadata_can_be_filtered_by_id_only():
    assert allowed({"id": ["b"]}, "item", IDS, None).tolist() == [1]
    assert allowed(pc.field("id") > "b", "item", IDS, None).tolist() == [2, 3]
    with pytest.raises(UnknownIdError, match="no column 'year' on side 'item'; there are: id"):
        allowed({"year": 1}, "item", IDS, None)

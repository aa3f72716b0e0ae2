"""Checked columns: numbers and times, or one sentence with place and value."""

from __future__ import annotations

import datetime as dt
import decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from rowspace.errors import InputError
from rowspace.observe.read import read


def from_columns(rows, cols, values=None, time=None, **options):
    source = {"r": rows, "c": cols}
    source |= {} if values is None else {"v": values}
    source |= {} if time is None else {"t": time}
    return read(
        source, "r", "c", False if values is None else "v",
        time=False if time is None else "t", **options,
    )  # fmt: skip


@pytest.mark.parametrize(
    "time",
    [
        ["1970-01-02", "1970-01-01T00:00:01.5"],
        ["1970-01-02T00:00:00Z", "1970-01-01T01:00:01.5+01:00"],
        ["86400", "1.5"],
        [86400, 1.5],
        np.array(["1970-01-02", "1970-01-01T00:00:01.5"], "datetime64[ms]"),
        pd.to_datetime(["1970-01-02", "1970-01-01T00:00:01.5"], format="ISO8601"),
        pa.array([86400000000000, 1500000000], pa.timestamp("ns", "Europe/Rome")),
        pa.array(["86400", "1.5"]).dictionary_encode(),
    ],
)
def test_times_become_seconds(time):
    assert from_columns([1, 2], [1, 2], time=time).times.tolist() == [86400, 1.5]


def test_dates_become_the_seconds_of_their_midnight():
    dates = [dt.date(1970, 1, 2), dt.date(1969, 12, 31)]
    assert from_columns([1, 2], [1, 2], time=dates).times.tolist() == [86400, -86400]


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        (([1.0, 2.0], [1, 2]), "column 'r' holds double ids such as 1.0.*cast"),
        ((["a", None], [1, 2]), "position 1: column 'r' is missing"),
        (([1, 2], [True, False]), "bool ids"),
        ((["a", 2], [1, 2]), "mixes text and numbers, 2 here and 'a' before"),
        (([1, 2], np.array([2**63, 1], np.uint64)), "beyond 2.63.*ids='text'"),
        (([1, 2], [dt.date(2020, 1, 1)] * 2), "date32.* ids"),
        (([1, 2], [1, 2], ["3", "4"]), "position 0: column 'v' holds '3', but a number"),
        (([1, 2], [1, 2], [1.0, np.nan]), "position 1: column 'v' is missing"),
        (([1, 2], [1, 2], [1.0, np.inf]), "position 1: column 'v' is inf"),
        (([1, 2], [1, 2], [1.0, 1e39]), r"position 1: column 'v' is 1e\+39"),
        (([1, 2], [1, 2], None, ["2020-01-01", "yesterday"]), "position 1.*'yesterday'.*ISO"),
        (([1, 2], [1, 2], None, [1.0, None]), "position 1: column 't' is missing"),
        (([1, 2], [1, 2], None, [1.0, np.inf]), "position 1: column 't' is inf"),
        (([1, 2], [1, 2], None, [True, False]), "column 't' holds bool"),
        (([], []), "no lines with data"),
    ],
)
def test_bad_columns_are_named_with_place_and_value(columns, words):
    with pytest.raises(InputError, match=words):
        from_columns(*columns)


@pytest.mark.parametrize(
    "values",
    [
        np.array([1, 2], np.int8), np.array([1, 2], np.float16), np.array([1, 2], np.uint64),
        [decimal.Decimal("1.0"), decimal.Decimal("2.0")], [1, 2],
    ],
)  # fmt: skip
def test_any_kind_of_number_is_a_value(values):
    assert from_columns(["a", "b"], [1, 2], values).cells.data.tolist() == [1, 2]


def test_truth_counts_as_one_and_falsehood_as_an_observed_zero():
    obs = from_columns(["a", "b"], [1, 2], [True, False])
    assert obs.cells.data.tolist() == [1, 0] and obs.n_observed == 2

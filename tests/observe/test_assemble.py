"""Assembly: ids keep their kind, times become seconds, and threads change nothing."""

from __future__ import annotations

import datetime as dt
import decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rowspace.errors import InputError
from rowspace.observe import frames
from rowspace.observe.assemble import assemble
from rowspace.observe.columns import Roles
from rowspace.observe.frames import open_frame
from rowspace.observe.read import read


def from_columns(rows, cols, values=None, time=None, **options):
    source = {"r": rows, "c": cols}
    source |= {} if values is None else {"v": values}
    source |= {} if time is None else {"t": time}
    return read(
        source, "r", "c", False if values is None else "v",
        time=False if time is None else "t", **options,
    )  # fmt: skip


lines = st.lists(
    st.tuples(st.text("abc", max_size=3), st.integers(-3, 3), st.integers(-99, 99)),
    min_size=1,
    max_size=50,
)


@settings(max_examples=30, deadline=None)
@given(lines, st.integers(1, 20))
def test_every_line_is_found_again_whatever_the_batches(given_lines, size):
    table = open_frame(dict(zip("rcv", zip(*given_lines))))
    before, frames._RECORDS = frames._RECORDS, size
    try:
        obs = assemble(table, Roles(0, 1, 2), ("row", "col"), duplicates="sum")
    finally:
        frames._RECORDS = before
    totals = {}
    for r, c, v in given_lines:
        totals[r, c] = totals.get((r, c), 0) + v
    assert obs.n_observed == len(totals)
    assert all(obs.value(r, c) == v for (r, c), v in totals.items())
    assert list(obs.rows.ids) == list(dict.fromkeys(r for r, _, _ in given_lines))


def test_without_values_every_line_counts_one():
    assert from_columns(["a", "b"], [1, 2]).cells.data.tolist() == [1, 1]
    counted = from_columns(["a", "a"], [1, 1], [5.0, 7.0], duplicates="count")
    assert counted.value("a", 1) == 2


def test_the_last_of_several_lines_goes_by_time_and_then_by_line():
    late = from_columns(["a"] * 3, [1] * 3, [3, 4, 5], [10, 20, 5], duplicates="last")
    assert late.value("a", 1) == 4 and late.times.tolist() == [20]
    tie = from_columns(["a"] * 2, [1] * 2, [3, 4], [10, 10], duplicates="last")
    assert tie.value("a", 1) == 4
    assert from_columns(["a"] * 2, [1] * 2, [3, 4], duplicates="last").value("a", 1) == 4


def test_duplicates_are_refused_with_their_number_the_first_and_the_ways_out():
    with pytest.raises(InputError) as caught:
        from_columns(["x", "a", "a", "a"], [1, 7, 7, 7])
    assert all(
        words in str(caught.value)
        for words in ("2 cells repeat", "r 'a' and c 7", '"sum"', '"count"', '"last"')
    )


@pytest.mark.parametrize(
    "time",
    [
        ["1970-01-02", "1970-01-01T00:00:01.5"],
        ["1970-01-02T00:00:00Z", "1970-01-01T01:00:01.5+01:00"],
        ["86400", "1.5"],
        [86400, 1.5],
        np.array(["1970-01-02", "1970-01-01T00:00:01.5"], "datetime64[ms]"),
        pd.to_datetime(["1970-01-02", "1970-01-01T00:00:01.5"]).to_series().array,
        pa.array([86400000000000, 1500000000], pa.timestamp("ns", "Europe/Rome")),
        pa.array(["86400", "1.5"]).dictionary_encode(),
    ],
)
def test_times_become_seconds(time):
    assert from_columns([1, 2], [1, 2], time=time).times.tolist() == [86400, 1.5]


def test_dates_become_the_seconds_of_their_midnight():
    dates = [dt.date(1970, 1, 2), dt.date(1969, 12, 31)]
    assert from_columns([1, 2], [1, 2], time=dates).times.tolist() == [86400, -86400]


def test_times_stay_with_their_cells():
    obs = from_columns(["b", "a", "b"], [2, 1, 1], [1, 2, 3], [10, 20, 30])
    at = {(i, j): t for i, j, t in zip(*obs.cells.nonzero(), obs.times)}
    ids = {(obs.rows.ids[i], obs.cols.ids[j]): t for (i, j), t in at.items()}
    assert ids == {("b", 2): 10, ("a", 1): 20, ("b", 1): 30}


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        (([1.0, 2.0], [1, 2]), "column 'r' holds double ids such as 1.0.*cast"),
        ((["a", None], [1, 2]), "position 1: column 'r' is missing"),
        (([1, 2], [True, False]), "bool ids"),
        ((["a", 2], [1, 2]), "mixes text and numbers, 2 here and 'a' before"),
        (([1, 2], [2**63, 1]), "beyond 2.63.*ids='text'"),
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


def test_categories_that_no_line_uses_are_no_ids():
    unused = pd.Categorical(["b", "b"], categories=["a", "b", "c"])
    assert list(read(pd.DataFrame({"r": unused, "c": [1, 2]}), "r", "c").rows.ids) == ["b"]
    enum = pl.Series(["b", "b"], dtype=pl.Enum(["a", "b"]))
    assert list(read(pl.DataFrame({"r": enum, "c": [1, 2]}), "r", "c").rows.ids) == ["b"]


def test_ids_as_text_on_request():
    assert list(from_columns([10, 2], [1, 2], ids="text").rows.ids) == ["10", "2"]


def test_node_ids_of_two_kinds_are_refused():
    with pytest.raises(InputError, match="two ends of an edge are"):
        read({"source": ["a"], "target": [1]}, format="edges")


def test_what_is_returned_does_not_depend_on_threads_or_repetition():
    rng = np.random.default_rng(1)
    users, items = rng.integers(0, 500, 20_000), rng.integers(0, 50, 20_000)
    columns = {"user": [f"u{u}" for u in users], "item": items, "rating": rng.random(20_000)}
    prints = {read(columns, "user", "item", "rating", duplicates="sum").fingerprint for _ in "abc"}
    assert len(prints) == 1

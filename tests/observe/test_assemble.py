"""Assembly: ids keep their kind, times become seconds, and threads change nothing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
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


def test_times_stay_with_their_cells():
    obs = from_columns(["b", "a", "b"], [2, 1, 1], [1, 2, 3], [10, 20, 30])
    at = {(i, j): t for i, j, t in zip(*obs.cells.nonzero(), obs.times)}
    ids = {(obs.rows.ids[i], obs.cols.ids[j]): t for (i, j), t in at.items()}
    assert ids == {("b", 2): 10, ("a", 1): 20, ("b", 1): 30}


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

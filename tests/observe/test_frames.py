"""Tables in memory."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from rowspace.errors import InputError
from rowspace.observe.columns import Roles
from rowspace.observe.frames import open_frame


def test_only_the_columns_that_are_asked_for_are_converted():
    frame = pd.DataFrame({"user": [1, 2], "object": [object(), {}], "item": ["a", "b"]})
    table = open_frame(frame)
    assert table.name == "pandas data frame" and table.total == 2
    (batch,) = table.batches(Roles(0, 2))
    assert [c.to_pylist() for c in batch.columns] == [[1, 2], ["a", "b"]]


def test_columns_that_are_no_text_are_called_by_their_text():
    assert open_frame(pd.DataFrame([[1, 2]])).columns == ("0", "1")


def test_two_columns_of_one_name_are_told_apart_by_number():
    frame = open_frame(pa.table([[1], [2], [3]], names=["user", "user", "item"]))
    (batch,) = frame.batches(Roles(1, 2))
    assert batch.column(0).to_pylist() == [2]


def test_an_object_column_of_mixed_kinds_names_the_first_two():
    frame = pd.DataFrame({"user": pd.Series(["a", None, 3], dtype=object), "item": [1, 2, 3]})
    with pytest.raises(InputError, match=r"position 2: column 'user' mixes.*3 here and 'a' before"):
        list(open_frame(frame).batches(Roles(0, 1)))


def test_columns_of_different_length_are_refused():
    with pytest.raises(InputError, match="'user' 2, 'item' 1"):
        open_frame({"user": [1, 2], "item": [1]})


def test_arrays_of_any_kind_make_columns():
    source = {
        "a": np.array(["x", "y"]), "b": pa.array([1, 2]), "c": pa.chunked_array([[1], [2]]),
        "d": pd.Series([1.5, 2.5]), "e": ("p", "q"),
    }  # fmt: skip
    assert open_frame(source).whole(0).to_pylist()[1] == {
        "a": "y", "b": 2, "c": 2, "d": 2.5, "e": "q",
    }  # fmt: skip

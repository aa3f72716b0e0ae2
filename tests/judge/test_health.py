from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rowspace.errors import InputError
from rowspace.judge.health import health


def test_broken_zero_and_repeated_rows_are_counted_and_named() -> None:
    x = np.random.default_rng(0).normal(size=(12, 3))
    x[4, 1], x[5, 0] = np.nan, np.inf
    x[7] = 0
    x[9] = x[2]
    x[11] = x[2]
    block = health(x)
    assert block["rows with NaN or infinite numbers"].value == 2
    assert block["rows with NaN or infinite numbers"].note == "At positions 4, 5."
    assert block["zero rows"].note == "At position 7."
    assert block["copies of earlier rows"].note == "At positions 9, 11."
    assert block.series["originals"].tolist() == [2, 2]
    assert block.series["usable"].tolist() == [0, 1, 2, 3, 6, 8, 10]


def test_minus_zero_is_zero() -> None:
    block = health(np.array([[0.0, 1.0], [-0.0, 1.0], [-0.0, 0.0]]))
    assert block.series["copies"].tolist() == [1] and block.series["zero"].tolist() == [2]


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10_000), st.integers(1, 60), st.integers(1, 4))
def test_copies_are_those_that_a_dictionary_finds(seed: int, n: int, d: int) -> None:
    x = np.random.default_rng(seed).integers(-1, 2, (n, d)).astype(np.float32)
    block = health(x)
    first: dict[bytes, int] = {}
    copies = {}
    for i, row in enumerate(x):
        if row.any():
            original = first.setdefault((row + 0).tobytes(), i)
            if original != i:
                copies[i] = original
    assert block.series["copies"].tolist() == list(copies)
    assert block.series["originals"].tolist() == list(copies.values())


def test_many_names_are_cut_short() -> None:
    note = health(np.zeros((1000, 2)))["zero rows"].note
    assert note == "At positions 0, 1, 2, 3, 4 and 995 more."


def test_lengths_constant_columns_and_precision_are_told() -> None:
    x = np.column_stack([np.full(50, 3.0), np.arange(50.0)])
    block = health(x.astype(np.float16))
    assert block["constant columns"].value == 1
    assert block.series["bits"].tolist() == [16]
    assert np.allclose(block.series["lengths"], np.hypot(3, np.arange(50.0)), rtol=1e-3)


@pytest.mark.parametrize("x", [np.zeros((0, 4)), np.full((3, 2), np.nan), np.zeros((3, 2))])
def test_nothing_to_look_at_is_defined(x: np.ndarray) -> None:
    block = health(x)
    assert len(block.series["usable"]) == 0
    assert np.isnan(block["spread of lengths"].value)


@pytest.mark.parametrize("bad", [[1.0], [["a"]], np.zeros((3, 0)), [[1 + 2j]]])
def test_what_is_no_table_of_numbers_is_refused(bad: object) -> None:
    with pytest.raises(InputError, match="table of numbers"):
        health(bad)  # type: ignore[arg-type]

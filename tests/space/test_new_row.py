"""A new row is given by ids, in any order, with finite values."""

import numpy as np
import pytest

from rowspace.errors import InputError, UnknownIdError
from rowspace.observe.ids import Ids
from rowspace.space.new_row import new_row


def test_positions_are_sorted_and_values_go_along():
    values = {"c": np.float64(3), "a": 1, "b": np.int8(2)}
    positions, numbers = new_row(Ids(["a", "b", "c"]), "item", values, "s")
    assert positions.tolist() == [0, 1, 2] and numbers.tolist() == [1, 2, 3]
    assert positions.dtype == np.int64 and numbers.dtype == np.float32


def test_nothing_observed_is_an_empty_row():
    positions, numbers = new_row(Ids(["a"]), "item", {}, "s")
    assert len(positions) == 0 == len(numbers) and numbers.dtype == np.float32


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), -np.inf, 1e39, 10**400, "5", None, 1j, np.float32("nan")]
)
def test_a_value_that_is_no_finite_number_is_refused(value):
    with pytest.raises(InputError, match=r"the value of item 'a' is .* finite number"):
        new_row(Ids(["a"]), "item", {"a": value}, "s")


def test_unknown_and_repeated_ids_are_refused_and_so_is_what_is_no_mapping():
    with pytest.raises(UnknownIdError, match="no row 'x' on side 'item' of s"):
        new_row(Ids(["a"]), "item", {"x": 1}, "s")
    with pytest.raises(InputError, match="item 7 is given twice"):
        new_row(Ids([7]), "item", {7: 1, "7": 2}, "s")
    with pytest.raises(InputError, match="a new row is a mapping of item ids"):
        new_row(Ids([7]), "item", [7], "s")

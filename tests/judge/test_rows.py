from __future__ import annotations

import numpy as np
import pytest

from rowspace.errors import InputError
from rowspace.judge.rows import (
    finite_rows,
    gaussian_like,
    groups_of,
    left_out_interval,
    row_norms,
    unit_rows,
)


def test_rows_that_are_not_finite_are_named() -> None:
    x = np.ones((5000, 2))
    x[[4321, 4500], 1] = np.nan, np.inf
    with pytest.raises(InputError, match=r"2 of the 5000 rows.*first at position 4321"):
        finite_rows(x)


def test_numbers_beyond_float32_count_as_infinite() -> None:
    with pytest.raises(InputError, match="position 0"):
        finite_rows([[1e300, 0.0]])


@pytest.mark.parametrize("bad", [[1.0, 2.0], [[]], [["a"]], 3.0, np.ones((2, 2, 2))])
def test_what_is_no_table_of_numbers_is_refused(bad: object) -> None:
    with pytest.raises(InputError, match="vectors"):
        finite_rows(bad)  # type: ignore[arg-type]


def test_lengths_of_tiny_and_huge_rows_neither_vanish_nor_overflow() -> None:
    x = np.array([[3e-30, 4e-30], [3e30, 4e30]], np.float32)
    assert np.allclose(row_norms(x), [5e-30, 5e30])
    assert np.allclose(unit_rows(x), [[0.6, 0.8]] * 2)


def test_zero_rows_have_no_direction_and_are_named() -> None:
    with pytest.raises(InputError, match="position 1"):
        unit_rows(np.array([[1, 0], [0, 0]], np.float32))


def test_noise_has_the_column_scales_of_the_data_and_repeats_with_its_seed() -> None:
    rng = np.random.default_rng(0)
    x = (5 + rng.normal(size=(20_000, 3)) * [0.1, 1, 10]).astype(np.float32)
    noise = gaussian_like(x, seed=1)
    assert np.allclose(noise.std(axis=0), [0.1, 1, 10], rtol=0.03)
    assert np.abs(noise.mean(axis=0) / [0.1, 1, 10]).max() < 0.03
    assert np.array_equal(noise, gaussian_like(x, seed=1))
    assert not np.array_equal(noise, gaussian_like(x, seed=2))


def test_groups_cover_every_row_once_and_few_rows_make_one_group() -> None:
    parts = groups_of(103, seed=0)
    assert len(parts) == 20 and sorted(np.concatenate(parts)) == list(range(103))
    assert len(groups_of(39, seed=0)) == 1


def test_the_interval_of_a_mean_covers_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    inside = 0
    for trial in range(300):
        x = rng.exponential(size=200)
        left = [np.delete(x, part).mean() for part in groups_of(200, seed=trial)]
        low, high = left_out_interval(float(x.mean()), np.array(left))
        inside += low < 1.0 < high
    assert 0.91 <= inside / 300 <= 0.985


def test_no_interval_comes_of_few_groups_or_of_undefined_values() -> None:
    assert left_out_interval(0.0, np.zeros(4)) is None
    assert left_out_interval(0.0, np.array([1.0, 2, 3, 4, np.nan])) is None

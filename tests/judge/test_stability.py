from __future__ import annotations

import numpy as np
import pytest

from rowspace.errors import InputError
from rowspace.judge.stability import stability


def test_strong_directions_stay_and_those_of_noise_do_not() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(800, 40)) * np.r_[np.full(10, 20.0), np.ones(30)]
    m = stability(x)["leading directions kept"]
    assert m.value > 0.99
    flat = stability(rng.normal(size=(800, 40)))["leading directions kept"]
    assert flat.value < 0.8
    assert flat.value == pytest.approx(flat.reference["Gaussian of the same shape"], abs=0.1)
    assert flat.reference["random directions"] == 0.25
    assert flat.low is not None and flat.low <= flat.value <= flat.high  # type: ignore[operator]


def test_columns_that_repeat_each_other_keep_their_neighbours_between_halves() -> None:
    rng = np.random.default_rng(0)
    hidden = rng.normal(size=(600, 4))
    repeated = hidden @ rng.normal(size=(4, 60))
    m = stability(repeated)["top-10 kept between halves"]
    noise = stability(rng.normal(size=(600, 60)))["top-10 kept between halves"]
    assert m.value > 5 > 1 > noise.value
    assert noise.reference["random rows"] == pytest.approx(100 / 599)
    assert noise.value == pytest.approx(noise.reference["random rows"], abs=0.15)


def test_single_directions_are_told_from_the_space_that_they_span() -> None:
    rng = np.random.default_rng(0)
    # Ten directions of equal strength: their span is certain, none of them is.
    x = rng.normal(size=(500, 40)) * np.r_[np.full(10, 20.0), np.ones(30)]
    block = stability(x)
    assert block["leading directions kept"].value > 0.98
    assert block.series["direction kept"].mean() < 0.8


def test_seeds_repeat_and_threads_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.random.default_rng(0).normal(size=(500, 12))
    found = []
    for threads in ("1", "2"):
        monkeypatch.setenv("ROWSPACE_THREADS", threads)
        found.append(stability(x, seed=5).measures)
    assert found[0] == found[1] != stability(x, seed=6).measures


def test_few_rows_one_column_and_constant_columns_are_defined() -> None:
    block = stability(np.random.default_rng(0).normal(size=(5, 4)), k=2)
    assert np.isnan(block["leading directions kept"].value)
    assert "too few rows" in block["leading directions kept"].note
    assert [m.name for m in stability(np.arange(1.0, 60)[:, None]).measures] == [
        "leading directions kept"
    ]
    assert stability(np.ones((50, 3)))["leading directions kept"].value > 0


def test_too_many_neighbours_are_refused() -> None:
    with pytest.raises(InputError, match="lower k"):
        stability(np.eye(3), k=3)

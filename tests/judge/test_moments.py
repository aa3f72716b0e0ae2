from __future__ import annotations

import numpy as np
import pytest

from rowspace.judge.moments import moments


def test_the_groups_sum_to_the_moments_of_all_rows() -> None:
    x = np.random.default_rng(0).normal(2, 1, (300, 7)).astype(np.float32)
    found = moments(x)
    wide = x.astype(np.float64)
    assert found.n == 300 and len(found.counts) == 20
    assert np.allclose(found.gram, wide.T @ wide, rtol=1e-12)
    assert np.allclose(found.covariance, np.cov(wide.T, bias=True), rtol=1e-10)


def test_a_resampled_covariance_is_that_of_rows_taken_so_often() -> None:
    x = np.random.default_rng(0).normal(size=(100, 3)).astype(np.float32)
    found = moments(x, seed=3)
    times = np.arange(20.0)
    from rowspace.judge.rows import groups_of

    rows = np.concatenate([np.tile(g, int(t)) for g, t in zip(groups_of(100, 3), times)])
    assert np.allclose(found.resampled(times), np.cov(x[rows].T.astype(float), bias=True))


def test_many_columns_make_fewer_groups_and_memory_stays_bounded() -> None:
    x = np.random.default_rng(0).normal(size=(200, 2000)).astype(np.float32)
    assert len(moments(x).counts) == 2**25 // 2000**2


def test_the_result_does_not_depend_on_the_number_of_threads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    x = np.random.default_rng(0).normal(size=(5000, 33)).astype(np.float32)
    found = []
    for threads in ("1", "2"):
        monkeypatch.setenv("ROWSPACE_THREADS", threads)
        found.append(moments(x).grams)
    assert np.array_equal(*found)

from __future__ import annotations

import math

import numpy as np
import pytest

from rowspace.errors import InputError
from rowspace.judge.moments import moments
from rowspace.judge.spectrum import (
    at_unit_length,
    eigenvalues,
    noise_edges,
    ranks,
    spectrum,
    without_groups,
)


def values(x: np.ndarray) -> dict[str, float]:
    return {m.name: m.value for m in spectrum(x).measures}


def test_every_rank_of_an_orthonormal_frame_is_its_dimension() -> None:
    found = values(np.vstack([np.eye(6), -np.eye(6)]))
    for name in ("RankMe", "representation rank", "participation ratio", "stable rank"):
        assert found[name] == pytest.approx(6)
    assert found["nuclear norm"] == pytest.approx(1)
    assert found["directions for 90 %"] == 6
    assert found["first direction"] == pytest.approx(1 / 6)


def test_every_rank_of_a_line_is_one() -> None:
    x = np.outer(np.linspace(-1, 1, 50), [1.0, 2.0, -3.0])
    found = values(x[x.any(axis=1)])
    for name in ("RankMe", "representation rank", "participation ratio", "stable rank"):
        assert found[name] == pytest.approx(1, abs=1e-3)
    assert found["directions for 90 %"] == 1 and found["first direction"] == pytest.approx(1)


@pytest.mark.parametrize(("n", "d"), [(200, 20), (20, 200), (30, 30), (2, 5), (7, 1)])
def test_ranks_equal_those_by_singular_values_whichever_side_is_longer(n: int, d: int) -> None:
    x = np.random.default_rng(0).normal(1, np.linspace(1, 3, d), (n, d)).astype(np.float32)
    found = values(x)
    wide = x.astype(np.float64)
    s = np.linalg.svd(wide, compute_uv=False)
    c = np.linalg.svd(wide - wide.mean(axis=0), compute_uv=False) ** 2
    u = np.linalg.svd(wide / np.linalg.norm(wide, axis=1, keepdims=True), compute_uv=False)

    def spread(w: np.ndarray) -> float:
        p = w[w > 0] / w.sum()
        return float(np.exp(-(p * np.log(p)).sum()))

    assert found["RankMe"] == pytest.approx(spread(s), rel=1e-4)
    assert found["representation rank"] == pytest.approx(spread(u**2), rel=1e-4)
    assert found["participation ratio"] == pytest.approx(c.sum() ** 2 / (c**2).sum(), rel=1e-4)
    assert found["stable rank"] == pytest.approx((s**2).sum() / s[0] ** 2, rel=1e-4)
    assert found["first direction"] == pytest.approx(c[0] / c.sum(), rel=1e-4)
    assert found["nuclear norm"] == pytest.approx(u.sum() / math.sqrt(n * min(n, d)), rel=1e-4)


def test_the_surrogate_of_the_nuclear_norm_is_told_as_the_bound_that_it_is() -> None:
    x = np.random.default_rng(0).normal(size=(500, 40)) @ np.diag(1 / np.arange(1, 41))
    x = x @ np.linalg.qr(np.random.default_rng(1).normal(size=(40, 40)))[0]
    u = at_unit_length(x.astype(np.float32))
    excess = np.linalg.norm(u, axis=0).sum() / np.linalg.svd(u, compute_uv=False).sum() - 1
    assert excess > 0.1
    assert f"{excess:+.0%}" in spectrum(x)["nuclear norm"].note


def test_pure_noise_has_a_direction_above_noise_in_one_case_of_twenty() -> None:
    rng = np.random.default_rng(0)
    above = 0
    for _ in range(200):
        x = rng.normal(size=(300, 40))
        values = np.linalg.eigvalsh(np.corrcoef(x.T))
        above += values.max() > noise_edges(300, 40)[1]
    assert above / 200 <= 0.1


def test_planted_directions_are_counted_and_columns_of_other_scales_are_no_news() -> None:
    rng = np.random.default_rng(0)
    hidden = rng.normal(size=(2000, 3)) @ rng.normal(size=(3, 50))
    x = (hidden + 2 * rng.normal(size=(2000, 50))) * np.geomspace(0.01, 100, 50)
    block = spectrum(x)
    assert block["directions above noise"].value == 3
    assert block["directions above noise"].reference["Gaussian of the same shape"] <= 1
    low, high = block.series["Marchenko-Pastur edges"]
    assert 0.6 < low < 1 < high < 1.5
    assert block.series["eigenvalues"].sum() == pytest.approx(50)


def test_first_order_spectra_without_groups_equal_those_computed_again() -> None:
    rng = np.random.default_rng(0)
    x = (1 + rng.normal(size=(4000, 12)) * np.linspace(1, 4, 12)).astype(np.float32)
    u = at_unit_length(x)
    from rowspace.judge.rows import groups_of

    left = without_groups(moments(x, seed=5), moments(u, seed=5))
    for part, first in list(zip(groups_of(4000, 5), left))[:4]:
        y = np.delete(x, part, axis=0)
        v = at_unit_length(y)
        again = ranks(eigenvalues(y, v, moments(y), moments(v)))
        for name in ("RankMe", "representation rank", "participation ratio", "stable rank"):
            assert ranks(first)[name] == pytest.approx(again[name], rel=2e-3)


def test_intervals_cover_the_value_of_many_rows() -> None:
    rng = np.random.default_rng(0)
    scale = np.linspace(1, 3, 6)
    truth = float((scale**2).sum() ** 2 / (scale**4).sum())
    inside = 0
    for trial in range(60):
        m = spectrum(rng.normal(size=(1500, 6)) * scale, seed=trial)["participation ratio"]
        assert m.low is not None and m.high is not None
        inside += m.low < truth < m.high
    assert inside >= 51  # 85 %


def test_seeds_repeat_and_threads_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.random.default_rng(0).normal(size=(3000, 20)).astype(np.float32)
    found = []
    for threads in ("1", "2"):
        monkeypatch.setenv("ROWSPACE_THREADS", threads)
        found.append(spectrum(x, seed=4).measures)
    assert found[0] == found[1]


@pytest.mark.parametrize("x", [np.ones((30, 4)), np.ones((3, 8)), np.ones((1, 3))])
def test_rows_that_are_all_the_same_have_no_spectrum(x: np.ndarray) -> None:
    block = spectrum(x)
    assert np.isnan(block["participation ratio"].value)
    assert "all rows are the same" in block["participation ratio"].note
    assert block["RankMe"].value == pytest.approx(1)
    assert block["directions above noise"].value == 0


def test_zeros_are_defined_and_nan_is_named() -> None:
    assert np.isnan(spectrum(np.zeros((5, 3)))["RankMe"].value)
    with pytest.raises(InputError, match="position 1"):
        spectrum([[1.0], [np.nan]])
    with pytest.raises(InputError, match="no row"):
        spectrum(np.zeros((0, 3)))

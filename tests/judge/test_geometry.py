from __future__ import annotations

import numpy as np
import pytest

from rowspace.errors import InputError
from rowspace.judge.geometry import geometry, random_pairs, uniform_uniformity


def sphere(n: int, d: int, seed: int = 0) -> np.ndarray:
    x = np.random.default_rng(seed).normal(size=(n, d))
    return x / np.linalg.norm(x, axis=1, keepdims=True)


@pytest.mark.parametrize("d", [2, 3, 10, 100])
def test_points_spread_over_the_sphere_have_its_uniformity(d: int) -> None:
    m = geometry(sphere(20_000, d))["uniformity"]
    assert m.low is not None and m.high is not None
    assert abs(m.value - uniform_uniformity(d)) < 3 * (m.high - m.low)
    assert m.reference["uniform"] == uniform_uniformity(d)


def test_the_uniformity_of_the_sphere_is_the_integral() -> None:
    angle = (np.arange(100_000) + 0.5) * np.pi / 100_000
    for d in (2, 3, 7):
        weight = np.sin(angle) ** (d - 2)
        mean = (weight * np.exp(4 * np.cos(angle) - 4)).sum() / weight.sum()
        assert uniform_uniformity(d) == pytest.approx(np.log(mean), abs=1e-6)


def test_the_mean_cosine_is_that_of_all_pairs_and_its_interval_holds_the_truth() -> None:
    inside = 0
    for trial in range(40):
        x = np.random.default_rng(trial).normal([2, 0, 0], 1, (400, 3))
        m = geometry(x, seed=trial)["mean cosine"]
        if trial == 0:
            u = x / np.linalg.norm(x, axis=1, keepdims=True)
            cosines = u @ u.T
            assert m.value == pytest.approx(cosines[np.triu_indices(400, 1)].mean(), abs=1e-6)
        big = np.random.default_rng(999).normal([2, 0, 0], 1, (200_000, 3))
        truth = (big / np.linalg.norm(big, axis=1, keepdims=True)).mean(axis=0)
        assert m.low is not None and m.high is not None
        inside += m.low < float(truth @ truth) < m.high
    assert inside >= 34


def test_iso_score_is_that_of_its_definition() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(3000, 5)) * [3, 2, 1, 1, 0.5]
    d = 5
    variance = np.linalg.eigvalsh(np.cov(x.T, bias=True))
    unit = np.sqrt(d) * variance / np.linalg.norm(variance)
    defect = np.linalg.norm(unit - 1) / np.sqrt(2 * (d - np.sqrt(d)))
    share = (d - defect**2 * (d - np.sqrt(d))) ** 2 / d**2
    assert geometry(x)["IsoScore"].value == pytest.approx((d * share - 1) / (d - 1), rel=1e-3)


def test_the_gaussian_reference_of_iso_score_is_what_noise_has() -> None:
    x = np.random.default_rng(0).normal(size=(120, 40)) * np.linspace(1, 2, 40)
    m = geometry(x)["IsoScore"]
    # Rows as many as three times the columns: noise looks far from isotropic, and is told so.
    assert m.value < 0.8
    assert m.reference["Gaussian of the same shape"] == pytest.approx(m.value, abs=0.05)


def test_pairs_that_belong_together_are_measured_against_random_ones() -> None:
    x = np.random.default_rng(0).normal(size=(200, 20))
    y = x + 0.1 * np.random.default_rng(1).normal(size=x.shape)
    pairs = np.column_stack([np.arange(200), np.arange(200, 400)])
    block = geometry(np.vstack([x, y]), pairs=pairs)
    m = block["alignment"]
    u = np.vstack([x, y])
    u /= np.linalg.norm(u, axis=1, keepdims=True)
    assert m.value == pytest.approx(((u[:200] - u[200:]) ** 2).sum(axis=1).mean(), rel=1e-4)
    assert m.reference["random pairs"] == pytest.approx(2, abs=0.1)
    assert {"pairs", "random pairs", "Gaussian pairs"} <= set(block.series)


def test_densities_integrate_to_one() -> None:
    series = geometry(sphere(500, 4)).series
    width = np.diff(series["cosine edges"])
    assert (series["random pairs"] * width).sum() == pytest.approx(1)


def test_random_pairs_are_of_different_rows_and_all_are_possible() -> None:
    a, b = random_pairs(4, 2000, np.random.default_rng(0))
    assert (a != b).all() and len(set(zip(a.tolist(), b.tolist()))) == 12


def test_one_column_two_rows_and_equal_rows_are_defined() -> None:
    assert np.isnan(geometry([[1.0], [2.0]])["IsoScore"].value)
    block = geometry(np.ones((10, 3)))
    assert block["mean cosine"].value == pytest.approx(1)
    assert block["uniformity"].value == pytest.approx(0, abs=1e-5)


@pytest.mark.parametrize("pairs", [[[0, 9]], [[0.0, 1.0]], [0, 1], [[-1, 0]]])
def test_pairs_of_rows_that_are_not_there_are_refused(pairs: object) -> None:
    with pytest.raises(InputError, match="pairs"):
        geometry(np.eye(3), pairs=pairs)  # type: ignore[arg-type]


def test_one_row_has_no_pairs_and_zero_rows_no_direction() -> None:
    with pytest.raises(InputError, match="pairs of rows"):
        geometry([[1.0, 2.0]])
    with pytest.raises(InputError, match="position 1"):
        geometry([[1.0], [0.0]])


def test_no_pairs_have_no_alignment() -> None:
    m = geometry(np.eye(3), pairs=np.zeros((0, 2), int))["alignment"]
    assert np.isnan(m.value) and "no pairs" in m.note

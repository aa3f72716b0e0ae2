from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import sqrtm

from rowspace.errors import InputError
from rowspace.judge.lidar import lidar


def views(dims: int, noise: np.ndarray, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    centres = np.zeros((150, len(noise)))
    centres[:, :dims] = rng.normal(size=(150, dims))
    x = np.repeat(centres, 6, axis=0) + rng.normal(size=(900, len(noise))) * noise
    return x, np.repeat(np.arange(150), 6)


def test_the_value_is_that_of_the_definition() -> None:
    x, objects = views(3, np.full(8, 0.3))
    x = x.astype(np.float32).astype(np.float64)
    means = np.array([x[objects == o].mean(axis=0) for o in range(150)])
    apart = x - means[objects]
    within = apart.T @ apart / 900 + 1e-4 * np.eye(8)
    root = np.linalg.inv(sqrtm(within).real)
    values = np.linalg.eigvalsh(root @ np.cov(means.T, bias=True) @ root)
    p = values / values.sum()
    assert lidar(x, objects).value == pytest.approx(np.exp(-(p * np.log(p)).sum()), rel=1e-6)


def test_noise_that_fills_the_covariance_does_not_count_as_rank() -> None:
    from rowspace.judge.spectrum import spectrum

    x, objects = views(3, np.r_[np.full(3, 0.1), np.full(27, 1.0)])
    assert spectrum(x)["RankMe"].value > 20
    m = lidar(x, objects)
    # Between objects of six views a sixth of the noise is left in every direction.
    assert 2.9 < m.value < 6 < m.reference["permuted objects"]


def test_the_order_of_rows_and_the_names_of_objects_do_not_matter() -> None:
    x, objects = views(2, np.full(4, 0.5))
    order = np.random.default_rng(0).permutation(900)
    names = np.array([f"ü{o}" for o in objects])
    assert lidar(x[order], names[order]).value == pytest.approx(lidar(x, objects).value, rel=1e-9)


def test_the_interval_is_over_objects() -> None:
    m = lidar(*views(3, np.full(6, 0.4)))
    assert m.n == 150 and m.low is not None and m.low < m.value < m.high  # type: ignore[operator]


def test_objects_that_are_all_the_same_are_undefined() -> None:
    m = lidar(np.ones((8, 2)), np.repeat([0, 1], 4))
    assert np.isnan(m.value) and "same" in m.note


@pytest.mark.parametrize(
    ("objects", "words"),
    [
        ([0, 0, 0, 0], "1 objects"),
        ([0, 1, 2, 3], "at most 1 views"),
        ([0, 0, 1], "one label for each of 4 rows"),
    ],
)
def test_too_few_objects_or_views_are_refused(objects: list[int], words: str) -> None:
    with pytest.raises(InputError, match=words):
        lidar(np.eye(4), objects)


def test_no_ridge_is_refused() -> None:
    with pytest.raises(InputError, match="ridge"):
        lidar(np.eye(4), [0, 0, 1, 1], ridge=0)

from __future__ import annotations

import numpy as np
import pytest

from rowspace.errors import InputError
from rowspace.judge.dimension import dimension, mle_dimension, two_nn
from rowspace.judge.neighbours import Neighbours, nearest_neighbours


def bent(n: int, d: int, seed: int = 0, width: int = 30) -> np.ndarray:
    """A d-dimensional uniform patch, turned and gently bent into many columns."""
    rng = np.random.default_rng(seed)
    flat = rng.random((n, d))
    x = np.hstack([flat, 0.1 * np.sin(2 * flat)]) @ rng.normal(size=(2 * d, width))
    return x.astype(np.float32)


@pytest.mark.parametrize("d", [1, 2, 5])
def test_both_estimators_find_the_dimension_of_a_patch(d: int) -> None:
    found = nearest_neighbours(bent(4000, d), 10, metric="euclidean")
    assert two_nn(found).value == pytest.approx(d, rel=0.12)
    assert mle_dimension(found, 10).value == pytest.approx(d, rel=0.15)


def test_a_high_dimension_comes_out_too_low_and_the_note_says_so() -> None:
    x = np.random.default_rng(0).random((3000, 60))
    m = two_nn(nearest_neighbours(x, 2, metric="euclidean"))
    assert 20 < m.value < 55 and "Biased low" in m.note


def test_the_sphere_seen_by_cosine_has_one_dimension_less() -> None:
    x = np.random.default_rng(0).normal(size=(4000, 4))
    assert two_nn(nearest_neighbours(x, 2)).value == pytest.approx(3, rel=0.1)


def test_the_estimators_equal_their_slow_twins() -> None:
    found = nearest_neighbours(bent(300, 3), 6, metric="euclidean")
    r = found.distances
    inverse = [np.mean([np.log(row[4] / row[j]) for j in range(4)]) for row in r]
    assert mle_dimension(found, 5).value == pytest.approx(1 / np.mean(inverse))
    mu = np.sort(r[:, 1] / r[:, 0])[: int(0.9 * 300)]
    y = [-np.log(1 - (i + 1) / 300) for i in range(len(mu))]
    slope = np.linalg.lstsq(np.log(mu)[:, None], np.array(y), rcond=None)[0][0]
    assert two_nn(found).value == pytest.approx(slope)


def test_intervals_cover_the_mean_of_repeated_samples() -> None:
    two, mle = [], []
    for trial in range(60):
        x = np.random.default_rng(trial).random((600, 2))
        found = nearest_neighbours(x, 8, metric="euclidean")
        two.append(two_nn(found, seed=trial))
        mle.append(mle_dimension(found, 8, seed=trial))
    for measures in (two, mle):
        centre = np.mean([m.value for m in measures])
        inside = sum(m.low < centre < m.high for m in measures)  # type: ignore[operator]
        assert inside >= 50  # neighbours share neighbours, so a little less than 95 %


def test_rows_on_top_of_each_other_are_left_out_and_counted() -> None:
    x = bent(500, 2)
    x[:20] = x[20:40]
    m = two_nn(nearest_neighbours(x, 3, metric="euclidean"))
    assert m.n == 460 and "40 rows left out" in m.note
    assert m.value == pytest.approx(2, rel=0.2)


def test_equal_distances_and_few_rows_are_undefined() -> None:
    found = nearest_neighbours(np.eye(8), 3, metric="euclidean")
    for m in (two_nn(found), mle_dimension(found, 3)):
        assert np.isnan(m.value) and m.low is None and "Undefined" in m.note
    nothing = Neighbours(np.zeros((4, 2), np.int32), np.zeros((4, 2)), "euclidean")
    assert np.isnan(two_nn(nothing).value)


def test_the_block_has_every_scale_and_the_noise_beside_it() -> None:
    found = nearest_neighbours(bent(400, 2), 12, metric="euclidean")
    noise = nearest_neighbours(np.random.default_rng(0).normal(size=(200, 30)), 12)
    block = dimension(found, noise=noise, k=10)
    assert [m.name for m in block.measures] == ["TwoNN dimension", "MLE dimension, k = 10"]
    reference = block["TwoNN dimension"].reference
    assert list(reference) == ["Gaussian of the same columns, 200 rows"]
    assert min(reference.values()) > 10
    assert len(block.series["k"]) == len(block.series["MLE dimension"]) == 11
    line = np.diff(block.series["minus log tail"]) >= 0
    assert line.all() and len(block.series["log ratio"]) == len(line) + 1


def test_one_neighbour_is_too_few() -> None:
    found = nearest_neighbours(np.eye(4), 1)
    with pytest.raises(InputError, match="at least 2"):
        two_nn(found)
    with pytest.raises(InputError, match="from 2 to"):
        mle_dimension(nearest_neighbours(np.eye(4), 2), 3)

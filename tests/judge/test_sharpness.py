from __future__ import annotations

import numpy as np
import pytest

from rowspace.errors import InputError
from rowspace.judge.sharpness import label_sharpness


def test_a_linear_label_is_as_sharp_as_its_slope() -> None:
    x = np.random.default_rng(0).random((300, 1))
    mean, largest = label_sharpness(x, 7 * x[:, 0].astype(np.float32))
    assert mean.value == pytest.approx(7, rel=1e-4)
    assert largest.value == pytest.approx(7, rel=1e-2)


def test_named_classes_differ_by_one_and_nearer_classes_are_sharper() -> None:
    rng = np.random.default_rng(0)
    labels = np.repeat(["katze", "hündin"], 200)
    far = rng.normal(size=(400, 5)) + np.where(labels == "katze", 10, 0)[:, None]
    near = rng.normal(size=(400, 5)) + np.where(labels == "katze", 2, 0)[:, None]
    assert label_sharpness(near, labels)[0].value > 2 * label_sharpness(far, labels)[0].value
    mean = label_sharpness(far, labels)[0]
    # Shuffled labels have neighbours with other labels, and so are sharper.
    assert mean.value < mean.reference["shuffled labels"]


def test_the_mean_is_that_over_all_pairs_and_its_interval_covers_it() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(60, 3)), rng.integers(0, 3, 60)
    d = np.linalg.norm(x[:, None] - x[None], axis=2)
    ratio = np.abs(y[:, None] - y)[d > 0] / d[d > 0]
    inside = 0
    for seed in range(60):
        m = label_sharpness(x, y, pairs=3000, seed=seed)[0]
        inside += m.low < ratio.mean() < m.high  # type: ignore[operator]
    assert inside >= 51
    assert label_sharpness(x, y)[1].value == pytest.approx(ratio.max(), rel=1e-5)


def test_rows_on_top_of_each_other_with_other_labels_are_infinitely_sharp() -> None:
    mean, largest = label_sharpness(np.zeros((4, 2)), [0, 1, 0, 1])
    assert mean.value == largest.value == np.inf and "coincide" in mean.note
    assert mean.low is None


def test_one_class_is_not_sharp_at_all() -> None:
    assert [m.value for m in label_sharpness(np.eye(3), ["a"] * 3)] == [0, 0]


@pytest.mark.parametrize(
    ("labels", "words"),
    [([0, 1], "one label for each"), ([0, np.nan, 1], "label of row 1 is nan")],
)
def test_labels_that_do_not_fit_are_refused(labels: list[float], words: str) -> None:
    with pytest.raises(InputError, match=words):
        label_sharpness(np.eye(3), labels)


def test_one_row_and_no_pairs_are_refused() -> None:
    with pytest.raises(InputError, match="at least 2 rows"):
        label_sharpness([[1.0]], [1])
    with pytest.raises(InputError, match="pairs is 0"):
        label_sharpness(np.eye(3), [1, 2, 3], pairs=0)

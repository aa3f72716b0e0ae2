from __future__ import annotations

import itertools

import numpy as np
import pytest

from rowspace.errors import InputError
from rowspace.judge.gauge import gauge_test


def clustered(n: int = 600, d: int = 24, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(20, d))[rng.integers(0, 20, n)] + 0.6 * rng.normal(size=(n, d))


def slow_kept(x: np.ndarray, scale: np.ndarray, rows: np.ndarray, k: int) -> list[int]:
    def near(y: np.ndarray) -> np.ndarray:
        y = y / np.linalg.norm(y, axis=1, keepdims=True)
        s = y @ y.T
        np.fill_diagonal(s, -np.inf)
        return np.argsort(-s, axis=1)[:, :k]

    before, after = near(x), near(x * scale)
    return [len(set(before[i]) & set(after[i])) for i in rows]


def test_counts_are_those_of_rows_that_were_really_rescaled() -> None:
    x = clustered().astype(np.float32)
    block = gauge_test(x, k=10, spreads=(0.5, 1.5), queries=64, seed=3)
    rng = np.random.default_rng([3, 2])
    asked = rng.permutation(len(x))[:64]
    logs = rng.standard_normal((16, x.shape[1]))
    for i, s in enumerate((0.5, 1.5)):
        wanted = []
        for draw, rows in zip(logs, asked.reshape(16, 4)):
            wanted += slow_kept(x.astype(float), np.exp(s * draw), rows, 10)
        assert np.abs(block.series["kept by row"][i] - wanted).sum() <= 1  # a tie in float32
        assert block[f"top-10 kept at log-sd {s:g}"].value == pytest.approx(
            np.mean(wanted), abs=0.1
        )


def test_more_rescaling_keeps_fewer_neighbours_and_structure_keeps_more_than_noise() -> None:
    block = gauge_test(clustered())
    kept = [block[f"top-10 kept at log-sd {s:g}"] for s in (0.25, 0.5, 1, 1.5)]
    assert all(a.value > b.value for a, b in itertools.pairwise(kept))
    assert all(m.value > m.reference["Gaussian of the same shape"] for m in kept)
    assert all(m.low is not None and m.low < m.value < m.high for m in kept)  # type: ignore[operator]
    for s, m in zip((0.25, 0.5), kept):
        jaccard = block[f"Jaccard@10 at log-sd {s:g}"].value
        assert 0.8 * m.value / (20 - m.value) < jaccard < 1.3 * m.value / (20 - m.value)


def test_a_rotation_changes_nothing() -> None:
    assert gauge_test(clustered())["top-10 kept under rotation"].value > 9.99


def test_scores_with_the_other_side_do_not_change() -> None:
    block = gauge_test(clustered(), partner=clustered(50, seed=1))
    m = block["largest change of a score"]
    assert m.value < 1e-6 and m.n == 256 * 50


def test_no_rescaling_keeps_everything() -> None:
    assert gauge_test(clustered(), spreads=(0.0,))["top-10 kept at log-sd 0"].value == 10


def test_seeds_repeat_and_threads_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for threads in ("1", "2"):
        monkeypatch.setenv("ROWSPACE_THREADS", threads)
        found.append(gauge_test(clustered(), seed=5).measures)
    assert found[0] == found[1] != gauge_test(clustered(), seed=6).measures


def test_vast_rescalings_stay_finite() -> None:
    assert gauge_test(clustered(), spreads=(12.0,))["top-10 kept at log-sd 12"].value >= 0


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"k": 3}, "lower k"),
        ({"partner": np.ones((4, 2))}, "2 dimensions and the vectors 3"),
        ({"spreads": (-1.0,)}, "below 0"),
        ({"partner": np.full((4, 3), np.nan)}, "partner"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_sentence(changes: dict, words: str) -> None:
    with pytest.raises(InputError, match=words):
        gauge_test(np.eye(3) + 1, **{"k": 2, **changes})


def test_few_rows_and_one_column_are_defined() -> None:
    block = gauge_test([[1.0], [2.0], [-1.0]], k=1)
    assert block["top-1 kept at log-sd 1.5"].value == 1

from __future__ import annotations

import numpy as np
import pytest

from rowspace.errors import InputError
from rowspace.judge.preservation import compressions, preservation


def slow(x: np.ndarray, y: np.ndarray, k: int) -> list[float]:
    def order(z: np.ndarray) -> np.ndarray:
        d = np.linalg.norm(z[:, None] - z[None], axis=2)
        np.fill_diagonal(d, -1)
        return np.argsort(np.argsort(d, axis=1, kind="stable"), axis=1)  # own place is 0

    n = len(x)
    r, s = order(x), order(y)
    scale = 2 / (n * k * (2 * n - 3 * k - 1))
    own, others = (r > 0) & (r <= k), (s > 0) & (s <= k)
    return [
        (own & others).sum() / (n * k),
        1 - scale * (r[others & ~own] - k).sum(),
        1 - scale * (s[own & ~others] - k).sum(),
    ]


def test_the_numbers_equal_their_slow_twins() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(150, 6))
    y = x[:, :2] + 0.1 * rng.normal(size=(150, 2))
    found = preservation(x, y, k=7, metric="euclidean")
    assert [m.name for m in found] == ["neighbours kept@7", "trustworthiness@7", "continuity@7"]
    assert np.allclose([m.value for m in found], slow(x, y, 7), atol=1e-3)
    assert all(m.low is None for m in found)  # every row was asked


def test_they_agree_with_scikit_learn() -> None:
    manifold = pytest.importorskip("sklearn.manifold")
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 5))
    y = x[:, :2]
    found = preservation(x, y, k=5, metric="euclidean")
    assert found[1].value == pytest.approx(manifold.trustworthiness(x, y, n_neighbors=5), abs=1e-6)
    assert found[2].value == pytest.approx(manifold.trustworthiness(y, x, n_neighbors=5), abs=1e-6)


def test_a_random_map_has_the_reference_values() -> None:
    rng = np.random.default_rng(0)
    for m in preservation(rng.normal(size=(1500, 5)), rng.normal(size=(1500, 2)), queries=1500):
        assert m.value == pytest.approx(m.reference["random map"], abs=0.02)


def test_intervals_of_sampled_rows_cover_the_value_of_all() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(800, 8))
    y = x[:, :3]
    whole = preservation(x, y, queries=800)
    inside = np.zeros(3)
    for seed in range(60):
        found = preservation(x, y, queries=100, seed=seed)
        inside += [m.low < w.value < m.high for m, w in zip(found, whole)]  # type: ignore[operator]
    assert (inside >= 51).all()


def test_turning_and_scaling_keep_everything() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(100, 4))
    turned = 3 * x @ np.linalg.qr(rng.normal(size=(4, 4)))[0]
    for m in preservation(x, turned, k=3, metric="euclidean"):
        assert m.value > 0.995


def test_smaller_vectors_keep_less_and_noise_the_least() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(700, 6)) @ rng.normal(size=(6, 32)) + 0.05 * rng.normal(size=(700, 32))
    block = compressions(x)
    kept = {m.name.removeprefix("top-10 kept in "): m for m in block.measures}
    assert list(kept) == [
        "16 components", "8 components", "2 components", "one byte a number", "one bit a number",
    ]  # fmt: skip
    assert kept["16 components"].value >= kept["8 components"].value > kept["2 components"].value
    assert kept["one byte a number"].value > 9 > kept["one bit a number"].value
    assert kept["8 components"].value > kept["8 components"].reference["Gaussian of the same shape"]


def test_threads_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.random.default_rng(0).normal(size=(900, 10))
    found = []
    for threads in ("1", "2"):
        monkeypatch.setenv("ROWSPACE_THREADS", threads)
        found.append((compressions(x).measures, preservation(x, x[:, :2])))
    assert found[0] == found[1]


@pytest.mark.parametrize("k", [0, 5, 9])
def test_lists_of_half_of_the_rows_are_refused(k: int) -> None:
    with pytest.raises(InputError, match="fewer than half"):
        preservation(np.eye(10), np.eye(10), k=k)


def test_other_rows_are_refused() -> None:
    with pytest.raises(InputError, match="9 original and 8 mapped"):
        preservation(np.ones((9, 2)), np.ones((8, 2)), k=1)
    with pytest.raises(InputError, match="lower k"):
        compressions(np.eye(3), k=3)


def test_one_column_and_two_columns_are_defined() -> None:
    assert len(compressions(np.arange(1.0, 9)[:, None], k=2).measures) == 2
    assert len(compressions(np.random.default_rng(0).normal(size=(9, 2)), k=2).measures) == 3

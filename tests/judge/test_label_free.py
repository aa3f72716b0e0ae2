from __future__ import annotations

import json

import numpy as np
import pytest

from rowspace.errors import InputError
from rowspace.judge.geometry import geometry
from rowspace.judge.hubness import hubness
from rowspace.judge.label_free import label_free
from rowspace.judge.neighbours import nearest_neighbours
from rowspace.judge.preservation import compressions
from rowspace.judge.spectrum import spectrum
from rowspace.judge.stability import stability

TITLES = [
    "Health", "Spectrum", "Geometry", "Gauge", "Dimension", "Hubness", "Neighbourhood", "Stability",
]  # fmt: skip


def clustered(n: int = 500, d: int = 16, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(12, d)) * np.linspace(3, 1, d)
    return (centres[rng.integers(0, 12, n)] + rng.normal(size=(n, d))).astype(np.float32)


def test_every_block_is_there_and_every_number_has_n_and_a_finite_value() -> None:
    blocks = label_free(clustered(), partner=clustered(40))
    assert [b.title for b in blocks] == TITLES
    for block in blocks:
        for m in block.measures:
            assert m.n > 0 and np.isfinite(m.value), (block.title, m)
            assert m.low is None or m.low <= m.value <= m.high, (block.title, m)  # type: ignore[operator]
            json.dumps(m.to_dict(), allow_nan=False)
    assert any(m.name == "largest change of a score" for m in blocks[3].measures)


def test_shared_passes_give_what_each_measure_gives_alone() -> None:
    x = clustered()
    by_title = {b.title: b for b in label_free(x, seed=3)}
    alone = [
        spectrum(x, seed=3),
        geometry(x, seed=3),
        compressions(x, seed=3),
        stability(x, seed=3),
        hubness(nearest_neighbours(x, 20), k=10),
    ]
    for block in alone:
        for m in block.measures:
            same = by_title[block.title][m.name]
            assert same.value == pytest.approx(m.value, rel=1e-6), (block.title, m.name)
            if m.low is not None:
                assert same.low == pytest.approx(m.low, rel=1e-5, abs=1e-9)


def test_the_whole_is_the_same_again_and_with_any_number_of_threads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    x = clustered(900)
    found = []
    for threads in ("1", "2"):
        monkeypatch.setenv("ROWSPACE_THREADS", threads)
        found.append([b.measures for b in label_free(x, seed=2)])
    assert found[0] == found[1]
    assert found[0] != [b.measures for b in label_free(x, seed=3)]


def test_broken_rows_are_left_out_and_hubs_keep_their_positions() -> None:
    x = clustered(300)
    bad = np.vstack([np.full((1, 16), np.nan), np.zeros((1, 16)), x[:5], x]).astype(np.float32)
    clean, dirty = label_free(x), label_free(bad)
    assert dirty[0]["copies of earlier rows"].value == 5
    assert dirty[1]["RankMe"].n == 300
    rows = dirty[0].series["usable"]
    hubs = dirty[5].series["hubs"]
    assert set(hubs) <= set(rows)
    back = [np.flatnonzero((x == bad[h]).all(axis=1))[0] for h in hubs]
    # The rows come in another order, so equal counts may be listed in another one.
    counts = clean[5].series["counts"]
    assert np.array_equal(counts[back], clean[5].series["hub counts"])
    assert f"Row {hubs[0]} " in dirty[5]["largest hub"].note


def test_hubness_is_compared_with_noise_at_a_size_that_both_have(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("rowspace.judge.label_free._NOISE_ROWS", 200)
    block = label_free(clustered(500))[5]
    names = [m.name for m in block.measures]
    assert names[:3] == [
        "skewness of N_10",
        "skewness of N_10, 200 rows",
        "skewness of N_10, 200 rows, centred",
    ]
    assert "Gaussian of the same shape" not in block.measures[0].reference
    assert block.measures[1].n == 200
    whole = label_free(clustered(150))[5]
    assert "Gaussian of the same shape" in whole["skewness of N_10"].reference
    assert whole.measures[1].name == "skewness of N_10 after centring"


def test_of_very_many_rows_a_sample_is_judged_and_the_first_block_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("rowspace.judge.label_free._MOST", 200)
    blocks = label_free(clustered(450))
    assert "random sample" in blocks[0]["rows judged below"].note
    assert blocks[1]["RankMe"].n == blocks[5]["largest hub"].n == 200
    hubs = blocks[5].series["hubs"]
    assert hubs.max() >= 200 and len(np.unique(hubs)) == len(hubs)
    assert len(label_free(clustered(200))[0].measures) == len(blocks[0].measures) - 1


def test_few_rows_use_fewer_neighbours() -> None:
    names = [m.name for m in label_free(np.random.default_rng(0).normal(size=(5, 3)))[3].measures]
    assert names[0].startswith("top-4 kept")


@pytest.mark.parametrize(
    "x",
    [
        np.random.default_rng(0).normal(size=(3, 2)),
        np.random.default_rng(0).normal(size=(4, 1)),
        np.random.default_rng(0).normal(size=(12, 300)),
        np.random.default_rng(0).normal(size=(60, 5)) * [1, 0, 0, 1, 1],
        np.random.default_rng(0).integers(0, 2, (200, 5)),
        np.random.default_rng(0).normal(size=(50, 4)).astype(np.float16),
        1e-25 * np.random.default_rng(0).normal(size=(50, 4)),
        1e25 * np.random.default_rng(0).normal(size=(50, 4)),
        np.arange(1.0, 40)[:, None] * np.ones(3),
        1 + 1e-6 * np.random.default_rng(0).normal(size=(50, 4)),
    ],
)
def test_awkward_tables_give_every_block(x: np.ndarray) -> None:
    blocks = label_free(x)
    assert [b.title for b in blocks] == TITLES
    for block in blocks:
        for m in block.measures:
            assert np.isfinite(m.value) or m.note, (block.title, m)


@pytest.mark.parametrize("x", [np.zeros((9, 2)), np.ones((9, 2)), np.full((4, 2), np.nan), [[1.0]]])
def test_nothing_to_compare_gives_health_only(x: np.ndarray) -> None:
    assert [b.title for b in label_free(x)] == ["Health"]


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(InputError, match="k is 0"):
        label_free(clustered(), k=0)
    with pytest.raises(InputError, match="16 columns"):
        label_free(clustered(), partner=np.ones((3, 4)))
    with pytest.raises(InputError, match="table of numbers"):
        label_free([1.0, 2.0])

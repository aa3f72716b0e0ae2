from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rowspace.errors import InputError
from rowspace.judge.kernels.neighbours import distances, merge_columns, merge_rows, places
from rowspace.judge.neighbours import kept, nearest_neighbours, neighbours_of, scoring


def slow(x: np.ndarray, k: int, metric: str) -> tuple[np.ndarray, np.ndarray]:
    x = x.astype(np.float64)
    if metric == "cosine":
        x = x / np.linalg.norm(x, axis=1, keepdims=True)
    d = np.linalg.norm(x[:, None] - x[None], axis=2)
    np.fill_diagonal(d, np.inf)
    order = np.argsort(d, axis=1, kind="stable")[:, :k]
    return order, np.take_along_axis(d, order, axis=1)


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
@pytest.mark.parametrize(("n", "d", "k"), [(2, 1, 1), (50, 3, 49), (700, 17, 15), (1300, 5, 4)])
def test_neighbours_are_those_of_the_full_distance_matrix(
    metric: str, n: int, d: int, k: int
) -> None:
    x = np.random.default_rng(0).normal(3, 1, (n, d)).astype(np.float32)
    found = nearest_neighbours(x, k, metric=metric)  # type: ignore[arg-type]
    order, far = slow(x, k, metric)
    assert np.allclose(found.distances, far, rtol=1e-5, atol=1e-6)
    if not (metric == "cosine" and d < 4):  # directions in a plane crowd below float32
        assert (found.positions == order).mean() > 0.999


def test_tiles_and_both_ways_of_reading_them_give_every_pair(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    x = np.random.default_rng(0).normal(size=(333, 8)).astype(np.float32)
    whole = nearest_neighbours(x, 12)
    monkeypatch.setattr("rowspace.judge.neighbours._TILE", 50)
    assert np.array_equal(nearest_neighbours(x, 12).positions, whole.positions)


def test_the_result_does_not_depend_on_the_number_of_threads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(0)
    x = np.repeat(rng.normal(size=(900, 9)), 3, axis=0).astype(np.float32)  # ties everywhere
    found = []
    for threads in ("1", "2", "5"):
        monkeypatch.setenv("ROWSPACE_THREADS", threads)
        found.append(nearest_neighbours(x, 7, metric="euclidean"))
    assert all(np.array_equal(f.positions, found[0].positions) for f in found)
    assert all(np.array_equal(f.distances, found[0].distances) for f in found)


def test_of_equally_near_rows_the_first_come_first() -> None:
    x = np.array([[0, 1], [1, 0], [1, 0], [1, 0], [0, 1]], np.float32)
    found = nearest_neighbours(x, 2)
    assert found.positions.tolist() == [[4, 1], [2, 3], [1, 3], [1, 2], [0, 1]]
    assert np.array_equal(found.distances[1], [0, 0])


def test_close_pairs_far_from_the_origin_keep_their_exact_distance() -> None:
    x = np.array([[1000.0], [1000.25], [1001.0], [2000.0]], np.float32)
    found = nearest_neighbours(x, 1, metric="euclidean")
    assert found.distances.ravel().tolist() == [0.25, 0.25, 0.75, 999.0]


def test_numbers_near_the_end_of_float32_do_not_overflow() -> None:
    x = np.array([[1e19, 0], [2e19, 0], [5e19, 1e19]], np.float32)
    assert nearest_neighbours(x, 1, metric="euclidean").positions.ravel().tolist() == [1, 0, 1]


@pytest.mark.parametrize("k", [0, 3, -1])
def test_more_neighbours_than_there_are_others_are_refused(k: int) -> None:
    with pytest.raises(InputError, match=r"of each of 3 rows.*from 1 to 2"):
        nearest_neighbours(np.eye(3), k)


def test_one_row_has_no_neighbours_and_zero_rows_no_direction() -> None:
    with pytest.raises(InputError, match="from 1 to 0"):
        nearest_neighbours([[1.0]], 1)
    with pytest.raises(InputError, match="zero"):
        nearest_neighbours([[1.0], [0.0]], 1)
    with pytest.raises(InputError, match="metric"):
        nearest_neighbours(np.eye(3), 1, metric="manhattan")  # type: ignore[arg-type]


def test_queries_find_the_largest_products_with_their_own_row_left_out() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2500, 6)).astype(np.float32)
    own = np.array([3, 2400, 77, 9])
    scale = rng.random((2, 2500)).astype(np.float32)
    found = neighbours_of(x[own], x, 5, own=own, scale=scale)
    scores = (x[own] @ x.T) * np.repeat(scale, 2, axis=0)
    scores[np.arange(4), own] = -np.inf
    assert np.array_equal(found, np.argsort(-scores, axis=1, kind="stable")[:, :5])


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10_000), st.integers(1, 40), st.integers(1, 90), st.integers(1, 8))
def test_the_kernels_equal_their_slow_twins(seed: int, b: int, c: int, k: int) -> None:
    rng = np.random.default_rng(seed)
    tile = rng.integers(-3, 4, (b, c)).astype(np.float32)
    big = np.iinfo(np.int32).max

    def best(scores: np.ndarray) -> np.ndarray:
        order = np.lexsort((np.arange(len(scores)), -scores))
        order = order[scores[order] > -np.inf][:k]
        return np.concatenate([order, np.full(k - len(order), big)])

    by_row = np.full((b, k), big, np.int32), np.full((b, k), -np.inf, np.float32)
    own = rng.integers(-1, c, b)
    half = c // 2
    copy = tile.copy()
    # The later half first: lists must not depend on the order of tiles.
    merge_rows(copy[:, half:], half, own, *by_row)
    merge_rows(copy[:, :half], 0, own, *by_row)
    without = tile.copy()
    without[np.flatnonzero(own >= 0), own[own >= 0]] = -np.inf
    assert np.array_equal(by_row[0], [best(line) for line in without])
    by_col = np.full((c, k), big, np.int32), np.full((c, k), -np.inf, np.float32)
    floors = np.full(c, -np.inf, np.float32)
    merge_columns(tile, 0, *by_col, floors)
    assert np.array_equal(by_col[0], [best(line) for line in tile.T])
    assert np.array_equal(floors, by_col[1][:, -1])
    asked = rng.integers(0, c, (b, k)).astype(np.int32)
    out = np.empty((b, k), np.int64)
    places(tile, asked, out)
    order = [np.lexsort((np.arange(c), -line)) for line in tile]
    assert np.array_equal(
        out, [[list(o).index(a) + 1 for a in row] for o, row in zip(order, asked)]
    )


def test_lists_are_sorted_by_their_exact_distances() -> None:
    x = np.random.default_rng(0).normal(size=(30, 7)).astype(np.float32)
    lists = np.argsort(np.random.default_rng(1).random((30, 30)), axis=1)[:, :6].astype(np.int32)
    wanted = np.linalg.norm(x[:, None].astype(float) - x[lists], axis=2)
    out = np.empty((30, 6))
    distances(0, 30, x, lists, out)
    assert np.allclose(out, np.sort(wanted, axis=1), rtol=1e-6)
    assert np.allclose(out, np.linalg.norm(x[:, None].astype(float) - x[lists], axis=2), rtol=1e-6)


def test_shared_entries_are_counted_whatever_their_order() -> None:
    rng = np.random.default_rng(0)
    a, b = (np.argsort(rng.random((40, 25)), axis=1)[:, :9].astype(np.int32) for _ in range(2))
    assert kept(a, b).tolist() == [len(set(p) & set(q)) for p, q in zip(a, b)]


def test_scores_of_centred_rows_are_their_squared_distances() -> None:
    x = np.random.default_rng(0).normal(50, 1, (20, 4)).astype(np.float32)
    left, right = scoring(x, "euclidean")
    d = np.linalg.norm(x[:, None] - x[None], axis=2) ** 2
    ratio = (left @ right.T)[0, 1:] / d[0, 1:]
    assert np.allclose(ratio, ratio[0], rtol=1e-4) and ratio[0] < 0

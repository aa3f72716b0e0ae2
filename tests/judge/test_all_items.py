"""All-item ranking against a full sort, and the recommendation protocol against plain loops."""

from __future__ import annotations

import math
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from rowspace.errors import InputError
from rowspace.judge import all_items
from rowspace.judge.all_items import recommendation, top_items
from rowspace.judge.ranking import ranking_metrics
from rowspace.judge.runs import Qrels, Run


def full_sort(rows, cols, k, seen):
    """The same by sorting everything; whole numbers, so that scores are exact."""
    items = np.full((len(rows), k), -1)
    scores = np.full((len(rows), k), -np.inf)
    counts = np.zeros(len(rows), int)
    for r, row in enumerate(rows):
        left_out = set() if seen is None else set(seen.indices[seen.indptr[r] : seen.indptr[r + 1]])
        order = sorted((-float(row @ col), c) for c, col in enumerate(cols) if c not in left_out)[
            :k
        ]
        counts[r] = len(order)
        for j, (score, c) in enumerate(order):
            items[r, j], scores[r, j] = c, -score
    return items, scores, counts


def assert_same(found, expected):
    for a, b in zip(found, expected):
        np.testing.assert_array_equal(a, b)


@settings(deadline=None, max_examples=30)
@given(
    st.integers(1, 12), st.integers(1, 40), st.integers(1, 45), st.integers(1, 5), st.integers(0, 9)
)
def test_the_best_equal_a_full_sort(n, m, k, block, seed):
    rng = np.random.default_rng(seed)
    rows, cols = rng.integers(-2, 3, (n, 2)), rng.integers(-2, 3, (m, 2))
    seen = csr_array((rng.random((n, m)) < 0.3).astype(np.float32))
    assert_same(top_items(rows, cols, k, seen=seen, block=block), full_sort(rows, cols, k, seen))
    assert_same(top_items(rows, cols, k, block=block), full_sort(rows, cols, k, None))


@pytest.mark.parametrize("k", [1, 20, 300])
def test_tiles_of_columns_join_without_a_seam(k):
    rng = np.random.default_rng(0)
    m = 2 * all_items._TILE + 37
    rows, cols = rng.integers(-5, 6, (9, 4)), rng.integers(-5, 6, (m, 4))
    seen = csr_array((rng.random((9, m)) < 0.1).astype(np.float32))
    assert_same(top_items(rows, cols, k, seen=seen), full_sort(rows, cols, k, seen))


def test_rows_that_have_seen_nearly_all_are_marked_by_their_count():
    seen = csr_array(np.array([[1, 1, 1], [1, 0, 1], [0, 0, 0]]))
    items, scores, counts = top_items(np.ones((3, 1)), np.ones((3, 1)), 2, seen=seen)
    assert counts.tolist() == [0, 1, 2]
    assert items.tolist() == [[-1, -1], [1, -1], [0, 1]]
    assert scores[0, 0] == -np.inf
    assert (items.dtype, scores.dtype, counts.dtype) == (np.int32, np.float32, np.int64)


def test_stored_zeros_and_unsorted_cells_count_as_seen():
    seen = csr_array((np.zeros(2), np.array([2, 0]), np.array([0, 2])), shape=(1, 3))
    items, _, counts = top_items([[1.0]], [[3.0], [1.0], [2.0]], 3, seen=seen)
    assert (items[0, 0], counts[0]) == (1, 1)
    assert seen.indices.tolist() == [2, 0]


def test_the_number_of_threads_and_the_block_change_nothing(monkeypatch):
    rng = np.random.default_rng(1)
    rows = rng.standard_normal((700, 33)).astype(np.float32)
    cols = rng.standard_normal((1500, 33)).astype(np.float32)
    got = []
    for threads in "12":
        monkeypatch.setenv("ROWSPACE_THREADS", threads)
        got.append(top_items(rows, cols, 10))
    assert_same(*got)


def test_rows_times_items_are_never_held():
    rows, cols = np.ones((3000, 8), np.float32), np.ones((9000, 8), np.float32)
    top_items(rows[:2], cols, 5)
    tracemalloc.start()
    top_items(rows, cols, 5)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3000 * 9000 * 4 / 20


def test_nothing_to_rank_gives_nothing():
    items, _, counts = top_items(np.empty((0, 2)), np.ones((3, 2)), 2)
    assert items.shape == (0, 2)
    items, _, counts = top_items(np.ones((2, 2)), np.empty((0, 2)), 2)
    assert (items.tolist(), counts.tolist()) == ([[-1, -1]] * 2, [0, 0])


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: top_items([[1.0]], [[1.0]], 0), "k is 0"),
        (lambda: top_items([[1.0]], [[1.0]], 1, block=0), "block is 0"),
        (lambda: top_items([[1.0]], [[1.0, 2.0]], 1), "1 dimensions and cols 2"),
        (lambda: top_items([1.0], [[1.0]], 1), "table of vectors"),
        (lambda: top_items([[1.0]], [[1.0], [np.nan]], 1), "1 of the 2 vectors in cols"),
        (lambda: top_items([[1.0]], [[1.0]], 1, seen=csr_array((2, 2))), "sparse matrix of 1 x 1"),
        (lambda: top_items([[1.0]], [[1.0]], 1, seen=np.ones((1, 1))), "sparse matrix"),
    ],
)
def test_bad_arguments_of_top_items_are_refused(call, says):
    with pytest.raises(InputError, match=says):
        call()


def world(seed, n=40, m=60, d=3):
    """Vectors of whole numbers (many ties, some zero rows) and a split without overlap."""
    rng = np.random.default_rng(seed)
    rows, cols = rng.integers(-1, 2, (n, d)), rng.integers(-1, 2, (m, d))
    rows[:5] = 0
    kind = rng.random((n, m))
    test = (kind > 0.93) & (np.arange(n)[:, None] % 7 > 0)
    return (
        rows,
        cols,
        csr_array((kind < 0.1).astype(np.float32)),
        csr_array(test.astype(np.float32)),
    )


def test_the_protocol_equals_metrics_of_complete_rankings():
    metrics = ["recall@20", "ndcg@20", "precision@3", "mrr@5", "map@20", "hit@1"]
    for seed in range(3):
        rows, cols, train, test = world(seed)
        found = recommendation(rows, cols, train, test, metrics=metrics)
        scores = (rows @ cols.T).astype(np.float32)
        left = train.toarray() == 0
        complete = Run(np.cumsum([0, *left.sum(axis=1)]), np.nonzero(left)[1], scores[left])
        expected = ranking_metrics(complete, Qrels(test.indptr, test.indices), metrics)
        np.testing.assert_allclose(found.values.values, expected.values, atol=1e-12)
        np.testing.assert_array_equal(found.values.counted, np.diff(test.indptr) > 0)


def test_tied_rows_are_scored_in_parts_that_fit_memory(monkeypatch):
    rows, cols, train, test = world(4)
    whole = recommendation(rows, cols, train, test).values.values
    monkeypatch.setattr(all_items, "_WHOLE_SCORES", 100)
    np.testing.assert_array_equal(recommendation(rows, cols, train, test).values.values, whole)


def test_a_zero_vector_recommends_at_random():
    _, cols, train, test = world(5)
    found = recommendation(np.zeros((40, 3)), cols, train, test, metrics=["recall@20"])
    chance = 20 / (60 - np.diff(train.indptr))
    counted = found.values.counted
    np.testing.assert_allclose(found.values.values[counted, 0], chance[counted])


def test_the_reference_is_what_popular_items_reach():
    rows, cols, train, test = world(6)
    measure = recommendation(rows, cols, train, test, metrics=["recall@5"]).measures(seed=3)[0]
    popularity = np.bincount(train.indices, minlength=60)
    recalls = []
    for u in np.flatnonzero(np.diff(test.indptr)):
        seen = set(train.indices[train.indptr[u] : train.indptr[u + 1]])
        best = sorted((i for i in range(60) if i not in seen), key=lambda i: (-popularity[i], i))[
            :5
        ]
        wanted = test.indices[test.indptr[u] : test.indptr[u + 1]]
        recalls.append(len(set(best) & set(wanted)) / len(wanted))
    assert measure.reference == {"most popular items": pytest.approx(np.mean(recalls))}
    assert (measure.name, measure.seed, measure.n) == ("Recall@5", 3, len(recalls))
    assert "training items removed" in measure.note
    assert "left out" in measure.note


def test_a_test_set_that_overlaps_training_is_refused_with_the_count_or_cleaned():
    train, test = csr_array([[1, 1, 0, 0]]), csr_array([[1, 0, 0, 1]])
    vectors = np.ones((4, 1))
    with pytest.raises(InputError, match="1 of 2 test cells are in train too"):
        recommendation([[1.0]], vectors, train, test)
    found = recommendation([[1.0]], vectors, train, test, overlap="drop", metrics=["recall@1"])
    assert found.values.means() == {"recall@1": 0.5}
    assert "1 test items that are in training were dropped" in found.note


def test_stored_zeros_of_the_test_are_not_wanted():
    test = csr_array((np.array([0.0, 3.0]), np.array([0, 1]), np.array([0, 2])), shape=(1, 3))
    found = recommendation(
        [[1.0]], [[3.0], [2.0], [1.0]], csr_array((1, 3)), test, metrics=["mrr@3"]
    )
    assert found.values.means() == {"mrr@3": 0.5}


def test_no_user_with_test_items_is_said():
    found = recommendation([[1.0]], [[1.0]], csr_array((1, 1)), csr_array((1, 1)))
    measure = found.measures()[0]
    assert math.isnan(measure.value)
    assert "no query counts" in measure.note


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"metrics": ["ndcg"]}, "metrics with a cut-off"),
        ({"metrics": []}, "metrics with a cut-off"),
        ({"overlap": "keep"}, "overlap is 'keep'"),
        ({"test": csr_array([[-1.0]])}, "row 0 and column 0 is -1"),
        ({"test": csr_array((1, 2))}, "test must be a sparse matrix of 1 x 1"),
        ({"rows": [[np.inf]]}, "vectors in rows"),
    ],
)
def test_bad_arguments_of_the_protocol_are_refused(options, says):
    given = {
        "rows": [[1.0]],
        "cols": [[1.0]],
        "train": csr_array((1, 1)),
        "test": csr_array((1, 1)),
    }
    with pytest.raises(InputError, match=says):
        recommendation(**(given | options))

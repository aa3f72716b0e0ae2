"""A side finds its nearest rows as plain NumPy would, by the user's own ids."""

import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from rowspace.errors import InputError, UnknownIdError
from rowspace.space.space import Space
from rowspace.space.vector import Vector


def words(vectors, table=None):
    ids = [f"w{i}" for i in range(len(vectors))]
    tables = None if table is None else {"word": table}
    return Space.from_vectors({"word": (ids, vectors)}, tables=tables)["word"]


def slow_near(vectors, query, k, metric, allowed=None):
    """Positions of the k best by exact arithmetic, ties by position."""
    scores = []
    for i, v in enumerate(vectors):
        if allowed is not None and i not in allowed:
            continue
        score = sum(int(a) * int(b) for a, b in zip(v, query))
        if metric == "cosine":
            lengths = sum(int(a) ** 2 for a in v) * sum(int(b) ** 2 for b in query)
            score = score / lengths**0.5 if lengths else 0.0
        scores.append((-round(score, 5), i))
    return [i for _, i in sorted(scores)[:k]], sorted(-s for s, _ in scores)


SMALL = hnp.arrays(np.int64, st.tuples(st.integers(1, 30), st.just(3)), elements=st.integers(-2, 2))


@given(SMALL, st.lists(st.integers(-2, 2), min_size=3, max_size=3), st.integers(1, 40), st.data())
@settings(deadline=None, max_examples=30)
def test_near_is_the_slow_obvious_search(vectors, query, k, data):
    side = words(vectors)
    allowed = data.draw(st.none() | st.sets(st.integers(0, len(vectors) - 1)))
    names = None if allowed is None else [f"w{i}" for i in allowed]
    hits = side.near(np.array(query), k=k, metric="dot", filter=names)
    expected, _ = slow_near(vectors, query, k, "dot", allowed)
    assert hits.ids == [f"w{i}" for i in expected]
    hits = side.near(np.array(query), k=k, filter=names)
    best, _ = slow_near(vectors, query, k, "cosine", allowed)
    exact = [slow_near([vectors[i]], query, 1, "cosine")[1][0] for i in best]
    np.testing.assert_allclose(hits.scores, exact, atol=1e-5)


def test_an_id_is_not_its_own_neighbour_but_its_vector_is():
    side = words([[1, 0], [1, 0], [0, 1]])
    assert side.near("w1", k=2).ids == ["w0", "w2"]
    assert side.near(side["w1"], k=2).ids == ["w0", "w1"]
    assert side.near("w1", filter=["w1", "w2"]).ids == ["w2"]
    assert side.near("w1", filter=["w1"]).ids == []


def test_equal_scores_come_in_the_order_of_the_rows():
    side = words(np.tile([[1.5, 2.5]], (100, 1)))
    assert side.near([1, 1], k=4).ids == ["w0", "w1", "w2", "w3"]
    assert side.near("w2", k=3, metric="dot").ids == ["w0", "w1", "w3"]


def test_k_results_after_filtering_or_fewer_only_if_there_are_fewer():
    table = pa.table({"even": [i % 2 == 0 for i in range(10)]})
    side = words(np.arange(20).reshape(10, 2), table)
    assert len(side.near([1, 1], k=5, filter={"even": True})) == 5
    assert len(side.near([1, 1], k=9, filter={"even": True})) == 5
    assert len(side.near([1, 1], k=99)) == 10
    assert len(side.near("w0", k=99)) == 9
    assert len(side.near("w0", k=np.int64(3))) == 3


def test_a_vector_of_zeros_has_cosine_zero_with_everything():
    side = words([[0, 0], [1, 0], [-1, 0]])
    assert list(side.near([1, 0])) == [("w1", 1.0), ("w0", 0.0), ("w2", -1.0)]
    assert list(side.near([0, 0])) == [("w0", 0.0), ("w1", 0.0), ("w2", 0.0)]


def test_a_cosine_is_never_beyond_one():
    rng = np.random.default_rng(0)
    side = words(rng.standard_normal((300, 7)))
    assert max(side.near(v, k=1).scores[0] for v in side.vectors) <= 1


def test_an_empty_side_finds_nothing():
    side = Space.from_vectors({"word": ([], np.empty((0, 3)))})["word"]
    assert len(side) == 0 and side.near([1, 2, 3]).ids == []
    assert side.vectors.shape == (0, 3) and side.to_arrow().num_rows == 0


@pytest.mark.parametrize("k", [0, -1, 2.0, True, "3", None])
def test_k_is_a_whole_number_of_at_least_one(k):
    with pytest.raises(InputError, match=r"k is .*, but a whole number of at least 1"):
        words([[1, 2]]).near("w0", k=k)


def test_unknown_ids_metrics_and_wrong_vectors_are_refused():
    side = words([[1, 2], [3, 4]])
    with pytest.raises(UnknownIdError, match="no row 'w' on side 'word' of this space; nearest"):
        side["w"]
    with pytest.raises(UnknownIdError, match="no row 7"):
        side.near(7)
    with pytest.raises(InputError, match="metric is 'l2', but 'cosine' or 'dot'"):
        side.near("w0", metric="l2")
    with pytest.raises(InputError, match="has 3 numbers"):
        side.near([1, 2, 3])
    with pytest.raises(InputError, match="nan"):
        side.near([1, np.nan])
    with pytest.raises(InputError, match="dimensions are unrelated"):
        side.near(words([[5, 6]])["w0"])


def test_a_vector_is_a_labelled_copy_and_the_vectors_are_read_only():
    side = words([[1, 2], [3, 4]])
    vector = side["w1"]
    assert isinstance(vector, Vector) and vector.encoder == side.encoder
    vector[0] = 9
    assert side["w1"].tolist() == [3, 4]
    with pytest.raises(ValueError, match="read-only"):
        side.vectors[0, 0] = 1
    own = side.to_numpy()
    own[0, 0] = 7
    assert side.vectors[0, 0] == 1


def test_vectors_leave_as_arrow_and_pandas_with_their_ids():
    side = words([[1, 2], [3, 4]], pa.table({"n": [5, 6]}))
    assert side.to_arrow().to_pylist() == [
        {"id": "w0", "n": 5, "vector": [1.0, 2.0]},
        {"id": "w1", "n": 6, "vector": [3.0, 4.0]},
    ]
    frame = side.to_pandas()
    assert frame.loc["w1"].tolist() == [3, 4] and frame.index.name == "word"
    assert (frame.dtypes == np.float32).all()


def test_without_pandas_a_sentence_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(InputError, match="pip install pandas"):
        words([[1, 2]]).to_pandas()


def test_two_threads_search_at_once_and_find_the_same():
    rng = np.random.default_rng(3)
    side = words(rng.standard_normal((70_000, 64), np.float32))  # enough for threads of its own
    expected = [side.near(f"w{i}", k=5).ids for i in range(10)]
    fresh = words(side.vectors)
    with ThreadPoolExecutor(2) as pool:
        for _ in range(3):
            found = list(pool.map(lambda i: fresh.near(f"w{i}", k=5).ids, range(10)))
            assert found == expected

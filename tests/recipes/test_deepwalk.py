"""Streams that are no text: walks that are made as they are read, and histories."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.sparse import csr_array

import rowspace as rs
from rowspace.errors import UnsupportedError
from rowspace.observe.stream import Events, WalkStream


@pytest.fixture(scope="module")
def graph():
    """Two groups of 20 nodes with few links between them; node 40 has none."""
    rng = np.random.default_rng(0)
    same = (np.arange(41)[:, None] < 20) == (np.arange(41)[None] < 20)
    a = np.triu(rng.random((41, 41)) < np.where(same, 0.4, 0.02), 1)
    a[40] = a[:, 40] = False
    return rs.Observations.from_matrix(
        csr_array((a | a.T).astype(np.float32)), rows="node", cols="neighbor"
    )


@pytest.mark.parametrize(("name", "more"), [("deepwalk", {}), ("node2vec", {"q": 0.25})])
def test_groups_come_together_and_one_thread_repeats(name, more, graph, monkeypatch):
    monkeypatch.setenv("ROWSPACE_THREADS", "1")
    options = {"dim": 8, "walks": 10, "length": 20, "window": 3, "rate": 0.05, **more}
    one, two = (rs.fit(graph, name, **options) for _ in range(2))
    x = np.asarray(one["node"].vectors)
    assert (x == np.asarray(two["node"].vectors)).all()
    unit = x[:40] / np.linalg.norm(x[:40], axis=1, keepdims=True)
    cosine = unit @ unit.T
    same = (np.arange(40)[:, None] < 20) == (np.arange(40)[None] < 20)
    assert cosine[same].mean() > cosine[~same].mean() + 0.35


def test_walks_are_new_in_every_epoch_follow_links_and_repeat(graph):
    stream = WalkStream(per_node=3, length=10, seed=2).apply(graph)[0].cells
    first, again, second = (np.concatenate(list(stream.parts(epoch))) for epoch in (0, 0, 1))
    assert (first == again).all() and not np.array_equal(first, second)
    linked = graph.cells.toarray() > 0
    steps = [(a, b) for a, b in pairwise(first) if a >= 0 and b >= 0]
    assert all(linked[a, b] for a, b in steps) and 40 not in first
    starts = first[np.flatnonzero(np.concatenate(([True], first[:-1] < 0)))]
    assert np.bincount(starts[starts >= 0], minlength=41).tolist() == [3] * 40 + [0]


def test_few_walks_are_in_memory_at_a_time(graph, monkeypatch):
    monkeypatch.setattr("rowspace.observe.stream._AT_ONCE", 200)
    stream = WalkStream(per_node=3, length=10, seed=2).apply(graph)[0].cells
    parts = list(stream.parts(0))
    assert len(parts) > 5 and max(map(len, parts)) < 400
    assert sum((part >= 0).sum() for part in parts) == 3 * 10 * 40


def test_histories_are_read_in_the_order_of_time():
    obs = rs.read(
        {"u": ["a", "a", "a", "b"], "i": ["x", "y", "z", "y"], "t": [3, 1, 2, 5]},
        "u", "i", time="t",
    )  # fmt: skip
    numbers = Events().apply(obs)[0].cells.numbers
    names = [list(obs.cols.ids)[n] if n >= 0 else "." for n in numbers]
    assert "".join(names) == "yzx.y."


def test_what_is_bought_next_is_found_by_the_product_of_both_sides():
    rng = np.random.default_rng(0)
    told = {"u": [], "i": [], "t": []}
    for user in range(600):
        begin = int(rng.integers(0, 12))
        for step in range(4):  # items in a circle, one after the other
            told["u"].append(user)
            told["i"].append(f"i{(begin + step) % 12}")
            told["t"].append(step)
    space = rs.fit(
        rs.read(told, "u", "i", time="t"), "prod2vec", dim=8, window=1, after=True, rate=0.1
    )
    ids = list(space["i"].ids)
    s = space["i"].vectors @ space["context"].vectors.T
    best = [ids[int(np.argmax(s[ids.index(f"i{k}")]))] for k in range(12)]
    assert sum(found == f"i{(k + 1) % 12}" for k, found in enumerate(best)) >= 11


def test_what_cannot_walk_is_told():
    two = rs.read({"u": ["a", "b"], "i": ["x", "y"]}, "u", "i")
    with pytest.raises(UnsupportedError, match="WalkStream"):
        rs.fit(two, "deepwalk")
    dense = rs.Observations.from_matrix(np.ones((2, 2)), rows="u", cols="i")
    with pytest.raises(UnsupportedError, match="every cell was"):
        rs.fit(dense, "prod2vec")

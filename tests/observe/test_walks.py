"""Walks go where the links and their bias send them, and are counted as they stand."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.sparse import csr_array

from rowspace.errors import InputError, UnsupportedError
from rowspace.observe.proximity import Proximity
from rowspace.observe.walks import Walks, random_walks, walk_counts

from .graph_data import bipartite, dense, directed, observed, undirected

# 0 and 1 and 2 are a triangle, 3 and 4 hang on 2, 3 - 4 are linked by a heavy link.
SMALL = np.array(
    [
        [0, 1, 2, 0, 0],
        [1, 0, 1, 0, 0],
        [2, 1, 0, 1, 1],
        [0, 0, 1, 0, 5],
        [0, 0, 1, 5, 0],
    ],
    float,
)


def shares(a, p, q, seed=0):
    """How often (u, v) was followed by x, among 20,000 walks of three nodes from each node."""
    walks = random_walks(csr_array(a), np.full(len(a), 20000), 3, p, q, seed)
    seen = np.zeros((len(a),) * 3)
    np.add.at(seen, tuple(walks[:, :3].T), 1)
    return seen


@pytest.mark.parametrize(("p", "q"), [(1.0, 1.0), (0.25, 4.0), (4.0, 0.5)])
@pytest.mark.parametrize("weighted", [True, False])
def test_steps_have_the_probabilities_of_node2vec(p, q, weighted):
    a = SMALL if weighted else (SMALL > 0).astype(float)
    seen = shares(a, p, q)
    for u in range(5):
        first = a[u] / a[u].sum()
        np.testing.assert_allclose(seen[u].sum(axis=1) / 20000, first, atol=0.015)
        for v in np.flatnonzero(a[u]):
            bias = np.where(np.arange(5) == u, 1 / p, np.where(a[u] > 0, 1, 1 / q))
            expected = a[v] * bias / (a[v] * bias).sum()
            n = seen[u, v].sum()
            np.testing.assert_allclose(seen[u, v] / n, expected, atol=3 / np.sqrt(n) + 0.002)


def counted(walks, n, window):
    out = np.zeros((n, n))
    for walk in walks.tolist():
        nodes = walk[: walk.index(-1)]
        for i, v in enumerate(nodes):
            for w in nodes[i + 1 : i + 1 + window]:
                out[v, w] += 1
    return out


@pytest.mark.parametrize("a", [undirected(), directed()], ids=["undirected", "directed"])
def test_pairs_are_counted_as_they_stand(a):
    walks = random_walks(csr_array(a), np.full(len(a), 3), 7, seed=5)
    for window in (1, 3, 10):
        counts = walk_counts(walks, len(a), window)
        np.testing.assert_array_equal(counts.toarray(), counted(walks, len(a), window))
        assert counts.has_sorted_indices


def test_walks_follow_links_and_end_where_there_are_none():
    a = directed()
    walks = random_walks(csr_array(a), np.full(len(a), 4), 9)
    for walk in walks.tolist():
        nodes = walk[: walk.index(-1)]
        assert all(a[u, v] > 0 for u, v in pairwise(nodes))
        assert len(nodes) == 9 or not a[nodes[-1]].any()
    assert not (walks[:, 0] == 3).any()  # it links to nothing


def test_counts_estimate_the_proximity_of_walks():
    a = undirected()
    counts = dense(Walks(per_node=500, length=40, window=2).apply(observed(a))[0])
    ratio = np.divide(counts * counts.sum(), np.outer(counts.sum(axis=1), counts.sum(axis=0)),
                      out=np.zeros_like(counts), where=counts > 0)  # fmt: skip
    # Walks begin everywhere alike, so only after some steps are they in proportion to degrees.
    exact = dense(Proximity(window=2).apply(observed(a))[0])
    assert np.corrcoef(ratio.ravel(), exact.ravel())[0, 1] > 0.97


def test_only_pairs_of_a_row_and_a_column_are_counted_in_bipartite_graphs():
    counts = dense(Walks(per_node=50, length=6, window=1).apply(observed(bipartite()))[0])
    np.testing.assert_array_equal(counts > 0, bipartite() > 0)


def test_the_fringe_begins_fewer_walks():
    clique_with_tail = np.zeros((12, 12))
    clique_with_tail[:6, :6] = 1 - np.eye(6)
    for i in range(5, 11):
        clique_with_tail[i, i + 1] = clique_with_tail[i + 1, i] = 1
    few, many = (
        dense(Walks(per_node=20, length=2, window=1, paced=p).apply(observed(clique_with_tail))[0])
        for p in (True, False)
    )
    assert many.sum() == 2 * 12 * 20 and few.sum() == 2 * (6 * 20 + 6 * 4)


def test_walks_are_the_same_on_any_number_of_threads_and_differ_by_seed(monkeypatch):
    a, found = csr_array(undirected(1200).astype(np.float32)), []
    for threads, seed in (("1", 3), ("2", 3), ("2", 4)):
        monkeypatch.setenv("ROWSPACE_THREADS", threads)
        found.append(random_walks(a, np.full(1200, 2), 10, 0.5, 2.0, seed))
    np.testing.assert_array_equal(found[0], found[1])
    assert (found[1] != found[2]).any()


def test_a_graph_without_links_has_no_walks():
    assert not dense(Walks().apply(observed(np.zeros((3, 3))))[0]).any()


def test_what_means_nothing_is_refused():
    for options, message in (
        ({"per_node": 0}, "Walks.per_node is 0, but a whole number of at least 1"),
        ({"length": 1}, "Walks.length is 1, but a whole number of at least 2"),
        ({"window": 1.5}, "Walks.window is 1.5"),
        ({"p": 0}, "Walks.p is 0, but a number above 0"),
    ):
        with pytest.raises(InputError, match=message):
            Walks(**options)
    with pytest.raises(UnsupportedError, match=r"no walk of training passed .* use netmf"):
        Walks().new_row({}, "rows", np.array([0]), np.ones(1, np.float32))

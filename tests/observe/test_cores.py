"""Core numbers equal those of peeling by hand, and a core is spread by means of neighbours."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from rowspace.errors import InputError, UnsupportedError
from rowspace.observe.cores import Core, core_numbers, simple
from rowspace.observe.nonlinear import Nonlinear
from rowspace.observe.proximity import Proximity

from .graph_data import bipartite, dense, observed


def peeled(a):
    """Take away all nodes of fewer than k neighbours, again and again, for growing k."""
    a = ((a + a.T) > 0) & ~np.eye(len(a), dtype=bool)
    found, left = np.zeros(len(a), int), np.ones(len(a), bool)
    for k in range(1, len(a)):
        while True:
            weak = left & (a[:, left].sum(axis=1) < k)
            if not weak.any():
                break
            left &= ~weak
        found[left] = k
    return found


@pytest.mark.parametrize("seed", range(8))
def test_core_numbers_are_those_of_peeling(seed):
    rng = np.random.default_rng(seed)
    a = rng.random((40, 40)) < rng.uniform(0.02, 0.2)
    np.testing.assert_array_equal(core_numbers(csr_array(a.astype(float))), peeled(a))


def test_a_graph_without_links_is_all_fringe():
    assert core_numbers(csr_array((3, 3))).tolist() == [0, 0, 0]


def test_a_simple_graph_has_no_loops_weights_or_directions():
    a = np.array([[2.0, 3.0, 0.0], [0.0, 0.0, 0.5], [0.0, 0.0, 0.0]])
    assert simple(csr_array(a)).toarray().tolist() == [[0, 1, 0], [1, 0, 1], [0, 1, 0]]


def fringed(seed=0):
    """A dense core of 20 nodes, trees hung on it, a separate pair, an isolated node."""
    rng = np.random.default_rng(seed)
    n = 45
    a = np.zeros((n, n))
    a[:20, :20] = np.triu(rng.random((20, 20)) < 0.5, 1)
    for v in range(20, 42):
        for u in rng.choice(v, 1 + v % 2, replace=False):
            a[u, v] = 1
    a[42, 43] = 1
    return a + a.T


@pytest.mark.parametrize("k", [2, 4])
def test_the_matrix_of_the_core_is_spread_by_means_of_neighbours(k):
    a = fringed()
    numbers = peeled(a)
    core = np.flatnonzero(numbers >= k)
    inside = observed(a[np.ix_(core, core)])
    for step in (Proximity(window=3), Nonlinear()):
        inside, _ = step.apply(inside)
    w, full = np.zeros((45, len(core))), np.zeros(45, bool)
    w[core, np.arange(len(core))] = 1
    full[core] = True
    for shell in range(k - 1, -1, -1):
        while True:
            coming = ~full & (numbers >= shell) & (a[:, full].sum(axis=1) > 0)
            if not coming.any():
                break
            w[coming] = [w[(a[v] > 0) & full].mean(axis=0) for v in np.flatnonzero(coming)]
            full |= coming
    obs, state = Core(k=k, window=3).apply(observed(a))
    np.testing.assert_allclose(dense(obs), w @ dense(inside) @ w.T, atol=1e-4)
    flipped = obs.cells.rmatmat(np.eye(45, dtype=np.float32))
    np.testing.assert_allclose(flipped, dense(obs).T, atol=1e-4)
    assert state["k"][0] == k and not dense(obs)[42:].any()


def test_a_core_of_all_nodes_is_netmf():
    a = 1 - np.eye(12)
    a[0, 1] = a[1, 0] = 0
    expected = observed(a)
    for step in (Proximity(window=10), Nonlinear()):
        expected, _ = step.apply(expected)
    obs, state = Core(k=10).apply(observed(a))
    np.testing.assert_allclose(dense(obs), dense(expected), atol=1e-6)
    assert state["k"][0] == 10


def test_half_of_the_nodes_stay_by_default():
    a = fringed()
    k = int(Core().apply(observed(a))[1]["k"][0])
    numbers = peeled(a)
    linked = (numbers > 0).sum()
    assert (numbers >= k).sum() >= linked / 2 > (numbers >= k + 1).sum()


def test_what_has_no_core_is_refused():
    with pytest.raises(InputError, match=r"no node is in the 40-core; .* has k=\d+"):
        Core(k=40).apply(observed(fringed()))
    with pytest.raises(UnsupportedError, match="Core is for undirected or directed graphs; this"):
        Core().apply(observed(bipartite()))
    with pytest.raises(InputError, match=r"Core.k is -1"):
        Core(k=-1)
    with pytest.raises(UnsupportedError, match="a new node may change who is in the core; fit"):
        Core().new_row({}, "rows", np.array([0]), np.ones(1, np.float32))
    assert not dense(Core().apply(observed(np.zeros((3, 3))))[0]).any()

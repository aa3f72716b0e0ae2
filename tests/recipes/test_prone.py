"""`prone` is the filter and the information of its paper, for every kind of graph that has them."""

import numpy as np
import pytest
from scipy.special import iv

import rowspace as rs
from rowspace.errors import InputError, UnsupportedError
from rowspace.observe.bandpass import BandPass, information
from rowspace.threads import kernel_threads

from .graph_kinds import KINDS, check_communities, check_grid, check_same_bits, graph


@pytest.mark.parametrize("kind", ["undirected", "weighted", "directed"])
def test_the_information_of_links(kind):
    cells = graph(kind).cells
    a = cells.toarray().astype(np.float64)
    p = a / np.maximum(a.sum(1, keepdims=True), 1e-30)
    q = p.sum(0) ** 0.75
    q /= q.sum()
    with np.errstate(divide="ignore"):
        expected = np.where(a > 0, np.log(p) - np.log(q), 0)
    np.testing.assert_allclose(information(cells).toarray(), expected, atol=1e-5)


@pytest.mark.parametrize("order", [1, 2, 5, 10])
def test_the_filter_is_its_expansion(order):
    cells = graph("weighted").cells
    a = cells.toarray().astype(np.float64) + np.eye(40)
    m = np.eye(40) - a / a.sum(1, keepdims=True) - 0.2 * np.eye(40)
    t = [np.eye(40), m @ m / 2 - np.eye(40)]
    while len(t) < order:
        t.append((m @ m - 2 * np.eye(40)) @ t[-1] - t[-2])
    c = sum((2 - (k == 0)) * (-1) ** k * iv(k, 0.5) * x for k, x in enumerate(t))
    x = np.random.default_rng(0).standard_normal((40, 3)).astype(np.float32)
    with kernel_threads():
        found = BandPass(order=order).filtered(cells, x)
    np.testing.assert_allclose(found, a @ (x - c @ x), rtol=1e-4, atol=1e-3)


def test_without_the_filter_it_is_the_truncated_svd_of_the_information():
    obs = graph("undirected")
    space = rs.fit(obs, "prone", dim=6, order=0, tolerance=1e-4)
    u, s, vt = np.linalg.svd(information(obs.cells).toarray())
    best = (u[:, :6] * s[:6]) @ vt[:6]
    rows, cols = (side.vectors for side in space.sides)
    assert np.linalg.norm(rows @ cols.T - best) < 0.03 * np.linalg.norm(best)


@pytest.mark.parametrize("kind", KINDS)
def test_it_takes_every_kind_of_graph_or_says_why_not(kind):
    check_grid("prone", kind, refused=("bipartite",))


def test_it_finds_communities_and_repeats(monkeypatch):
    check_communities("prone")
    check_same_bits("prone", monkeypatch)


def test_a_new_node_and_bad_settings_are_refused():
    space = rs.fit(graph("undirected"), "prone", dim=4)
    with pytest.raises(UnsupportedError, match="fit again with it, or use line or netmf"):
        space.fold_in("node", {"nöde 1": 1.0})
    with pytest.raises(InputError, match="needs a rank of at least 1"):
        BandPass(rank=0)

"""`role` puts nodes of the same kind of place together, in whichever part of the graph."""

import numpy as np
import pytest

import rowspace as rs
from rowspace.errors import UnsupportedError
from rowspace.observe.observations import Observations

from .graph_kinds import KINDS, check_grid, check_same_bits, graph


def stars(n=4, leaves=6):
    """Separate stars, each of a hub and its leaves."""
    a = np.zeros((n * (leaves + 1),) * 2)
    for s in range(n):
        hub = s * (leaves + 1)
        a[hub, hub + 1 : hub + 1 + leaves] = a[hub + 1 : hub + 1 + leaves, hub] = 1
    return Observations.from_matrix(a, rows="node", cols="neighbor")


@pytest.mark.parametrize("proximity", ["heat", "ppr", "katz"])
def test_hubs_are_alike_and_unlike_leaves_though_no_path_joins_them(proximity):
    x = rs.fit(stars(), "role", dim=4, proximity=proximity)["node"].vectors
    hubs = np.arange(28) % 7 == 0
    apart = np.linalg.norm(x[:, None] - x, axis=2)
    assert apart[np.ix_(hubs, hubs)].max() < 1e-3 < 0.05 < apart[np.ix_(hubs, ~hubs)].min()
    assert apart[np.ix_(~hubs, ~hubs)].max() < 1e-3


@pytest.mark.parametrize("kind", KINDS)
def test_it_takes_all_graphs_but_bipartite_ones(kind):
    space = check_grid("role", kind, refused=("bipartite",)) if kind != "isolated" else None
    if kind == "bipartite":
        assert space is None


def test_nodes_without_links_share_a_role():
    a = graph("isolated").cells.toarray()
    a[5] = a[:, 5] = 0
    obs = Observations.from_matrix(a, rows="node", cols="neighbor")
    x = rs.fit(obs, "role", dim=6)["node"].vectors
    np.testing.assert_allclose(x[3], x[5], atol=1e-4)


def test_it_repeats(monkeypatch):
    check_same_bits("role", monkeypatch)


def test_a_new_node_is_refused_with_a_way_out():
    with pytest.raises(UnsupportedError, match=r"use window=1|fit again with it"):
        rs.fit(graph("weighted"), "role", dim=4).fold_in("node", {"nöde 1": 1.0})

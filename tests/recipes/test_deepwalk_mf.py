"""`deepwalk-mf` factors the mutual information of its walks, for every kind of graph."""

import numpy as np
import pytest

import rowspace as rs
from rowspace.errors import UnsupportedError
from rowspace.observe.walks import Walks
from rowspace.observe.weighting import PPMI

from .graph_kinds import KINDS, check_communities, check_grid, check_same_bits, graph

OPTIONS = {"walks": 30, "length": 10, "window": 3}


def test_the_product_is_the_best_approximation_of_the_mutual_information():
    obs = graph("weighted")
    space = rs.fit(obs, "deepwalk-mf", dim=5, tolerance=1e-5, **OPTIONS)
    walks = space.factorization.matrix[0]
    assert isinstance(walks, Walks) and (walks.per_node, walks.length, walks.window) == (30, 10, 3)
    m = PPMI(smoothing=1.0).apply(walks.apply(obs)[0])[0].cells.toarray()
    u, s, vt = np.linalg.svd(m)
    product = space["node"].vectors @ space["neighbor"].vectors.T
    np.testing.assert_allclose(product, u[:, :5] * s[:5] @ vt[:5], atol=1e-3)


@pytest.mark.parametrize("kind", KINDS)
def test_it_takes_every_kind_of_graph(kind):
    check_grid("deepwalk-mf", kind, **OPTIONS)


def test_it_finds_communities_and_repeats(monkeypatch):
    check_communities("deepwalk-mf", **OPTIONS)
    check_same_bits("deepwalk-mf", monkeypatch, **OPTIONS)


def test_a_new_node_is_refused_with_a_way_out():
    space = rs.fit(graph("weighted"), "deepwalk-mf", dim=4, **OPTIONS)
    with pytest.raises(UnsupportedError, match=r"no walk of training passed .* use netmf"):
        space.fold_in("node", {"nöde 1": 1.0})


def test_pacing_begins_fewer_walks():
    steps = [
        rs.fit(graph("isolated"), "deepwalk-mf", dim=2, paced=paced, **OPTIONS).factorization.matrix
        for paced in (False, True)
    ]
    counts = [step[0].apply(graph("isolated"))[0].cells.sum() for step in steps]
    assert 0 < counts[1] < counts[0]

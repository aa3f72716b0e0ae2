"""`line` is `netmf` with a window of one, for every kind of graph."""

import numpy as np
import pytest

import rowspace as rs

from .graph_kinds import (
    KINDS,
    check_communities,
    check_folding,
    check_grid,
    check_same_bits,
    graph,
)


@pytest.mark.parametrize("kind", ["weighted", "directed", "bipartite", "loops"])
def test_it_is_netmf_with_a_window_of_one(kind):
    options = {"dim": 5, "negatives": 2.0, "tolerance": 1e-5}
    one, two = (
        rs.fit(graph(kind), name, **options, **more)
        for name, more in (("line", {}), ("netmf", {"window": 1}))
    )
    products = [s.sides[0].vectors @ s.sides[1].vectors.T for s in (one, two)]
    np.testing.assert_allclose(*products, atol=1e-3)


@pytest.mark.parametrize("kind", KINDS)
def test_it_takes_every_kind_of_graph(kind):
    check_grid("line", kind)


def test_it_finds_communities_and_repeats(monkeypatch):
    check_communities("line", negatives=0.5)
    check_same_bits("line", monkeypatch)


@pytest.mark.parametrize("kind", ["weighted", "directed", "bipartite"])
def test_a_node_that_was_there_folds_in_to_its_own_vector(kind):
    check_folding("line", kind)

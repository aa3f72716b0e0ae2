"""`graph-auto` is `netmf` with the window that it chose, and says so."""

import numpy as np
import pytest

import rowspace as rs

from .graph_kinds import KINDS, check_communities, check_folding, check_grid, check_same_bits, graph


def test_it_is_netmf_with_the_window_that_the_space_names(tmp_path):
    obs = graph("weighted", 200)
    space = rs.fit(obs, "graph-auto", dim=6)
    space.save(tmp_path / "auto.space")
    again = rs.open(tmp_path / "auto.space")
    proximity = again.factorization.matrix[0]
    assert again.manifest["facts"]["chosen"]["window"] == proximity.window
    same = rs.fit(obs, "netmf", dim=6, window=proximity.window)
    np.testing.assert_array_equal(space["node"].vectors, same["node"].vectors)
    assert same.factorization == again.factorization


@pytest.mark.parametrize("kind", KINDS)
def test_it_takes_every_kind_of_graph(kind):
    check_grid("graph-auto", kind)


def test_it_finds_communities_and_repeats(monkeypatch):
    check_communities("graph-auto")
    check_same_bits("graph-auto", monkeypatch)


@pytest.mark.parametrize("kind", ["weighted", "bipartite"])
def test_a_node_that_was_there_folds_in_to_its_own_vector(kind):
    check_folding("graph-auto", kind)

"""`netmf` factors the matrix of the paper."""

import numpy as np
import pytest

import rowspace as rs
from rowspace.errors import UnsupportedError

from .graph_kinds import (
    KINDS,
    check_communities,
    check_folding,
    check_grid,
    check_same_bits,
    graph,
)


@pytest.mark.parametrize(("window", "negatives"), [(1, 1.0), (3, 1.0), (10, 5.0)])
def test_the_product_is_the_best_approximation_of_the_papers_matrix(window, negatives):
    obs = graph("weighted")
    a = obs.cells.toarray().astype(float)
    step = a / a.sum(axis=1, keepdims=True)
    powers = sum(np.linalg.matrix_power(step, r) for r in range(1, window + 1))
    m = np.log(np.maximum(1, a.sum() / (negatives * window) * powers / a.sum(axis=0)))
    u, s, vt = np.linalg.svd(m)
    space = rs.fit(obs, "netmf", dim=6, window=window, negatives=negatives, tolerance=1e-5)
    product = space["node"].vectors @ space["neighbor"].vectors.T
    np.testing.assert_allclose(product, u[:, :6] * s[:6] @ vt[:6], atol=1e-3)


@pytest.mark.parametrize("kind", KINDS)
def test_it_takes_every_kind_of_graph(kind):
    check_grid("netmf", kind)
    check_grid("netmf", kind, window=1)


def test_it_finds_communities_and_repeats(monkeypatch):
    check_communities("netmf")
    check_same_bits("netmf", monkeypatch)


@pytest.mark.parametrize("kind", ["weighted", "bipartite", "loops"])
def test_a_node_that_was_there_folds_in_to_its_own_vector(kind):
    check_folding("netmf", kind)
    check_folding("netmf", kind, window=1)


def test_a_new_node_of_a_directed_graph_needs_a_window_of_one():
    check_folding("netmf", "directed", window=1)
    with pytest.raises(UnsupportedError, match=r"a new node of a directed graph .* use window=1"):
        rs.fit(graph("directed"), "netmf", dim=4).fold_in("node", {"nöde 1": 1.0})

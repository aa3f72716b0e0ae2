"""`phusion` factors what its options say, and DeepWalk's matrix is a point of its grid."""

import numpy as np
import pytest

import rowspace as rs
from rowspace.errors import InputError

from .graph_kinds import (
    KINDS,
    check_communities,
    check_folding,
    check_grid,
    check_same_bits,
    graph,
)


@pytest.mark.parametrize("proximity", ["walk", "ppr", "heat", "katz"])
@pytest.mark.parametrize("nonlinearity", ["log", "sqrt", "binary", "none"])
def test_the_product_is_the_best_approximation_of_the_bent_proximity(proximity, nonlinearity):
    options = {"proximity": proximity, "nonlinearity": nonlinearity, "tolerance": 1e-5}
    space = rs.fit(graph("weighted"), "phusion", dim=6, **options)
    obs = graph("weighted")
    for step in space.factorization.matrix:
        obs, _ = step.apply(obs)
    m = np.asarray(obs.cells @ np.eye(40, dtype=np.float32), float)
    s = np.linalg.svd(m, compute_uv=False)
    product = space["node"].vectors @ space["neighbor"].vectors.T
    error, best = np.linalg.norm(product - m), np.linalg.norm(s[6:])
    assert best <= error * (1 + 1e-6) and error < best * 1.001


def test_deepwalks_matrix_is_one_point():
    one = rs.fit(graph("weighted"), "phusion", dim=6, proximity="walk", window=4)
    two = rs.fit(graph("weighted"), "netmf", dim=6, window=4)
    np.testing.assert_array_equal(one["node"].vectors, two["node"].vectors)


@pytest.mark.parametrize("kind", KINDS)
def test_it_takes_every_kind_of_graph(kind):
    check_grid("phusion", kind)


def test_it_finds_communities_and_repeats(monkeypatch):
    check_communities("phusion")
    check_same_bits("phusion", monkeypatch)


@pytest.mark.parametrize("kind", ["weighted", "bipartite"])
def test_a_node_that_was_there_folds_in_to_its_own_vector(kind):
    check_folding("phusion", kind)


def test_an_unknown_nonlinearity_is_refused():
    with pytest.raises(InputError, match="nonlinearity is 'exp', but 'log', 'sqrt', 'binary' or"):
        rs.fit(graph("weighted"), "phusion", nonlinearity="exp")

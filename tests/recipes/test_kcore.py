"""`kcore` factors its matrix, for the graphs that have one."""

import numpy as np
import pytest

import rowspace as rs
from rowspace.errors import UnsupportedError

from .graph_kinds import KINDS, check_communities, check_grid, check_same_bits, graph


def test_the_product_is_the_best_approximation_of_its_matrix():
    space = rs.fit(graph("weighted"), "kcore", dim=6, tolerance=1e-5)
    obs = graph("weighted")
    for step in space.factorization.matrix:
        obs, _ = step.apply(obs)
    m = np.asarray(obs.cells @ np.eye(40, dtype=np.float32), float)
    s = np.linalg.svd(m, compute_uv=False)
    error = np.linalg.norm(space["node"].vectors @ space["neighbor"].vectors.T - m)
    assert error == pytest.approx(np.linalg.norm(s[6:]), rel=1e-3)


@pytest.mark.parametrize("kind", KINDS)
def test_it_takes_every_kind_of_graph_or_says_why_not(kind):
    check_grid("kcore", kind, refused=("bipartite",))


def test_it_finds_communities_and_repeats(monkeypatch):
    check_communities("kcore")
    check_same_bits("kcore", monkeypatch)


def test_a_new_node_is_refused_with_a_way_out():
    with pytest.raises(UnsupportedError, match="fit again with it"):
        rs.fit(graph("weighted"), "kcore", dim=4).fold_in("node", {"nöde 1": 1.0})

"""Graphlet counts equal those of looking at every set of nodes."""

from itertools import combinations

import numpy as np
import pytest
from scipy.sparse import csr_array

from rowspace.errors import InputError, UnsupportedError
from rowspace.observe.graphlets import ORBITS, Graphlets, graphlet_adjacency

from .graph_data import bipartite, dense, directed, observed, undirected


def looked_at(a, orbit):
    """Go through all induced subgraphs of 3 or 4 nodes, told apart by their degrees."""
    a = (a > 0) & ~np.eye(len(a), dtype=bool)
    out = np.zeros(a.shape)
    if orbit == "edge":
        return a.astype(float)
    shapes = {
        "path": ([1, 1, 2], lambda d, x, y, linked: d[x] == d[y] == 1),
        "triangle": ([2, 2, 2], lambda d, x, y, linked: True),
        "clique": ([3, 3, 3, 3], lambda d, x, y, linked: True),
        "diamond": ([2, 2, 3, 3], lambda d, x, y, linked: d[x] == d[y] == 3),
        "diamond-ends": ([2, 2, 3, 3], lambda d, x, y, linked: d[x] == d[y] == 2),
        "square": ([2, 2, 2, 2], lambda d, x, y, linked: not linked),
    }
    degrees, counts = shapes[orbit]
    for nodes in combinations(range(len(a)), len(degrees)):
        part = a[np.ix_(nodes, nodes)]
        d = part.sum(axis=1)
        if sorted(d.tolist()) != degrees:
            continue
        for x, y in combinations(range(len(nodes)), 2):
            if counts(d, x, y, part[x, y]):
                out[nodes[x], nodes[y]] += 1
                out[nodes[y], nodes[x]] += 1
    return out


@pytest.mark.parametrize("orbit", ORBITS)
@pytest.mark.parametrize("density", [0.15, 0.35, 0.7])
def test_counts_are_those_of_looking_at_every_set_of_nodes(orbit, density):
    rng = np.random.default_rng(0)
    a = np.triu(rng.random((18, 18)) < density, 1).astype(float)
    found = graphlet_adjacency(csr_array(a + a.T), orbit)
    np.testing.assert_array_equal(found.toarray(), looked_at(a + a.T, orbit))
    assert found.data.all()  # nothing stored that is not there


@pytest.mark.parametrize("orbit", ORBITS)
def test_weights_and_self_loops_do_not_count(orbit):
    a = undirected()
    plain = (a > 0) & ~np.eye(len(a), dtype=bool)
    obs, _ = Graphlets(orbit).apply(observed(a))
    np.testing.assert_array_equal(dense(obs), looked_at(plain, orbit))
    assert not dense(Graphlets(orbit).apply(observed(np.zeros((3, 3))))[0]).any()


def test_what_has_no_graphlets_is_refused():
    for a, kind in ((directed(), "directed"), (bipartite(), "joins two different sides")):
        with pytest.raises(UnsupportedError, match=f"Graphlets is for undirected graphs; .*{kind}"):
            Graphlets().apply(observed(a))
    with pytest.raises(InputError, match=r"Graphlets.orbit is 'star', but one of edge, path,"):
        Graphlets("star")
    with pytest.raises(UnsupportedError, match="a new node changes the graphlets of others; fit"):
        Graphlets().new_row({}, "rows", np.array([0]), np.ones(1, np.float32))

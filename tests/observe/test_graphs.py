"""A graph is recognised for what it is, and normalised by its degrees."""

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.sparse.linalg import aslinearoperator

import rowspace as rs
from rowspace.errors import InputError, UnsupportedError
from rowspace.observe.graphs import Normalized, graph_of
from rowspace.observe.observations import Observations

from .graph_data import bipartite, dense, directed, fraction, observed, undirected, unfolded

GRAPHS = {"undirected": undirected(), "directed": directed(), "bipartite": bipartite()}


@pytest.mark.parametrize("kind", GRAPHS)
def test_a_graph_knows_its_kind_and_degrees(kind):
    a = GRAPHS[kind]
    graph = graph_of(observed(a), "a test")
    assert graph.kind == kind and graph.volume == a.sum()
    np.testing.assert_array_equal(graph.row_degrees, a.sum(axis=1))
    np.testing.assert_array_equal(graph.col_degrees, a.sum(axis=0))
    whole = graph.whole().toarray()
    assert whole.shape[0] == whole.shape[1]
    np.testing.assert_array_equal(graph.part(graph.whole()).toarray(), a)


def test_edges_that_are_read_are_undirected_unless_they_say_otherwise():
    edges = {"from": ["ä", "ä", "b"], "to": ["b", "c", "c"]}
    for kind in ("undirected", "directed"):
        obs = rs.read(edges, "from", "to", format="edges", directed=kind == "directed")
        assert graph_of(obs, "a test").kind == kind


@pytest.mark.parametrize("kind", GRAPHS)
@pytest.mark.parametrize("exponents", [(0.5, 0.5), (1.0, 0.0), (0.2, 0.9)])
@pytest.mark.parametrize("sparse", [True, False])
def test_cells_are_divided_by_powers_of_the_degrees(kind, exponents, sparse):
    a = GRAPHS[kind]
    obs, state = Normalized(*exponents).apply(observed(a, sparse))
    rows, cols = a.sum(axis=1)[:, None] ** exponents[0], a.sum(axis=0)[None] ** exponents[1]
    np.testing.assert_allclose(dense(obs), fraction(a, rows * cols), rtol=1e-6)
    assert obs.is_sparse == sparse
    for side, lines in (("rows", dense(obs)), ("cols", dense(obs).T)):
        for i in range(len(lines)):
            again = unfolded(Normalized(*exponents), state, observed(a), side, i)
            np.testing.assert_allclose(again, lines[i], rtol=1e-6)


def test_stored_zeros_are_no_links():
    stored = csr_array((np.array([1.0, 0.0, 1.0]), [1, 2, 0], [0, 2, 3, 3]), shape=(3, 3))
    graph = graph_of(Observations.from_matrix(stored, rows="node", cols="neighbor"), "a test")
    assert graph.kind == "undirected" and graph.cells.nnz == 2


def test_what_is_no_graph_is_refused():
    with pytest.raises(UnsupportedError, match=r"Normalized reads the links .* linear operator"):
        Normalized().apply(
            Observations.from_matrix(aslinearoperator(np.eye(2)), rows="node", cols="neighbor")
        )
    with pytest.raises(InputError, match="at least 0, but the cell of node 0 and neighbor 1 is -1"):
        Normalized().apply(observed(np.array([[0.0, -1.0], [1.0, 0.0]])))
    with pytest.raises(InputError, match=r"Normalized.rows is -1, but an exponent of at least 0"):
        Normalized(rows=-1)
    with pytest.raises(UnsupportedError, match="a test is for undirected graphs; this one joins"):
        graph_of(observed(bipartite()), "a test", ("undirected",))
    with pytest.raises(InputError, match="-2 is among the new values"):
        Normalized().new_row({}, "rows", np.array([0]), np.array([-2.0], np.float32))

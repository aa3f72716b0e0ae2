"""`spectral` gives the scaled eigenvectors of the normalised adjacency."""

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


def test_inner_products_are_the_smooth_part_of_the_normalised_adjacency():
    obs = graph("weighted")
    space = rs.fit(obs, "spectral", dim=5, tolerance=1e-5)
    a = obs.cells.toarray().astype(float)
    d = a.sum(axis=1)
    values, vectors = np.linalg.eigh(a / np.sqrt(np.outer(d, d)))
    smooth = vectors[:, -5:] * values[-5:] @ vectors[:, -5:].T
    x = space["node"].vectors
    np.testing.assert_allclose(x @ x.T, smooth, atol=1e-3)
    assert values[0] < -values[-5]  # or the order by magnitude would have done


@pytest.mark.parametrize("kind", KINDS)
def test_it_takes_every_kind_of_graph(kind):
    check_grid("spectral", kind)


def test_it_finds_communities_and_repeats(monkeypatch):
    check_communities("spectral")
    check_same_bits("spectral", monkeypatch)


@pytest.mark.parametrize("kind", ["weighted", "directed", "bipartite", "loops"])
def test_a_node_that_was_there_folds_in_to_its_own_vector(kind):
    check_folding("spectral", kind)


def test_many_components_are_no_obstacle():
    from scipy.sparse import block_diag, csr_array

    triangle = np.ones((3, 3)) - np.eye(3)
    cells = csr_array(block_diag([triangle] * 400))
    obs = rs.Observations.from_matrix(cells, rows="node", cols="neighbor")
    space = rs.fit(obs, "spectral", dim=8)
    assert space.manifest["facts"]["converged"]
    x = space["node"].vectors.reshape(400, 3, 8)
    np.testing.assert_allclose(x, np.repeat(x[:, :1], 3, axis=1), atol=1e-2)  # alike within each

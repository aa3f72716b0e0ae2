"""The graph that rows are smoothed over, and the roughness that is charged."""

import numpy as np
import pytest
from scipy.sparse import coo_array

from rowspace.errors import InputError
from rowspace.factor.constrained import graph_of
from rowspace.factor.grammar import GraphSmooth
from rowspace.factor.prox.graph_smooth import degrees, roughness
from rowspace.observe.observations import Observations


def dense_of(graph):
    dense = np.zeros(graph.shape)
    dense[graph.row_of, graph.indices] = graph.data
    return dense


def matrix(cells):
    return Observations.from_matrix(cells, rows="user", cols="item")


def test_the_given_graph_is_made_symmetric_without_loops():
    given = coo_array(np.array([[5, 2, 0], [0, 0, 0], [0, 4, 1.0]]))
    obs = matrix(np.eye(3))
    graph = graph_of(GraphSmooth(), given, obs)
    assert dense_of(graph).tolist() == [[0, 1, 0], [1, 0, 2], [0, 2, 0]]


def test_an_unfit_graph_is_refused():
    obs = matrix(np.eye(3))
    with pytest.raises(InputError, match="2 x 2 does not fit a side of 3 rows"):
        graph_of(GraphSmooth(), coo_array(np.eye(2)), obs)
    for bad in (-1.0, np.nan):
        with pytest.raises(InputError, match="finite one of at least 0"):
            graph_of(GraphSmooth(), coo_array(bad * np.eye(3)), obs)


@pytest.mark.parametrize("dense", [True, False])
def test_without_a_graph_rows_are_joined_to_their_nearest(dense):
    rng = np.random.default_rng(3)
    x = rng.random((25, 18)) * (rng.random((25, 18)) < 0.3)
    x[4] = 0
    obs = matrix(x if dense else coo_array(x).tocsr())
    length = np.linalg.norm(x, axis=1)
    cosine = (x @ x.T) / np.maximum(np.outer(length, length), 1e-12)
    np.fill_diagonal(cosine, 0)
    twin = np.zeros_like(cosine)
    for i in range(len(x)):
        order = np.argsort(-cosine[i], kind="stable")[:3]
        twin[i, order[cosine[i, order] > 0]] = 1
    graph = graph_of(GraphSmooth(neighbours=3), None, obs)
    assert (dense_of(graph) == np.maximum(twin, twin.T)).all()
    assert not dense_of(graph)[4].any()


def test_of_equally_near_rows_the_first_are_joined_and_never_itself():
    x = np.ones((5, 2))
    for neighbours in (2, 9):
        graph = graph_of(GraphSmooth(neighbours=neighbours), None, matrix(x))
        joined = dense_of(graph)
        assert not np.diag(joined).any()
        assert (joined == joined.T).all()
        if neighbours == 9:
            assert joined.sum() == 20
        else:
            assert joined[4].tolist() == [1, 1, 0, 0, 0]


def test_roughness_is_the_sum_over_pairs():
    rng = np.random.default_rng(0)
    weights = rng.random((6, 6)) * (rng.random((6, 6)) < 0.5)
    graph = graph_of(GraphSmooth(), coo_array(weights), matrix(np.eye(6)))
    a, x = dense_of(graph), rng.standard_normal((6, 3)).astype(np.float32)
    pairs = sum(a[i, j] * ((x[i] - x[j]) ** 2).sum() for i in range(6) for j in range(6))
    assert roughness(graph, x) == pytest.approx(pairs / 4, rel=1e-6)
    np.testing.assert_allclose(degrees(graph), a.sum(axis=1), rtol=1e-6)

"""`fastrp` finds planted communities, places new nodes and keeps its seed on any threads."""

import numpy as np
import pytest
from scipy.sparse import csr_array

import rowspace as rs
from rowspace.errors import InputError
from rowspace.observe.observations import Observations


def planted(n=300, groups=3, inside=0.1, outside=0.005):
    rng = np.random.default_rng(0)
    group = np.arange(n) % groups
    p = np.where(group[:, None] == group[None], inside, outside)
    a = np.triu(rng.random((n, n)) < p, 1)
    a = (a + a.T).astype(np.float32)
    a[7] = a[:, 7] = 0
    ids = [f"n{i}" for i in range(n)]
    obs = Observations.from_matrix(
        csr_array(a), rows="node", cols="neighbor", row_ids=ids, col_ids=ids
    )
    return obs, group


def nearest_agree(vectors, group):
    x = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    scores = x @ x.T
    np.fill_diagonal(scores, -np.inf)
    return (group[np.argsort(-scores, axis=1)[:, :10]] == group[:, None]).mean()


def test_neighbours_are_of_the_same_community():
    obs, group = planted()
    space = rs.fit(obs, "fastrp", dim=64)
    kept = np.arange(300) != 7
    assert nearest_agree(space["node"].vectors[kept], group[kept]) > 0.95
    assert not space["node"].vectors[7].any() and space.manifest["facts"]["zero_rows"] == 1


def test_more_steps_reach_further_than_one():
    obs, group = planted(inside=0.05)
    one, four = (
        nearest_agree(rs.fit(obs, "fastrp", dim=64, weights=w)["node"].vectors, group)
        for w in ((1.0,), (0.0, 0.0, 1.0, 1.0))
    )
    assert four > one + 0.1


def test_a_node_folded_in_by_its_edges_gets_its_vector():
    obs, _ = planted()
    space = rs.fit(obs, "fastrp", dim=32)
    cells = {j: obs.value("n3", j) for j in obs.cols.ids if obs.value("n3", j)}
    np.testing.assert_allclose(space.fold_in("node", cells), space["node"].vectors[3], atol=1e-5)


def test_the_same_seed_gives_the_same_bits_on_one_and_two_threads(monkeypatch):
    rng = np.random.default_rng(0)
    i, j = rng.integers(0, 4000, (2, 150_000))
    obs = Observations.from_matrix(
        csr_array((np.ones(150_000), (i, j)), shape=(4000, 4000)), rows="node", cols="neighbor"
    )
    found = []
    for threads in ("1", "2"):
        monkeypatch.setenv("ROWSPACE_THREADS", threads)
        found.append(rs.fit(obs, "fastrp", dim=16, seed=2)["node"].vectors)
    assert np.array_equal(*found)


def test_own_weight_is_the_first_and_bipartite_graphs_need_odd_steps():
    assert rs.recipes.registry.build("fastrp", {"own": 0.5}).matrix[0].weights[0] == 0.5
    rng = np.random.default_rng(0)
    obs = Observations.from_matrix(
        csr_array((rng.random((30, 20)) < 0.2).astype(float)), rows="user", cols="item"
    )
    with pytest.raises(InputError, match="from a user to another user and never to a item"):
        rs.fit(obs, "fastrp", dim=8)
    assert rs.fit(obs, "fastrp", dim=8, weights=(1, 0, 1))["user"].vectors.any()

"""`sgr` puts nodes and features into one space, and new nodes with them."""

import numpy as np
from scipy.sparse import csr_array

import rowspace as rs
from rowspace.observe.observations import Observations


def planted():
    rng = np.random.default_rng(0)
    group = np.arange(90) % 3
    p = np.where(group[:, None] == group[None], 0.2, 0.01)
    a = np.triu(rng.random((90, 90)) < p, 1)
    f = rng.random((90, 12)) < np.where(np.arange(12) % 3 == group[:, None], 0.5, 0.02)
    obs = Observations.from_matrix(
        csr_array(f.astype(np.float32)), rows="node", cols="word",
        row_ids=[f"n{i}" for i in range(90)],
    )  # fmt: skip
    return obs, csr_array((a + a.T).astype(np.float32)), group


def test_the_nearest_features_of_a_community_are_its_planted_ones():
    obs, a, group = planted()
    space = rs.fit(obs, "sgr", dim=8, graphs={"node": a})
    side = space["node"]
    x = side.vectors / np.linalg.norm(side.vectors, axis=1, keepdims=True)
    for g in range(3):
        scores = x[90:] @ x[:90][group == g].mean(axis=0)
        assert set(np.argsort(-scores)[:4] % 3) == {g}
    assert side.ids[90] == "word:0" and side.table["block"].to_pylist()[89:91] == ["node", "word"]


def test_a_node_folded_in_by_edges_and_features_gets_its_vector():
    obs, a, _ = planted()
    space = rs.fit(obs, "sgr", dim=8, tolerance=1e-6, graphs={"node": a})
    cells = {f"n{j}": float(a[4, j]) for j in np.flatnonzero(a[[4]].toarray())}
    cells |= {f"word:{j}": 1.0 for j in np.flatnonzero(obs.cells[[4]].toarray())}
    np.testing.assert_allclose(space.fold_in("node", cells), space["node"].vectors[4], atol=1e-3)

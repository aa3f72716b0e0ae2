"""`ae` factors the mutual information of nodes and the features that their walks meet."""

import numpy as np
from scipy.sparse import csr_array

import rowspace as rs
from rowspace.observe.attributed import WalkPMI
from rowspace.observe.observations import Observations


def test_the_scores_at_full_rank_are_the_matrix():
    rng = np.random.default_rng(0)
    a = csr_array(np.triu(rng.random((20, 20)) < 0.2, 1).astype(np.float32))
    a = a + a.T
    obs = Observations.from_matrix(
        csr_array((rng.random((20, 8)) < 0.4).astype(np.float32)), rows="node", cols="word"
    )
    space = rs.fit(obs, "ae", dim=8, tolerance=1e-6, graphs={"node": a})
    matrix, _ = WalkPMI(pooled=True).apply(obs, a)
    scores = space["node"].vectors @ space["word"].vectors.T
    np.testing.assert_allclose(scores, matrix.cells.toarray(), atol=1e-4)
    assert space.has_cells and list(space["word"].ids) == list(range(8))


def test_structure_tells_apart_nodes_about_which_nothing_is_known():
    # Two cliques; only one node of each says what it is.
    clique = 1 - np.eye(6)
    a = csr_array(np.kron(np.eye(2), clique))
    f = np.zeros((12, 2))
    f[0, 0] = f[6, 1] = 1
    obs = Observations.from_matrix(csr_array(f), rows="node", cols="word")
    x = rs.fit(obs, "ae", dim=2, shift=0.1, graphs={"node": a})["node"].vectors
    cosine = (x @ x.T) / np.outer(np.linalg.norm(x, axis=1), np.linalg.norm(x, axis=1))
    assert cosine[1:6, 1:6].min() > 0.99 and abs(cosine[1:6, 7:]).max() < 1e-3

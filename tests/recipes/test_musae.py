"""`musae` keeps the distances apart: one block of numbers and of columns for each."""

import numpy as np
import pytest
from scipy.sparse import csr_array

import rowspace as rs
from rowspace.errors import InputError, UnsupportedError
from rowspace.observe.attributed import WalkPMI
from rowspace.observe.observations import Observations


@pytest.fixture(scope="module")
def attributed():
    rng = np.random.default_rng(0)
    a = np.triu(rng.random((25, 25)) < 0.15, 1).astype(np.float32)
    obs = Observations.from_matrix(
        csr_array((rng.random((25, 6)) < 0.4).astype(np.float32)),
        rows="node", cols="word", col_ids=list("abcdef"),
    )  # fmt: skip
    return obs, csr_array(a + a.T)


def test_every_block_of_scores_at_full_rank_is_its_matrix(attributed, tmp_path):
    obs, a = attributed
    space = rs.fit(obs, "musae", dim=18, tolerance=1e-6, graphs={"node": a})
    matrix, _ = WalkPMI(steps=(0, 1, 2)).apply(obs, a)
    scores = space["node"].vectors @ space["word"].vectors.T
    np.testing.assert_allclose(scores, matrix.cells.toarray(), atol=1e-4)
    assert space["word"].ids[6] == "1:a" and not space["word"].vectors[6, :6].any()
    space.save(tmp_path / "m.space")
    again = rs.open(tmp_path / "m.space")
    assert again["word"].table["block"].to_pylist() == ["0"] * 6 + ["1"] * 6 + ["2"] * 6
    assert np.array_equal(again["node"].vectors, space["node"].vectors)
    assert not again.has_cells


def test_the_seed_repeats(attributed, monkeypatch):
    obs, a = attributed
    found = []
    for threads in ("1", "2"):
        monkeypatch.setenv("ROWSPACE_THREADS", threads)
        found.append(rs.fit(obs, "musae", dim=6, graphs={"node": a})["node"].vectors)
    assert np.array_equal(*found)


def test_more_dimensions_than_rank_are_zeros(attributed):
    obs, a = attributed
    x = rs.fit(obs, "musae", dim=60, graphs={"node": a})["node"].vectors
    assert x.shape == (25, 60) and np.count_nonzero(x.any(axis=0)) == 18


def test_it_needs_its_graph_and_refuses_new_nodes(attributed):
    obs, a = attributed
    with pytest.raises(InputError, match="WalkPMI walks on a graph of the node side"):
        rs.fit(obs, "musae", dim=6)
    space = rs.fit(obs, "musae", dim=6, graphs={"node": a})
    with pytest.raises(UnsupportedError, match="edges of a new row are not among its cells"):
        space.fold_in("node", {"0:a": 1.0})

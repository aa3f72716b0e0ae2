"""Observations and the graph of their rows are matched by id."""

import numpy as np
import pyarrow as pa
import pytest
from scipy.sparse import csr_array

import rowspace as rs
from rowspace.errors import InputError
from rowspace.observe.linked import linked
from rowspace.observe.observations import Observations


def graph(ids, cells):
    return Observations.from_matrix(
        csr_array(np.asarray(cells, np.float32)), rows="node", cols="neighbor",
        row_ids=ids, col_ids=ids,
    )  # fmt: skip


def words(ids, cells=None, form=csr_array):
    cells = np.arange(2.0 * len(ids)).reshape(-1, 2) if cells is None else cells
    return Observations.from_matrix(form(cells), rows="node", cols="word", row_ids=ids)


TRIANGLE = [[0, 1, 2], [1, 0, 3], [2, 3, 0]]


def test_edges_stand_in_the_order_of_the_rows():
    obs, adjacency = linked(words(["c", "a", "b"]), graph(["a", "b", "c"], TRIANGLE), "node")
    assert list(obs.rows.ids) == ["c", "a", "b"]
    np.testing.assert_array_equal(adjacency.toarray(), [[0, 2, 3], [2, 0, 1], [3, 1, 0]])


def test_a_row_without_edges_is_alone_and_a_node_without_row_gets_an_unobserved_one():
    known = words(["z", "b"]).with_table("node", pa.table({"age": [3, 4]}))
    obs, adjacency = linked(known, graph(["a", "b", "c"], TRIANGLE), "node")
    assert list(obs.rows.ids) == ["z", "b", "a", "c"]
    assert obs.rows.table["age"].to_pylist() == [3, 4, None, None]
    np.testing.assert_array_equal(obs.cells.toarray()[:2], known.cells.toarray())
    assert obs.cells[[2, 3]].nnz == 0
    assert adjacency[[0]].nnz == 0 and adjacency[1, 2] == 1 and adjacency[2, 3] == 2


def test_whole_numbers_and_text_that_spells_them_are_the_same_ids():
    obs, adjacency = linked(words([1, 2]), graph(["2", "1"], [[0, 5], [0, 0]]), "node")
    assert list(obs.rows.ids) == ["1", "2"]
    assert adjacency[1, 0] == 5 and adjacency.nnz == 1


def test_the_other_side_is_matched_likewise():
    turned = words(["c", "a", "b"]).T
    obs, adjacency = linked(turned, graph(["a", "b", "c"], TRIANGLE), "node")
    assert obs.cols.name == "node" and adjacency[0, 1] == 2


def test_what_cannot_be_matched_is_refused_in_a_sentence():
    g = graph(["a", "b", "c"], TRIANGLE)
    with pytest.raises(InputError, match="no id of the graph, such as 'a', is on the node side"):
        linked(words(["x", "y"]), g, "node")
    with pytest.raises(InputError, match="2 nodes without a row, the first 'b'"):
        linked(words(["a"], form=np.asarray), g, "node")
    with pytest.raises(InputError, match="other ids on its node side than on its word side"):
        linked(words(["a"]), words(["a"]), "node")


def test_fit_takes_edges_as_they_are_read(tmp_path):
    path = tmp_path / "links.tsv"
    path.write_text("a\tb\nb\tc\n")
    edges = rs.read(str(path), format="edges")
    space = rs.fit(words(["c", "a"]), "musae", dim=4, steps=(0, 1), graphs={"node": edges})
    assert sorted(space["node"].ids) == ["a", "b", "c"]
    assert space["node"].vectors[list(space["node"].ids).index("b")].any()

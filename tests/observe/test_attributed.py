"""Attributed graphs: the mutual information of walks, smoothed features, one graph of both."""

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.sparse.linalg import aslinearoperator

from rowspace.errors import InputError, UnsupportedError
from rowspace.observe.attributed import AttributeGraph, Smooth, WalkPMI, attribute_graph
from rowspace.observe.observations import Observations
from rowspace.observe.steps import applied, step_from_dict, step_to_dict

N, M = 14, 9


def edges(directed=False):
    rng = np.random.default_rng(0)
    a = (rng.random((N, N)) < 0.25) * rng.integers(1, 4, (N, N)).astype(np.float32)
    a = a if directed else a + a.T
    a[5] = a[:, 5] = 0  # isolated
    return a


def known():
    f = (np.random.default_rng(1).random((N, M)) < 0.3).astype(np.float32)
    f[3] = 0  # nothing known
    f[:, 6] = 0  # a feature of nobody
    return f


def observe(f, form=csr_array):
    return Observations.from_matrix(form(f), rows="node", cols="word")


def information(met, expected, shift):
    """max(0, log(c x_ij / e_j) - log shift), cell by cell."""
    out = np.zeros(met.shape)
    for i in range(met.shape[0]):
        for j in range(met.shape[1]):
            if met[i, j] > 0:
                out[i, j] = max(0, np.log(expected.sum() * met[i, j] / expected[j] / shift))
    return out


def walked(a, f, r):
    """P^r F and its expectation 1' D P^r F."""
    d = a.sum(axis=1)
    p = np.divide(a, d[:, None], out=np.zeros_like(a), where=d[:, None] > 0).astype(float)
    met = np.linalg.matrix_power(p, r) @ f
    return met, d @ met


@pytest.mark.parametrize("form", [csr_array, np.asarray], ids=["sparse", "dense"])
@pytest.mark.parametrize("directed", [False, True])
@pytest.mark.parametrize("shift", [1.0, 1.7])
def test_each_block_is_the_mutual_information_of_its_number_of_steps(directed, shift, form):
    a, f = edges(directed), known()
    made, _ = WalkPMI(steps=(0, 2, 3), shift=shift).apply(observe(f, form), csr_array(a))
    expected = np.hstack([information(*walked(a, f, r), shift) for r in (0, 2, 3)])
    np.testing.assert_allclose(made.cells.toarray(), expected, atol=1e-5)
    assert made.cells.data.min() > 0
    assert made.cols.ids[M] == "2:0"
    assert made.cols.table["block"].to_pylist() == ["0"] * M + ["2"] * M + ["3"] * M


def test_on_an_undirected_graph_every_number_of_steps_expects_the_same():
    a, f = edges(), known()
    for r in (1, 4):
        np.testing.assert_allclose(walked(a, f, r)[1], a.sum(axis=1) @ f, rtol=1e-6)


def test_pooled_the_mean_over_the_steps_counts_and_the_columns_stay():
    a, f = edges(), known()
    obs = observe(f)
    made, _ = WalkPMI(steps=(1, 2), pooled=True).apply(obs, csr_array(a))
    met = (walked(a, f, 1)[0] + walked(a, f, 2)[0]) / 2
    expected = information(met, a.sum(axis=1) @ f, 1.0)
    np.testing.assert_allclose(made.cells.toarray(), expected, atol=1e-5)
    assert made.cols.ids == obs.cols.ids


def test_a_node_without_edges_meets_only_its_own_features():
    made, _ = WalkPMI(steps=(0, 1)).apply(observe(known()), csr_array(edges()))
    row = made.cells.toarray()[5]
    assert not row[M:].any()


def test_smoothed_features_are_those_of_the_formed_power():
    a, f = edges(directed=True), known()
    looped = (a + a.T) / 2 + np.eye(N)
    root = np.diag(looped.sum(axis=1) ** -0.5)
    s = root @ looped @ root
    for form in (csr_array, np.asarray, lambda x: aslinearoperator(csr_array(x))):
        for steps in (0, 1, 3):
            made, _ = Smooth(steps).apply(observe(f, form), csr_array(a))
            expected = np.linalg.matrix_power(s, steps) @ f
            np.testing.assert_allclose(made.cells @ np.eye(M), expected, atol=1e-5)
            np.testing.assert_allclose(made.cells.rmatmat(np.eye(N)), expected.T, atol=1e-5)
    assert np.array_equal((made.cells @ np.eye(M))[5], f[5])  # isolated: as it is


def test_one_graph_has_nodes_and_features_as_its_nodes():
    a, f = edges(), known()
    made, state = AttributeGraph(weight=0.5).apply(observe(f), csr_array(a))
    expected = np.block([[a, 0.5 * f], [0.5 * f.T, np.zeros((M, M))]])
    np.testing.assert_allclose(made.cells.toarray(), expected)
    assert made.rows.ids == made.cols.ids and made.rows.ids[N] == "word:0"
    assert made.rows.table["block"].to_pylist() == ["node"] * N + ["word"] * M
    raw = np.concatenate([a[2], f[2]])
    at = np.flatnonzero(raw)
    positions, values = AttributeGraph(0.5).new_row(state, "rows", at, raw[at].astype(np.float32))
    np.testing.assert_allclose(values, expected[2][positions])


def test_two_observations_are_joined_by_their_ids():
    nodes = ["é", "b", "c"]
    a = np.array([[0, 2, 0], [2, 0, 0], [0, 0, 0]], np.float32)
    links = Observations.from_matrix(
        csr_array(a), rows="node", cols="neighbor", row_ids=nodes, col_ids=nodes
    )
    words = Observations.from_matrix(
        csr_array([[1.0, 0], [0, 4]]), rows="node", cols="word", row_ids=["d", "é"],
        col_ids=["b", "x"],
    )  # fmt: skip
    both = attribute_graph(links, words, weight=0.25)
    assert list(both.rows.ids) == ["é", "b", "c", "d", "word:b", "word:x"]
    assert both.value("é", "b") == 2 and both.value("é", "word:x") == 1
    assert both.value("word:b", "d") == 0.25 and both.value("é", "d") == 0
    assert (both.cells != both.cells.T).nnz == 0
    with pytest.raises(InputError, match="same ids on both sides"):
        attribute_graph(words, words)


@pytest.mark.parametrize("step", [WalkPMI(), Smooth()])
def test_a_new_row_or_column_is_refused_with_the_reason(step):
    for side in ("rows", "cols"):
        with pytest.raises(UnsupportedError, match=f"{type(step).__name__} walks.*fit again"):
            step.new_row({}, side, np.array([0]), np.ones(1, np.float32))


@pytest.mark.parametrize("step", [WalkPMI(), WalkPMI((0,), True, 2.0), Smooth(), AttributeGraph()])
def test_steps_are_stored_and_refuse_what_they_cannot_walk_on(step):
    assert step_from_dict(step_to_dict(step)) == step
    f, a = known(), csr_array(edges())
    with pytest.raises(InputError, match=r"graphs=\{'node': \.\.\.\}"):
        applied(step, observe(f))
    with pytest.raises(InputError, match="2 x 2, but there are 14 rows"):
        applied(step, observe(f), csr_array((2, 2)))
    with pytest.raises(InputError, match="edges of at least 0, but -1 is in the graph"):
        applied(step, observe(f), -(a > 0).astype(np.float32))
    if not isinstance(step, Smooth):
        with pytest.raises(InputError, match="values of at least 0"):
            applied(step, observe(-f), a)
        operator = aslinearoperator(csr_array(f))
        with pytest.raises(UnsupportedError, match="never formed; give it"):
            applied(step, observe(operator, lambda x: x), a)


@pytest.mark.parametrize(
    "make",
    [
        lambda: WalkPMI(steps=()),
        lambda: WalkPMI(steps=(2, 1)),
        lambda: WalkPMI(steps=(-1,)),
        lambda: WalkPMI(steps=(1, 1)),
        lambda: WalkPMI(shift=0),
        lambda: Smooth(-1),
        lambda: AttributeGraph(weight=0),
    ],
)
def test_senseless_settings_are_refused(make):
    with pytest.raises(InputError, match="expected"):
        make()


def test_a_graph_without_edges_and_features_of_nobody_give_zeros():
    nothing = csr_array((4, 4), dtype=np.float32)
    obs = observe(np.zeros((4, 2), np.float32))
    for step in (WalkPMI(), WalkPMI(pooled=True)):
        made, _ = step.apply(obs, nothing)
        assert made.cells.nnz == 0

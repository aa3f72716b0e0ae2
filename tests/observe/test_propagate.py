"""`Propagate` is the polynomial of the transition matrix, for graphs of every kind."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from rowspace.errors import InputError, UnsupportedError
from rowspace.observe.observations import Observations
from rowspace.observe.propagate import Propagate
from rowspace.observe.steps import step_from_dict, step_to_dict

WEIGHTS = (0.0, 0.5, 0.0, 2.0)


def graph(kind):
    rng = np.random.default_rng(0)
    a = (rng.random((12, 12)) < 0.3) * rng.integers(1, 5, (12, 12)).astype(np.float32)
    if kind == "undirected":
        a = a + a.T  # with self loops on the diagonal
    a[4] = a[:, 4] = 0  # isolated
    return a


def observe(a, form=csr_array, cols="neighbor", **ids):
    return Observations.from_matrix(form(a), rows="node", cols=cols, **ids)


def formed(a, weights, normalization):
    """The matrix of the paper, by dense arithmetic."""
    d, into = a.sum(axis=1), a.sum(axis=0)
    p = np.divide(a, d[:, None], out=np.zeros_like(a, float), where=d[:, None] > 0)
    scale = np.zeros(len(a))
    scale[into > 0] = (into[into > 0] / a.sum()) ** normalization
    return sum(w * np.linalg.matrix_power(p, k) for k, w in enumerate(weights)) * scale


@pytest.mark.parametrize("form", [csr_array, np.asarray], ids=["sparse", "dense"])
@pytest.mark.parametrize("kind", ["undirected", "directed"])
@pytest.mark.parametrize("normalization", [0.0, -0.9, 0.5])
def test_it_is_the_formed_polynomial(kind, form, normalization):
    a = graph(kind)
    made, _ = Propagate((0.3, *WEIGHTS[1:]), normalization).apply(observe(a, form))
    expected = formed(a, (0.3, *WEIGHTS[1:]), normalization)
    np.testing.assert_allclose(made.cells @ np.eye(12), expected, rtol=1e-4, atol=1e-5)


def test_rows_of_steps_without_normalization_are_probabilities():
    made, _ = Propagate((0, 0, 1), 0.0).apply(observe(graph("undirected")))
    sums = made.cells @ np.ones(12)
    np.testing.assert_allclose(np.delete(sums, 4), 1, rtol=1e-5)
    assert sums[4] == 0


def test_a_bipartite_graph_is_walked_to_and_fro():
    rng = np.random.default_rng(1)
    a = (rng.random((9, 6)) < 0.5).astype(np.float32)
    a[2] = 0
    whole = np.block([[np.zeros((9, 9)), a], [a.T, np.zeros((6, 6))]])
    made, _ = Propagate(WEIGHTS, -0.9).apply(observe(a, cols="item"))
    # The same walk on all 15 nodes; a column's share is of the edges, each counted once.
    expected = formed(whole, WEIGHTS, 0.0)[:9, 9:] * (a.sum(axis=0) / a.sum()) ** -0.9
    np.testing.assert_allclose(made.cells @ np.eye(6), expected, rtol=1e-4, atol=1e-5)
    square = observe(a[:6], cols="item", row_ids=list("abcdef"), col_ids=list("uvwxyz"))
    with pytest.raises(InputError, match=r"even number of steps.*weights="):
        Propagate((0, 0, 1)).apply(square)


@pytest.mark.parametrize("kind", ["undirected", "directed", "bipartite"])
def test_a_row_or_column_that_was_there_comes_back_as_it_was(kind):
    a = graph(kind)[:, :8] if kind == "bipartite" else graph(kind)
    step = Propagate(WEIGHTS, -0.9)
    made, state = step.apply(observe(a, cols="item" if kind == "bipartite" else "neighbor"))
    whole = made.cells @ np.eye(a.shape[1])
    for side, lines, there in (("rows", a, whole), ("cols", a.T, whole.T)):
        for i in range(len(lines)):
            at = np.flatnonzero(lines[i])
            positions, values = step.new_row(state, side, at, lines[i, at].astype(np.float32))
            row = np.zeros(lines.shape[1])
            row[positions] = values
            np.testing.assert_allclose(row, there[i], rtol=1e-4, atol=1e-5)


def test_a_new_node_has_no_column_of_its_own():
    step = Propagate((1.0, 1.0))
    _, state = step.apply(observe(graph("directed")))
    with pytest.raises(UnsupportedError, match=r"no column of its own.*first weight of 0"):
        step.new_row(state, "rows", np.array([1]), np.ones(1, np.float32))
    step = Propagate(WEIGHTS)
    with pytest.raises(InputError, match="-1 is among the new ones"):
        step.new_row(state, "rows", np.array([1]), -np.ones(1, np.float32))


def test_it_is_stored_and_read_back():
    step = Propagate(weights=[0, 1], normalization=-1)
    assert step_from_dict(step_to_dict(step)) == step == Propagate((0.0, 1.0), -1)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"weights": ()}, "weights is .*one of them not 0"),
        ({"weights": (0.0, 0.0)}, "one of them not 0"),
        ({"weights": (np.nan,)}, "finite numbers"),
        ({"normalization": np.inf}, "normalization is inf"),
    ],
)
def test_senseless_settings_are_refused(options, message):
    with pytest.raises(InputError, match=message):
        Propagate(**options)


def test_negative_edges_and_operators_are_refused():
    with pytest.raises(InputError, match="needs values of at least 0"):
        Propagate().apply(observe(-graph("directed")))
    made, _ = Propagate().apply(observe(graph("directed")))
    with pytest.raises(UnsupportedError, match="never formed; give it a sparse or dense"):
        Propagate().apply(made)


@pytest.mark.parametrize("n", [1, 5])
def test_a_graph_without_edges_gives_zeros(n):
    made, _ = Propagate((1.0, 1.0)).apply(observe(np.zeros((n, n), np.float32)))
    assert not (made.cells @ np.ones((n, 2))).any()

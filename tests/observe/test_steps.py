"""Steps go to plain values and back."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from rowspace.errors import InputError
from rowspace.observe.observations import Observations
from rowspace.observe.steps import StepBase, applied, step_from_dict, step_to_dict, stepped
from rowspace.observe.weighting import PPMI, Center, TfIdf, Weigh

STEPS = st.one_of(
    st.builds(TfIdf, documents=st.sampled_from(["rows", "cols"]), normalize=st.booleans()),
    st.builds(PPMI, shift=st.floats(0.01, 100), smoothing=st.floats(0, 1)),
    st.just(Center()),
    st.builds(Weigh, x_max=st.floats(0.01, 100), exponent=st.floats(0, 1)),
)


@given(STEPS)
def test_a_step_survives_being_stored_as_json(step):
    stored = json.loads(json.dumps(step_to_dict(step)))
    assert stored["kind"] == type(step).__name__
    assert step_from_dict(stored) == step


def test_a_step_of_a_newer_version_is_named():
    with pytest.raises(
        InputError, match=r"does not know the matrix 'Strolls', .* upgrade rowspace"
    ):
        step_from_dict({"kind": "Strolls", "length": 80})


def test_a_setting_of_a_newer_version_is_named():
    with pytest.raises(InputError, match=r"'PPMI' has no setting 'cutoff' .* upgrade rowspace"):
        step_from_dict({"kind": "PPMI", "shift": 1.0, "cutoff": 3})


@given(st.integers(0, 99), st.booleans())
def test_weights_stay_with_the_cells_of_a_new_row_whatever_their_order(seed, came):
    rng = np.random.default_rng(seed)
    counts = rng.poisson(1.0, (6, 8)).astype(np.float32)
    obs = Observations.from_matrix(csr_array(counts), rows="word", cols="context")
    if came:
        obs = replace(obs, weights=rng.random(obs.n_observed).astype(np.float32))
    steps, states, out = (Weigh(3, 0.5), PPMI()), [], obs
    for step in steps:
        out, state = step.apply(out)
        states.append(state)
    inside = slice(*obs.cells.indptr[2:4])
    order = rng.permutation(inside.stop - inside.start)
    row = obs.cells.indices[inside][order].astype(np.int64), obs.cells.data[inside][order]
    mine = obs.weights[inside][order] if came else None
    at, values, weights = stepped(steps, states, "rows", row, mine)
    wanted = slice(*out.cells.indptr[2:4])
    back = np.argsort(at)
    assert at[back].tolist() == out.cells.indices[wanted].tolist()
    np.testing.assert_allclose(values[back], out.cells.data[wanted], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(weights[back], out.weights[wanted], rtol=1e-6)


def test_cells_that_a_step_adds_have_no_weight():
    obs = Observations.from_matrix(csr_array([[1.0, 0.0], [2.0, 3.0]]), rows="r", cols="c")
    state = Center().apply(obs)[1]
    row = np.array([1]), np.array([4.0], np.float32)
    assert stepped((Center(),), [state], "rows", row, np.ones(1, np.float32))[2] is None
    assert stepped((), [], "rows", row)[2] is None


def test_a_step_that_needs_a_graph_is_given_it_or_says_so():
    class Neighbours(StepBase):
        needs_graph = True

        def apply(self, obs, graph=None):
            return obs.with_cells(graph @ obs.cells), {}

    del StepBase.choices["Neighbours"]
    obs = Observations.from_matrix(np.eye(2), rows="page", cols="word")
    turned = np.array([[0, 1], [1, 0]])
    found, _ = applied(Neighbours(), obs, turned)
    assert found.cells.tolist() == turned.tolist()
    with pytest.raises(InputError, match=r"Neighbours walks .* pass graphs=\{'page': \.\.\.\}"):
        applied(Neighbours(), obs)
    with pytest.raises(InputError, match="the graph of 'page' is 3 x 3, but there are 2 rows"):
        applied(Neighbours(), obs, np.eye(3))

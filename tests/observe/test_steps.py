"""Steps go to plain values and back."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rowspace.errors import InputError
from rowspace.observe.steps import step_from_dict, step_to_dict
from rowspace.observe.weighting import PPMI, Center, TfIdf

STEPS = st.one_of(
    st.builds(TfIdf, documents=st.sampled_from(["rows", "cols"]), normalize=st.booleans()),
    st.builds(PPMI, shift=st.floats(0.01, 100), smoothing=st.floats(0, 1)),
    st.just(Center()),
)


@given(STEPS)
def test_a_step_survives_being_stored_as_json(step):
    stored = json.loads(json.dumps(step_to_dict(step)))
    assert stored["kind"] == type(step).__name__
    assert step_from_dict(stored) == step


def test_a_step_of_a_newer_version_is_named():
    with pytest.raises(InputError, match=r"does not know the matrix 'Walks', .* upgrade rowspace"):
        step_from_dict({"kind": "Walks", "length": 80})


def test_a_setting_of_a_newer_version_is_named():
    with pytest.raises(InputError, match=r"'PPMI' has no setting 'cutoff' .* upgrade rowspace"):
        step_from_dict({"kind": "PPMI", "shift": 1.0, "cutoff": 3})

"""The grammar is a value: one line in print, the same again from JSON, and no nonsense in it."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rowspace.errors import InputError
from rowspace.factor.grammar import (
    Alternating,
    Auto,
    Axis,
    Constant,
    Factorization,
    Free,
    Ignore,
    Linear,
    Log,
    Lookup,
    One,
    Spectral,
    Uniform,
    Value,
)
from rowspace.observe.weighting import PPMI, Center, TfIdf

amount = st.floats(0, 1e6)
above = st.floats(1e-6, 1e6)
side = st.builds(Lookup, st.builds(Free, l2=amount, frequency=amount))
factorizations = st.builds(
    Factorization,
    dim=st.integers(1, 4096),
    matrix=st.sampled_from([(), (TfIdf(),), (PPMI(shift=5.0),), (TfIdf(), Center())]),
    target=st.sampled_from([Value(), One()]),
    confidence=st.one_of(
        st.builds(Constant, amount), st.builds(Linear, amount), st.builds(Log, amount, above)
    ),
    unobserved=st.one_of(st.just(Ignore()), st.builds(Uniform, above)),
    rows=side,
    cols=side,
    solver=st.one_of(
        st.just(Auto()),
        st.builds(Spectral, st.floats(0, 1), above),
        st.builds(Alternating, st.integers(1, 100)),
    ),
)


@settings(deadline=None, max_examples=30)
@given(factorizations)
def test_a_factorization_survives_json(factorization):
    again = Factorization.from_json(factorization.to_json())
    assert again == factorization
    assert again.to_json() == factorization.to_json()


@settings(deadline=None, max_examples=20)
@given(factorizations)
def test_a_factorization_prints_as_one_line_that_starts_with_its_dim(factorization):
    line = str(factorization)
    assert "\n" not in line
    assert line.startswith(f"dim={factorization.dim} ")


def test_a_choice_shows_its_values_and_a_bare_one_only_its_name():
    line = str(Factorization(dim=3, confidence=Linear(40), unobserved=Ignore()))
    assert "Linear(alpha=40)" in line
    assert " Ignore " in line


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Factorization(dim=0), "dim is 0, but a whole number of at least 1"),
        (lambda: Factorization(dim=True), "dim is True"),
        (lambda: Factorization(dim=2.0), "dim is 2.0"),
        (lambda: Linear(-1), "Linear.alpha is -1, but a number of at least 0"),
        (lambda: Constant(float("nan")), "Constant.weight is nan"),
        (lambda: Log(1, 0), "Log.eps is 0, but a number above 0"),
        (lambda: Uniform(0), "Uniform.weight is 0, but a number above 0"),
        (lambda: Free(l2=float("inf")), "Free.l2 is inf"),
        (lambda: Free(frequency=-1), "Free.frequency is -1"),
        (lambda: Spectral(power=2.5), "Spectral.power is 2.5, but -1 to 2"),
        (lambda: Spectral(tolerance=0), "Spectral.tolerance is 0"),
        (lambda: Alternating(sweeps=0), "Alternating.sweeps is 0, but a whole number"),
    ],
)
def test_nonsense_is_refused_with_name_value_and_expectation(make, sentence):
    with pytest.raises(InputError, match=sentence):
        make()


def test_a_choice_on_the_wrong_axis_is_refused_with_the_choices_there_are():
    with pytest.raises(InputError, match=r"confidence is .*Uniform.*one of Constant, Linear, Log"):
        Factorization(confidence=Uniform(1))


def test_a_choice_of_a_newer_version_is_refused():
    with pytest.raises(InputError, match="does not know 'Quantum', which a newer one may"):
        Axis.from_dict({"kind": "Quantum"})
    stored = json.loads(Factorization().to_json())
    stored["unobserved"] = {"kind": "Oracle", "weight": 1}
    with pytest.raises(InputError, match="'Oracle'"):
        Factorization.from_dict(stored)

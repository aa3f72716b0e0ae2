"""What a space remembers is plain values, and its fingerprint tells encoders apart."""

import json

import numpy as np
import pytest

from rowspace.errors import InputError
from rowspace.space.provenance import plain
from rowspace.space.space import Space


def test_the_manifest_of_a_fit_is_json_and_tells_how_it_was_made(space, obs):
    m = json.loads(json.dumps(space.manifest, allow_nan=False))
    assert m["recipe"] == {
        "name": "svd", "citation": "D (1990)", "literature": [1], "options": {"dim": 3}
    }  # fmt: skip
    assert m["factorization_line"] == str(space.factorization)
    assert m["observations"] == {
        "fingerprint": obs.fingerprint,
        "source": "ratings.csv",
        "modes": ["user", "item"],
        "shape": [4, 5],
        "kind": "sparse",
        "n_observed": 7,
    }
    assert m["seed"] == 0 and m["timings"] == {"solve Spectral": 0.5}
    assert m["spectrum"] == [3.0, 2.0, 1.0] and m["facts"]["residual"] == 0.25
    assert set(m["versions"]) == {"python", "numpy", "scipy", "numba", "pyarrow"}
    assert [s["name"] for s in m["sides"]] == ["user", "item"]
    assert m["sides"][1]["columns"][0] == {"name": "year", "type": "int64"}


def test_equal_fits_have_equal_fingerprints_and_others_do_not(make):
    same, again, other = make(seed=0), make(seed=0), make(seed=1)
    assert same.sides[0].encoder == again.sides[0].encoder != other.sides[0].encoder


def test_a_named_encoder_is_the_fingerprint_whatever_the_vectors():
    e5 = {"model": "e5", "revision": "abc"}
    a = Space.from_vectors({"word": (["a"], [[1, 2]])}, encoder=e5)
    b = Space.from_vectors({"text": (["b"], [[3, 4]])}, encoder=dict(reversed(e5.items())))
    c = Space.from_vectors({"word": (["a"], [[1, 2]])}, encoder={**e5, "revision": "d"})
    assert a.sides[0].encoder == b.sides[0].encoder != c.sides[0].encoder
    assert a.manifest["encoder"]["given"] == e5


def test_an_encoder_that_is_no_plain_value_is_refused():
    with pytest.raises(InputError, match="the encoder should be plain values"):
        Space.from_vectors({"word": (["a"], [[1, 2]])}, encoder={"model": object()})


def test_anything_becomes_plain():
    odd = {"a": np.int32(3), 2: (np.nan, np.inf), "c": {1.5}, "d": None, "e": np.bool_(True)}
    assert plain(odd) == {"a": 3, "2": [None, None], "c": [1.5], "d": None, "e": True}
    assert json.dumps(plain({"x": object})).startswith('{"x": "<class')

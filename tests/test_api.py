"""`fit` leads from observations to a space and tells how it did it."""

import numpy as np
import pytest

import rowspace as rs
from rowspace.errors import InputError
from rowspace.factor.grammar import Factorization


@pytest.fixture(scope="module")
def obs():
    plays = {
        "user": ["ann", "ann", "bob", "cy", "cy", "cy"],
        "song": ["x", "y", "x", "x", "y", "z"],
        "n": [3, 1, 2, 1, 4, 1],
    }
    return rs.read(plays, rows="user", cols="song", values="n")


def test_a_recipe_by_name_and_its_factorization_give_the_same_space(obs):
    named = rs.fit(obs, "ials", dim=2, alpha=3.0, seed=5)
    written = rs.fit(obs, named.factorization, seed=5)
    np.testing.assert_array_equal(named["user"].vectors, written["user"].vectors)
    assert named.manifest["recipe"]["options"] == {"dim": 2, "alpha": 3.0}
    assert written.manifest["recipe"] is None


def test_the_same_seed_repeats_and_another_differs(obs):
    first, again, other = (rs.fit(obs, "ials", dim=2, seed=s) for s in (0, 0, 1))
    np.testing.assert_array_equal(first["song"].vectors, again["song"].vectors)
    assert not np.array_equal(first["song"].vectors, other["song"].vectors)


def test_the_space_says_what_was_done_and_how_long_it_took(obs):
    space = rs.fit(obs, "svd", dim=2)
    assert space.manifest["recipe"]["name"] == "svd"
    assert space.manifest["observations"]["fingerprint"] == obs.fingerprint
    assert list(space.manifest["timings"]) == ["solve Spectral"]


def test_dim_overrides_that_of_a_given_factorization(obs):
    assert rs.fit(obs, Factorization(dim=3), dim=1).factorization.dim == 1


def test_options_beside_a_factorization_are_refused(obs):
    with pytest.raises(InputError, match="a Factorization has no option 'alpha'"):
        rs.fit(obs, Factorization(dim=1), alpha=3)


def test_something_that_is_no_observations_is_refused():
    with pytest.raises(InputError, match=r"got ndarray; make them with rowspace\.read"):
        rs.fit(np.eye(3), "svd")

"""Rules of relations: found where the vectors multiply, with counts that are counted."""

import numpy as np
import pytest

import rowspace as rs
from rowspace.errors import InputError, UnsupportedError
from rowspace.explain.rules import composition_rules


@pytest.fixture(scope="module")
def ring():
    told = [(f"n{i}", "next", f"n{(i + 1) % 12}") for i in range(12)]
    told += [(f"n{i}", "second", f"n{(i + 2) % 12}") for i in range(12)]
    told += [(f"n{i}", "third", f"n{(i + 3) % 12}") for i in range(0, 12, 2)]
    return rs.read_triples(told)


def test_the_rules_of_a_ring_are_found_and_counted(ring):
    space = rs.fit(ring, "complex", dim=16, epochs=150, batch=8, n3=0.003)
    rules = {(r.first, r.second, r.then): r for r in composition_rules(space, ring, k=27)}
    assert rules["next", "next", "second"].support == 12
    assert rules["next", "next", "second"].confidence == 1
    assert rules["next", "second", "third"].support == 6
    assert rules["next", "second", "third"].confidence == 0.5
    ordered = [r.distance for r in composition_rules(space, ring, k=27)]
    assert (np.diff(ordered) >= 0).all()
    best = composition_rules(space, ring, k=6)
    assert {("next", "next", "second")} <= {(r.first, r.second, r.then) for r in best}


def test_what_cannot_be_is_told(ring):
    with pytest.raises(UnsupportedError, match="do not multiply"):
        composition_rules(rs.fit(ring, "transe", dim=4, epochs=1), ring)
    with pytest.raises(InputError, match="k is 0"):
        composition_rules(rs.fit(ring, "distmult", dim=4, epochs=1), ring, k=0)

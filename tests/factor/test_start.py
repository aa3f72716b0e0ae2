"""Starts keep what is known in its place and begin the rest as any fit does."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from rowspace.factor.alternating import solve
from rowspace.factor.factors import Factors
from rowspace.factor.grammar import Alternating, Factorization, Free, Lookup, NonNegative
from rowspace.factor.start import grown, moved
from rowspace.observe.observations import Observations

RNG = np.random.default_rng(0)
OBS = Observations.from_matrix(sparse.csr_array(RNG.random((6, 5))), rows="user", cols="item")
F = Factorization(dim=3, solver=Alternating(sweeps=2))
KNOWN = Factors(
    RNG.random((4, 3)).astype(np.float32),
    RNG.random((5, 3)).astype(np.float32),
    extras={"rows": {"bias": np.arange(4.0)}, "cols": {}},
    facts={"mean": 0.7},
)


def test_known_rows_move_and_new_ones_are_small_and_random():
    places = {
        "rows": (np.array([0, 2, 5]), np.array([3, 0, 1])),
        "cols": (np.arange(5), np.arange(5)),
    }
    found = moved(F, OBS, KNOWN, places, seed=0)
    np.testing.assert_array_equal(found.rows[[0, 2, 5]], KNOWN.rows[[3, 0, 1]])
    np.testing.assert_array_equal(found.cols, KNOWN.cols)
    assert 0 < np.abs(found.rows[[1, 3, 4]]).max() < 0.3
    np.testing.assert_array_equal(found.extras["rows"]["bias"], [3, 0, 0, 0, 0, 1])
    assert found.facts == {"mean": 0.7}
    again, other = (moved(F, OBS, KNOWN, places, seed=s) for s in (0, 1))
    np.testing.assert_array_equal(found.rows, again.rows)
    assert not np.array_equal(found.rows, other.rows)


def test_a_larger_rank_keeps_the_columns_that_are_there():
    small = solve(F, OBS)
    wide = Factorization(dim=5, solver=Alternating(sweeps=2))
    found = grown(wide, OBS, small, seed=0)
    assert found.rows.shape == (6, 5) and found.cols.shape == (5, 5)
    np.testing.assert_array_equal(found.rows[:, :3], small.rows)
    assert 0 < np.abs(found.cols[:, 3:]).max() < 0.3


def test_new_columns_obey_the_constraint():
    side = Lookup(NonNegative())
    f = Factorization(dim=5, rows=side, cols=Lookup(Free()), solver=Alternating(sweeps=2))
    found = grown(f, OBS, Factors(np.ones((6, 2), np.float32), np.ones((5, 2), np.float32)), 0)
    assert found.rows.min() >= 0 and found.rows[:, 2:].max() > 0

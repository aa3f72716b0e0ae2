"""`sparse-nmf`: the more it charges, the more numbers of the rows are exactly 0."""

import numpy as np
import pytest

import rowspace as rs
from rowspace.factor.solvers import solve
from rowspace.recipes.sparse_nmf import sparse_nmf


@pytest.fixture(scope="module")
def spectra():
    rng = np.random.default_rng(0)
    return (rng.gamma(0.5, 1, (50, 4)) @ rng.random((4, 20))).astype(np.float32)


def observations(matrix):
    return rs.Observations.from_matrix(matrix, rows="pixel", cols="band")


def test_a_higher_charge_makes_more_zeros(spectra):
    zeros = []
    for l1 in (0.0, 0.5, 2.0):
        found = solve(sparse_nmf(4, l1=l1), observations(spectra))
        assert found.rows.min() >= 0 and found.cols.min() >= 0
        zeros.append((found.rows == 0).mean())
    assert zeros[0] < zeros[1] < zeros[2]


def test_the_rows_fulfil_the_first_order_condition_of_the_charged_problem(spectra):
    found = solve(sparse_nmf(4, l1=0.5, l2=0.2), observations(spectra))
    u, v = found.rows.astype(float), found.cols.astype(float)
    slope = (u @ v.T - spectra) @ v + 0.5
    assert slope.min() > -1e-3 and np.abs(slope[u > 0]).max() < 1e-3
    stated = 0.5 * ((spectra - u @ v.T) ** 2).sum() + 0.5 * u.sum() + 0.1 * (v**2).sum()
    assert found.trace[-1] == pytest.approx(stated, rel=1e-3)
    assert (np.diff(found.trace) <= 1e-6 * found.trace[0]).all()

"""`robust-nmf`: wild cells have little say, under both losses."""

import numpy as np
import pytest

import rowspace as rs
from rowspace.errors import InputError
from rowspace.factor.solvers import solve
from rowspace.recipes.nmf import nmf
from rowspace.recipes.robust_nmf import robust_nmf


@pytest.fixture(scope="module")
def damaged():
    """A product of two factors of which a tenth of the cells are wrong, and the clean matrix."""
    rng = np.random.default_rng(0)
    clean = rng.random((60, 2)) @ rng.random((2, 30))
    x = np.where(rng.random(clean.shape) < 0.1, 3.0, clean).astype(np.float32)
    return rs.Observations.from_matrix(x, rows="pixel", cols="band"), clean


def miss(found, clean):
    return np.abs(found.rows @ found.cols.T - clean).mean()


def test_wild_cells_move_it_less_than_least_squares(damaged):
    obs, clean = damaged
    plain = miss(solve(nmf(2), obs), clean)
    huber = solve(robust_nmf(2, loss="huber", scale=0.05), obs)
    assert miss(huber, clean) < 0.3 * plain
    bounded = solve(robust_nmf(2, scale=0.2, l2=1e-4), obs, start=huber)
    assert miss(bounded, clean) < 0.1 * plain


@pytest.mark.parametrize("loss", ["correntropy", "huber"])
def test_the_objective_falls_and_is_the_one_stated(damaged, loss):
    obs, _ = damaged
    found = solve(robust_nmf(2, loss=loss, scale=0.3, l1=0.01, l2=0.1, sweeps=20, tolerance=0), obs)
    assert (np.diff(found.trace) <= 1e-6 * found.trace[0]).all()
    assert found.rows.min() >= 0 and found.cols.min() >= 0
    e = np.abs(obs.cells - found.rows.astype(float) @ found.cols.T)
    if loss == "huber":
        rho = np.where(e <= 0.3, e**2 / 2, 0.3 * e - 0.045)
    else:
        rho = 0.09 * (1 - np.exp(-(e**2) / 0.18))
    stated = rho.sum() + 0.01 * found.rows.sum() + 0.05 * (found.cols**2).sum()
    assert found.trace[-1] == pytest.approx(stated, rel=1e-3)


def test_the_loss_is_one_of_two():
    with pytest.raises(InputError, match="loss is 'squared', but 'correntropy' or 'huber'"):
        robust_nmf(loss="squared")

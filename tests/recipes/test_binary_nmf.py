"""`binary-nmf`: bits on one side, amounts of at least 0 on the other, unknown cells left out."""

import numpy as np
import pytest
from scipy.sparse import csr_array

import rowspace as rs
from rowspace.errors import InputError
from rowspace.factor.factors import Factors
from rowspace.factor.solvers import solve
from rowspace.recipes.binary_nmf import binary_nmf


@pytest.fixture(scope="module")
def planted():
    """Ratings that are products, the cells of which 60 % are known, and the factors."""
    rng = np.random.default_rng(0)
    users = rng.gamma(1, 1, (50, 3)).astype(np.float32)
    items = (rng.random((30, 3)) < 0.5).astype(np.float32)
    truth = users @ items.T
    seen = rng.random(truth.shape) < 0.6
    i, j = np.nonzero(seen)
    cells = csr_array((truth[i, j], (i, j)), shape=truth.shape)
    obs = rs.Observations.from_matrix(cells, rows="user", cols="item")
    return obs, truth, seen, users, items


@pytest.mark.parametrize("side", ["rows", "cols"])
def test_one_side_is_bits_the_other_not_negative_and_the_objective_falls(planted, side):
    found = solve(binary_nmf(3, binary=side, sweeps=15, tolerance=0), planted[0])
    bits, real = (found.rows, found.cols) if side == "rows" else (found.cols, found.rows)
    assert set(np.unique(bits)) <= {0.0, 1.0} and real.min() >= 0
    assert (np.diff(found.trace) <= 1e-6 * found.trace[0]).all()


def test_from_near_the_truth_it_completes_the_unknown_cells(planted):
    obs, truth, seen, users, items = planted
    rng = np.random.default_rng(1)
    near = users * (1 + 0.2 * rng.standard_normal(users.shape).astype(np.float32))
    start = Factors(np.maximum(near, 0), items)
    found = solve(binary_nmf(3, l2=1e-4), obs, start=start)
    np.testing.assert_allclose((found.rows @ found.cols.T)[~seen], truth[~seen], atol=0.02)


def test_no_single_bit_could_be_flipped_with_profit(planted):
    obs, truth, seen, *_ = planted
    found = solve(binary_nmf(3, binary="rows", l2=0.1), obs)  # the rows are solved last
    bits, real = found.rows.astype(float), found.cols.astype(float)

    def cost(b):
        return (np.where(seen, truth - b @ real.T, 0) ** 2).sum(axis=1)

    for h in range(3):
        flipped = bits.copy()
        flipped[:, h] = 1 - flipped[:, h]
        assert (cost(flipped) >= cost(bits) - 1e-3).all()


def test_the_side_of_the_bits_is_rows_or_cols():
    with pytest.raises(InputError, match="binary is 'both', but 'rows' or 'cols'"):
        binary_nmf(binary="both")

"""`nmf` finds non-negative parts: stationary, monotone, masked and weighted as it says."""

import dataclasses

import numpy as np
import pytest
from scipy.sparse import csr_array

import rowspace as rs
from rowspace.errors import InputError
from rowspace.factor.solvers import solve
from rowspace.recipes.nmf import nmf


@pytest.fixture(scope="module")
def counts():
    rng = np.random.default_rng(0)
    return rng.poisson(3 * rng.gamma(0.3, 1, (60, 3)) @ rng.gamma(0.3, 1, (3, 40))).astype(float)


def observations(matrix):
    return rs.Observations.from_matrix(matrix, rows="document", cols="word")


def slopes(x, u, v, loss):
    """The derivatives of the objective by u, and their scale."""
    s = u @ v.T
    pull = x if loss == "squared" else x / np.maximum(s, 1e-30)
    push = s if loss == "squared" else np.ones_like(s)
    return (push - pull) @ v, push @ v + pull @ v


@pytest.mark.parametrize("loss", ["squared", "kl"])
def test_at_the_end_no_number_of_either_side_wants_to_move(counts, loss):
    found = solve(nmf(3, loss=loss, sweeps=600, tolerance=0), observations(csr_array(counts)))
    u, v = found.rows.astype(float), found.cols.astype(float)
    assert u.min() >= 0 and v.min() >= 0
    for x, a, b in ((counts, u, v), (counts.T, v, u)):
        slope, scale = slopes(x, a, b, loss)
        assert (slope >= -2e-3 * scale).all()
        assert (np.abs(slope) * a <= 2e-3 * scale * a.max()).all()


@pytest.mark.parametrize("options", [{}, {"loss": "kl"}, {"missing": True}, {"l2": 0.5},
                                     {"loss": "kl", "missing": True}])  # fmt: skip
def test_the_objective_falls_with_every_sweep_and_is_the_one_stated(counts, options):
    f = nmf(4, sweeps=20, tolerance=0, **options)
    found = solve(f, observations(csr_array(counts)))
    assert (np.diff(found.trace) <= 1e-6 * found.trace[0]).all()
    s = found.rows.astype(float) @ found.cols.T
    if options.get("loss") == "kl":
        cost = s - counts + counts * np.log(np.where(counts > 0, counts / np.maximum(s, 1e-30), 1))
    else:
        cost = 0.5 * (counts - s) ** 2
    seen = (counts > 0) if options.get("missing") else np.ones_like(counts)
    squares = (found.rows**2).sum(dtype=float) + (found.cols**2).sum(dtype=float)
    stated = (seen * cost).sum() + 0.5 * options.get("l2", 0.0) * squares
    assert found.trace[-1] == pytest.approx(stated, rel=1e-3)


def test_it_ends_no_higher_than_scikit_learn_from_the_same_start(counts):
    decomposition = pytest.importorskip("sklearn.decomposition")
    from rowspace.factor.factors import Factors

    rng = np.random.default_rng(1)
    u, v = rng.random((60, 3)), rng.random((40, 3))
    theirs = decomposition.NMF(3, init="custom", max_iter=2000, tol=1e-8)
    w = theirs.fit_transform(counts, W=u.copy(), H=v.T.copy())
    start = Factors(u.astype(np.float32), v.astype(np.float32))
    ours = solve(nmf(3, sweeps=500), observations(csr_array(counts)), start=start)
    misses = [((counts - p) ** 2).sum() for p in (ours.rows @ ours.cols.T, w @ theirs.components_)]
    assert misses[0] <= 1.01 * misses[1]


def test_missing_cells_have_no_say():
    rng = np.random.default_rng(2)
    truth = rng.random((40, 2)) @ rng.random((2, 30))
    seen = rng.random(truth.shape) < 0.6
    i, j = np.nonzero(seen)
    cells = csr_array((truth[i, j].astype(np.float32), (i, j)), shape=truth.shape)
    found = solve(nmf(2, missing=True, sweeps=1000, tolerance=0), observations(cells))
    np.testing.assert_allclose((found.rows @ found.cols.T)[~seen], truth[~seen], atol=0.05)


def test_a_cell_of_little_weight_has_little_say(counts):
    wild = counts[:20, :15].copy()
    wild[3, 4] = 500
    weights = np.ones(wild.shape, np.float32)
    weights[3, 4] = 1e-6
    obs = dataclasses.replace(observations(wild), weights=weights)
    found = solve(nmf(2, weighted=True, sweeps=100), obs)
    assert (found.rows @ found.cols.T)[3, 4] < 50


@pytest.mark.parametrize("loss", ["squared", "kl"])
def test_a_new_document_gets_the_vector_that_training_gave(counts, loss):
    space = rs.fit(observations(csr_array(counts)), "nmf", dim=3, loss=loss, sweeps=500)
    row = csr_array(counts)[[5]]
    again = space.fold_in("document", dict(zip(row.indices.tolist(), row.data.tolist())))
    trained = space["document"].vectors[5]
    np.testing.assert_allclose(again, trained, atol=2e-2 * trained.max())


def test_a_seed_repeats_and_empty_rows_are_zero(counts):
    holes = counts.copy()
    holes[7], holes[:, 9] = 0, 0
    for loss in ("squared", "kl"):
        one, two = (solve(nmf(3, loss=loss, sweeps=5), observations(csr_array(holes)), seed=3)
                    for _ in range(2))  # fmt: skip
        np.testing.assert_array_equal(one.rows, two.rows)
        assert not one.rows[7].any() and not one.cols[9].any()


def test_the_loss_is_one_of_two():
    with pytest.raises(InputError, match="loss is 'huber', but 'squared' or 'kl'"):
        nmf(loss="huber")

"""`norm-svd` is the best approximation under weights by degree; `puresvd` under equal ones."""

import numpy as np
import pytest
from scipy.sparse import csr_array, random_array

import rowspace as rs
from rowspace.factor.factors import Factors
from rowspace.factor.grammar import Alternating, Constant, Degrees, Factorization, One, Spectral
from rowspace.factor.solvers import solve
from rowspace.recipes.norm_svd import norm_svd
from rowspace.recipes.puresvd import puresvd


def clicks(n=60, m=40, seed=0) -> rs.Observations:
    rng = np.random.default_rng(seed)
    pattern = csr_array(random_array((n, m), density=0.2, rng=rng))
    pattern.data[:] = rng.integers(1, 5, pattern.nnz)
    return rs.Observations.from_matrix(pattern, rows="user", cols="item")


def normalized(obs, a, b):
    ones = (obs.cells.toarray() > 0).astype(np.float64)
    n, m = np.maximum(ones.sum(1), 1), np.maximum(ones.sum(0), 1)
    return ones, n**a, m**b


def product(found: Factors):
    return found.rows.astype(np.float64) @ found.cols.T.astype(np.float64)


@pytest.mark.parametrize("a, b", [(0.3, 0.5), (0.5, 0.5), (0.0, 0.7)])
def test_it_is_the_svd_of_the_normalized_matrix_taken_back(a, b):
    obs = clicks()
    found = solve(norm_svd(8, row_degree=a, col_degree=b, tolerance=1e-7), obs)
    ones, of_rows, of_cols = normalized(obs, a, b)
    u, s, vt = np.linalg.svd(ones / of_rows[:, None] / of_cols)
    best = ((u[:, :8] * s[:8]) @ vt[:8]) * of_rows[:, None] * of_cols
    np.testing.assert_allclose(product(found), best, atol=1e-4)
    # Users are sparse products of what they took, as a filter of histories has it.
    filtered = (ones / of_cols) @ (vt[:8].T * np.sign(vt[:8].T[0]))
    ours = found.rows / np.linalg.norm(found.rows, axis=0)
    theirs = filtered / np.linalg.norm(filtered, axis=0)
    np.testing.assert_allclose(np.abs((ours * theirs).sum(axis=0)), 1, atol=1e-4)


def test_alternating_least_squares_under_the_same_weights_agrees():
    obs = clicks()
    closed = Factorization(
        dim=5,
        target=One(),
        confidence=Constant(0.0),
        unobserved=Degrees(-0.6, -1.0),
        solver=Spectral(tolerance=1e-7),
    )
    stepwise = Factorization(
        dim=5,
        target=One(),
        confidence=Constant(0.0),
        unobserved=Degrees(-0.6, -1.0),
        solver=Alternating(sweeps=400, exact=True),
    )
    np.testing.assert_allclose(
        product(solve(stepwise, obs)), product(solve(closed, obs)), atol=2e-3
    )


@pytest.mark.parametrize("emphasis", [0.0, 0.5, -1.0])
def test_folding_in_a_known_user_gives_its_vector(emphasis):
    obs = clicks()
    space = rs.fit(obs, "norm-svd", dim=6, emphasis=emphasis, tolerance=1e-7)
    ids, values = space.observed(3)
    again = space.fold_in("user", dict(zip(ids, values.tolist(), strict=True)))
    np.testing.assert_allclose(again, space["user"][3], rtol=1e-3, atol=1e-4)
    ids, values = space.observed(3, "item")
    again = space.fold_in("item", dict(zip(ids, values.tolist(), strict=True)))
    np.testing.assert_allclose(again, space["item"][3], rtol=1e-3, atol=1e-4)


def test_a_saved_space_folds_in_alike(tmp_path):
    space = rs.fit(clicks(), "norm-svd", dim=6, emphasis=0.3)
    opened = rs.open(space.save(tmp_path / "s"))
    new = {1: 1.0, 7: 1.0}
    np.testing.assert_array_equal(opened.fold_in("user", new), space.fold_in("user", new))


def test_emphasis_is_an_exponent_of_the_singular_values():
    obs = clicks()
    plain, low_pass = (
        solve(norm_svd(6, emphasis=e, tolerance=1e-7), obs).rows for e in (0.0, -1.0)
    )
    spectrum = solve(norm_svd(6, tolerance=1e-7), obs).spectrum
    np.testing.assert_allclose(low_pass * spectrum, plain, rtol=1e-4, atol=1e-5)


def test_puresvd_is_the_truncated_svd_of_ones():
    obs = clicks()
    found = solve(puresvd(6, tolerance=1e-7), obs)
    ones = (obs.cells.toarray() > 0).astype(np.float64)
    u, s, vt = np.linalg.svd(ones)
    np.testing.assert_allclose(product(found), (u[:, :6] * s[:6]) @ vt[:6], atol=1e-4)
    np.testing.assert_allclose(found.rows, ones @ found.cols, atol=1e-4)


def test_rows_and_columns_without_cells_are_zero():
    cells = csr_array(np.array([[1, 1, 0], [0, 0, 0], [1, 0, 0]], np.float32))
    found = solve(norm_svd(2), rs.Observations.from_matrix(cells, rows="user", cols="item"))
    assert not found.rows[1].any() and not found.cols[2].any()
    assert np.isfinite(found.rows).all() and np.isfinite(found.cols).all()


def test_charges_and_operators_are_refused_where_cells_weigh_by_degree():
    from scipy.sparse.linalg import aslinearoperator

    from rowspace.errors import UnsupportedError
    from rowspace.factor.grammar import Free, Lookup

    charged = Factorization(
        dim=2,
        unobserved=Degrees(),
        rows=Lookup(Free(l2=1.0)),
        cols=Lookup(Free(l2=1.0)),
        solver=Spectral(),
    )
    with pytest.raises(UnsupportedError, match="charge l2 where cells weigh by degree"):
        solve(charged, clicks())
    operator = rs.Observations.from_matrix(aslinearoperator(np.eye(3)), rows="a", cols="b")
    with pytest.raises(UnsupportedError, match="operator"):
        solve(Factorization(dim=2, unobserved=Degrees(), solver=Spectral()), operator)

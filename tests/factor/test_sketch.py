"""`Sketch` is unbiased, keeps its seed, and folds rows in by the projection of training."""

import numpy as np
import pytest
from scipy.sparse import csr_array, random_array
from scipy.sparse.linalg import aslinearoperator

import rowspace as rs
from rowspace.errors import InputError, UnsupportedError
from rowspace.factor.covariance import error_bars
from rowspace.factor.fold_in import fold_in
from rowspace.factor.grammar import (
    Factorization,
    Free,
    Given,
    Linear,
    Lookup,
    One,
    Sketch,
    Spectral,
    Uniform,
)
from rowspace.factor.sketch import very_sparse
from rowspace.factor.solvers import choose, solve
from rowspace.observe.observations import Observations


@pytest.fixture(scope="module")
def matrix():
    rng = np.random.default_rng(0)
    x = csr_array(random_array((60, 50), density=0.2, rng=rng, dtype=np.float32))
    lil = x.tolil()
    lil[7] = 0
    return csr_array(lil)


def observe(matrix):
    return Observations.from_matrix(matrix, rows="user", cols="item")


@pytest.mark.parametrize("density", [None, 0.05, 1 / 3, 1.0])
def test_the_projection_is_orthonormal_in_expectation_and_as_dense_as_asked(density):
    share = density or 50**-0.5
    total, cells = np.zeros((50, 50)), 0
    for seed in range(300):
        r = very_sparse(50, 16, share, seed)
        total += r.dense() @ r.dense().T
        cells += len(r.data)
        np.testing.assert_allclose(np.abs(r.data), (share * 16) ** -0.5, rtol=1e-6)
    assert cells / (300 * 50 * 16) == pytest.approx(share, rel=0.03)
    # 300 draws of a mean of 16 products: five standard errors of each cell.
    assert np.abs(total / 300 - np.eye(50)).max() < 5 * (1 / (share * 16 * 300)) ** 0.5 + 0.03


def test_the_scores_are_the_cells_in_expectation(matrix):
    f = Factorization(dim=32, solver=Sketch())
    mean = np.zeros(matrix.shape)
    for seed in range(400):
        found = solve(f, observe(matrix), seed)
        mean += found.rows.astype(float) @ found.cols.T / 400
    # The variance of a score is at most |row|^2 / dim and the own cell's kurtosis.
    length = np.linalg.norm(matrix.toarray(), axis=1, keepdims=True) + 1
    assert (np.abs(mean - matrix.toarray()) / length).max() < 5 * (1 / (32 * 400)) ** 0.5


def test_lengths_of_rows_are_kept_by_many_dimensions(matrix):
    found = solve(Factorization(dim=2000, solver=Sketch(density=1.0)), observe(matrix))
    true = matrix.toarray() @ matrix.toarray().T
    np.testing.assert_allclose(found.rows @ found.rows.T, true, atol=0.12 * true.max())


def test_sparse_dense_and_operator_give_the_same(matrix):
    f = Factorization(dim=8, solver=Sketch(density=0.3))
    for form in (matrix.toarray(), aslinearoperator(matrix)):
        found, sparse = solve(f, observe(form), 3), solve(f, observe(matrix), 3)
        np.testing.assert_allclose(found.rows, sparse.rows, rtol=1e-5, atol=1e-6)
        np.testing.assert_array_equal(found.cols, sparse.cols)


def test_the_seed_repeats_whatever_the_threads(monkeypatch):
    rng = np.random.default_rng(1)
    big = observe(csr_array(random_array((3000, 900), density=0.1, rng=rng, dtype=np.float32)))
    f, found = Factorization(dim=8, solver=Sketch()), []
    for threads in ("1", "2"):
        monkeypatch.setenv("ROWSPACE_THREADS", threads)
        found.append(solve(f, big, seed=5).rows)
    assert np.array_equal(*found)
    assert not np.array_equal(found[0], solve(f, big, seed=6).rows)


def test_the_facts_say_that_nothing_was_fitted_and_count_empty_rows(matrix):
    facts = solve(Factorization(dim=64, solver=Sketch(density=1.0)), observe(matrix)).facts
    assert facts == {"fitted": False, "density": 1.0, "zero_rows": 1}


def test_a_row_folded_in_again_gets_its_vector(matrix):
    obs = observe(matrix)
    space = rs.fit(obs, Factorization(dim=16, solver=Sketch()))
    cells = {int(j): float(matrix[3, j]) for j in np.flatnonzero(matrix[[3]].toarray())}
    np.testing.assert_allclose(space.fold_in("user", cells), space["user"].vectors[3], atol=1e-6)
    with pytest.raises(UnsupportedError, match="drawn at random; fit again"):
        fold_in(space.factorization, "cols", space["user"].vectors, np.array([1]), np.array([1.0]))


def test_it_is_chosen_by_name_only(matrix):
    assert isinstance(choose(Factorization(), observe(matrix)), Spectral)
    named = Factorization(solver=Sketch(density=0.5))
    assert choose(named, observe(matrix)) == Sketch(density=0.5)
    assert Factorization.from_json(named.to_json()) == named


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"confidence": Linear(2.0)}, "Sketch cannot .*use solver=Alternating"),
        ({"confidence": Given()}, "Sketch cannot do confidence=Given"),
        ({"target": One()}, "Sketch cannot do target=One.*use solver=Spectral"),
        ({"rows": Lookup(Free(1.0)), "cols": Lookup(Free(1.0))}, "charge the length of vectors"),
    ],
)
def test_what_it_cannot_do_is_refused_in_a_sentence(matrix, changes, message):
    f = Factorization(**{"solver": Sketch(), "unobserved": Uniform(1.0), **changes})
    with pytest.raises(UnsupportedError, match=message):
        solve(f, observe(matrix))


def test_it_has_no_error_bars_nothing_to_continue_and_no_density_beyond_one(matrix):
    obs, f = observe(matrix), Factorization(dim=4, solver=Sketch())
    with pytest.raises(UnsupportedError, match="no error bars; fit with"):
        error_bars(f, obs, solve(f, obs))
    with pytest.raises(UnsupportedError, match="closed form"):
        rs.fit(obs, rs.fit(obs, f))
    for density in (0.0, -1.0, 1.5):
        with pytest.raises(InputError, match=r"Sketch.density is"):
            Sketch(density=density)


def test_empty_matrices_give_empty_vectors():
    none = Observations.from_matrix(csr_array((0, 5)), rows="user", cols="item")
    found = solve(Factorization(dim=3, solver=Sketch()), none)
    assert found.rows.shape == (0, 3) and found.cols.shape == (5, 3)

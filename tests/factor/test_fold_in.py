"""A row folded in gets the vector that training would give it."""

import dataclasses

import numpy as np
import pytest
from scipy.sparse import csr_array, random_array

from rowspace.errors import InputError
from rowspace.factor.fold_in import fold_in, fold_in_many, fold_in_side, partner_gram
from rowspace.factor.gram import constraint_of, row_problem
from rowspace.factor.grammar import (
    Alternating,
    Biases,
    Constant,
    Factorization,
    Free,
    Ignore,
    Linear,
    Lookup,
    One,
    Popularity,
    Propensity,
    Spectral,
    Uniform,
    Value,
)
from rowspace.factor.rows import solve_rows
from rowspace.factor.solvers import solve
from rowspace.factor.statement import state
from rowspace.linalg.csr import Csr
from rowspace.observe.observations import Observations
from rowspace.threads import kernel_threads

WEIGHTED = Factorization(
    dim=6, target=One(), confidence=Linear(5), unobserved=Uniform(0.5),
    rows=Lookup(Free(0.1, 1.0)), cols=Lookup(Free(0.3, 0.5)), solver=Alternating(3),
)  # fmt: skip
OBSERVED = Factorization(
    dim=6, confidence=Constant(1), unobserved=Ignore(), target=Value(),
    rows=Lookup(Free(0.1)), cols=Lookup(Free(0.1)), solver=Alternating(3),
)  # fmt: skip
SVD = Factorization(dim=6, solver=Spectral(power=1.0, tolerance=1e-6))
CHARGED = Factorization(
    dim=6, rows=Lookup(Free(0.2)), cols=Lookup(Free(0.5)), solver=Spectral(tolerance=1e-6)
)
ALL = {"weighted": WEIGHTED, "observed": OBSERVED, "svd": SVD, "charged": CHARGED}


@pytest.fixture(scope="module")
def matrix():
    rng = np.random.default_rng(0)
    return random_array((70, 45), density=0.2, rng=rng, format="csr", dtype=np.float32) * 3


def factors(f, matrix):
    return solve(f, Observations.from_matrix(matrix, rows="user", cols="item"))


def row(matrix, i):
    a = matrix[[i]]
    return a.indices, a.data


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("side", ["rows", "cols"])
def test_one_row_equals_what_the_training_kernel_gives_it(matrix, name, side):
    f = ALL[name]
    found = factors(f, matrix)
    cells = matrix if side == "rows" else csr_array(matrix.T)
    partner = found.cols if side == "rows" else found.rows
    with kernel_threads():
        problem = row_problem(state(f, Csr.of(cells)).weighted(), partner, constraint_of(f, side))
        trained = solve_rows(problem).vectors
    for i in (0, 11, 44):
        got = fold_in(f, side, partner, *row(cells, i))
        np.testing.assert_allclose(got, trained[i], atol=1e-5)
    many = fold_in_many(f, side, partner, cells, gram=partner_gram(f, partner))
    np.testing.assert_allclose(many, trained, atol=1e-5)


@pytest.mark.parametrize("name", ["svd", "charged"])
def test_a_training_row_of_a_closed_form_gets_its_own_vector_back(matrix, name):
    found = factors(ALL[name], matrix)
    got = fold_in_many(ALL[name], "rows", found.cols, matrix)
    np.testing.assert_allclose(got, found.rows, atol=1e-4)


def test_rows_of_the_last_half_sweep_get_their_own_vectors_back(matrix):
    found = factors(WEIGHTED, matrix)
    got = fold_in_many(WEIGHTED, "rows", found.cols, matrix)
    np.testing.assert_allclose(got, found.rows, atol=1e-5)


def test_dimensions_that_the_partner_lacks_stay_zero(matrix):
    wide = Factorization(dim=60, solver=Spectral(power=0.5, tolerance=1e-6))
    found = factors(wide, matrix)
    got = fold_in(wide, "rows", found.cols, *row(matrix, 3))
    np.testing.assert_allclose(got, found.rows[3], atol=1e-3)
    assert not got[45:].any()


def test_the_order_of_the_cells_does_not_matter_and_duplicates_add(matrix):
    found = factors(WEIGHTED, matrix)
    one = fold_in(WEIGHTED, "rows", found.cols, np.array([7, 2]), np.array([1.0, 3.0]))
    two = fold_in(WEIGHTED, "rows", found.cols, np.array([2, 7, 2]), np.array([1.0, 1.0, 2.0]))
    np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("name", ALL)
def test_a_row_without_cells_gets_zero(matrix, name):
    found = factors(ALL[name], matrix)
    got = fold_in(ALL[name], "rows", found.cols, np.array([], np.int64), np.array([], np.float32))
    assert got.shape == (6,) and got.dtype == np.float32 and not got.any()


def test_nothing_is_shared_where_unobserved_cells_have_no_weight(matrix):
    assert partner_gram(OBSERVED, factors(OBSERVED, matrix).cols) is None


@pytest.mark.parametrize(
    ("positions", "values", "sentence"),
    [
        ([45], [1.0], "position 45 is not among the 45 rows"),
        ([-1], [1.0], "position -1"),
        ([1, 2], [1.0], "has 1 values for 2"),
        ([1], [np.nan], "holds nan, but a finite number"),
        ([1], [-2.0], "holds -2, but a value of at least 0 .for Linear confidence"),
    ],
)
def test_a_bad_row_is_refused(matrix, positions, values, sentence):
    partner = np.ones((45, 6), np.float32)
    with pytest.raises(InputError, match=sentence):
        fold_in(WEIGHTED, "rows", partner, np.array(positions), np.array(values))


def test_a_partner_of_the_wrong_shape_is_refused(matrix):
    with pytest.raises(InputError, match=r"do not fit a partner of shape \(45, 3\)"):
        fold_in_many(WEIGHTED, "rows", np.ones((45, 3), np.float32), matrix)


@pytest.mark.parametrize("side", ["rows", "cols"])
@pytest.mark.parametrize("unobserved", [Propensity(0.7, 0.5, 0.3), Popularity(0.7, 1.0)])
def test_policies_that_know_the_columns_fold_in_as_they_train(matrix, unobserved, side):
    f = dataclasses.replace(
        WEIGHTED, unobserved=unobserved, confidence=Constant(0.5), solver=Alternating(300)
    )
    found = factors(f, matrix)
    cells = matrix if side == "rows" else csr_array(matrix.T)
    partner, there = (found.cols, "cols") if side == "rows" else (found.rows, "rows")
    got = fold_in_many(f, side, partner, cells, None, found.extras[there], found.facts)
    np.testing.assert_allclose(got, getattr(found, side), atol=2e-3)


def test_a_row_folded_in_has_its_own_bias(matrix):
    f = dataclasses.replace(OBSERVED, offset=Biases())
    found = factors(f, matrix)
    solved = fold_in_side(f, "rows", found.cols, matrix, None, found.extras["cols"], found.facts)
    np.testing.assert_allclose(solved.vectors, found.rows, atol=1e-4)
    np.testing.assert_allclose(solved.offset, found.extras["rows"]["bias"], atol=1e-4)

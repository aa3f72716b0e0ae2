"""`Spectral` is the closed form of the equally weighted problem, for every kind of matrix."""

import json

import numpy as np
import pytest
from scipy.sparse import csr_array, random_array
from scipy.sparse.linalg import aslinearoperator

from rowspace.factor.grammar import (
    Constant,
    Factorization,
    Free,
    Ignore,
    Lookup,
    One,
    Spectral,
    Uniform,
)
from rowspace.factor.solvers import solve
from rowspace.observe.observations import Observations


def observe(matrix):
    return Observations.from_matrix(matrix, rows="user", cols="item")


@pytest.fixture(scope="module")
def matrix():
    rng = np.random.default_rng(0)
    return random_array((120, 80), density=0.15, rng=rng, format="csr", dtype=np.float32)


def best(dense, k):
    u, s, vt = np.linalg.svd(dense.astype(np.float64), full_matrices=False)
    return (u[:, :k] * s[:k]) @ vt[:k]


@pytest.mark.parametrize("kind", [lambda a: a, lambda a: a.toarray(), aslinearoperator])
def test_the_product_is_the_best_rank_k_matrix(matrix, kind):
    f = Factorization(dim=7, solver=Spectral(tolerance=1e-6))
    found = solve(f, observe(kind(matrix)))
    product = found.rows @ found.cols.T
    np.testing.assert_allclose(product, best(matrix.toarray(), 7), atol=1e-4)
    s = np.linalg.svd(matrix.toarray(), compute_uv=False)[:7]
    np.testing.assert_allclose(found.spectrum, s, rtol=1e-5)
    assert found.facts["converged"] and found.facts["rank"] == 7
    json.dumps(found.facts)


@pytest.mark.parametrize("power", [0.0, 0.25, 1.0])
def test_power_shares_the_spectrum_between_the_sides(matrix, power):
    found = solve(Factorization(dim=5, solver=Spectral(power, 1e-6)), observe(matrix))
    lengths = np.linalg.norm(found.rows, axis=0), np.linalg.norm(found.cols, axis=0)
    np.testing.assert_allclose(lengths[0], found.spectrum**power, rtol=1e-4)
    np.testing.assert_allclose(lengths[1], found.spectrum ** (1 - power), rtol=1e-4)


def test_the_largest_entry_of_every_right_vector_is_positive(matrix):
    for m in (matrix, -matrix):
        cols = solve(Factorization(dim=6), observe(m)).cols
        assert (cols[np.abs(cols).argmax(axis=0), np.arange(6)] > 0).all()


@pytest.mark.parametrize("weight", [1.0, 4.0])
def test_charges_lower_the_spectrum_and_satisfy_the_first_order_condition(matrix, weight):
    a, b = 2 * weight, 8 * weight
    f = Factorization(
        dim=40, unobserved=Uniform(weight), rows=Lookup(Free(a)), cols=Lookup(Free(b)),
        solver=Spectral(tolerance=1e-6),
    )  # fmt: skip
    found = solve(f, observe(matrix))
    u, v = found.rows.astype(np.float64), found.cols.astype(np.float64)
    miss = matrix.toarray() - u @ v.T
    np.testing.assert_allclose(weight * miss @ v, a * u, atol=1e-4)
    np.testing.assert_allclose(weight * miss.T @ u, b * v, atol=1e-4)
    s = np.linalg.svd(matrix.toarray(), compute_uv=False)[:40]
    np.testing.assert_allclose(found.spectrum, np.maximum(s - 4, 0), atol=1e-4)
    assert 0 < found.facts["rank"] < 40
    assert not found.rows[:, found.facts["rank"] :].any()


def test_dense_cells_weigh_alike_under_any_constant_confidence(matrix):
    dense = matrix.toarray()
    charged = Lookup(Free(1.0))
    found = solve(
        Factorization(
            dim=5, confidence=Constant(3.0), unobserved=Ignore(), rows=charged, cols=charged
        ),
        observe(dense),
    )
    s = np.linalg.svd(dense, compute_uv=False)[:5]
    np.testing.assert_allclose(found.spectrum, s - 1 / 3, atol=1e-3)


def test_one_counts_what_was_observed_and_leaves_the_data_alone(matrix):
    before = matrix.copy()
    found = solve(
        Factorization(dim=4, target=One(), solver=Spectral(tolerance=1e-6)), observe(matrix)
    )
    np.testing.assert_allclose(found.rows @ found.cols.T, best(matrix.toarray() > 0, 4), atol=1e-4)
    assert (matrix != before).nnz == 0


def test_surplus_dimensions_are_exactly_zero(matrix):
    small = csr_array(matrix[:3, :])
    found = solve(Factorization(dim=9), observe(small))
    assert found.rows.shape == (3, 9) and found.cols.shape == (80, 9)
    assert not found.rows[:, 3:].any() and not found.cols[:, 3:].any()
    assert not found.spectrum[3:].any()


def test_a_matrix_of_zeros_gives_vectors_of_zeros():
    found = solve(Factorization(dim=3), observe(csr_array((6, 5), dtype=np.float32)))
    assert not found.rows.any() and not found.cols.any()
    assert found.facts["rank"] == 0 and found.facts["converged"]


def test_a_seed_gives_the_same_bits_whatever_the_number_of_threads(matrix, monkeypatch):
    tall = csr_array(random_array((9000, 500), density=0.02, rng=np.random.default_rng(1)))
    found = []
    for threads in ("1", "2", "2"):
        monkeypatch.setenv("ROWSPACE_THREADS", threads)
        found.append(solve(Factorization(dim=8), observe(tall), seed=3))
    for other in found[1:]:
        np.testing.assert_array_equal(found[0].rows, other.rows)
        np.testing.assert_array_equal(found[0].cols, other.cols)

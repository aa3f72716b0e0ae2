"""Polynomials of a sparse matrix multiply like the sums of powers that they never form."""

import numpy as np
import pytest
from scipy.sparse import csr_array, random_array

from rowspace.linalg.csr import Csr
from rowspace.linalg.polynomial import PolynomialOperator
from rowspace.linalg.products import times_sparse

COEFFICIENTS = (0.5, 0.0, -2.0, 1.5)


def sparse(n, m, seed=0, density=0.2):
    rng = np.random.default_rng(seed)
    return csr_array(random_array((n, m), density=density, rng=rng, dtype=np.float32))


def square():
    step, scale = sparse(40, 40), np.random.default_rng(2).random(40)
    dense = step.toarray().astype(float)
    formed = sum(c * np.linalg.matrix_power(dense, k) for k, c in enumerate(COEFFICIENTS))
    return PolynomialOperator(Csr.of(step), COEFFICIENTS, scale), formed * scale


def to_and_fro():
    forth, back, scale = sparse(30, 20, 3), sparse(20, 30, 4), np.random.default_rng(5).random(20)
    s, b = forth.toarray().astype(float), back.toarray().astype(float)
    formed = 2.0 * s - 3.0 * s @ b @ s
    operator = PolynomialOperator(Csr.of(forth), (0, 2, 0, -3), scale, Csr.of(back))
    return operator, formed * scale


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("make", [square, to_and_fro])
def test_products_on_both_sides_are_those_of_the_formed_polynomial(make, dtype):
    operator, formed = make()
    rng = np.random.default_rng(1)
    right = rng.standard_normal((formed.shape[1], 3)).astype(dtype)
    left = rng.standard_normal((formed.shape[0], 3)).astype(dtype)
    for got, expected in (
        (operator @ right, formed @ right),
        (operator.rmatmat(left), formed.T @ left),
        (operator @ right[:, 0], formed @ right[:, 0]),
    ):
        assert got.dtype == dtype
        np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("make", [square, to_and_fro])
def test_a_sparse_block_gives_the_product_of_the_dense_one(make):
    operator, formed = make()
    block = Csr.of(sparse(formed.shape[1], 7, 6, density=0.1))
    np.testing.assert_allclose(times_sparse(operator, block), formed @ block.dense(), atol=1e-4)
    alone = PolynomialOperator(operator.step, (3.0,), operator.scale, operator.back)
    if operator.back is None:
        np.testing.assert_allclose(
            alone.times_sparse(block), 3 * operator.scale[:, None] * block.dense(), rtol=1e-6
        )


@pytest.mark.parametrize("form", [csr_array, np.asarray], ids=["sparse", "dense"])
def test_sparse_and_dense_matrices_times_a_sparse_block(form):
    x, block = sparse(50, 30), Csr.of(sparse(30, 9, 1))
    cells = form(x if form is csr_array else x.toarray())
    np.testing.assert_allclose(times_sparse(cells, block), x @ block.dense(), rtol=1e-5, atol=1e-6)


def test_without_any_coefficient_all_is_zero():
    operator, _ = square()
    nothing = PolynomialOperator(operator.step, (), operator.scale)
    assert not (nothing @ np.ones((40, 2), np.float32)).any()

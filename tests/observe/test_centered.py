"""The centered operator multiplies like the centered matrix that it never forms."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array, random_array
from scipy.sparse.linalg import aslinearoperator

from rowspace.observe.centered import CenteredOperator


def matrix(n=9000, m=17) -> csr_array:
    rng = np.random.default_rng(0)
    return csr_array(random_array((n, m), density=0.2, rng=rng, dtype=np.float32))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("wrap", [csr_array, aslinearoperator])
@pytest.mark.parametrize("wide", [False, True])
def test_products_are_those_of_the_centered_array(dtype, wrap, wide):
    x = matrix().T.tocsr() if wide else matrix()
    dense = x.toarray().astype(np.float64)
    means = dense.mean(axis=0)
    centered = dense - means
    operator = CenteredOperator(wrap(x), means)
    rng = np.random.default_rng(1)
    right = rng.standard_normal((x.shape[1], 3)).astype(dtype)
    left = rng.standard_normal((x.shape[0], 3)).astype(dtype)
    for got, expected in (
        (operator @ right, centered @ right),
        (operator.rmatmat(left), centered.T @ left),
        (operator.T @ left, centered.T @ left),
        (operator @ right[:, 0], centered @ right[:, 0]),
        (operator.rmatvec(left[:, 0]), centered.T @ left[:, 0]),
    ):
        assert got.dtype == dtype
        np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-4)


def test_it_has_the_type_of_its_matrix_and_shows_its_parts():
    x = matrix(5, 3)
    operator = CenteredOperator(x, np.zeros(3))
    assert operator.dtype == np.float32 and operator.shape == (5, 3)
    assert operator.matrix is x and operator.means.shape == (3,)

"""CSR with the kernels' types, its transpose, and products that look alike for all matrices."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array, random_array
from scipy.sparse.linalg import aslinearoperator

from rowspace.linalg.csr import Csr
from rowspace.linalg.products import Products
from rowspace.threads import kernel_threads


def matrix(n=60, m=40, density=0.2, seed=0):
    rng = np.random.default_rng(seed)
    return random_array((n, m), density=density, rng=rng, dtype=np.float32, format="csr")


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 12), st.integers(1, 12), st.floats(0, 1), st.integers(0, 9))
def test_the_transpose_is_the_transpose_and_twice_is_nothing(n, m, density, seed):
    a = matrix(n, m, density, seed)
    csr = Csr.of(a)
    flipped = csr.T
    got = csr_array((flipped.data, flipped.indices, flipped.indptr), shape=flipped.shape)
    np.testing.assert_array_equal(got.toarray(), a.toarray().T)
    np.testing.assert_array_equal(flipped.data, csr.data[csr.transposing])
    for mine, theirs in ((flipped.T.data, csr.data), (flipped.T.indices, csr.indices)):
        np.testing.assert_array_equal(mine, theirs)


def test_types_are_fixed_whatever_scipy_uses():
    a = matrix()
    wide = csr_array(
        (a.data.astype(np.float64), a.indices.astype(np.int64), a.indptr.astype(np.int64)),
        shape=a.shape,
    )
    for csr in (Csr.of(a), Csr.of(wide), Csr.of(wide).T):
        types = (csr.indptr.dtype, csr.indices.dtype, csr.data.dtype)
        assert types == (np.int64, np.int32, np.float32)


def test_a_full_matrix_stores_its_zeros_too():
    csr = Csr.full(np.array([[0, 1, 2], [3, 0, 0]], np.float32))
    assert csr.data.tolist() == [0, 1, 2, 3, 0, 0]
    assert csr.lengths.tolist() == [3, 3]
    assert csr.indices.tolist() == [0, 1, 2, 0, 1, 2]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", [lambda a: a, lambda a: a.toarray(), aslinearoperator])
def test_products_are_the_same_for_sparse_dense_and_operator(kind, dtype):
    a = matrix()
    rng = np.random.default_rng(1)
    x, y = rng.standard_normal((40, 5)).astype(dtype), rng.standard_normal((60, 5)).astype(dtype)
    with kernel_threads():
        products = Products.of(kind(a))
        right, left = products.times(x), products.transposed_times(y)
        flipped = products.T.times(y)
    assert right.dtype == left.dtype == dtype
    exact = a.toarray().astype(np.float64)
    np.testing.assert_allclose(right, exact @ x, atol=1e-5)
    np.testing.assert_allclose(left, exact.T @ y, atol=1e-5)
    np.testing.assert_array_equal(flipped, left)

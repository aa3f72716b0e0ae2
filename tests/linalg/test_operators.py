"""Operators multiply like the matrices that they never form."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array, random_array
from scipy.sparse.linalg import aslinearoperator

from rowspace.linalg.operators import CenteredOperator, LowRank, RowBlocks, SparseOperator


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


def pairs(operator, dense):
    rng = np.random.default_rng(1)
    for dtype, tolerance in ((np.float32, 1e-4), (np.float64, 1e-6)):
        right = rng.standard_normal((dense.shape[1], 3)).astype(dtype)
        left = rng.standard_normal((dense.shape[0], 3)).astype(dtype)
        yield operator @ right, dense @ right, tolerance
        yield operator.rmatmat(left), dense.T @ left, tolerance
        yield operator.T @ left, dense.T @ left, tolerance
        yield operator @ right[:, 0], dense @ right[:, 0], tolerance
        yield operator.rmatvec(left[:, 0]), dense.T @ left[:, 0], tolerance


def check(operator, dense):
    for got, expected, tolerance in pairs(operator, dense):
        np.testing.assert_allclose(
            got, expected, rtol=tolerance, atol=tolerance * np.abs(dense).max() * len(dense)
        )


def test_a_sparse_operator_multiplies_like_its_matrix():
    x = matrix(900, 17)
    check(SparseOperator(x), x.toarray().astype(np.float64))


def test_scipy_composes_products_sums_and_powers_without_forming_them():
    square = csr_array(random_array((200, 200), density=0.05, rng=np.random.default_rng(2)))
    a, dense = SparseOperator(square), np.asarray(square.toarray(), np.float32).astype(np.float64)
    low = LowRank(*np.random.default_rng(3).standard_normal((2, 200, 4)).astype(np.float32))
    check(0.5 * (a @ a) + a**3 + low, 0.5 * dense @ dense + dense @ dense @ dense + outer(low))


def outer(low):
    return low.left.astype(np.float64) @ low.right.T.astype(np.float64)


def test_low_rank_is_the_product_of_its_factors():
    rng = np.random.default_rng(3)
    left, right = (rng.standard_normal((n, 4)).astype(np.float32) for n in (500, 30))
    check(LowRank(left, right), outer(LowRank(left, right)))


@pytest.mark.parametrize("symmetric", [False, True])
def test_row_blocks_are_computed_when_they_are_multiplied(symmetric):
    rng = np.random.default_rng(4)
    dense = rng.standard_normal((2500, 2500 if symmetric else 40)).astype(np.float32)
    if symmetric:
        dense = dense + dense.T
    asked = []

    def rows(first, last):
        asked.append((first, last))
        return dense[first:last]

    check(RowBlocks(dense.shape, rows, symmetric), dense.astype(np.float64))
    assert len(set(asked)) > 1


def test_products_have_the_same_bits_on_one_thread_and_on_two(monkeypatch):
    rng = np.random.default_rng(5)
    x, block = matrix(40_000, 17), rng.standard_normal((17, 3)).astype(np.float32)
    left = rng.standard_normal((40_000, 3)).astype(np.float32)
    found = []
    for threads in ("1", "2"):
        monkeypatch.setenv("ROWSPACE_THREADS", threads)
        dense = RowBlocks((40_000, 17), lambda a, b: x[a:b].toarray())
        found.append([op @ block for op in (SparseOperator(x), dense)])
        found[-1] += [op.rmatmat(left) for op in (SparseOperator(x), dense)]
    for one, two in zip(*found, strict=True):
        np.testing.assert_array_equal(one, two)

"""The kernel inverts the Gram matrix of each row on its support."""

import numpy as np
import pytest
from scipy.sparse import random_array

from rowspace.factor.kernels.covariance_rows import BLOCK, invert
from rowspace.factor.kernels.lapack import addresses


def run(k, n=12, m=40, free=None, ridge=0.3, density=0.3, partner=None, seed=0):
    """What the kernel gives, and what it was given."""
    rng = np.random.default_rng(seed)
    cells = random_array((n, m), density=density, rng=rng, format="csr", dtype=np.float32)
    if partner is None:
        partner = rng.standard_normal((m, k)).astype(np.float32)
    shared = np.asarray(partner.T @ partner, np.float64) if ridge else np.zeros((k, k))
    scale, charge = rng.random(n), np.full(n, ridge)
    may = np.empty((0, k), bool) if free is None else free
    rows = rng.permutation(n)
    a = addresses()
    out, used = np.full((n, k, k), np.nan), np.full(n, np.nan)
    invert(
        rows, cells.indptr.astype(np.int64), cells.indices.astype(np.int32), cells.data, partner,
        shared, scale, charge, may, a.dsyrk, a.dpotrf, a.dpotri, out, used,
    )  # fmt: skip
    order = np.argsort(rows)
    dense = cells.toarray().astype(float)
    grams = [
        scale[i] * shared + (partner.T * dense[i]) @ partner + charge[i] * np.eye(k)
        for i in range(n)
    ]
    return out[order], used[order], grams, charge


@pytest.mark.parametrize("k", [1, 2, 7, 40])
def test_every_row_gets_the_inverse_of_its_gram_matrix(k):
    out, used, grams, charge = run(k)
    for i, g in enumerate(grams):
        inverse = np.linalg.inv(g)
        np.testing.assert_allclose(out[i], inverse, rtol=1e-5, atol=1e-8)
        np.testing.assert_array_equal(out[i], out[i].T)
        assert used[i] == pytest.approx(k - charge[i] * np.trace(inverse), rel=1e-6)


def test_a_row_longer_than_a_block_is_summed_in_parts():
    k, m = 200, 700
    assert m * 0.9 > max(16, min(512, BLOCK // k))
    out, _, grams, _ = run(k, n=2, m=m, density=0.9)
    np.testing.assert_allclose(out[1], np.linalg.inv(grams[1]), rtol=1e-4, atol=1e-8)


def test_numbers_that_may_not_move_have_no_variance():
    k = 5
    free = np.random.default_rng(3).random((12, k)) < 0.6
    free[4], free[5] = False, True
    out, used, grams, charge = run(k, free=free)
    for i, g in enumerate(grams):
        f = np.flatnonzero(free[i])
        expected = np.zeros((k, k))
        if len(f):
            expected[np.ix_(f, f)] = np.linalg.inv(g[np.ix_(f, f)])
        np.testing.assert_allclose(out[i], expected, rtol=1e-5, atol=1e-8)
        assert used[i] == pytest.approx(len(f) - charge[i] * np.trace(expected), abs=1e-9)


def test_a_singular_matrix_has_an_infinite_inverse_and_uses_what_it_has():
    out, used, grams, _ = run(6, ridge=0.0, density=0.1)
    for i, g in enumerate(grams):
        rank = np.linalg.matrix_rank(g)
        if rank == 6:
            np.testing.assert_allclose(out[i] @ g, np.eye(6), atol=1e-3)
        else:
            np.testing.assert_array_equal(np.diag(out[i]), np.inf)
            assert np.isfinite(out[i][~np.eye(6, dtype=bool)]).all()
        assert used[i] == min(rank, 6)
    assert any(np.isinf(out[i]).any() for i in range(12))
    # A column of the partner that is a multiple of another leaves rounding as a pivot.
    twin = np.random.default_rng(1).standard_normal((40, 3)).astype(np.float32)
    twin[:, 2] = 2 * twin[:, 1]
    assert np.isinf(run(3, ridge=0.0, density=0.9, partner=twin)[0]).any()

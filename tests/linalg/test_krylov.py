"""Block Krylov iteration finds the leading singular triplets and says how well it did."""

import numpy as np
import pytest
from scipy.sparse import csr_array, eye_array, random_array

from rowspace.linalg.krylov import basis_size, block_size, truncated_eigh, truncated_svd
from rowspace.linalg.products import Products
from rowspace.threads import kernel_threads


def svd(matrix, k, tolerance=1e-3, **options):
    with kernel_threads():
        return truncated_svd(Products.of(matrix), k, tolerance, **options)


def exact(matrix, k):
    dense = matrix.toarray() if hasattr(matrix, "toarray") else matrix
    s = np.linalg.svd(dense.astype(np.float64), compute_uv=False)[:k]
    return np.pad(s, (0, k - len(s)))


def low_rank(n, m, rank, seed=0):
    rng = np.random.default_rng(seed)
    return (rng.standard_normal((n, rank)) @ rng.standard_normal((rank, m))).astype(np.float32)


def sparse(n, m, density, seed=0):
    return random_array((n, m), density=density, rng=np.random.default_rng(seed), format="csr")


CASES = {
    "slowly decaying": (sparse(400, 300, 0.05), 20),
    "tall": (sparse(500, 60, 0.1), 10),
    "wide": (sparse(60, 500, 0.1), 10),
    "rank below k": (low_rank(300, 200, 5), 12),
    "rank below k, large": (low_rank(900, 700, 50), 64),
    "one value many times": (csr_array(eye_array(300)), 64),
    "one large value": (np.random.default_rng(0).random((300, 200)).astype(np.float32) + 5, 10),
    "k above both sides": (sparse(20, 30, 0.3), 40),
    "one column": (csr_array(np.ones((50, 1), np.float32)), 3),
    "one cell": (np.array([[3.0]], np.float32), 2),
    "all zero": (csr_array((50, 40), dtype=np.float32), 5),
}


@pytest.mark.parametrize("tolerance", [1e-2, 1e-3, 1e-6])
@pytest.mark.parametrize("case", CASES)
def test_every_kind_of_matrix_converges_to_its_singular_values(case, tolerance):
    matrix, k = CASES[case]
    found = svd(matrix, k, tolerance)
    truth = exact(matrix, k)
    assert found.converged
    assert found.residual <= tolerance
    np.testing.assert_allclose(found.values, truth, atol=tolerance * max(truth[0], 1e-30))
    present = found.values > 0
    assert present.sum() == (truth > 1e-6 * truth[0]).sum()
    for side in (found.left, found.right):
        assert side.dtype == np.float32
        np.testing.assert_allclose(side.T @ side, np.diag(present * 1.0), atol=1e-5)
        assert not side[:, ~present].any()


@pytest.mark.parametrize("tolerance", [1e-3, 1e-6])
def test_the_residual_it_reports_is_the_residual(tolerance):
    matrix, k = CASES["slowly decaying"]
    found = svd(matrix, k, tolerance)
    dense = matrix.toarray()
    one = np.linalg.norm(dense @ found.right - found.left * found.values, axis=0)
    other = np.linalg.norm(dense.T @ found.left - found.right * found.values, axis=0)
    assert max(one.max(), other.max()) / found.values[0] == pytest.approx(
        found.residual, rel=0.05, abs=1e-6
    )


def test_it_says_when_it_did_not_converge():
    matrix, k = CASES["slowly decaying"]
    found = svd(matrix, k, 1e-6, max_passes=2)
    assert not found.converged
    assert found.passes == 2
    assert found.residual > 1e-6


def test_a_basis_that_is_full_starts_again_from_its_best_vectors():
    rng = np.random.default_rng(0)
    u, v = (np.linalg.qr(rng.standard_normal((n, 400)))[0] for n in (500, 450))
    values = np.linspace(1, 0.1, 400)
    found = svd(((u * values) @ v.T).astype(np.float32), 4, 1e-4)
    assert found.converged
    assert found.passes * block_size(4) > 2 * basis_size(4)
    np.testing.assert_allclose(found.values, values[:4], atol=1e-4)


def test_an_empty_matrix_has_no_triplets():
    found = svd(csr_array((0, 4), dtype=np.float32), 3)
    assert found.left.shape == (0, 3) and found.right.shape == (4, 3)
    assert not found.values.any() and found.converged


def test_every_pass_is_reported():
    seen = []
    found = svd(CASES["tall"][0], 10, on_pass=seen.append)
    assert len(seen) == found.passes
    assert seen[-1] <= 1e-3


def test_eigenvalues_of_a_symmetric_matrix_come_with_their_signs():
    rng = np.random.default_rng(7)
    q = np.linalg.qr(rng.standard_normal((80, 80)))[0]
    values = np.concatenate(([5, -5, 4, -3, 3], np.linspace(1, -1, 75)))
    dense = ((q * values) @ q.T).astype(np.float32)
    with kernel_threads():
        found, vectors = truncated_eigh(Products.of(dense), 5, 1e-5)
    np.testing.assert_allclose(sorted(found), [-5, -3, 3, 4, 5], atol=1e-4)
    assert list(np.abs(found)) == sorted(np.abs(found), reverse=True)
    np.testing.assert_allclose(dense @ vectors, vectors * found, atol=1e-3)
    np.testing.assert_allclose(vectors.T @ vectors, np.eye(5), atol=1e-5)


def test_eigenvalues_beyond_the_rank_are_zero():
    with kernel_threads():
        found, vectors = truncated_eigh(
            Products.of(np.diag([2.0, -1.0]).astype(np.float32)), 4, 1e-3
        )
    np.testing.assert_allclose(found, [2, -1, 0, 0], atol=1e-6)
    assert not vectors[:, 2:].any()


def test_the_value_after_the_last_says_how_clear_the_cut_is():
    values = np.array([9.0, 8.0, 7.0, 2.0, 1.0, 0.5])
    found = svd(np.diag(values).astype(np.float32), 3, 1e-4)
    np.testing.assert_allclose(found.following, 2.0, rtol=1e-4)
    assert svd(np.diag(values).astype(np.float32), 6).following == 0

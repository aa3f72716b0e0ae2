"""`svd` is the truncated SVD: of the matrix, of the centred matrix, of the weighted matrix."""

import numpy as np
import pytest
from scipy.sparse import random_array

import rowspace as rs


@pytest.fixture(scope="module")
def matrix():
    rng = np.random.default_rng(0)
    return random_array(
        (60, 40), density=0.2, rng=rng, data_sampler=lambda size: rng.poisson(3, size)
    )


def observations(matrix):
    return rs.Observations.from_matrix(matrix, rows="document", cols="word")


def best(dense, dim):
    u, s, vt = np.linalg.svd(dense, full_matrices=False)
    return (u[:, :dim] * s[:dim]) @ vt[:dim]


@pytest.mark.parametrize("power", [0.0, 0.5, 1.0])
def test_the_product_is_the_best_rank_k_matrix_whatever_the_power(matrix, power):
    space = rs.fit(observations(matrix), "svd", dim=5, power=power, tolerance=1e-5)
    product = space["document"].vectors @ space["word"].vectors.T
    np.testing.assert_allclose(product, best(matrix.toarray(), 5), atol=1e-3)


def test_centering_gives_principal_components(matrix):
    dense = matrix.toarray().astype(float)
    space = rs.fit(observations(matrix), "svd", dim=4, center=True, tolerance=1e-5)
    product = space["document"].vectors @ space["word"].vectors.T
    np.testing.assert_allclose(product, best(dense - dense.mean(axis=0), 4), atol=1e-3)


@pytest.mark.parametrize("options", [{}, {"center": True}])
def test_a_document_folded_in_again_gets_its_own_vector(matrix, options):
    obs = observations(matrix)
    space = rs.fit(obs, "svd", dim=6, tolerance=1e-5, **options)
    row = obs.cells[[7]]
    again = space.fold_in("document", dict(zip(row.indices.tolist(), row.data.tolist())))
    np.testing.assert_allclose(again, space["document"][7], atol=2e-3)

"""The eigenbasis makes diagonal what rows share, and turning there and back changes nothing."""

import numpy as np

from rowspace.factor.basis import Basis


def test_the_turned_partner_has_a_diagonal_gram_matrix():
    v = np.random.default_rng(0).standard_normal((40, 6)).astype(np.float32)
    basis = Basis.of(v.T.astype(np.float64) @ v, v)
    np.testing.assert_allclose(basis.turned.T @ basis.turned, np.diag(basis.values), atol=1e-3)
    np.testing.assert_allclose(basis.back(basis.into(v)), v, atol=1e-5)
    np.testing.assert_allclose(basis.into(v), basis.turned, atol=1e-6)


def test_nothing_is_turned_where_nothing_is_shared():
    v = np.ones((3, 2), np.float32)
    basis = Basis.of(np.zeros((2, 2)), v)
    assert basis.turned is v and basis.into(v) is v and basis.back(v) is v
    assert not basis.values.any()


def test_rounding_errors_are_no_directions():
    v = np.random.default_rng(0).standard_normal((40, 3)).astype(np.float32)
    v = np.concatenate([v, v], axis=1)
    basis = Basis.of(v.T.astype(np.float64) @ v, v)
    assert (basis.values == 0).sum() == 3

"""The largest eigenpairs are those of a dense solver, and `Positive` keeps them."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from rowspace.errors import InputError
from rowspace.observe import eigenpairs
from rowspace.observe.eigenpairs import Positive, largest_eigenpairs, radius

from .graph_data import bipartite, dense, directed, observed, undirected, unfolded


@pytest.mark.parametrize("exact", [True, False])
def test_eigenvalues_come_by_value_also_where_parts_are_disconnected(exact, monkeypatch):
    monkeypatch.setattr(eigenpairs, "EXACT_NODES", 1000 if exact else 0)
    a = undirected(80, weighted=False)
    bound = radius(csr_array(a))
    assert bound == pytest.approx(np.linalg.norm(a, 2), rel=1e-4)
    values, vectors = largest_eigenpairs(csr_array(a.astype(np.float32)), 10, bound, 1e-4)
    np.testing.assert_allclose(values[:10], np.linalg.eigvalsh(a)[::-1][:10], atol=1e-2)
    v = vectors[:, :10]
    np.testing.assert_allclose(a @ v, v * values[:10], atol=0.02)
    np.testing.assert_allclose(v.T @ v, np.eye(10), atol=1e-3)


def test_only_what_is_positive_is_kept_and_new_rows_are_exact():
    a = undirected()
    step = Positive(8)
    obs, state = step.apply(observed(a))
    values, vectors = np.linalg.eigh(a)
    kept = vectors[:, -8:] * values[-8:] @ vectors[:, -8:].T
    np.testing.assert_allclose(dense(obs), kept, atol=1e-4)
    for i in range(len(a)):
        again = unfolded(step, state, observed(a), "rows", i)
        np.testing.assert_allclose(again, kept[i], atol=1e-4)


@pytest.mark.parametrize("a", [directed(), bipartite()], ids=["directed", "bipartite"])
def test_a_matrix_that_is_not_symmetric_is_passed_on(a):
    obs, state = Positive(3).apply(observed(a))
    np.testing.assert_array_equal(dense(obs), a)
    np.testing.assert_array_equal(unfolded(Positive(3), state, observed(a), "rows", 2), a[2])


def test_no_links_have_no_directions():
    assert not dense(Positive(3).apply(observed(np.zeros((4, 4))))[0]).any()
    assert radius(csr_array(np.zeros((2, 2)))) == 1.0


def test_a_rank_that_means_nothing_is_refused():
    with pytest.raises(InputError, match=r"Positive.rank is 0, but a whole number of at least 1"):
        Positive(0)

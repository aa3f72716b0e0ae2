"""`gf-cf` is the filter of its formula, whole or its largest numbers."""

import numpy as np
import pytest
from scipy.sparse import csr_array, random_array

import rowspace as rs
from rowspace.factor.solvers import solve
from rowspace.recipes.gf_cf import gf_cf


def clicks(n=60, m=40) -> rs.Observations:
    pattern = random_array((n, m), density=0.2, rng=np.random.default_rng(0)).toarray() > 0
    pattern[4] = pattern[:, 7] = 0
    return rs.Observations.from_matrix(csr_array(pattern * 3.0), rows="user", cols="item")


def formula(obs, rank, weight):
    x = (obs.cells.toarray() > 0).astype(np.float64)
    of_users, of_items = (np.maximum(x.sum(axis=a), 1e-30) ** 0.5 for a in (1, 0))
    n = np.where(x > 0, x / of_users[:, None] / of_items, 0)
    v = np.linalg.svd(n)[2][:rank].T
    there = np.where(of_items > 1e-3, 1 / of_items, 0)
    return n.T @ n + weight * there[:, None] * (v @ v.T) * np.where(of_items > 1e-3, of_items, 0)


def test_it_is_the_filter_of_the_formula():
    obs = clicks()
    found = solve(gf_cf(rank=5, weight=0.3), obs)
    gap = np.linalg.svd(formula(obs, 5, 0) + 0)  # the cut is clear enough to compare
    assert gap.S[4] > 1.02 * gap.S[5]
    np.testing.assert_allclose(found.cols.T, formula(obs, 5, 0.3), atol=5e-3)


def test_without_the_low_pass_it_is_the_linear_filter_exactly():
    obs = clicks()
    found = solve(gf_cf(rank=5, weight=0.0), obs)
    np.testing.assert_allclose(found.cols.T, formula(obs, 5, 0.0), atol=1e-6)


def test_only_the_largest_numbers_are_kept():
    obs = clicks()
    whole = solve(gf_cf(rank=5), obs).cols
    some = solve(gf_cf(rank=5, neighbours=6), obs).cols
    assert np.diff(some.indptr).max() <= 6
    for row, kept in zip(whole, some.toarray(), strict=True):
        at = np.flatnonzero(kept)
        np.testing.assert_allclose(kept[at], row[at], atol=1e-6)
        rest = np.delete(row, at)
        assert not len(at) or len(at) < 6 or rest.max() <= kept[at].min() + 1e-6


@pytest.mark.parametrize("neighbours", [None, 6])
def test_the_space_works(neighbours, tmp_path):
    obs = clicks()
    space = rs.fit(obs, "gf-cf", rank=5, neighbours=neighbours)
    opened = rs.open(space.save(tmp_path / "s"))
    assert opened.recommend(1, k=3).ids == space.recommend(1, k=3).ids
    known = dict(zip(*space.observed(1), strict=True))
    np.testing.assert_array_equal(opened.fold_in("user", known), space["user"][1])

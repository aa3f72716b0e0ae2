"""`rank` finds planted ranks by hidden cells, and says so where it cannot."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

from rowspace.errors import InputError, RowspaceError
from rowspace.factor.grammar import (
    Alternating,
    Constant,
    Factorization,
    Free,
    Ignore,
    Lookup,
    NonNegative,
)
from rowspace.judge.masked_rank import _chosen, _dealt, _fits, rank
from rowspace.observe.observations import Observations

RNG = np.random.default_rng(0)
DIMS = [1, 2, 3, 4, 5]
SIDE = Lookup(Free(l2=0.1))
MISSING = Factorization(unobserved=Ignore(), confidence=Constant(1.0), rows=SIDE, cols=SIDE)
PARTS = Lookup(NonNegative())
NMF = Factorization(rows=PARTS, cols=PARTS, solver=Alternating(sweeps=30))


def observed(x):
    return Observations.from_matrix(x, rows="day", cols="sensor")


def planted(k, noise=0.3):
    x = RNG.normal(size=(60, k)) @ RNG.normal(size=(k, 40))
    return x + noise * RNG.normal(size=x.shape)


@pytest.mark.parametrize("k", [2, 4])
def test_a_planted_rank_is_found_in_dense_and_in_half_observed_data(k):
    x = planted(k)
    assert rank(observed(x), "svd", DIMS)["rank"].value == k
    half = sparse.csr_array(np.where(RNG.random(x.shape) < 0.5, x, 0))
    assert rank(observed(half), MISSING, DIMS)["rank"].value == k


def test_what_was_chosen_is_ranked():
    likes = RNG.random((120, 80)) < np.kron(np.eye(4), np.full((30, 20), 0.5)) + 0.02
    found = rank(observed(sparse.csr_array(likes * 1.0)), "ials", [1, 2, 4, 6], l2=0.003)
    assert found["rank"].value == 4
    assert found["held-out Recall@20"].value > found["held-out Recall@20"].reference["rank 0"]
    noise = observed(sparse.csr_array((RNG.random((120, 80)) < 0.15) * 1.0))
    assert np.isnan(rank(noise, "ials", [1, 2, 4, 6], l2=0.003)["rank"].value)


def test_parts_are_found_again_up_to_their_number_and_zeros_are_hidden_too():
    w = RNG.exponential(size=(70, 3)) * (RNG.random((70, 3)) < 0.5)
    h = RNG.exponential(size=(3, 50)) * (RNG.random((3, 50)) < 0.5)
    x = np.maximum(w @ h * (1 + 0.1 * RNG.normal(size=(70, 50))), 0)
    found = rank(observed(sparse.csr_array(x)), NMF, [1, 2, 3, 4, 5], folds=3, perturbed=4)
    assert found["rank"].value == found["stable rank"].value == 3
    assert "found again" in found["rank"].note
    assert found.series["stability"].shape == (5,)
    dense = rank(observed(x), NMF, [1, 2, 3, 4, 5], folds=3, perturbed=0)
    np.testing.assert_allclose(dense.series["value"], found.series["value"], rtol=1e-6)
    assert "stability" not in dense.series


def test_pure_noise_is_undetermined():
    found = rank(observed(RNG.normal(size=(60, 40))), "svd", [1, 2, 4])
    assert np.isnan(found["rank"].value)
    assert found["rank"].note == (
        "Undetermined: no dim foretells hidden cells better than rank 0 does."
    )


def test_a_best_dim_at_the_end_of_those_tried_is_undetermined():
    x = observed(planted(5))
    low, high = rank(x, "svd", [1, 2, 4])["rank"], rank(x, "svd", [7, 9, 12])["rank"]
    assert np.isnan(low.value) and "largest dim tried, 4, is best; try larger" in low.note
    assert np.isnan(high.value) and "try smaller" in high.note


def test_the_rule_takes_the_smallest_dim_within_a_standard_error():
    fold = np.array([[0.0], [1.0], [2.0]])
    assert _chosen(fold + [9, 5, 3.0, 2.9, 2.8] + 0.2 * RNG.random((3, 5)), [1, 2, 3, 4])[0] > 1
    flat = 5 + np.array([[4, 0, 0.01, 0], [4.1, 0.01, 0, 0], [3.9, 0, 0, 0.01]])
    assert _chosen(flat, [1, 2, 3]) == (1, "")  # rank 1, and no more helps
    assert "flat from dim 2 to 4; try smaller" in _chosen(flat, [2, 3, 4])[1]
    assert "not every fit" in _chosen(np.where(flat > 9, np.nan, flat), [1, 2, 3])[1]


def test_every_row_is_dealt_out_evenly():
    sizes = np.array([0, 1, 4, 7, 12])
    fold = _dealt(sizes, 3, seed=0)
    for size, own in zip(sizes, np.split(fold, np.cumsum(sizes)[:-1])):
        counts = np.bincount(own, minlength=3)
        assert counts.sum() == size and np.ptp(counts) <= 1


def test_a_larger_rank_goes_on_from_a_smaller_one():
    half = observed(sparse.csr_array(np.where(RNG.random((60, 40)) < 0.5, planted(4), 0)))
    f = replace(MISSING, solver=Alternating(sweeps=5, exact=True))
    objectives = [factors.trace[-1] for factors in _fits(f, half, DIMS, 0)]
    assert objectives == sorted(objectives, reverse=True)


def test_seeds_repeat_and_folds_are_kept():
    x = observed(planted(3))
    one, two = (rank(x, "svd", [1, 3, 5], folds=4, seed=5) for _ in range(2))
    np.testing.assert_array_equal(one.series["folds"], two.series["folds"])
    assert one.series["folds"].shape == (4, 4) and one.series["dim"].tolist() == [0, 1, 3, 5]
    np.testing.assert_allclose(one.series["folds"].mean(axis=0), one.series["value"])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"dims": [3]}, "at least 2 to choose from"),
        ({"dims": [0, 3]}, "a dim is 0"),
        ({"dims": [1, 2.5]}, r"a dim is 2\.5"),
        ({"folds": 1}, "folds is 1"),
        ({"method": "svdd"}, "no recipe 'svdd'"),
        ({"alpha": 1}, "svd has no option 'alpha'"),
        ({"method": NMF, "alpha": 1}, "a Factorization has no option 'alpha'"),
        ({"observations": np.ones((4, 4))}, "got ndarray"),
        ({"metric": "recall@5"}, "judge by rmse"),
        ({"metric": "nonsense"}, "no ranking metric"),
    ],
)
def test_what_makes_no_sense_is_refused(change, said):
    given = {"observations": observed(planted(2)), "method": "svd", "dims": [1, 2], **change}
    with pytest.raises(RowspaceError, match=said):
        rank(given.pop("observations"), given.pop("method"), **given)


def test_too_few_cells_and_operators_are_refused():
    with pytest.raises(InputError, match="lower folds"):
        rank(observed(sparse.csr_array(np.eye(2))), MISSING, [1, 2], folds=5)
    x = observed(planted(2))
    with pytest.raises(RowspaceError, match="no cells that could be hidden"):
        rank(x.with_cells(sparse.linalg.aslinearoperator(x.cells)), "svd", [1, 2])

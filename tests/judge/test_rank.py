from __future__ import annotations

import numpy as np
import pytest

from rowspace.errors import InputError
from rowspace.judge.rank import _errors, estimate_rank


def planted(k: int, noise: float, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    x = rng.exponential(size=(150, k)) @ rng.exponential(size=(k, 300))
    return np.maximum(x + noise * x.mean() * rng.normal(size=x.shape), 0)


@pytest.mark.parametrize("noise", [0.0, 0.2, 0.5])
def test_planted_ranks_are_found(noise: float) -> None:
    for k in (3, 7, 12):
        assert estimate_rank(planted(k, noise, seed=k))["rank"].value == k


def test_too_much_noise_is_undetermined_in_words() -> None:
    for k in (3, 7, 12):
        m = estimate_rank(planted(k, 2.0, seed=k))["rank"]
        assert np.isnan(m.value) and "Undetermined" in m.note


def test_pure_noise_has_no_rank() -> None:
    m = estimate_rank(np.random.default_rng(0).random((80, 90)))["rank"]
    assert np.isnan(m.value) and "less than a third" in m.note


def test_signed_factors_are_counted_too() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(100, 4)) @ rng.normal(size=(4, 80)) + 0.5 * rng.normal(size=(100, 80))
    assert estimate_rank(x)["rank"].value == 4
    assert estimate_rank(x.T)["rank"].value == 4


def test_blocks_are_predicted_as_by_the_pseudoinverse() -> None:
    rng = np.random.default_rng(0)
    for shape in ((30, 24), (24, 30)):
        x = rng.normal(size=shape)
        seed = [1, 2]
        found = _errors(x, 5, 3, seed)
        draw = np.random.default_rng(seed)
        rows, cols = draw.permutation(shape[0]) % 3, draw.permutation(shape[1]) % 3
        r, c = rows == 0, cols == 1
        u, s, v = np.linalg.svd(x[np.ix_(~r, ~c)])
        for k in (1, 4):
            inverse = v[:k].T @ np.diag(1 / s[:k]) @ u[:, :k].T
            guess = x[np.ix_(r, ~c)] @ inverse @ x[np.ix_(~r, c)]
            assert found[1, k] == pytest.approx(((x[np.ix_(r, c)] - guess) ** 2).sum())


def test_a_rank_at_the_end_of_those_tried_is_undetermined() -> None:
    m = estimate_rank(planted(12, 0.1, seed=0), most=6)["rank"]
    assert np.isnan(m.value) and "raise most" in m.note


def test_shuffled_cells_explain_nothing() -> None:
    m = estimate_rank(planted(5, 0.2, seed=0))["held-out variance explained"]
    assert m.value > 0.8 and m.reference["shuffled cells"] < 0.05


def test_a_constant_matrix_has_no_rank() -> None:
    m = estimate_rank(np.ones((20, 20)))["rank"]
    assert np.isnan(m.value) and "constant" in m.note


def test_small_matrices_are_refused_and_seeds_repeat() -> None:
    with pytest.raises(InputError, match="9 x 50"):
        estimate_rank(np.ones((9, 50)))
    x = planted(3, 0.5, seed=1)
    assert np.array_equal(
        estimate_rank(x, seed=1).series["explained"], estimate_rank(x, seed=1).series["explained"]
    )

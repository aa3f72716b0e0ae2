"""`pu-words` weighs counts, factors their mutual information, and hears every zero a little."""

import numpy as np
import pytest

import rowspace as rs
from rowspace.errors import InputError
from rowspace.explain import reasons
from rowspace.explain.uncertainty import standard_errors
from rowspace.factor.grammar import Ignore
from rowspace.recipes.pu_words import pu_words


def slow_problem(counts, rho, x_max):
    """Return target and weight of every cell, one by one."""
    target, weight = np.zeros(counts.shape), np.full(counts.shape, rho)
    shares = counts.sum(axis=0) ** 0.75
    shares = shares / shares.sum()
    for i in range(counts.shape[0]):
        for j in range(counts.shape[1]):
            if counts[i, j] > 0:
                information = np.log(counts[i, j] / (counts[i].sum() * shares[j]))
                if information > 0:
                    target[i, j] = information
                    weight[i, j] += min(1.0, counts[i, j] / x_max) ** 0.75
    return target, weight


@pytest.mark.parametrize("rho", [0.0625, 0.5, 0.0])
def test_the_objective_is_the_one_stated_never_rises_and_ends_where_each_row_is_best(
    pairs, solved, double, rho
):
    _, factors = solved(pu_words(dim=4, rho=rho, l2=0.01, x_max=4, sweeps=12), pairs)
    target, weight = slow_problem(pairs.cells.toarray().astype(float), rho, 4)
    u, v, b, c, mean = double(factors)
    miss = target - (mean + b[:, None] + c + u @ v.T)
    n = (target > 0).sum(axis=1)
    charge, charge_cols = 0.01 * (n + rho * 25), 0.01 * ((target > 0).sum(axis=0) + rho * 30)
    objective = 0.5 * (weight * miss**2).sum() + 0.5 * charge @ ((u**2).sum(axis=1) + b**2)
    objective += 0.5 * charge_cols @ ((v**2).sum(axis=1) + c**2)
    trace = np.array(factors.trace)
    assert trace[-1] == pytest.approx(objective, rel=1e-4)
    assert (np.diff(trace) <= 1e-6 * trace[0]).all()
    np.testing.assert_allclose((weight * miss) @ v - charge[:, None] * u, 0, atol=2e-3)
    np.testing.assert_allclose((weight * miss).sum(axis=1) - charge * b, 0, atol=2e-3)


def test_a_word_folded_in_again_gets_its_vector(pairs):
    space = rs.fit(pairs, "pu-words", dim=3, x_max=4, sweeps=4)
    row = pairs.cells[[5]]
    for order in (slice(None), slice(None, None, -1)):
        seen = dict(zip(row.indices[order].tolist(), row.data[order].tolist(), strict=True))
        again = space.fold_in("word", seen)
        np.testing.assert_allclose(again, space["word"][5], atol=1e-4)


def test_reasons_and_error_bars_know_the_weights(pairs):
    space = rs.fit(pairs, "pu-words", dim=3, x_max=4, sweeps=4)
    explained = reasons(space, 5, 2)
    assert explained.total == pytest.approx(space.score(5, 2))
    assert abs(explained.named["rest"]) < 1e-3  # the weights that training had explain all of it
    assert standard_errors(space, 5, [2, 3]).min() > 0


def test_without_weight_the_zeros_are_left_out():
    assert pu_words(rho=0).unobserved == Ignore()
    with pytest.raises(InputError, match="rho is -1"):
        pu_words(rho=-1)


def test_it_is_found_by_its_name_and_refuses_negative_counts(pairs):
    space = rs.fit(pairs, "pu-words", dim=2, sweeps=2)
    assert [s.name for s in space.sides] == ["word", "context"]
    assert np.isfinite(space["word"].vectors).all()
    bad = pairs.with_cells(-pairs.cells)
    with pytest.raises(InputError, match="Weigh needs values of at least 0"):
        rs.fit(bad, "pu-words", dim=2)

"""Conjugate gradient improves every row from where it stands, and knows what it costs there."""

import numpy as np
import pytest

from rowspace.factor.kernels.pcg_rows import improve

LENGTHS = [0, 1, 3, 40, 3000]


def improved(rows, start):
    n = len(rows.scale)
    out, least = np.full(start.shape, np.nan, np.float32), np.full(n, np.nan)
    improve(np.arange(n), *rows, np.arange(n), start, out, least)
    return out, least


@pytest.mark.parametrize("k", [1, 6, 100])
@pytest.mark.parametrize("linear", [False, True], ids=["", "linear"])
@pytest.mark.parametrize("weightless", [0.0, 0.4])
def test_no_row_becomes_worse_and_the_cost_is_true(make_rows, k, linear, weightless):
    rows = make_rows(LENGTHS, k, linear, weightless)
    start = np.random.default_rng(1).standard_normal((len(LENGTHS), k)).astype(np.float32) / 10
    out, least = improved(rows, start)
    for i in range(len(LENGTHS)):
        assert rows.cost(i, out[i]) <= rows.cost(i, start[i]) + 1e-5 * abs(rows.cost(i, start[i]))
        assert least[i] == pytest.approx(rows.cost(i, out[i]), rel=1e-4, abs=1e-6)


def test_a_row_at_its_minimum_stays_there(make_rows):
    rows = make_rows(LENGTHS, 8)
    best = np.array([np.linalg.solve(*rows.system(i)) for i in range(len(LENGTHS))])
    out, _ = improved(rows, best.astype(np.float32))
    np.testing.assert_allclose(out, best, atol=1e-5)


def test_it_comes_to_the_minimum_when_repeated(make_rows):
    rows = make_rows([0, 2, 30, 500], 12)
    x = np.zeros((4, 12), np.float32)
    for _ in range(20):
        x, _ = improved(rows, x)
    best = np.array([np.linalg.solve(*rows.system(i)) for i in range(4)])
    np.testing.assert_allclose(x, best, atol=1e-4)


def test_three_steps_are_exact_in_three_dimensions(make_rows):
    rows = make_rows([5, 60], 3)
    out, _ = improved(rows, np.zeros((2, 3), np.float32))
    best = np.array([np.linalg.solve(*rows.system(i)) for i in range(2)])
    np.testing.assert_allclose(out, best, atol=1e-4)


def test_directions_without_any_weight_stay_where_they_are(make_rows):
    rows = make_rows([0, 3], 4)
    rows.values[:], rows.ridge[:], rows.partner[:, 2] = 0, 0, 0
    start = np.ones((2, 4), np.float32)
    out, least = improved(rows, start)
    assert out[0].tolist() == [1] * 4 and out[1, 2] == 1 and np.isfinite(least).all()

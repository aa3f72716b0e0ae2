"""The dual solves short rows exactly, whatever their cells weigh, and says where it cannot."""

import numpy as np
import pytest

from rowspace.factor.kernels.dual_rows import solve_dual
from rowspace.factor.kernels.lapack import addresses

LENGTHS = [0, 1, 2, 5, 31, 140]


def solved(rows, order=None):
    f, n = addresses(), len(rows.scale)
    out, least = np.full((n, rows.partner.shape[1]), 9, np.float32), np.full(n, 9.0)
    done = np.zeros(n, bool)
    order = np.arange(n) if order is None else order
    longest = int(np.diff(rows.indptr).max(initial=0))
    solve_dual(order, *rows, longest, f.ssyrk, f.spotrf, f.spotrs, out, least, done)
    return out, least, done


@pytest.mark.parametrize("k", [1, 6, 150])
@pytest.mark.parametrize("linear", [False, True], ids=["", "linear"])
@pytest.mark.parametrize("weightless", [0.0, 0.4, 1.0])
def test_every_row_solves_its_system_to_single_precision(make_rows, k, linear, weightless):
    rows = make_rows([c for c in LENGTHS if c < 4 * k + 4], k, linear, weightless)
    out, least, done = solved(rows)
    assert done.all()
    for i, (x, value) in enumerate(zip(out, least)):
        g, c = rows.system(i)
        assert np.linalg.norm(g @ x - c) <= 1e-5 * np.linalg.norm(c)
        assert value == pytest.approx(rows.cost(i, x), rel=1e-5, abs=1e-12)


def test_a_row_without_cells_and_without_linear_gets_zero(make_rows):
    out, least, _ = solved(make_rows([0, 2], 5))
    assert not out[0].any() and least[0] == 0


def test_rows_that_float32_cannot_solve_are_left_to_others(make_rows):
    rows = make_rows([3, 3, 3], 4)
    rows.values[0] = 0
    rows.ridge[:] = [0, 1e-9, 0.1]  # singular, nearly so, well
    out, _, done = solved(rows)
    assert done.tolist() == [False, False, True] and not out[:2].any()
    steep = make_rows([30, 31, 90], 4, scale=1e7)
    assert not solved(steep)[2].any()


def test_only_the_rows_in_the_order_are_written(make_rows):
    out, least, done = solved(make_rows([2, 2, 2], 3), np.array([1]))
    assert (out[[0, 2]] == 9).all() and (least[[0, 2]] == 9).all() and done.tolist() == [0, 1, 0]

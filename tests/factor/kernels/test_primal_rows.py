"""The primal solves rows of any length exactly, and says where float32 is not enough."""

import numpy as np
import pytest

from rowspace.factor.kernels.lapack import addresses
from rowspace.factor.kernels.primal_rows import solve_primal


def solved(rows):
    f, n = addresses(), len(rows.scale)
    out, least = np.full((n, rows.partner.shape[1]), np.nan, np.float32), np.full(n, np.nan)
    done = np.zeros(n, bool)
    solve_primal(np.arange(n), *rows, f.ssyrk, f.spotrf, f.spotrs, out, least, done)
    return out, least, done


@pytest.mark.parametrize("k", [1, 6, 70])
@pytest.mark.parametrize("linear", [False, True], ids=["", "linear"])
@pytest.mark.parametrize("weightless", [0.0, 0.4])
def test_every_row_solves_its_system_to_single_precision(make_rows, k, linear, weightless):
    rows = make_rows([0, 1, 2, 40, 3000], k, linear, weightless)
    out, least, done = solved(rows)
    assert done.all()
    for i, (x, value) in enumerate(zip(out, least)):
        g, c = rows.system(i)
        assert np.linalg.norm(g @ x - c) <= 1e-5 * np.linalg.norm(c)
        assert value == pytest.approx(rows.cost(i, x), rel=1e-5, abs=1e-12)


def test_heavy_cells_are_corrected_until_the_residual_is_small(make_rows):
    rows = make_rows([200, 900], 20, scale=1e4)
    out, _, done = solved(rows)
    assert done.all()
    for i, x in enumerate(out):
        g, c = rows.system(i)
        assert np.linalg.norm(g @ x - c) <= 1e-5 * np.linalg.norm(c)


def test_a_singular_system_is_left_to_others(make_rows):
    rows = make_rows([3, 50], 6)
    rows.values[:], rows.ridge[:] = 0, 0
    out, _, done = solved(rows)
    assert done.tolist() == [False, True] and not out[0].any()

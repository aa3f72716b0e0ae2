"""The jump to the minimum of the touching parabolas never raises the value."""

import numpy as np
import pytest

from rowspace.factor.prox.group_sparse import jumped


def value(g, c, x, charge, size):
    total = 0.5 * x @ g @ x - c @ x
    return total + charge * sum(np.linalg.norm(x[a : a + size]) for a in range(0, len(x), size))


@pytest.mark.parametrize("size", [1, 3, 9])
def test_jumps_lower_the_value_and_leave_groups_at_zero(size):
    rng = np.random.default_rng(0)
    v = rng.standard_normal((5, 10, 8))
    g, c, x = np.einsum("bpa,bpc->bac", v, v), rng.standard_normal((5, 8)), rng.random((5, 8))
    x[:, :size] = 0
    for _ in range(5):
        before = [value(gi, ci, xi, 0.7, size) for gi, ci, xi in zip(g, c, x)]
        x = jumped(g, c, 0.7, size, x)
        assert not x[:, :size].any()
        now = [value(gi, ci, xi, 0.7, size) for gi, ci, xi in zip(g, c, x)]
        assert (np.array(now) <= np.array(before) + 1e-12).all()

"""The polar factor is the best orthonormal side, also where the pull has no full rank."""

import numpy as np
import pytest

from rowspace.factor.gram import RowProblem, WeightedCells
from rowspace.factor.prox.orthogonal import solve_orthogonal
from rowspace.threads import kernel_threads


def problem_of(x, v):
    cells = WeightedCells(x, None, np.ones(len(x)), np.ones(x.shape[1]), 1.0, 0.0)
    shared = v.T.astype(np.float64) @ v
    return RowProblem(cells, v, shared, np.ones(len(x)), np.zeros(len(x)))


@pytest.mark.parametrize("rank", [0, 2, 4])
def test_no_other_orthonormal_side_is_better(rank):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((20, 9)).astype(np.float32)
    v = rng.standard_normal((9, 4)).astype(np.float32)
    v[:, rank:] = 0
    with kernel_threads():
        found = solve_orthogonal(problem_of(x, v))
    wide = found.vectors.astype(np.float64)
    np.testing.assert_allclose(wide.T @ wide, np.eye(4), atol=2e-6)
    c = x.astype(np.float64) @ v
    assert -found.least + 0.5 * (v**2).sum() == pytest.approx(
        np.linalg.svd(c, compute_uv=False).sum(), rel=1e-5, abs=1e-5
    )
    for _ in range(20):
        other = np.linalg.qr(rng.standard_normal((20, 4)))[0]
        assert (c * other).sum() <= (c * wide).sum() + 1e-5

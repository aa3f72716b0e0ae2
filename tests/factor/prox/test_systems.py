"""Rows in batches: every row comes once, with its own Gram matrix and pull."""

import numpy as np
import pytest
from scipy.sparse import random_array

from rowspace.factor.gram import RowProblem, WeightedCells
from rowspace.factor.prox.systems import pulls, row_by_row, value_of
from rowspace.linalg.csr import Csr
from rowspace.threads import kernel_threads


@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize("k", [1, 40])
def test_solving_each_system_solves_the_problem(own, k):
    rng = np.random.default_rng(0)
    n, m = 333, 50
    pull = Csr.of(random_array((n, m), density=0.2, rng=rng, format="csr", dtype=np.float32))
    extra = rng.random(len(pull.data)).astype(np.float32) if own else None
    v = rng.standard_normal((m, k)).astype(np.float32)
    cells = WeightedCells(pull, extra, np.ones(n), np.ones(m), 1.0, 0.0)
    shared = (v.T @ v).astype(np.float64)
    scale, ridge = 1 + rng.random(n), 1 + rng.random(n)
    problem = RowProblem(cells, v, shared, scale, ridge, rng.standard_normal((n, k)))

    def exactly(g, c, x):
        assert not x.any()
        x[:] = np.linalg.solve(g, c[:, :, None])[:, :, 0]

    with kernel_threads():
        found = row_by_row(problem, np.zeros((n, k), np.float32), exactly)
        c = pulls(problem)
    total = 0.0
    for i, x in enumerate(found.vectors):
        p = slice(pull.indptr[i], pull.indptr[i + 1])
        g = scale[i] * shared + ridge[i] * np.eye(k)
        if own:
            g += (v[pull.indices[p]].T * extra[p]) @ v[pull.indices[p]]
        np.testing.assert_allclose(x, np.linalg.solve(g, c[i]), atol=1e-4)
        total += 0.5 * x @ g @ x - c[i] @ x
    assert found.least == pytest.approx(total, rel=1e-4)
    if not own:
        assert value_of(problem, c, found.vectors) == pytest.approx(total, rel=1e-4)


def test_no_rows_are_no_trouble():
    pull = Csr.of(random_array((0, 4), density=0.0, format="csr", dtype=np.float32))
    cells = WeightedCells(pull, None, np.ones(0), np.ones(4), 1.0, 0.0)
    problem = RowProblem(cells, np.ones((4, 2), np.float32), np.eye(2), np.ones(0), np.ones(0))
    with kernel_threads():
        found = row_by_row(problem, np.zeros((0, 2), np.float32), lambda g, c, x: None)
    assert found.vectors.shape == (0, 2) and found.least == 0

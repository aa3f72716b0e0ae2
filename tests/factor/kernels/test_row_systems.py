"""The Gram matrices and pulls of rows are the stated sums."""

import numpy as np
import pytest

from rowspace.factor.kernels.lapack import addresses
from rowspace.factor.kernels.row_systems import build


@pytest.mark.parametrize("k", [1, 5, 70])
@pytest.mark.parametrize("with_linear", [True, False])
def test_every_system_is_that_of_the_slow_twin(k, with_linear):
    rng = np.random.default_rng(0)
    lengths = [0, 1, 7, 3000]
    n, m = len(lengths), max(lengths)
    partner = rng.standard_normal((m, k)).astype(np.float32)
    indptr = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    indices = np.concatenate([rng.permutation(m)[:p] for p in lengths]).astype(np.int32)
    extra = rng.random(len(indices)).astype(np.float32)
    pull = rng.standard_normal(len(indices)).astype(np.float32)
    shared = np.eye(k) + 0.5
    scale, ridge = 1 + rng.random(n), rng.random(n)
    linear = rng.standard_normal((n, k)) if with_linear else np.empty((0, k))
    rows = np.array([3, 0, 2])
    g, c = np.full((3, k, k), np.nan), np.full((3, k), np.nan)
    build(rows, indptr, indices, extra, pull, partner, shared, scale, ridge, linear,
          addresses().ssyrk, g, c)  # fmt: skip
    for at, i in enumerate(rows):
        p = slice(indptr[i], indptr[i + 1])
        v = partner[indices[p]].astype(np.float64)
        expected = scale[i] * shared + (v.T * extra[p]) @ v + ridge[i] * np.eye(k)
        np.testing.assert_allclose(g[at], expected, atol=1e-3 * (1 + lengths[i]) ** 0.5 / 10)
        pulled = v.T @ pull[p].astype(np.float64) + (linear[i] if with_linear else 0)
        np.testing.assert_allclose(c[at], pulled, atol=1e-9)
        assert (g[at] == g[at].T).all()

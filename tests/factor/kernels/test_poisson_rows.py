"""Coordinate descent under the Poisson loss, against the same steps in NumPy and their bounds."""

import numpy as np
import pytest
from scipy.sparse import random_array

from rowspace.factor.kernels.poisson_rows import solve

N, M, K = 20, 70, 5


def problem(seed=0):
    rng = np.random.default_rng(seed)
    x = random_array(
        (N, M), density=0.4, rng=rng, format="csr", data_sampler=lambda size: rng.poisson(2, size)
    ).astype(np.float32)
    v = rng.gamma(0.5, 1, (M, K)).astype(np.float32)
    return x, v, rng.gamma(0.5, 1, (N, K)).astype(np.float32)


def kernel(x, v, start, passes, l1=0.0, ridge=0.0, confidence=()):
    out = np.empty_like(start)
    solve(
        np.arange(N), x.indptr.astype(np.int64), x.indices.astype(np.int32), x.data,
        np.asarray(confidence, np.float32), v, v.sum(axis=0, dtype=float), np.ones(N), l1,
        np.full(N, ridge), 1e-9, passes, 0.0, start, out,
    )  # fmt: skip
    return out


def objective(x, e, v, b, ridge):
    return b @ x + 0.5 * ridge * x @ x - e @ np.log(np.maximum(v @ x, 1e-9))


def twin(x, e, v, b, ridge):
    """One pass over the coordinates of a row, checking that no step raises the objective."""
    x = x.astype(float)
    for a in range(K):
        before = objective(x, e, v, b, ridge)
        r = v[:, a] / np.maximum(v @ x, 1e-9)
        n, h = e @ r, e @ r**2
        slope = b[a] + ridge * x[a] - n
        if h == 0 or (slope >= 0 and x[a] == 0):
            x[a] = 0
            continue
        q = n / h
        away = q if slope < 0 else 1 / r.max()
        # ridge y^2 + linear y = rest, for y = step + away
        rest = n * q if slope < 0 else n * away**2 / q
        linear = b[a] + (0 if slope < 0 else n * away / q - n) + ridge * (x[a] - away)
        y = rest / linear if ridge == 0 else np.roots([ridge, linear, -rest]).max()
        x[a] = max(0, x[a] + y - away)
        assert objective(x, e, v, b, ridge) <= before + 1e-9 * (1 + abs(before))
    return x


@pytest.mark.parametrize(("l1", "ridge"), [(0.0, 0.0), (0.7, 0.0), (0.2, 1.5)])
@pytest.mark.parametrize("weighted", [False, True])
def test_each_pass_makes_the_steps_of_the_twin(l1, ridge, weighted):
    x, v, start = problem()
    confidence = np.random.default_rng(1).random(x.nnz) if weighted else np.empty(0)
    found = kernel(x, v, start, 3, l1, ridge, confidence)
    for i in range(N):
        at = slice(x.indptr[i], x.indptr[i + 1])
        b = v.sum(axis=0, dtype=float) + l1
        if weighted:
            b += confidence[at] @ v[x.indices[at]]
        seen = x.data[at] > 0
        e, near = x.data[at][seen].astype(float), v[x.indices[at][seen]].astype(float)
        row = start[i]
        for _ in range(3):
            row = twin(row, e, near, b, ridge)
        np.testing.assert_allclose(found[i], row, rtol=2e-3, atol=2e-4)


def test_rows_without_positive_targets_are_zero_and_the_others_know_nothing_of_them():
    x, v, start = problem()
    x.data[x.indptr[4] : x.indptr[5]] = 0
    found = kernel(x, v, start, 2)
    assert not found[4].any()
    order = np.array([7, 3])
    out = np.zeros_like(start)
    solve(
        order, x.indptr.astype(np.int64), x.indices.astype(np.int32), x.data,
        np.empty(0, np.float32), v, v.sum(axis=0, dtype=float), np.ones(N), 0.0, np.zeros(N),
        1e-9, 2, 0.0, start, out,
    )  # fmt: skip
    np.testing.assert_array_equal(out[order], found[order])

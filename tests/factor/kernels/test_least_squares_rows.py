"""The row kernel solves G_i x = c_i as NumPy does, also for singular and for very long rows."""

import numpy as np
import pytest

from rowspace.factor.kernels.lapack import addresses
from rowspace.factor.kernels.least_squares_rows import solve

K = 5


def run(lengths, shared, ridge, seed=0, k=K, scale=10.0):
    """Solve random rows of these lengths; return vectors, minima and the twin's systems."""
    rng = np.random.default_rng(seed)
    n, m = len(lengths), max([*lengths, 1])
    partner = rng.standard_normal((m, k)).astype(np.float32)
    indptr = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    indices = np.concatenate([rng.permutation(m)[:c] for c in lengths]).astype(np.int32)
    extra = (scale * rng.random(len(indices))).astype(np.float32)
    pull = (extra + 1).astype(np.float32)
    out, least = np.full((n, k), np.nan, np.float32), np.full(n, np.nan)
    order = np.argsort(-np.asarray(lengths), kind="stable")
    routines = addresses()
    solve(order, indptr, indices, extra, pull, partner, shared, np.ones(n), ridge,
          np.empty((0, k)), routines.ssyrk, routines.dpotrf, routines.dpotrs,
          out, least)  # fmt: skip
    systems = []
    for i in range(n):
        p = slice(indptr[i], indptr[i + 1])
        v = partner[indices[p]].astype(np.float64)
        g = shared + (v.T * extra[p]) @ v + ridge[i] * np.eye(k)
        systems.append((g, v.T @ pull[p].astype(np.float64)))
    return out, least, systems


@pytest.mark.parametrize("k", [1, 5, 70])
def test_every_row_solves_its_system_to_single_precision(k):
    lengths = [0, 1, 2, 7, 40, 3000]
    shared = 3.0 * np.eye(k) + 0.5
    out, least, systems = run(lengths, shared, np.linspace(0.1, 2, 6), k=k)
    for x, value, (g, c) in zip(out, least, systems):
        assert np.linalg.norm(g @ x - c) <= 1e-5 * max(np.linalg.norm(c), 1e-30)
        exact = np.linalg.solve(g, c)
        assert value == pytest.approx(0.5 * exact @ g @ exact - c @ exact, rel=1e-5)
    assert not out[0].any() and least[0] == 0


def test_a_row_with_fewer_cells_than_dimensions_gets_nearly_its_shortest_solution():
    out, _, systems = run([1, 3], np.zeros((K, K)), np.zeros(2))
    for x, (g, c) in zip(out, systems):
        np.testing.assert_allclose(x, np.linalg.pinv(g, rcond=1e-9) @ c, atol=1e-4)


def test_a_row_without_cells_and_without_background_gets_zero():
    out, least, _ = run([0, 2], np.zeros((K, K)), np.zeros(2))
    assert not out[0].any() and least[0] == 0


def test_only_the_rows_in_the_order_are_written():
    routines = addresses()
    out, least = np.full((3, 2), 9, np.float32), np.full(3, 9.0)
    solve(np.array([1]), np.zeros(4, np.int64), np.zeros(0, np.int32), np.zeros(0, np.float32),
          np.zeros(0, np.float32), np.ones((1, 2), np.float32), np.eye(2), np.ones(3),
          np.zeros(3), np.empty((0, 2)), routines.ssyrk, routines.dpotrf, routines.dpotrs,
          out, least)  # fmt: skip
    assert out[:, 0].tolist() == [9, 0, 9]

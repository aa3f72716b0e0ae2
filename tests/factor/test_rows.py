"""Both row solvers give the minimiser and the minimum of the row problem."""

import numpy as np
import pytest
from scipy.sparse import csr_array, random_array

from rowspace.factor.cells import Csr
from rowspace.factor.gram import row_problem, weigh
from rowspace.factor.grammar import Constant, Factorization, Free, Ignore, Linear, Uniform
from rowspace.factor.rows import solve_rows
from rowspace.threads import kernel_threads


def systems(problem, f, cells):
    """Every G_i and c_i, the obvious way."""
    v = problem.partner.astype(np.float64)
    for i in range(cells.shape[0]):
        a = cells[[i]]
        own, x = v[a.indices], a.data.astype(np.float64)
        extra = f.confidence.alpha * x if isinstance(f.confidence, Linear) else 0 * x
        w0 = f.unobserved.weight if isinstance(f.unobserved, Uniform) else 0.0
        g = w0 * v.T @ v + (own.T * extra) @ own + problem.ridge[i] * np.eye(v.shape[1])
        yield g, own.T @ ((w0 + extra) * x)


@pytest.mark.parametrize("confidence", [Constant(0), Linear(3)], ids=["shared", "own"])
@pytest.mark.parametrize("l2", [0.0, 0.7])
def test_vectors_and_minimum_equal_the_slow_twin(confidence, l2):
    rng = np.random.default_rng(0)
    cells = random_array((30, 20), density=0.3, rng=rng, format="csr", dtype=np.float32)
    v = rng.standard_normal((20, 5)).astype(np.float32)
    f = Factorization(dim=5, confidence=confidence)
    with kernel_threads():
        problem = row_problem(weigh(f, Csr.of(cells)), v, Free(l2, 0.5))
        found = solve_rows(problem)
    total = 0.0
    for x, (g, c) in zip(found.vectors, systems(problem, f, cells)):
        exact = np.linalg.solve(g, c)
        np.testing.assert_allclose(x, exact, atol=1e-5)
        total += 0.5 * exact @ g @ exact - c @ exact
    assert found.least == pytest.approx(total, rel=1e-5)


def test_a_shared_gram_matrix_of_low_rank_gives_the_shortest_solution():
    rng = np.random.default_rng(0)
    v = rng.standard_normal((20, 6)).astype(np.float32)
    v[:, 4:] = 0
    cells = csr_array(rng.random((4, 20)).astype(np.float32))
    with kernel_threads():
        found = solve_rows(row_problem(weigh(Factorization(dim=6), Csr.of(cells)), v, Free()))
    np.testing.assert_allclose(found.vectors, cells.toarray() @ np.linalg.pinv(v).T, atol=1e-5)
    assert not found.vectors[:, 4:].any()


@pytest.mark.parametrize("unobserved", [Uniform(1), Ignore()])
def test_a_partner_of_zeros_gives_zeros(unobserved):
    cells = csr_array(np.eye(3, dtype=np.float32))
    f = Factorization(dim=2, confidence=Linear(1), unobserved=unobserved)
    with kernel_threads():
        problem = row_problem(weigh(f, Csr.of(cells)), np.zeros((3, 2), np.float32), Free())
        found = solve_rows(problem)
    assert not found.vectors.any() and found.least == 0

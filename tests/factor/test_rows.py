"""Every way to solve rows gives the minimiser and the minimum of the row problem."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_array, random_array

from rowspace.factor.gram import row_problem
from rowspace.factor.grammar import (
    Alternating,
    Constant,
    Factorization,
    Free,
    Ignore,
    Linear,
    Lookup,
    One,
    Uniform,
)
from rowspace.factor.rows import solve_rows
from rowspace.factor.solvers import solve
from rowspace.factor.statement import state
from rowspace.linalg.csr import Csr
from rowspace.observe.observations import Observations
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
        problem = row_problem(state(f, Csr.of(cells)).weighted(), v, Free(l2, 0.5))
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
        found = solve_rows(
            row_problem(state(Factorization(dim=6), Csr.of(cells)).weighted(), v, Free())
        )
    np.testing.assert_allclose(found.vectors, cells.toarray() @ np.linalg.pinv(v).T, atol=1e-5)
    assert not found.vectors[:, 4:].any()


@pytest.mark.parametrize("unobserved", [Uniform(1), Ignore()])
def test_a_partner_of_zeros_gives_zeros(unobserved):
    cells = csr_array(np.eye(3, dtype=np.float32))
    f = Factorization(dim=2, confidence=Linear(1), unobserved=unobserved)
    with kernel_threads():
        problem = row_problem(
            state(f, Csr.of(cells)).weighted(), np.zeros((3, 2), np.float32), Free()
        )
        found = solve_rows(problem)
    assert not found.vectors.any() and found.least == 0


def realistic(k, l2=1.0, seed=0, frequency=0.0):
    """The users of a matrix whose rows and columns follow power laws, beside fitted items."""
    rng = np.random.default_rng(seed)
    n, m = 300, 500
    lengths = np.minimum((rng.pareto(1.0, n) * 4).astype(int), 400)
    chance = 1 / np.arange(5, m + 5)
    at = [rng.choice(m, c, replace=False, p=chance / chance.sum()) for c in lengths]
    data = rng.integers(1, 4, lengths.sum()).astype(np.float32)
    cells = csr_array((data, np.concatenate(at), np.r_[0, np.cumsum(lengths)]), shape=(n, m))
    f = Factorization(
        dim=k, target=One(), confidence=Linear(40), unobserved=Uniform(1),
        rows=Lookup(Free(l2, frequency)), cols=Lookup(Free(l2, frequency)), solver=Alternating(3),
    )  # fmt: skip
    found = solve(f, Observations.from_matrix(cells, rows="user", cols="item"))
    with kernel_threads():
        problem = row_problem(state(f, Csr.of(cells)).weighted(), found.cols, Free(l2, frequency))
    return problem, found.rows


def residuals(problem, x):
    v, pull = problem.partner.astype(np.float64), problem.cells.pull
    for i in range(pull.shape[0]):
        p = slice(pull.indptr[i], pull.indptr[i + 1])
        own, y = v[pull.indices[p]], x[i].astype(np.float64)
        c = own.T @ pull.data[p]
        g = problem.scale[i] * problem.shared @ y + problem.ridge[i] * y
        g += own.T @ (problem.cells.extra[p] * (own @ y))
        yield np.linalg.norm(g - c) / max(np.linalg.norm(c), 1e-30), 0.5 * y @ (g - c) - 0.5 * c @ y


WAYS = {"dual": 0, "primal": 1}


@pytest.mark.parametrize("k", [8, 64])
@pytest.mark.parametrize("l2", [100.0, 1.0])
@pytest.mark.parametrize("way", ["dual", "primal", None])
def test_every_exact_way_leaves_a_relative_residual_below_1e_5(monkeypatch, k, l2, way):
    problem, _ = realistic(k, l2)
    if way is not None:
        costs = np.full((3, 300), 2.0)
        costs[WAYS[way]] = 1
        monkeypatch.setattr("rowspace.factor.rows._costs", lambda lengths, k: costs)
    with kernel_threads():
        found = solve_rows(problem)
    left, least = zip(*residuals(problem, found.vectors))
    assert max(left) <= 1e-5
    assert found.least == pytest.approx(sum(least), rel=1e-6)


def test_improving_never_makes_the_rows_worse_and_says_what_they_cost():
    problem, start = realistic(64, frequency=0.5)
    before = np.inf
    with kernel_threads():
        exact = solve_rows(problem).least
        for _ in range(4):
            found = solve_rows(problem, start, exact=False)
            assert exact * (1 + 1e-6) <= found.least <= before + 1e-6 * abs(exact)
            cost = sum(least for _, least in residuals(problem, found.vectors))
            assert found.least == pytest.approx(cost, rel=1e-5)
            start, before = found.vectors, found.least
    assert before == pytest.approx(exact, rel=1e-5)


def test_the_number_of_threads_does_not_matter(monkeypatch):
    problem, start = realistic(64)
    found = []
    for threads in ("1", "2"):
        monkeypatch.setenv("ROWSPACE_THREADS", threads)
        with kernel_threads():
            found.append([solve_rows(problem), solve_rows(problem, start, exact=False)])
    for one, two in zip(*found):
        np.testing.assert_array_equal(one.vectors, two.vectors)
        assert one.least == two.least


def test_a_few_rows_are_solved_as_among_many():
    problem, _ = realistic(16)
    pull = problem.cells.pull
    with kernel_threads():
        many = solve_rows(problem).vectors
        end = pull.indptr[5]
        cells = replace(
            problem.cells,
            pull=Csr(pull.indptr[:6], pull.indices[:end], pull.data[:end], (5, 500)),
            extra=problem.cells.extra[:end],
        )
        few = solve_rows(
            replace(problem, cells=cells, scale=problem.scale[:5], ridge=problem.ridge[:5])
        )
    np.testing.assert_allclose(few.vectors, many[:5], atol=1e-6)

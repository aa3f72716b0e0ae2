"""`Alternating` minimises the stated objective, never rises, and agrees with the closed form."""

import json

import numpy as np
import pytest
from scipy.sparse import csr_array, random_array

from rowspace.errors import InputError
from rowspace.factor.grammar import (
    Alternating,
    Constant,
    Factorization,
    Free,
    Ignore,
    Linear,
    Log,
    Lookup,
    One,
    Spectral,
    Uniform,
    Value,
)
from rowspace.factor.solvers import solve
from rowspace.observe.observations import Observations

N, M = 50, 30


def observe(matrix):
    return Observations.from_matrix(matrix, rows="user", cols="item")


@pytest.fixture(scope="module")
def matrix():
    rng = np.random.default_rng(0)
    return random_array(
        (N, M), density=0.2, rng=rng, format="csr", data_sampler=lambda size: rng.poisson(2, size)
    ).astype(np.float32)


def problem(confidence, unobserved, target=None, l2=0.05, frequency=1.0, sweeps=10, dim=4):
    return Factorization(
        dim=dim, target=target or One(), confidence=confidence, unobserved=unobserved,
        rows=Lookup(Free(l2, frequency)), cols=Lookup(Free(2 * l2, frequency)),
        solver=Alternating(sweeps),
    )  # fmt: skip


def weights(f, cells):
    """Weights and targets of all cells: dense n x m, the obvious way."""
    if isinstance(cells, np.ndarray):
        x, seen = cells.astype(np.float64), np.ones(cells.shape)
    else:
        x = cells.toarray().astype(np.float64)
        seen = csr_array((np.ones(cells.nnz), cells.indices, cells.indptr), cells.shape).toarray()
    w0 = f.unobserved.weight if isinstance(f.unobserved, Uniform) else 0.0
    c = f.confidence
    extra = (
        c.weight if isinstance(c, Constant)
        else c.alpha * x if isinstance(c, Linear)
        else c.alpha * np.log(1 + x / c.eps)
    )  # fmt: skip
    return w0 + extra * seen, seen if isinstance(f.target, One) else x * seen, seen, w0


def charge(side, seen, w0):
    return side.constraint.l2 * (seen.sum(axis=1) + w0 * seen.shape[1]) ** side.constraint.frequency


def objective(f, cells, u, v):
    w, t, seen, w0 = weights(f, cells)
    u, v = u.astype(np.float64), v.astype(np.float64)
    miss = (w * (t - u @ v.T) ** 2).sum()
    paid = (charge(f.rows, seen, w0) * (u**2).sum(axis=1)).sum()
    return 0.5 * (miss + paid + (charge(f.cols, seen.T, w0) * (v**2).sum(axis=1)).sum())


PROBLEMS = {
    "Hu, Koren, Volinsky": problem(Linear(10), Uniform(1), l2=2.0, frequency=0),
    "by frequency": problem(Linear(10), Uniform(0.5)),
    "log": problem(Log(3, 0.5), Uniform(1), frequency=0.5),
    "observed only": problem(Constant(1), Ignore(), Value()),
    "values over background": problem(Constant(2), Uniform(0.3), Value()),
    "all alike": problem(Constant(0), Uniform(2), Value(), frequency=0),
}


@pytest.mark.parametrize("kind", [lambda a: a, lambda a: a.toarray()], ids=["sparse", "dense"])
@pytest.mark.parametrize("name", PROBLEMS)
def test_the_trace_is_the_objective_and_never_rises(matrix, name, kind):
    f, cells = PROBLEMS[name], kind(matrix)
    found = solve(f, observe(cells))
    trace = np.array(found.trace)
    assert len(trace) == 10
    assert (np.diff(trace) <= 1e-6 * trace[0]).all()
    assert trace[-1] == pytest.approx(objective(f, cells, found.rows, found.cols), rel=1e-5)
    assert found.facts["objective"] == trace[-1]
    json.dumps(found.facts)


@pytest.mark.parametrize("name", PROBLEMS)
def test_at_the_end_both_sides_satisfy_the_first_order_condition(matrix, name):
    f = PROBLEMS[name]
    f = Factorization(**{**vars(f), "solver": Alternating(400)})
    found = solve(f, observe(matrix))
    w, t, seen, w0 = weights(f, matrix)
    u, v = found.rows.astype(np.float64), found.cols.astype(np.float64)
    pull = w * (t - u @ v.T)
    largest = np.abs((w * t) @ v).max()
    by_row = pull @ v - charge(f.rows, seen, w0)[:, None] * u
    by_col = pull.T @ u - charge(f.cols, seen.T, w0)[:, None] * v
    assert np.abs(by_row).max() <= 1e-4 * largest  # solved last: exact but for float32
    assert np.abs(by_col).max() <= 5e-3 * largest


def test_two_solvers_give_the_same_answer(matrix):
    side, other = Lookup(Free(0.8)), Lookup(Free(0.2))
    closed = Factorization(
        dim=6, unobserved=Uniform(2), rows=side, cols=other, solver=Spectral(tolerance=1e-6)
    )
    sweeping = Factorization(**{**vars(closed), "solver": Alternating(400)})
    one, two = solve(closed, observe(matrix)), solve(sweeping, observe(matrix))
    np.testing.assert_allclose(one.rows @ one.cols.T, two.rows @ two.cols.T, atol=2e-3)
    values = [objective(closed, matrix, f.rows, f.cols) for f in (one, two)]
    assert values[0] == pytest.approx(values[1], rel=1e-5)
    assert two.trace[-1] == pytest.approx(values[0], rel=1e-5)


def test_a_dense_matrix_and_the_same_matrix_with_every_cell_stored_are_one_problem(matrix):
    dense = matrix.toarray() + 1
    every = csr_array(dense)
    f = problem(Constant(2), Ignore(), Value(), sweeps=3)
    f = Factorization(**{**vars(f), "solver": Alternating(3, exact=True)})
    one, two = solve(f, observe(dense)), solve(f, observe(every))
    np.testing.assert_allclose(one.rows @ one.cols.T, two.rows @ two.cols.T, atol=1e-3)


@pytest.mark.parametrize("unobserved", [Uniform(1), Ignore()])
def test_empty_rows_and_columns_get_zero(matrix, unobserved):
    holes = matrix.tolil()
    holes[4, :] = 0
    holes[:, 7] = 0
    for l2 in (0.0, 0.1):
        found = solve(problem(Linear(5), unobserved, l2=l2), observe(csr_array(holes)))
        assert not found.rows[4].any() and not found.cols[7].any()
        assert np.isfinite(found.rows).all() and np.isfinite(found.cols).all()


@pytest.mark.parametrize("unobserved", [Uniform(1), Ignore()])
def test_more_dimensions_than_cells_and_no_charge_is_solved_all_the_same(matrix, unobserved):
    f = problem(Linear(5), unobserved, l2=0.0, dim=40, sweeps=6)
    found = solve(f, observe(matrix))
    assert np.isfinite(found.rows).all() and np.isfinite(found.cols).all()
    trace = np.array(found.trace)
    assert (np.diff(trace) <= 1e-4 * objective(f, matrix, 0 * found.rows, 0 * found.cols)).all()


@pytest.mark.parametrize("shape", [(1, 1), (1, 5), (5, 1)])
def test_one_row_or_one_column_is_enough(shape):
    found = solve(problem(Linear(1), Uniform(1)), observe(csr_array(np.ones(shape, np.float32))))
    assert found.rows.shape == (shape[0], 4) and found.cols.shape == (shape[1], 4)
    assert np.isfinite(found.rows).all()


def test_a_matrix_of_zeros_gives_zero_vectors_and_a_zero_objective():
    found = solve(problem(Linear(1), Uniform(1)), observe(csr_array((5, 4), dtype=np.float32)))
    assert not found.rows.any() and not found.cols.any()
    assert found.trace[-1] == 0


def test_a_stored_zero_is_observed_and_an_absent_cell_is_not():
    stored = csr_array((np.zeros(1, np.float32), ([0], [0])), shape=(2, 2))
    f = problem(Constant(4), Uniform(1), One(), l2=0.01)
    found = solve(f, observe(stored))
    score = found.rows @ found.cols.T
    assert score[0, 0] > 0.5 and abs(score[1, 1]) < 1e-6


@pytest.mark.parametrize("confidence", [Linear(2), Log(2)])
def test_a_negative_value_under_growing_confidence_is_refused(matrix, confidence):
    bad = matrix.toarray()
    bad[3, 5] = -2
    kind = type(confidence).__name__
    with pytest.raises(InputError, match=f"{kind} confidence needs .* user 3 and item 5 is -2"):
        solve(problem(confidence, Uniform(1)), observe(csr_array(bad)))


def test_a_seed_repeats_and_another_seed_differs(matrix):
    f = problem(Linear(10), Uniform(1), sweeps=2)
    one, two, other = (solve(f, observe(matrix), seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.rows, two.rows)
    np.testing.assert_array_equal(one.cols, two.cols)
    assert one.trace == two.trace
    assert not np.array_equal(one.rows, other.rows)


@pytest.mark.parametrize("confidence", [Linear(10), Constant(0)])
def test_the_bits_do_not_depend_on_the_number_of_threads(confidence, monkeypatch):
    large = csr_array(random_array((5000, 400), density=0.02, rng=np.random.default_rng(1)))
    f = problem(confidence, Uniform(1), dim=20, sweeps=2)
    found = []
    for threads in ("1", "2"):
        monkeypatch.setenv("ROWSPACE_THREADS", threads)
        found.append(solve(f, observe(large)))
    np.testing.assert_array_equal(found[0].rows, found[1].rows)
    np.testing.assert_array_equal(found[0].cols, found[1].cols)
    assert found[0].trace == found[1].trace


def test_the_input_is_left_alone(matrix):
    before = matrix.copy()
    solve(problem(Linear(10), Uniform(1)), observe(matrix))
    assert (matrix != before).nnz == 0


def test_the_very_first_call_of_a_process_gives_the_same_bits_as_the_second():
    # SciPy's BLAS is loaded during the first call, and must be kept to one thread in it already.
    import subprocess
    import sys

    program = (
        "import numpy as np\n"
        "from scipy.sparse import random_array\n"
        "from rowspace.factor.grammar import *\n"
        "from rowspace.factor.solvers import solve\n"
        "from rowspace.observe.observations import Observations\n"
        "a = random_array((600, 300), density=0.1, rng=np.random.default_rng(0))\n"
        "obs = Observations.from_matrix(a, rows='user', cols='item')\n"
        "f = Factorization(dim=64, confidence=Linear(9), solver=Alternating(1))\n"
        "assert np.array_equal(solve(f, obs).rows, solve(f, obs).rows)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr.decode()

"""Rows under the Poisson loss: against SciPy's minimiser, the first-order conditions, and zeros."""

import dataclasses

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.sparse import csr_array

from rowspace.factor.gram import charges
from rowspace.factor.grammar import (
    Alternating,
    Constant,
    Factorization,
    Given,
    Ignore,
    Linear,
    Lookup,
    NonNegative,
    Poisson,
    Popularity,
    Uniform,
)
from rowspace.factor.poisson import solve_poisson
from rowspace.factor.solvers import solve
from rowspace.factor.statement import state
from rowspace.linalg.csr import Csr
from rowspace.observe.observations import Observations
from rowspace.threads import kernel_threads

N, M, K = 30, 40, 4


def counts(seed=0, n=N, m=M):
    rng = np.random.default_rng(seed)
    return rng.poisson(rng.gamma(0.3, 1, (n, 3)) @ rng.gamma(0.3, 1, (3, m))).astype(np.float32)


def model(**axes):
    return Factorization(**{"dim": K, "loss": Poisson(), "confidence": Constant(0.0), **axes})


def row_weights(f, x, observed, given):
    """The weights of all cells of one row, written out."""
    n_j = observed.sum(axis=0)
    if isinstance(f.unobserved, Ignore):
        w0 = np.zeros(x.shape[1])
    elif isinstance(f.unobserved, Popularity):
        w0 = f.unobserved.weight * n_j**0.5 / (n_j**0.5).mean()
    else:
        w0 = np.full(x.shape[1], f.unobserved.weight)
    extra = {"Linear": 2.0 * x, "Given": given}.get(
        type(f.confidence).__name__, getattr(f.confidence, "weight", 0.0)
    )
    return w0 + np.where(observed, extra, 0.0)


def row_slope(x, w, t, v, l1, ridge):
    s = np.maximum(v @ x, 1e-300)
    return (w * (1 - t / s)) @ v + l1 + ridge * x


def row_objective(x, w, t, v, l1, ridge):
    s = np.maximum(v @ x, 1e-300)
    return float(w @ (s - t * np.log(s)) + l1 * x.sum() + 0.5 * ridge * x @ x)


WAYS = [
    model(),
    model(unobserved=Uniform(0.3), confidence=Constant(1.0)),
    model(unobserved=Ignore(), confidence=Constant(1.0)),
    model(unobserved=Ignore(), confidence=Given()),
    model(unobserved=Popularity(0.5, 0.5), confidence=Linear(2.0)),
]


def problem(f, l1=0.0, l2=0.0, seed=1):
    """A statement with observed zeros among the cells, its parts as dense arrays, and a partner."""
    rng = np.random.default_rng(seed)
    x = counts()
    x[3] = 0
    observed = (x > 0) | (rng.random(x.shape) < 0.2)
    observed[3] = False
    given = rng.random(x.shape).astype(np.float32) + 0.1
    i, j = np.nonzero(observed)
    cells = Csr.of(csr_array((x[i, j], (i, j)), shape=x.shape))
    statement = state(f, cells, given[i, j])
    v = rng.gamma(0.5, 1, (M, K)).astype(np.float32)
    constraint = NonNegative(l2=l2, l1=l1)
    ridge = charges(constraint, cells.lengths, statement.own * statement.other.sum())
    return statement, x, observed, given, v, constraint, ridge


def converged(statement, v, constraint, ridge, start, calls=100):
    with kernel_threads():
        for _ in range(calls):
            start = solve_poisson(statement, v, constraint, start, ridge)
    return start


@pytest.mark.parametrize("f", WAYS, ids=lambda f: f"{f.unobserved} {f.confidence}")
@pytest.mark.parametrize(("l1", "l2"), [(0.0, 0.0), (0.1, 0.7)])
def test_every_row_comes_to_the_minimum_that_a_general_minimiser_finds(f, l1, l2):
    statement, x, observed, given, v, constraint, ridge = problem(f, l1, l2)
    found = converged(statement, v, constraint, ridge, np.ones((N, K), np.float32))
    for i in (0, 3, 7):  # of row 3 nothing was observed
        w = row_weights(f, x, observed, given)[i]
        args = (w, x[i].astype(float), v.astype(float), l1, ridge[i])
        ours = row_objective(found[i].astype(float), *args)
        best = minimize(
            row_objective, np.ones(K), args, jac=row_slope, bounds=[(0, None)] * K,
            options={"ftol": 1e-12},
        ).fun  # fmt: skip
        assert ours <= best + 1e-4 * (1 + abs(best)), i
        if not x[i].any():
            assert not found[i].any()


@pytest.mark.parametrize("f", WAYS, ids=lambda f: f"{f.unobserved} {f.confidence}")
def test_the_first_order_conditions_hold(f):
    statement, x, observed, given, v, constraint, ridge = problem(f, 0.05, 0.02)
    found = converged(statement, v, constraint, ridge, np.ones((N, K), np.float32)).astype(float)
    w = row_weights(f, x, observed, given)
    s = np.maximum(found @ v.T, 1e-30)
    slope = (w - np.where(x > 0, w * x / s, 0)) @ v + 0.05 + ridge[:, None] * found
    scale = w @ v + 0.05
    assert (slope >= -2e-3 * scale).all()
    assert (np.abs(slope)[found > 1e-3] <= 2e-3 * scale[found > 1e-3]).all()


def test_no_call_raises_the_objective_of_any_row():
    f = WAYS[1]
    statement, x, observed, given, v, constraint, ridge = problem(f, 0.1, 0.1)
    w = row_weights(f, x, observed, given)
    at = np.random.default_rng(0).gamma(0.5, 1, (N, K)).astype(np.float32)
    before = np.inf * np.ones(N)
    for _ in range(20):
        values = np.array(
            [row_objective(at[i].astype(float), w[i], x[i], v, 0.1, ridge[i]) for i in range(N)]
        )
        assert (values <= before + 1e-5 * np.abs(values)).all()
        before, at = values, converged(statement, v, constraint, ridge, at, 1)


def test_two_passes_come_further_than_two_multiplicative_updates():
    f = model()
    statement, x, _, _, v, constraint, ridge = problem(f)
    start = np.ones((N, K), np.float32)
    ours = converged(statement, v, constraint, ridge, start, 1).astype(float)
    theirs = start.astype(float)
    for _ in range(2):
        theirs *= ((x / np.maximum(theirs @ v.T, 1e-30)) @ v) / v.sum(axis=0)
    w = np.ones(M)
    values = [
        sum(row_objective(a[i], w, x[i], v, 0.0, 0.0) for i in range(N)) for a in (ours, theirs)
    ]
    assert values[0] < values[1]


def test_a_number_that_is_zero_may_grow_again_and_one_that_should_vanish_is_exactly_zero():
    statement, _, _, _, v, constraint, ridge = problem(model(), l1=1.0)
    one = converged(statement, v, constraint, ridge, np.ones((N, K), np.float32))
    other = converged(statement, v, constraint, ridge, np.zeros((N, K), np.float32))
    assert (one == 0).any() and (one > 0).any()
    np.testing.assert_allclose(one, other, atol=2e-2)


def test_a_partner_of_zeros_and_a_start_below_zero_are_defined():
    statement, _, _, _, v, constraint, ridge = problem(model())
    start = np.ones((N, K), np.float32)
    assert not converged(statement, 0 * v, constraint, ridge, start, 1).any()
    dead = v.copy()
    dead[:, 2] = 0
    found = converged(statement, dead, constraint, ridge, -start, 3)
    assert np.isfinite(found).all() and not found[:, 2].any() and found.any()


def test_the_number_of_threads_does_not_change_a_bit(monkeypatch):
    x = counts(2, 600, 300)
    f = model()
    statement = state(f, Csr.of(csr_array(x)))
    v = np.random.default_rng(0).gamma(0.5, 1, (300, K)).astype(np.float32)
    found = []
    for threads in ("1", "2"):
        monkeypatch.setenv("ROWSPACE_THREADS", threads)
        monkeypatch.setattr("rowspace.factor.poisson._WORK_PER_PIECE", 1 << 8)
        start = np.ones((600, K), np.float32)
        found.append(converged(statement, v, NonNegative(), np.zeros(600), start, 2))
    np.testing.assert_array_equal(*found)


def test_a_whole_fit_goes_down_in_the_objective_of_the_grammar():
    x = counts(3, 60, 50)
    side = Lookup(NonNegative(l2=0.1, l1=0.05))
    f = model(
        rows=side, cols=side, unobserved=Uniform(0.5), confidence=Constant(1.0),
        solver=Alternating(sweeps=25),
    )  # fmt: skip
    found = solve(f, Observations.from_matrix(csr_array(x), rows="user", cols="item"))
    u, v = found.rows.astype(float), found.cols.astype(float)
    s = u @ v.T
    w = np.where(x > 0, 1.5, 0.5)
    data = s - np.where(x > 0, x, 0) + x * np.log(np.where(x > 0, x / np.maximum(s, 1e-300), 1))
    charges = 0.05 * (u.sum() + v.sum()) + 0.05 * ((u**2).sum() + (v**2).sum())
    assert found.trace[-1] == pytest.approx((w * data).sum() + charges, rel=1e-4)
    assert (np.diff(found.trace) <= 1e-6 * np.abs(found.trace[:-1])).all()


def test_more_dimensions_than_the_matrix_has_and_a_matrix_of_zeros_can_be_fitted():
    f = dataclasses.replace(
        model(rows=Lookup(NonNegative()), cols=Lookup(NonNegative())), solver=Alternating(5)
    )
    for x in (np.ones((3, 1), np.float32), np.zeros((4, 3), np.float32)):
        found = solve(f, Observations.from_matrix(x, rows="user", cols="item"))
        np.testing.assert_allclose(found.rows @ found.cols.T, x, atol=1e-3)

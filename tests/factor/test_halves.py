"""A half sweep never raises the objective, and its objective is that of the whole problem."""

import numpy as np
import pytest
from scipy.sparse import csr_array, random_array

from rowspace.factor.grammar import (
    Constant,
    Factorization,
    Free,
    Huber,
    Ignore,
    Linear,
    NonNegative,
    One,
    Poisson,
    Squared,
    Uniform,
)
from rowspace.factor.halves import Side, objective, scores_of, solve_half
from rowspace.factor.statement import state
from rowspace.linalg.csr import Csr
from rowspace.threads import kernel_threads

PROBLEMS = {
    "implicit": (Squared(), One(), Linear(3), Uniform(0.3), Free(0.2)),
    "robust": (Huber(0.4), One(), Constant(1), Ignore(), Free(0.1)),
    "non-negative": (Squared(), One(), Constant(0), Uniform(1), NonNegative(l1=0.05)),
    "Poisson": (Poisson(), One(), Constant(0), Uniform(1), NonNegative()),
}


@pytest.fixture(params=PROBLEMS)
def half(request):
    """Statement and both sides of a problem."""
    loss, target, confidence, unobserved, constraint = PROBLEMS[request.param]
    rng = np.random.default_rng(0)
    cells = csr_array(random_array((40, 25), density=0.3, rng=rng, dtype=np.float32))
    f = Factorization(dim=3, loss=loss, target=target, confidence=confidence, unobserved=unobserved)
    sides = [
        Side(constraint, np.abs(rng.standard_normal((n, 3))).astype(np.float32) * 0.5)
        for n in cells.shape
    ]
    return state(f, Csr.of(cells)), *sides


@pytest.mark.parametrize("exact", [True, False])
def test_solving_either_side_lowers_the_objective(half, exact):
    statement, rows, cols = half
    values = []
    with kernel_threads():
        for _ in range(3):
            found = solve_half(statement.T, cols, rows, 0.0, exact)
            cols = found.side
            values.append(objective(statement.T, found, rows, 0.0))
            found = solve_half(statement, rows, cols, 0.0, exact)
            rows = found.side
            values.append(objective(statement, found, cols, 0.0))
    assert (np.diff(values) <= 1e-6 * values[0]).all() and values[-1] < values[0]


def test_two_free_sides_may_be_turned_together_without_changing_a_score():
    rng = np.random.default_rng(1)
    cells = csr_array(random_array((40, 25), density=0.3, rng=rng, dtype=np.float32))
    f = Factorization(dim=20, target=One(), confidence=Linear(3), unobserved=Uniform(0.3))
    statement = state(f, Csr.of(cells))
    rows, cols = (
        Side(Free(0.2), rng.standard_normal((n, 20)).astype(np.float32)) for n in cells.shape
    )
    with kernel_threads():
        plain = solve_half(statement, rows, cols, 0.0, True)
        turned = solve_half(statement, rows, cols, 0.0, True, may_turn=True)
        scores = [scores_of(statement, h.side, h.partner, 0.0) for h in (plain, turned)]
    assert plain.partner is cols
    np.testing.assert_allclose(*scores, atol=1e-4)

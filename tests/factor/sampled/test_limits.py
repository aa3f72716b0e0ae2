"""Where a sampled problem and another have one optimum, both come to the same scores."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_array

from rowspace.factor.grammar import (
    AdaGrad,
    Alternating,
    Even,
    Factorization,
    Free,
    Given,
    Ignore,
    Logistic,
    Lookup,
    Negatives,
    Sampled,
)
from rowspace.factor.solvers import solve
from rowspace.observe.observations import Observations
from rowspace.recipes.registry import build


def test_sampled_line_comes_to_its_matrix():
    # Every pair is linked, so that no logarithm is cut off; the dimension is full.
    rng = np.random.default_rng(0)
    n, b = 12, 2.0
    weights = np.triu(rng.integers(1, 12, (n, n)).astype(float))
    weights = weights + np.triu(weights, 1).T
    obs = Observations.from_matrix(csr_array(weights), rows="node", cols="neighbor")
    f = build("line", {"dim": n, "negatives": b, "sampled": True, "epochs": 6000})
    out = solve(f, obs, 0)
    degree = weights.sum(axis=1)
    exact = np.log(weights * degree.sum() / np.outer(degree, degree)) - np.log(b)
    scores = out.rows @ out.cols.T
    assert np.corrcoef(scores.ravel(), exact.ravel())[0, 1] > 0.995
    assert np.abs(scores - exact).mean() < 0.1


def test_sampled_logistic_factorization_comes_to_the_alternating_one():
    # A design in which every row and every column has the same number of cells, so that evenly
    # drawn negatives weigh all unobserved cells alike.
    rng = np.random.default_rng(1)
    n, each, weight, l2 = 30, 6, 3.0, 0.02
    start = rng.permutation(n)
    cells = np.zeros((n, n))
    for i in range(n):
        cells[i, (start[i] + np.array([0, 1, 2, 3, 5, 8])) % n] = 1
    obs = Observations.from_matrix(csr_array(cells), rows="u", cols="i")
    side = Lookup(Free(l2, 1.0))
    sampled = solve(
        Factorization(
            dim=4, loss=Logistic(), unobserved=Negatives(n, Even(), weight=weight),
            rows=side, cols=side,
            solver=Sampled(epochs=1500, rate=0.1, batch=90, update=AdaGrad(), decay=0.01),
        ), obs, 0,
    )  # fmt: skip
    # A row meets `each` times `weight` negatives, spread over all n columns of which some count.
    background = each * weight / n
    whole = replace(
        Observations.from_matrix(cells, rows="u", cols="i"),
        weights=np.where(cells > 0, 1, background).astype(np.float32),
    )
    both = Lookup(Free(each * l2, 0.0))
    exact = solve(
        Factorization(
            dim=4, loss=Logistic(), confidence=Given(), unobserved=Ignore(), rows=both, cols=both,
            solver=Alternating(sweeps=300),
        ), whole, 0,
    )  # fmt: skip

    def objective(out):
        s = out.rows.astype(float) @ out.cols.T.astype(float)
        loss = np.where(cells > 0, np.logaddexp(0, -s), background * np.logaddexp(0, s)).sum()
        return loss + each * l2 / 2 * ((out.rows**2).sum() + (out.cols**2).sum())

    found, best = objective(sampled), objective(exact)
    assert found == pytest.approx(best, rel=0.02)

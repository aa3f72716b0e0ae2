"""What the tests of recipes for words share: counts of pairs, and factors with all they hold."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from rowspace.factor import solvers
from rowspace.observe.observations import Observations


@pytest.fixture(scope="session")
def pairs():
    """30 words x 25 contexts, counts of a low-rank law with many zeros, some below 1."""
    rng = np.random.default_rng(3)
    law = rng.gamma(0.4, 1.0, (30, 3)) @ rng.gamma(0.4, 1.0, (3, 25))
    counts = rng.poisson(3 * law) + 0.25 * (rng.random((30, 25)) < 0.2)
    counts[7] = counts[:, 4] = 0  # a word that was never seen, and a context
    return Observations.from_matrix(csr_array(counts), rows="word", cols="context")


@pytest.fixture(scope="session")
def solved():
    """A function: a factorization and observations -> the matrix after its steps, the factors."""

    def solve(factorization, obs):
        for step in factorization.matrix:
            obs, _ = step.apply(obs)
        return obs, solvers.solve(factorization, obs)

    return solve


@pytest.fixture(scope="session")
def double():
    """A function: factors -> rows, columns, their biases and the mean, all float64."""

    def double(factors):
        biases = [
            factors.extras[side].get("bias", np.zeros(len(getattr(factors, side)))).astype(float)
            for side in ("rows", "cols")
        ]
        u, v = factors.rows.astype(float), factors.cols.astype(float)
        return u, v, *biases, float(factors.facts.get("mean", 0.0))

    return double

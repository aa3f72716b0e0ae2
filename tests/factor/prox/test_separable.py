"""The terms of the separable constraints, and how far a few passes go."""

import numpy as np
from scipy.sparse import random_array

from rowspace.factor.gram import RowProblem, WeightedCells
from rowspace.factor.grammar import L1, Box, Free, NonNegative, Simplex
from rowspace.factor.prox.separable import separable, solve_separable
from rowspace.linalg.csr import Csr
from rowspace.threads import kernel_threads


def test_terms_are_the_charge_and_the_bounds():
    assert separable(NonNegative(l1=2)) == (2, 0, np.inf)
    assert separable(L1(l1=3)) == (3, -np.inf, np.inf)
    assert separable(Box(low=-1, high=4)) == (0, -1, 4)
    assert separable(Free()) is None and separable(Simplex()) is None


def test_both_kernels_give_the_same_rows():
    rng = np.random.default_rng(0)
    n, m, k = 150, 20, 5
    pull = Csr.of(random_array((n, m), density=0.4, rng=rng, format="csr", dtype=np.float32))
    v = rng.random((m, k)).astype(np.float32)
    rest = (np.ones(n), np.ones(m), 1.0, 0.0)
    alike = WeightedCells(pull, None, *rest)
    own = WeightedCells(pull, np.zeros(len(pull.data), np.float32), *rest)
    start = np.ones((n, k), np.float32)
    for constraint in (NonNegative(l1=0.1), L1(l1=0.1), Box(high=0.2)):
        found = []
        for cells in (alike, own):
            problem = RowProblem(cells, v, (v.T @ v).astype(float), np.ones(n), np.full(n, 0.1))
            with kernel_threads():
                found.append(solve_separable(problem, constraint, start, exact=True))
        np.testing.assert_allclose(found[0].vectors, found[1].vectors, atol=1e-4)
        assert abs(found[0].least - found[1].least) <= 1e-5 * abs(found[1].least)
        assert (start == 1).all()

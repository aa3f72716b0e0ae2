"""Core numbers equal those of peeling by hand."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from rowspace.observe.cores import core_numbers, simple


def peeled(a):
    """Take away all nodes of fewer than k neighbours, again and again, for growing k."""
    a = ((a + a.T) > 0) & ~np.eye(len(a), dtype=bool)
    found, left = np.zeros(len(a), int), np.ones(len(a), bool)
    for k in range(1, len(a)):
        while True:
            weak = left & (a[:, left].sum(axis=1) < k)
            if not weak.any():
                break
            left &= ~weak
        found[left] = k
    return found


@pytest.mark.parametrize("seed", range(8))
def test_core_numbers_are_those_of_peeling(seed):
    rng = np.random.default_rng(seed)
    a = rng.random((40, 40)) < rng.uniform(0.02, 0.2)
    np.testing.assert_array_equal(core_numbers(csr_array(a.astype(float))), peeled(a))


def test_a_graph_without_links_is_all_fringe():
    assert core_numbers(csr_array((3, 3))).tolist() == [0, 0, 0]


def test_a_simple_graph_has_no_loops_weights_or_directions():
    a = np.array([[2.0, 3.0, 0.0], [0.0, 0.0, 0.5], [0.0, 0.0, 0.0]])
    assert simple(csr_array(a)).toarray().tolist() == [[0, 1, 0], [1, 0, 1], [0, 1, 0]]

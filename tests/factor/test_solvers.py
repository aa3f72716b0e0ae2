"""The table of solvers: the first that can is chosen; what nobody can is refused in a sentence."""

import re

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.sparse.linalg import aslinearoperator

from rowspace.errors import UnsupportedError
from rowspace.factor.grammar import (
    Alternating,
    Bpr,
    Constant,
    Factorization,
    Free,
    History,
    Ignore,
    Linear,
    Lookup,
    Negatives,
    One,
    Sampled,
    Spectral,
    Uniform,
)
from rowspace.factor.solvers import TABLE, choose, solve
from rowspace.observe.observations import Observations


def observe(kind="sparse"):
    a = csr_array(np.eye(3, dtype=np.float32))
    cells = {"sparse": a, "dense": a.toarray(), "operator": aslinearoperator(a)}[kind]
    return Observations.from_matrix(cells, rows="user", cols="item")


def charged(l2=1.0, frequency=0.0):
    side = Lookup(Free(l2, frequency))
    return {"rows": side, "cols": side}


@pytest.mark.parametrize(
    ("axes", "kind", "solver"),
    [
        ({}, "sparse", Spectral()),
        ({}, "operator", Spectral()),
        (charged(), "sparse", Spectral()),
        ({"unobserved": Uniform(3)}, "sparse", Spectral()),
        ({"confidence": Constant(2), "unobserved": Ignore()}, "dense", Spectral()),
        ({"confidence": Constant(2)}, "sparse", Alternating()),
        ({"confidence": Constant(2), "unobserved": Ignore()}, "sparse", Alternating()),
        ({"confidence": Linear(2)}, "dense", Alternating()),
        (charged(frequency=1.0), "sparse", Alternating()),
        ({"rows": Lookup(Free(1))}, "sparse", Alternating()),
        ({"solver": Alternating(3)}, "sparse", Alternating(3)),
        ({"solver": Spectral(power=0)}, "sparse", Spectral(power=0)),
    ],
)
def test_the_first_that_can_is_chosen_and_a_named_one_is_kept(axes, kind, solver):
    assert choose(Factorization(dim=2, **axes), observe(kind)) == solver


@pytest.mark.parametrize(
    ("axes", "kind", "sentence"),
    [
        (
            {"solver": Spectral(), "confidence": Linear(40)},
            "sparse",
            "Spectral cannot weigh cells unequally (Linear(alpha=40) beside Uniform(weight=1.0)); "
            "use solver=Alternating()",
        ),
        (
            {"solver": Spectral(), "confidence": Constant(2)},
            "sparse",
            "Spectral cannot weigh cells unequally (Constant(weight=2) beside "
            "Uniform(weight=1.0)); use solver=Alternating()",
        ),
        (
            {"solver": Spectral(), "unobserved": Ignore(), "confidence": Constant(1)},
            "sparse",
            "use solver=Alternating()",
        ),
        (
            {"solver": Alternating()},
            "operator",
            "Alternating cannot read the cells of an operator one by one; use solver=Spectral()",
        ),
        (
            {"confidence": Linear(40)},
            "operator",
            "set confidence=Constant(0), unobserved=Uniform(1)",
        ),
        ({"target": One()}, "operator", "cannot replace the cells of an operator by One()"),
        (
            {"solver": Spectral(), **charged(frequency=1.0)},
            "sparse",
            "Spectral cannot charge rows by their frequency; use solver=Alternating()",
        ),
        (
            {"solver": Spectral(), "rows": Lookup(Free(1))},
            "sparse",
            "Spectral cannot charge one side only, which has no best solution; use",
        ),
        (
            {"solver": Spectral(power=1.0), **charged()},
            "sparse",
            "cannot take Spectral(power=1.0, tolerance=0.001, col_power=None, by_block=False) when "
            "l2 is charged, which fixes the balance; use solver=Alternating()",
        ),
    ],
)
def test_what_cannot_be_done_is_refused_with_the_nearest_that_can(axes, kind, sentence):
    with pytest.raises(UnsupportedError, match=re.escape(sentence)) as refused:
        solve(Factorization(dim=2, **axes), observe(kind))
    assert "\n" not in str(refused.value)


def test_every_solver_of_the_table_can_be_asked_for_by_name():
    for entry in TABLE:
        histories = History in entry.axes["rows"]
        rows = History() if histories else Lookup()
        sampled = Sampled is entry.solver
        problem = {"loss": Bpr(), "unobserved": Negatives(2)} if sampled else {}
        found = solve(Factorization(dim=2, rows=rows, solver=entry.solver(), **problem), observe())
        dim = observe().shape[1] if histories else 2
        assert found.rows.shape == found.cols.shape == (3, dim)
        assert found.rows.dtype == found.cols.dtype == np.float32

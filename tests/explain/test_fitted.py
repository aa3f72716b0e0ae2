"""A row stands beside the problem that training solved for it."""

import numpy as np
import pytest
from scipy.sparse import random_array

import rowspace as rs
from rowspace.errors import InputError
from rowspace.explain.fitted import fitted, line
from rowspace.factor.grammar import (
    Alternating,
    Biases,
    Constant,
    Factorization,
    Free,
    Ignore,
    Lookup,
    NoOffset,
    Uniform,
)
from rowspace.observe.observations import Observations
from rowspace.space.folding import role_of
from rowspace.space.space import Space


def stated(offset, unobserved):
    return Factorization(
        dim=3, confidence=Constant(1), unobserved=unobserved, offset=offset,
        rows=Lookup(Free(0.3, 0.5)), cols=Lookup(Free(0.2, 1)), solver=Alternating(5),
    )  # fmt: skip


@pytest.fixture(scope="module", params=["ignored", "biases", "biases beside background"])
def space(request):
    rng = np.random.default_rng(0)
    cells = random_array((20, 15), density=0.4, rng=rng, format="csr", dtype=np.float32)
    f = {
        "ignored": stated(NoOffset(), Ignore()),
        "biases": stated(Biases(), Ignore()),
        "biases beside background": stated(Biases(), Uniform(0.3)),
    }[request.param]
    return rs.fit(Observations.from_matrix(cells, rows="user", cols="item"), f)


@pytest.mark.parametrize("name", ["user", "item"])
def test_one_line_poses_the_same_problem_as_the_whole(space, name):
    side = space[name]
    whole, free = fitted(space).problem(role_of(space, side))
    assert free is None
    for i in (0, 7, 13):
        alone = line(space, side, i)
        inside = slice(*whole.cells.pull.indptr[i : i + 2])
        np.testing.assert_array_equal(alone.problem.cells.pull.indices,
                                      whole.cells.pull.indices[inside])  # fmt: skip
        np.testing.assert_allclose(
            alone.problem.cells.pull.data, whole.cells.pull.data[inside], rtol=1e-5, atol=1e-6
        )
        one = alone.problem.scale[0] * alone.problem.shared
        np.testing.assert_allclose(one, whole.scale[i] * whole.shared, rtol=1e-6, atol=1e-9)
        assert alone.problem.ridge[0] == pytest.approx(whole.ridge[i])
        np.testing.assert_array_equal(alone.x[: side.dim], side[i])


def test_a_row_solves_its_own_problem(space):
    for given in (4, dict(zip(*space.observed(4)))):
        told = line(space, space["user"], given)
        p = told.problem
        v = p.partner[p.cells.pull.indices].astype(float)
        extra = 0 if p.cells.extra is None else p.cells.extra.astype(float)
        g = p.scale[0] * p.shared + (v.T * extra) @ v + p.ridge[0] * np.eye(len(told.x))
        c = p.cells.pull.data @ v + (0 if p.linear is None else p.linear[0])
        np.testing.assert_allclose(g @ told.x, c, atol=2e-5 * np.abs(c).max())


def test_what_is_common_is_computed_once(space):
    first = line(space, space["user"], 1).problem.basis
    assert line(space, space["user"], 2).problem.basis is first
    assert (first is None) == (not isinstance(space.factorization.unobserved, Uniform))
    assert fitted(space) is fitted(space)


def test_scores_need_two_sides():
    alone = Space.from_vectors({"word": ([1, 2], np.eye(2))})
    with pytest.raises(InputError, match=r"has 1 side\(s\), but this needs rows and columns"):
        line(alone, alone["word"], 1)

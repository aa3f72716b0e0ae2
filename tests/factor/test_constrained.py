"""Constrained rows: the constraint holds, the value never rises, the optimum is that of a twin."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import nnls
from scipy.sparse import coo_array, random_array

from rowspace.errors import InputError, UnsupportedError
from rowspace.factor import solvers
from rowspace.factor.constrained import initial, penalty, solve_constrained
from rowspace.factor.gram import RowProblem, WeightedCells
from rowspace.factor.grammar import (
    L1,
    Alternating,
    Binary,
    Box,
    Factorization,
    Free,
    GraphSmooth,
    GroupSparse,
    Ignore,
    Linear,
    Lookup,
    NonNegative,
    Orthogonal,
    Simplex,
    TopK,
    Uniform,
    UnitNorm,
)
from rowspace.linalg.csr import Csr
from rowspace.observe.observations import Observations
from rowspace.threads import kernel_threads

N, M, K = 70, 30, 6
KINDS = ["shared", "shared plain", "own", "own background", "zero partner"]
CONVEX = [NonNegative(), NonNegative(l1=0.7), L1(l1=0.5), Box(low=-0.2, high=0.3), Simplex(),
          GroupSparse(l1=0.3, size=4)]  # fmt: skip
OTHER = [Binary(), UnitNorm(), TopK(count=2), TopK(count=2, nonnegative=True)]


def problem_of(kind, seed=0, n=N, m=M, k=K):
    """A row problem with an empty row, scales, charges and linear terms."""
    rng = np.random.default_rng(seed)
    cells = random_array((n, m), density=0.3, rng=rng, format="csr", dtype=np.float32)
    cells.data[:] = rng.standard_normal(len(cells.data)) + 0.5
    cells = cells.tolil()
    cells[3] = 0
    pull = Csr.of(cells.tocsr())
    v = rng.standard_normal((m, k)).astype(np.float32)
    if kind == "zero partner":
        v[:] = 0
    own = kind.startswith("own")
    extra = (3 * rng.random(len(pull.data))).astype(np.float32) if own else None
    other = np.zeros(m) if kind == "own" else 0.2 + rng.random(m)
    scale = np.ones(n) if kind == "shared plain" else 0.5 + rng.random(n)
    ridge = np.zeros(n) if kind == "shared plain" else 0.1 + rng.random(n)
    linear = None if kind in ("shared plain", "zero partner") else rng.standard_normal((n, k))
    weighted = WeightedCells(pull, extra, scale, other, 1.0, 0.0)
    shared = (v.T * other) @ v.astype(np.float64)
    return RowProblem(weighted, v, shared, scale, ridge, linear)


def systems(problem):
    """All G (n, k, k) and c (n, k), the obvious way."""
    pull, v = problem.cells.pull, problem.partner.astype(np.float64)
    n, k = pull.shape[0], v.shape[1]
    g = problem.scale[:, None, None] * problem.shared + problem.ridge[:, None, None] * np.eye(k)
    c = np.zeros((n, k)) if problem.linear is None else problem.linear.copy()
    for i in range(n):
        p = slice(pull.indptr[i], pull.indptr[i + 1])
        own = v[pull.indices[p]]
        c[i] += own.T @ pull.data[p].astype(np.float64)
        if problem.cells.extra is not None:
            g[i] += (own.T * problem.cells.extra[p]) @ own
    return g, c


def value(g, c, x):
    x = x.astype(np.float64)
    return 0.5 * np.einsum("ia,iab,ib->", x, g, x) - np.einsum("ia,ia->", c, x)


def solved(problem, constraint, start, calls=1, exact=True, graph=None):
    with kernel_threads():
        for _ in range(calls):
            found = solve_constrained(problem, constraint, start, graph, exact)
            start = found.vectors
    return found


def begin(constraint, n=N, k=K, seed=1):
    return initial(constraint, n, k, np.random.default_rng(seed), 0.5)


def assert_within(constraint, x):
    assert x.dtype == np.float32 and np.isfinite(x).all()
    if isinstance(constraint, NonNegative):
        assert (x >= 0).all()
    if isinstance(constraint, Box):
        assert (x >= np.float32(constraint.low)).all() and (x <= np.float32(constraint.high)).all()
    if isinstance(constraint, Simplex):
        assert (x >= 0).all()
        np.testing.assert_allclose(x.sum(axis=1, dtype=np.float64), 1, atol=3e-7)
    if isinstance(constraint, Binary):
        assert np.isin(x, [0, 1]).all()
    if isinstance(constraint, UnitNorm):
        np.testing.assert_allclose(np.linalg.norm(x.astype(float), axis=1), 1, atol=1e-6)
    if isinstance(constraint, TopK):
        assert ((x != 0).sum(axis=1) <= constraint.count).all()
        assert not constraint.nonnegative or (x >= 0).all()
    if isinstance(constraint, Orthogonal):
        wide = x.astype(float)
        np.testing.assert_allclose(wide.T @ wide, np.eye(x.shape[1]), atol=2e-6)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("constraint", [*CONVEX, *OTHER], ids=str)
@pytest.mark.parametrize("exact", [True, False])
def test_rows_obey_cost_no_more_than_before_and_the_minimum_is_told(constraint, kind, exact):
    problem = problem_of(kind)
    g, c = systems(problem)
    x = begin(constraint)
    assert_within(constraint, x)
    before = value(g, c, x) + penalty(constraint, x)
    for _ in range(4):
        found = solved(problem, constraint, x, exact=exact)
        x = found.vectors
        assert_within(constraint, x)
        assert found.least == pytest.approx(value(g, c, x), rel=1e-5, abs=1e-5)
        now = found.least + penalty(constraint, x)
        assert now <= before + 1e-6 * (1 + abs(before))
        before = now


@pytest.mark.parametrize("constraint", [*CONVEX, *OTHER], ids=str)
@pytest.mark.parametrize("kind", ["shared", "own background"])
def test_the_number_of_threads_and_the_neighbours_of_a_row_change_no_bit(
    constraint, kind, monkeypatch
):
    problem, x = problem_of(kind, n=3000), begin(constraint, n=3000)
    monkeypatch.setenv("ROWSPACE_THREADS", "1")
    one = solved(problem, constraint, x, exact=False)
    monkeypatch.setenv("ROWSPACE_THREADS", "2")
    two = solved(problem, constraint, x, exact=False)
    assert (one.vectors == two.vectors).all() and one.least == two.least


@pytest.mark.parametrize("constraint", [*CONVEX, *OTHER, Orthogonal()], ids=str)
@pytest.mark.parametrize(("m", "k"), [(1, 1), (1, 3), (4, 6)])
def test_one_column_and_more_dimensions_than_rank(constraint, m, k):
    for kind in ("shared", "shared plain", "own"):
        if isinstance(constraint, Orthogonal) and kind != "shared plain":
            continue
        problem = problem_of(kind, m=m, k=k)
        found = solved(problem, constraint, begin(constraint, k=k), calls=2)
        assert_within(constraint, found.vectors)
        assert found.least == pytest.approx(value(*systems(problem), found.vectors), rel=1e-4)


def test_a_dense_matrix_gives_the_same_rows_as_its_cells():
    problem = problem_of("shared")
    pull = problem.cells.pull
    dense = np.zeros(pull.shape, np.float32)
    dense[pull.row_of, pull.indices] = pull.data
    same = replace(problem, cells=replace(problem.cells, pull=dense))
    for constraint in (NonNegative(), Simplex(), UnitNorm()):
        x = begin(constraint)
        found, twin = solved(problem, constraint, x), solved(same, constraint, x)
        np.testing.assert_allclose(found.vectors, twin.vectors, atol=1e-4)


@pytest.mark.parametrize("kind", ["shared", "own", "own background"])
@pytest.mark.parametrize("l1", [0.0, 0.5])
def test_nonnegative_rows_equal_those_of_nnls(kind, l1):
    problem = problem_of(kind)
    g, c = systems(problem)
    found = solved(problem, NonNegative(l1=l1), begin(NonNegative()), calls=3)
    for x, gi, ci in zip(found.vectors, g, c):
        root = np.linalg.cholesky(gi)
        twin, _ = nnls(root.T, np.linalg.solve(root, ci - l1))
        np.testing.assert_allclose(x, twin, atol=2e-5)


@pytest.mark.parametrize("kind", ["shared", "own", "own background"])
def test_the_first_order_conditions_of_convex_constraints_hold(kind):
    problem = problem_of(kind)
    g, c = systems(problem)
    scale = np.abs(c).max()
    for constraint in CONVEX:
        x = solved(problem, constraint, begin(constraint), calls=2).vectors.astype(float)
        slope = np.einsum("iab,ib->ia", g, x) - c
        assert worst_violation(constraint, x, slope) <= 1e-5 * scale, constraint


def worst_violation(constraint, x, slope):
    """How far the gradient of the smooth part is from balancing the rest."""
    if isinstance(constraint, L1):
        at_rest = np.maximum(np.abs(slope) - constraint.l1, 0)
        return np.where(x != 0, np.abs(slope + constraint.l1 * np.sign(x)), at_rest).max()
    if isinstance(constraint, NonNegative):
        slope = slope + constraint.l1
        return np.where(x > 0, np.abs(slope), np.maximum(-slope, 0)).max()
    if isinstance(constraint, Box):
        low, high = x == np.float32(constraint.low), x == np.float32(constraint.high)
        up, down = np.maximum(-slope, 0), np.maximum(slope, 0)
        return np.where(low, up, np.where(high, down, np.abs(slope))).max()
    if isinstance(constraint, Simplex):
        over = slope - slope.min(axis=1, keepdims=True)
        return over[x > 0].max()
    worst = 0.0
    t = constraint.l1 * np.sqrt(constraint.size)
    for first in range(0, x.shape[1], constraint.size):
        part, s = x[:, first : first + constraint.size], slope[:, first : first + constraint.size]
        length = np.linalg.norm(part, axis=1)
        there = length > 0
        pulled = s[there] + t * part[there] / length[there, None]
        worst = max(worst, np.abs(pulled).max(initial=0))
        worst = max(worst, (np.linalg.norm(s[~there], axis=1) - t).max(initial=0))
    return worst


@pytest.mark.parametrize("kind", ["shared", "own"])
def test_a_few_steps_repeated_reach_the_same_optimum(kind):
    problem = problem_of(kind)
    for constraint in CONVEX:
        far = solved(problem, constraint, begin(constraint), calls=2)
        near = solved(problem, constraint, begin(constraint, seed=9), calls=50, exact=False)
        best, reached = (r.least + penalty(constraint, r.vectors) for r in (far, near))
        assert reached == pytest.approx(best, rel=1e-5)


@pytest.mark.parametrize("kind", ["shared", "own background"])
@pytest.mark.parametrize("k", [3, 8])
def test_rows_of_few_bits_are_the_best_of_all(kind, k):
    problem = problem_of(kind, k=k)
    g, c = systems(problem)
    found = solved(problem, Binary(), begin(Binary(), k=k))
    every = np.array(list(itertools.product([0.0, 1.0], repeat=k)))
    for x, gi, ci in zip(found.vectors, g, c):
        values = 0.5 * np.einsum("ra,ab,rb->r", every, gi, every) - every @ ci
        assert 0.5 * x @ gi @ x - ci @ x == pytest.approx(values.min(), abs=1e-6)


def test_no_flip_improves_rows_of_many_bits():
    problem = problem_of("own background", k=14)
    g, c = systems(problem)
    x = solved(problem, Binary(), begin(Binary(), k=14)).vectors.astype(float)
    slope = np.einsum("iab,ib->ia", g, x) - c
    change = (1 - 2 * x) * slope + 0.5 * np.einsum("iaa->ia", g)
    assert change.min() >= -1e-6


@pytest.mark.parametrize("nonnegative", [True, False])
@pytest.mark.parametrize("kind", ["shared", "own"])
def test_the_best_single_coordinate_is_found(kind, nonnegative):
    problem = problem_of(kind)
    g, c = systems(problem)
    constraint = TopK(count=1, nonnegative=nonnegative)
    found = solved(problem, constraint, begin(constraint))
    for x, gi, ci in zip(found.vectors, g, c):
        pull = np.maximum(ci, 0) if nonnegative else ci
        gain = 0.5 * pull**2 / np.diag(gi)
        assert 0.5 * x @ gi @ x - ci @ x == pytest.approx(-gain.max(), rel=1e-5, abs=1e-6)


def test_all_coordinates_together_are_the_unrestricted_solution():
    problem = problem_of("own background")
    g, c = systems(problem)
    every = solved(problem, TopK(count=K + 2), begin(TopK(count=K + 2)))
    np.testing.assert_allclose(every.vectors, np.linalg.solve(g, c[:, :, None])[:, :, 0], atol=1e-4)
    some = solved(problem, TopK(count=K, nonnegative=True), begin(TopK(count=K)), calls=3)
    twin = solved(problem, NonNegative(), begin(NonNegative()), calls=3)
    # A coordinate that joined early and then rests at 0 keeps its place: nearly the same value.
    assert some.least <= twin.least + 0.01 * abs(twin.least)


@pytest.mark.parametrize("kind", ["shared", "own background", "own"])
def test_no_start_on_the_sphere_descends_below_the_unit_norm_solution(kind):
    problem = problem_of(kind, n=12)
    g, c = systems(problem)
    found = solved(problem, UnitNorm(), begin(UnitNorm(), n=12)).vectors.astype(float)
    rng = np.random.default_rng(5)
    for x, gi, ci in zip(found, g, c):
        y = rng.standard_normal((200, K))
        y /= np.linalg.norm(y, axis=1, keepdims=True)
        step = 1 / np.linalg.norm(gi, 2)
        for _ in range(300):
            y = y - step * (y @ gi - ci)
            y /= np.linalg.norm(y, axis=1, keepdims=True)
        values = 0.5 * np.einsum("ra,ab,rb->r", y, gi, y) - y @ ci
        assert 0.5 * x @ gi @ x - ci @ x <= values.min() + 1e-6 * (1 + abs(values.min()))


@pytest.mark.parametrize("weight", [0.3, 20.0])
@pytest.mark.parametrize("kind", ["shared", "own background"])
def test_smooth_free_rows_solve_the_coupled_system(kind, weight):
    problem = problem_of(kind, n=20)
    graph = ring(20)
    g, c = systems(problem)
    laplacian = np.diag(graph.sum(axis=1)) - graph
    whole = np.kron(weight * laplacian, np.eye(K))
    for i in range(20):
        whole[i * K : (i + 1) * K, i * K : (i + 1) * K] += g[i]
    twin = np.linalg.solve(whole, c.ravel()).reshape(20, K)
    constraint = GraphSmooth(weight=weight)
    found = solved(problem, constraint, begin(Free(), 20), calls=3, graph=csr(graph))
    np.testing.assert_allclose(found.vectors, twin, atol=2e-4 * np.abs(twin).max())
    assert found.least == pytest.approx(value(g, c, found.vectors), rel=1e-5)
    x = found.vectors.astype(float)
    smooth = 0.5 * weight * np.trace(x.T @ laplacian @ x)
    assert penalty(constraint, found.vectors, csr(graph)) == pytest.approx(smooth, rel=1e-6)


@pytest.mark.parametrize("within", [NonNegative(l1=0.2), L1(l1=0.5), Simplex(), Binary(),
                                    UnitNorm(), TopK(count=2)], ids=str)  # fmt: skip
@pytest.mark.parametrize("exact", [True, False])
def test_smooth_rows_within_another_constraint_never_cost_more(within, exact):
    constraint, graph = GraphSmooth(weight=2.0, within=within), csr(ring(N))
    for kind in ("shared", "own"):
        problem = problem_of(kind)
        g, c = systems(problem)
        x = begin(constraint)
        before = value(g, c, x) + penalty(constraint, x, graph)
        for _ in range(3):
            found = solved(problem, constraint, x, exact=exact, graph=graph)
            x = found.vectors
            assert_within(within, x)
            assert found.least == pytest.approx(value(g, c, x), rel=1e-5, abs=1e-4)
            now = found.least + penalty(constraint, x, graph)
            assert now <= before + 1e-6 * (1 + abs(before))
            before = now
        if exact and within in (NonNegative(l1=0.2), L1(l1=0.5), Simplex()):
            wide = x.astype(float)
            dense = ring(N)
            slope = np.einsum("iab,ib->ia", g, wide) - c
            slope += 2.0 * (dense.sum(axis=1)[:, None] * wide - dense @ wide)
            assert worst_violation(within, wide, slope) <= 1e-3 * np.abs(c).max()


def test_rows_without_a_graph_are_solved_by_the_constraint_within():
    problem, x = problem_of("shared"), begin(NonNegative())
    alone = solved(problem, GraphSmooth(within=NonNegative()), x)
    assert (alone.vectors == solved(problem, NonNegative(), x).vectors).all()


def ring(n):
    """Row i is joined to i + 1 and i + 5, with unequal weights; the last row is alone."""
    graph = np.zeros((n, n))
    for i in range(n - 1):
        graph[i, (i + 1) % (n - 1)] = 1.0
        graph[i, (i + 5) % (n - 1)] = 0.5
    return np.maximum(graph, graph.T)


def csr(dense):
    return Csr.of(coo_array(dense.astype(np.float32)).tocsr())


def test_orthogonal_rows_are_the_polar_factor_of_the_pull():
    problem = problem_of("shared plain")
    g, c = systems(problem)
    found = solved(problem, Orthogonal(), begin(Orthogonal()))
    u, _, vt = np.linalg.svd(c, full_matrices=False)
    np.testing.assert_allclose(found.vectors, u @ vt, atol=1e-5)
    assert found.least == pytest.approx(value(g, c, found.vectors), rel=1e-5)
    assert_within(Orthogonal(), found.vectors)
    other = np.linalg.qr(np.random.default_rng(0).standard_normal((N, K)))[0]
    assert found.least <= value(g, c, other)


def test_orthogonal_refuses_too_few_rows_and_unequal_weights():
    with pytest.raises(InputError, match=r"3 rows .* 4 orthonormal columns; set dim to 3"):
        initial(Orthogonal(), 3, 4, np.random.default_rng(0), 1.0)
    problem = problem_of("shared plain", n=4)
    with pytest.raises(InputError, match=r"4 rows .* 6 orthonormal"):
        solved(problem, Orthogonal(), np.zeros((4, K), np.float32))
    for kind in ("own", "shared"):
        with pytest.raises(UnsupportedError, match="weigh the same"):
            solved(problem_of(kind), Orthogonal(), begin(Orthogonal()))


def test_a_start_outside_is_moved_within():
    problem, x = problem_of("own"), -begin(Free()) - 0.5
    for constraint in [*CONVEX, *OTHER]:
        assert_within(constraint, solved(problem, constraint, x, exact=False).vectors)


@pytest.mark.parametrize("constraint", [*CONVEX, *OTHER, Orthogonal(), Box(low=2.0, high=5.0),
                                        Box(low=-3.0, high=-1.0)], ids=str)  # fmt: skip
def test_a_side_starts_within_its_constraint_and_repeats(constraint):
    x = begin(constraint, n=50)
    assert x.shape == (50, K)
    assert_within(constraint, x)
    assert (x == begin(constraint, n=50)).all()
    assert len(np.unique(x, axis=0)) > 10
    assert (begin(GraphSmooth(within=Free())) == begin(Free())).all()


def test_nonnegative_starts_score_about_the_level():
    rng = np.random.default_rng(0)
    u, v = (initial(NonNegative(), 400, 16, rng, 3.0) for _ in range(2))
    assert 0.5 * 3 <= (u @ v.T).mean() <= 1.5 * 3
    assert initial(NonNegative(), 4, 2, rng, 0.0).any()


def test_free_rows_start_as_before():
    rng = np.random.default_rng(7)
    twin = rng.standard_normal((5, 4), dtype=np.float32) * np.float32(0.1 / 2)
    assert (initial(Free(), 5, 4, np.random.default_rng(7), 1.0) == twin).all()


def test_penalties_are_those_of_the_formula():
    x = np.array([[3, 4, 0, -5, 2], [0, 0, 0, 0, 0]], np.float32)
    assert penalty(L1(l1=2), x) == 28
    assert penalty(NonNegative(l1=2), np.abs(x)) == 28
    by_groups = np.sqrt(25) + 5 + 2
    assert penalty(GroupSparse(l1=0.5, size=2), x) == pytest.approx(0.5 * 2**0.5 * by_groups)
    for constraint in (Free(l2=3), Simplex(), Binary(), TopK(), UnitNorm(), Orthogonal(), Box()):
        assert penalty(constraint, x) == 0
    pair = csr(np.array([[0, 1], [1, 0.0]]))
    y = np.array([[1, 2], [4, -2]], np.float32)
    assert penalty(GraphSmooth(weight=3), y, pair) == pytest.approx(3 / 2 * 25)
    inner = GraphSmooth(weight=3, within=L1(l1=2))
    assert penalty(inner, y, pair) == pytest.approx(3 / 2 * 25 + 18)


def observations(dense=False):
    rng = np.random.default_rng(3)
    left, right = rng.random((25, 3)), rng.random((18, 3))
    x = (left @ right.T * (rng.random((25, 18)) < 0.5)).astype(np.float32)
    x[4] = 0
    cells = x if dense else coo_array(x).tocsr()
    return Observations.from_matrix(cells, rows="user", cols="item")


END_TO_END = [NonNegative(l1=0.01), L1(l1=0.02), Box(), Binary(), Simplex(), UnitNorm(),
              TopK(count=2), GroupSparse(l1=0.02, size=2), GraphSmooth(weight=0.5),
              GraphSmooth(weight=0.5, within=NonNegative()), Orthogonal()]  # fmt: skip


@pytest.mark.parametrize("constraint", END_TO_END, ids=str)
@pytest.mark.parametrize("side", ["rows", "cols"])
def test_the_objective_of_a_fit_never_rises_on_either_side(constraint, side):
    for weights in ({}, {"confidence": Linear(3)}, {"unobserved": Ignore()}):
        if weights and isinstance(constraint, Orthogonal):
            continue
        f = Factorization(
            dim=4,
            solver=Alternating(sweeps=6),
            **{"unobserved": Uniform(1), **weights},
            **{"rows": Lookup(Free(0.1)), "cols": Lookup(Free(0.1)), side: Lookup(constraint)},
        )
        found = solvers.solve(f, observations())
        trace = np.array(found.trace)
        assert (np.diff(trace) <= 1e-5 * trace[0]).all()
        x = getattr(found, side)
        assert_within(getattr(constraint, "within", constraint), x)
        again = solvers.solve(f, observations())
        assert (again.rows == found.rows).all() and (again.cols == found.cols).all()


def test_both_sides_can_be_constrained_and_the_matrix_dense():
    f = Factorization(dim=4, rows=Lookup(Simplex()), cols=Lookup(NonNegative()),
                      solver=Alternating(sweeps=8))  # fmt: skip
    found = solvers.solve(f, observations(dense=True))
    assert (np.diff(found.trace) <= 1e-5 * found.trace[0]).all()
    assert_within(Simplex(), found.rows)
    assert_within(NonNegative(), found.cols)
    x = observations(dense=True).cells
    miss = x - found.rows.astype(float) @ found.cols.astype(float).T
    assert found.trace[-1] == pytest.approx(0.5 * (miss**2).sum(), rel=1e-4)

"""Hierarchies: the ball, the closed forms beside it, and what they say of distances."""

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.sparse.csgraph import shortest_path

import rowspace as rs
from rowspace.errors import InputError, UnsupportedError
from rowspace.factor.kernels.poincare import distance, steps
from rowspace.factor.sampled.hyperbolic import ball, hyperboloid
from rowspace.factor.sampled.windows import alias
from rowspace.factor.trees import embed_tree
from rowspace.judge.report import judge


def _tree(branches, depth):
    parents, level = [-1], [0]
    for _ in range(depth):
        level = [
            len(parents) + i for i in range(len(level) * branches) if parents.extend([0]) is None
        ]
    parents = [-1] + [(i - 1) // branches for i in range(1, len(parents))]
    return parents


def _links(parents):
    n = len(parents)
    a = np.zeros((n, n))
    for child, parent in enumerate(parents[1:], 1):
        a[child, parent] = a[parent, child] = 1
    return csr_array(a)


@pytest.fixture(scope="module")
def closure():
    """Every node of a binary tree linked to all above it."""
    parents = _tree(2, 4)
    told = {"source": [], "target": []}
    for child in range(1, len(parents)):
        above = parents[child]
        while above >= 0:
            told["source"].append(f"n{child}")
            told["target"].append(f"n{above}")
            above = parents[above]
    return rs.read(told, "source", "target", format="edges", directed=True)


def _ranks(space, obs):
    s = space.sides[0].vectors.astype(float) @ space.sides[1].vectors.astype(float).T
    linked = obs.cells.toarray() > 0
    np.fill_diagonal(s, -np.inf)
    ranks = []
    for i in range(len(s)):
        others = np.sort(-s[i, ~linked[i]])
        ranks.extend(np.searchsorted(others, -s[i, linked[i]]) + 1)
    return float(np.mean(ranks))


@pytest.mark.parametrize("lorentz", [False, True])
def test_a_closure_is_learned_in_two_dimensions_and_repeats(closure, monkeypatch, lorentz):
    monkeypatch.setenv("ROWSPACE_THREADS", "1")
    one, two = (
        rs.fit(closure, "poincare", dim=2, epochs=200, negatives=10, seed=4, lorentz=lorentz)
        for _ in range(2)
    )
    assert (one["node"].vectors == two["node"].vectors).all()
    assert (
        _ranks(one, closure) < 1.5 < _ranks(rs.fit(closure, "poincare", dim=2, epochs=1), closure)
    )
    assert one.manifest["trace"][-1] < one.manifest["trace"][0]
    x = one["node"].vectors.astype(float)
    np.testing.assert_allclose(x[:, 0] ** 2, 1 + (x[:, 1:] ** 2).sum(axis=1), rtol=1e-6)
    assert x[list(one["node"].ids).index("n0"), 0] < np.median(x[:, 0])  # the root is in the middle


def test_scores_are_minus_cosh_of_the_distance(closure):
    space = rs.fit(closure, "poincare", dim=2, epochs=5)
    points = ball(space["node"].vectors.astype(float))
    ids = list(space["node"].ids)
    d = distance(points[0], points[3])
    assert space.score(ids[0], ids[3]) == pytest.approx(-np.cosh(d), rel=1e-4)
    with pytest.raises(UnsupportedError, match="recommend"):
        space.near("node", ids[0])
    assert space.is_curved and not rs.fit(closure, "spectral", dim=2).is_curved
    assert judge(space).blocks == ()
    with pytest.raises(UnsupportedError, match="by cosines"):
        judge(space, labels=dict.fromkeys(ids, 1))


def test_a_step_follows_the_derivative_of_the_loss():
    rng = np.random.default_rng(0)
    points = 0.3 * rng.standard_normal((3, 2))
    chance, other = alias(np.array([1e-9, 1e-9, 1.0]))  # the negative is always the third
    rows, cols = np.array([0]), np.array([1], np.int32)
    indptr = np.array([0, 1, 1, 1])

    def loss(x):
        d = [distance(x[0], x[1]), distance(x[0], x[2])]
        return d[0] + np.log(np.exp(-d[0]) + np.exp(-d[1]))

    moved, rate = points.copy(), 1e-6
    steps(0, 1, np.array([0]), rows, cols, indptr, chance, other, 1, rate, 1, moved, False)
    # On the hyperboloid the same step is a geodesic.
    curved = hyperboloid(points)
    steps(0, 1, np.array([0]), rows, cols, indptr, chance, other, 1, rate, 1, curved, True)
    np.testing.assert_allclose((ball(curved) - points) / rate, (moved - points) / rate, atol=1e-4)
    np.testing.assert_allclose(curved[:, 0] ** 2, 1 + (curved[:, 1:] ** 2).sum(axis=1))
    for at in np.ndindex(points.shape):
        high, low = points.copy(), points.copy()
        high[at] += 1e-6
        low[at] -= 1e-6
        slope = (loss(high) - loss(low)) / 2e-6
        shrink = (1 - (points[at[0]] ** 2).sum()) ** 2 / 4
        assert (moved - points)[at] / rate == pytest.approx(-shrink * slope, rel=1e-3, abs=1e-4)


def test_ball_and_hyperboloid_are_one():
    x = 0.6 * np.random.default_rng(0).uniform(-1, 1, (5, 3))
    np.testing.assert_allclose(ball(hyperboloid(x)), x)
    y = hyperboloid(x)
    product = y[0, 1:] @ y[1, 1:] - y[0, 0] * y[1, 0]
    assert -product == pytest.approx(np.cosh(distance(x[0], x[1])))


def test_hmds_finds_points_at_the_given_distances():
    path = _links([-1, 0, 1, 2, 3])  # five nodes on a line are points of hyperbolic space
    space = rs.fit(
        rs.Observations.from_matrix(path, rows="node", cols="neighbor"), "hmds", dim=2, scale=0.5
    )
    hops = shortest_path(path, directed=False, unweighted=True)
    s = space["node"].vectors.astype(float) @ space["neighbor"].vectors.astype(float).T
    np.testing.assert_allclose(s, -np.cosh(0.5 * hops), rtol=1e-3)


def test_hmds_refuses_what_has_no_distance():
    two = rs.Observations.from_matrix(csr_array(np.eye(4)[[1, 0, 3, 2]]), rows="a", cols="b")
    with pytest.raises(InputError, match="no path joins 0 and 2"):
        rs.fit(two, "hmds", dim=2)
    line = rs.Observations.from_matrix(_links([-1, *range(60)]), rows="a", cols="b")
    with pytest.raises(InputError, match="lower the scale"):
        rs.fit(line, "hmds", dim=2)


@pytest.mark.parametrize(("branches", "depth"), [(2, 5), (4, 3)])
def test_neighbours_in_a_tree_are_the_nearest(branches, depth):
    links = _links(_tree(branches, depth))
    found = embed_tree(links)
    assert not found.spanning
    hops = shortest_path(links, directed=False, unweighted=True)
    d = np.stack([found.distances(i) for i in range(len(hops))])
    np.testing.assert_allclose(d, d.T, atol=1e-6)
    np.testing.assert_allclose(d[hops == 1], found.scale, rtol=1e-6)
    assert (d <= hops * found.scale * (1 + 1e-9) + 1e-9).all()
    assert d[hops > 1].min() > found.scale


def test_longer_links_distort_less():
    links = _links(_tree(3, 3))
    hops = shortest_path(links, directed=False, unweighted=True)
    apart = hops > 0
    worst = []
    for scale in (3.0, 6.0, 10.0):
        found = embed_tree(links, scale=scale)
        d = np.stack([found.distances(i) for i in range(len(hops))])
        worst.append((d[apart] / (scale * hops[apart])).min())
    assert worst[0] < worst[1] < worst[2] and worst[2] > 0.85


def test_a_graph_with_circles_is_spanned_and_what_cannot_be_is_told():
    ring = csr_array(np.roll(np.eye(6), 1, axis=1) + np.roll(np.eye(6), -1, axis=1))
    assert embed_tree(ring).spanning
    assert embed_tree(csr_array(np.roll(np.eye(6), 1, axis=1))).spanning
    with pytest.raises(InputError, match="2 of 4 nodes cannot be reached"):
        embed_tree(csr_array(np.eye(4)[[1, 0, 3, 2]]), root=0)
    with pytest.raises(InputError, match="lower the scale"):
        embed_tree(_links([-1, *range(40)]), scale=5.0)


def test_a_matrix_of_two_sides_is_no_hierarchy(closure):
    plain = rs.read({"u": ["a"], "i": ["b"]}, "u", "i")
    with pytest.raises(InputError, match="directed=True"):
        rs.fit(plain, "poincare")
    with pytest.raises(UnsupportedError, match="curved space"):
        from dataclasses import replace

        from rowspace.factor.grammar import AdaGrad, Sampled
        from rowspace.recipes import registry

        f = registry.build("poincare", {})
        rs.fit(closure, replace(f, solver=Sampled(update=AdaGrad())))


@pytest.mark.parametrize("lorentz", [False, True])
def test_a_step_that_is_too_large_stays_in_the_space(lorentz):
    rng = np.random.default_rng(0)
    points = 0.9 * rng.uniform(-1, 1, (3, 2)) / np.sqrt(2)
    if lorentz:
        points = hyperboloid(points)
    chance, other = alias(np.ones(3))
    rows, cols, indptr = np.array([0]), np.array([1], np.int32), np.array([0, 1, 1, 1])
    for seed in range(50):
        steps(0, 1, np.array([0]), rows, cols, indptr, chance, other, 2, 1e9, seed, points, lorentz)
    assert np.isfinite(points).all()
    inside = ball(points) if lorentz else points
    assert ((inside**2).sum(axis=1) < 1).all()

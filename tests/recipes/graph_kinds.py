"""What every recipe for graphs is held to: the same grid of graphs, folding in, the same bits."""

import numpy as np
import pytest

import rowspace as rs
from rowspace.errors import UnsupportedError
from rowspace.observe.observations import Observations

KINDS = ("undirected", "weighted", "directed", "bipartite", "isolated", "loops", "small", "empty")


def graph(kind, n=40, seed=0):
    """A small graph of two communities with text ids, as `rowspace.read` would give it."""
    from scipy.sparse import csr_array

    rng = np.random.default_rng(seed)
    side = np.arange(n) % 2
    near = rng.random((n, n)) < np.where(side[:, None] == side, 0.4, 0.05)
    a = np.triu(near, 1).astype(float)
    if kind == "weighted":
        a *= rng.integers(1, 6, a.shape)
    a = near.astype(float) if kind in ("directed", "bipartite") else a + a.T
    if kind == "bipartite":
        a = a[:, : n // 2]
    if kind == "isolated":
        a[3] = a[:, 3] = 0
    if kind == "loops":
        a[np.arange(0, n, 3), np.arange(0, n, 3)] = 1
    if kind == "small":
        a = np.array([[0.0, 1.0], [1.0, 0.0]])
    if kind == "empty":
        a = np.zeros((5, 5))
    rows = [f"nöde {i}" for i in range(len(a))]
    two_sided = kind == "bipartite"
    return Observations.from_matrix(
        csr_array(a),
        rows="user" if two_sided else "node",
        cols="item" if two_sided else "neighbor",
        row_ids=rows,
        col_ids=[f"item {j}" for j in range(a.shape[1])] if two_sided else rows,
    )


def check_grid(recipe, kind, refused=(), **options):
    """Fit on one kind of graph; return the space, or None where it is refused in one sentence."""
    obs = graph(kind)
    if kind in refused:
        with pytest.raises(UnsupportedError, match="; "):
            rs.fit(obs, recipe, dim=6, **options)
        return None
    space = rs.fit(obs, recipe, dim=6, **options)
    for side in space.sides:
        assert side.vectors.shape[1] == 6 and np.isfinite(side.vectors).all()
    if kind == "isolated":
        assert not space.sides[0].vectors[3].any()
    if kind == "empty":
        assert not space.sides[0].vectors.any()
    elif kind != "small":
        assert np.linalg.norm(space.sides[0].vectors, axis=1).max() > 0
    return space


def check_same_bits(recipe, monkeypatch, **options):
    """The same seed gives the same bits, on one thread and on two."""
    found = []
    for threads in ("1", "2"):
        monkeypatch.setenv("ROWSPACE_THREADS", threads)
        found.append(rs.fit(graph("weighted", 300), recipe, dim=6, **options)["node"].vectors)
    np.testing.assert_array_equal(found[0], found[1])


def check_communities(recipe, **options):
    """The first vectors tell the two communities apart."""
    space = rs.fit(graph("undirected", 80), recipe, dim=4, **options)
    x = np.asarray(space["node"].vectors, float)
    x /= np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-9)
    near = x @ x.T
    same = (np.arange(80)[:, None] - np.arange(80)) % 2 == 0
    assert near[same].mean() > near[~same].mean() + 0.3


def check_folding(recipe, kind, tolerance=2e-3, rows=(0, 7), **options):
    """A node that was there gets its own vector when it is folded in again."""
    obs = graph(kind)
    space = rs.fit(obs, recipe, dim=6, tolerance=1e-5, **options)
    side = space.sides[0]
    for i in rows:
        line = obs.cells[[i]]
        links = dict(zip(obs.cols.ids.take(line.indices), line.data.tolist(), strict=True))
        again = space.fold_in(side.name, links)
        np.testing.assert_allclose(again, side.vectors[i], atol=tolerance)

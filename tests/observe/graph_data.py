"""Small graphs of every kind for the tests of graph matrices, and the matrices written out."""

import numpy as np
from scipy.sparse import csr_array

from rowspace.observe.observations import Observations


def undirected(n=30, seed=0, weighted=True):
    """Two parts without a link between them, an isolated node at the end, one self loop."""
    rng = np.random.default_rng(seed)
    a = np.triu(rng.random((n, n)) < 0.25, 1) * (rng.integers(1, 5, (n, n)) if weighted else 1)
    half = n // 2
    a[:half, half:] = 0
    a[:, -1] = a[-1] = 0
    a[0, 0] = 2 if weighted else 1
    a = a + np.triu(a, 1).T
    return a.astype(float)


def directed(n=30, seed=1):
    """Weighted links, a node that nothing links to, one that links to nothing."""
    rng = np.random.default_rng(seed)
    a = (rng.random((n, n)) < 0.2) * rng.integers(1, 4, (n, n)).astype(float)
    a[3] = a[:, 5] = 0
    return a


def bipartite(n=20, m=12, seed=2):
    """Users and items with counts; a user and an item without any."""
    rng = np.random.default_rng(seed)
    a = (rng.random((n, m)) < 0.3) * rng.integers(1, 4, (n, m)).astype(float)
    a[4] = a[:, 7] = 0
    return a


def observed(a, sparse=True):
    """The graph of a square array, the bipartite graph of any other."""
    names = ("node", "neighbor") if a.shape[0] == a.shape[1] else ("user", "item")
    return Observations.from_matrix(csr_array(a) if sparse else a, rows=names[0], cols=names[1])


def dense(obs):
    """The cells of any observations as a float64 array."""
    cells = obs.cells
    if isinstance(cells, np.ndarray):
        return cells.astype(float)
    if hasattr(cells, "toarray"):
        return cells.toarray().astype(float)
    return np.asarray(cells @ np.eye(obs.shape[1], dtype=np.float32), float)


def fraction(x, y):
    """x / y with 0 where y is 0."""
    return np.divide(x, y, out=np.zeros(np.broadcast(x, y).shape), where=np.asarray(y) != 0)


def unfolded(step, state, obs, side, i):
    """Row (or column) i as `new_row` makes it, as a dense vector."""
    a = dense(obs)
    line = a[i] if side == "rows" else a[:, i]
    at = np.flatnonzero(line)
    positions, values = step.new_row(state, side, at, line[at].astype(np.float32))
    out = np.zeros(len(line))
    out[positions] = values
    return out

"""Random row problems for the row kernels, and their systems the obvious way."""

from typing import NamedTuple

import numpy as np
import pytest


class Rows(NamedTuple):
    """What the row kernels read, in their order."""

    indptr: np.ndarray
    indices: np.ndarray
    extra: np.ndarray
    pull: np.ndarray
    partner: np.ndarray
    values: np.ndarray
    scale: np.ndarray
    ridge: np.ndarray
    linear: np.ndarray

    def system(self, i):
        """Return G_i and c_i in float64."""
        p = slice(self.indptr[i], self.indptr[i + 1])
        v = self.partner[self.indices[p]].astype(np.float64)
        g = np.diag(self.scale[i] * self.values + self.ridge[i]) + (v.T * self.extra[p]) @ v
        c = v.T @ self.pull[p].astype(np.float64)
        return g, c + self.linear[i] if len(self.linear) else c

    def cost(self, i, x):
        """Return 1/2 x'G_i x - c_i'x."""
        (g, c), x = self.system(i), x.astype(np.float64)
        return 0.5 * x @ g @ x - c @ x


@pytest.fixture
def make_rows():
    """Return the function that draws rows of the given lengths."""

    def make(lengths, k, linear=False, weightless=0.0, scale=10.0, seed=0):
        rng = np.random.default_rng(seed)
        n, m, cells = len(lengths), max([*lengths, 1]), sum(lengths)
        extra = (scale * (0.1 + rng.random(cells))).astype(np.float32)
        extra[rng.random(cells) < weightless] = 0
        return Rows(
            np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
            np.concatenate([rng.permutation(m)[:c] for c in lengths]).astype(np.int32),
            extra,
            (extra + 1).astype(np.float32),
            rng.standard_normal((m, k)).astype(np.float32),
            np.sort(rng.random(k)) * 30,
            rng.uniform(0.5, 2, n),
            rng.uniform(0.1, 5, n),
            rng.standard_normal((n, k)) if linear else np.empty((0, k)),
        )

    return make

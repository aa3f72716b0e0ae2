"""Sums and second moments of the rows, by random groups of rows: one pass that many measures share.

Spectrum and geometry take the total, their intervals leave out one group at a time, and stability
draws groups with replacement. In: vectors (n, d); out: `Moments`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from rowspace.judge.rows import Floats, groups_of
from rowspace.threads import kernel_threads
from rowspace.workers import each

Array = NDArray[np.float64]
_BLOCK = 4096
_MOST_NUMBERS = 2**25


@dataclass(frozen=True, eq=False)
class Moments:
    """What a group of rows adds to the sums over all rows.

    Attributes:
        counts: (g,) float64, rows in each group.
        sums: (g, d) float64, sum of the rows of each.
        grams: (g, d, d) float64, X'X of the rows of each.
    """

    counts: Array
    sums: Array
    grams: Array

    @property
    def n(self) -> int:
        """How many rows there are."""
        return int(self.counts.sum())

    @cached_property
    def gram(self) -> Array:
        """X'X over all rows, (d, d)."""
        return np.asarray(self.grams.sum(axis=0))

    @cached_property
    def covariance(self) -> Array:
        """(X - m)'(X - m) / n over all rows, (d, d)."""
        return self.resampled(np.ones(len(self.counts)))

    def resampled(self, times: Array) -> Array:
        """Return the covariance (d, d) when group b is taken times[b] times."""
        n = float(times @ self.counts)
        mean = times @ self.sums / n
        gram = self.gram if (times == 1).all() else np.tensordot(times, self.grams, 1)
        return np.asarray(gram / n - np.outer(mean, mean))


def moments(x: Floats, *, seed: int = 0, groups: int = 20) -> Moments:
    """Return the sums and second moments of x by random groups of its rows.

    Args:
        x: (n, d) float32, finite, n at least 1.
        seed: of the groups.
        groups: how many at most; fewer where d is so large that they would fill the memory.

    Returns:
        `Moments`, the same to the bit whatever the number of threads.

    Example:
        >>> moments(np.array([[1.0, 2.0], [3.0, 4.0]], np.float32)).gram.tolist()
        [[10.0, 14.0], [14.0, 20.0]]
    """
    d = x.shape[1]
    parts = groups_of(len(x), seed, min(groups, _MOST_NUMBERS // d**2))

    def one(rows: NDArray[np.int64]) -> tuple[Array, Array]:
        total, gram = np.zeros(d), np.zeros((d, d))
        for start in range(0, len(rows), _BLOCK):
            wide = x[rows[start : start + _BLOCK]].astype(np.float64)
            total += wide.sum(axis=0)
            gram += wide.T @ wide
        return total, gram

    with kernel_threads():
        found = list(each(one, parts))
    return Moments(
        np.array([len(rows) for rows in parts], np.float64),
        np.array([total for total, _ in found]),
        np.array([gram for _, gram in found]),
    )

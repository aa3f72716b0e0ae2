"""`SameCluster`: negatives that are of a kind with the observed column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from rowspace.factor.axis import between, counting
from rowspace.factor.samplers.even import Even
from rowspace.factor.samplers.sampler import Batch, Drawn, Sampler, View

_ROUNDS = 10


@dataclass(frozen=True)
class SameCluster(Sampler):
    """Columns of the cluster of the observed one, with equal chances, (B, count).

    Clusters are those of spherical k-means on the vectors of the columns, made anew before every
    epoch (Deng et al. 2023, "ClusterNS"; Hofstaetter et al. 2021 take batches from one cluster;
    Rony et al. 2022, "LEMON", cluster what a language model says of the columns: vectors that are
    given as `guide` are clustered instead, once).

    Attributes:
        clusters: how many.
        warm: epochs before the first clusters, in which negatives are drawn evenly.
    """

    refreshed: ClassVar[bool] = True

    clusters: int = 64
    warm: int = 1

    def __post_init__(self) -> None:
        counting(self, clusters=self.clusters)
        between(self, 0, np.inf, warm=self.warm)

    def prepare(self, view: View, before: Any = None) -> Any:
        """Return the columns by cluster, where each cluster begins and ends, and whose is whose."""
        guided = view.guide is not None
        if guided and before is not None:
            return before
        if view.epoch < self.warm and not guided:
            return view
        x = view.guide[1] if view.guide is not None else view.cols()
        of = clusters(x, min(self.clusters, len(x)), view.seed)
        order = np.argsort(of, kind="stable")
        ends = np.searchsorted(of[order], np.arange(of.max(initial=0) + 2))
        return order, ends, of

    def draw(self, state: Any, rng: np.random.Generator, batch: Batch, count: int) -> Drawn:
        """Return `count` columns of the cluster of every observed one."""
        if isinstance(state, View):
            return Even().draw(state, rng, batch, count)
        order, ends, of = state
        mine = of[batch.cols]
        begin, size = ends[mine], ends[mine + 1] - ends[mine]
        at = begin[:, None] + (rng.random((len(mine), count)) * size[:, None]).astype(np.int64)
        return Drawn(order[at].astype(np.int64))


def clusters(x: NDArray[np.float32], k: int, seed: int) -> NDArray[np.int64]:
    """Return the cluster of every vector by spherical k-means, (n,) from 0 to k - 1.

    Args:
        x: (n, d).
        k: at most n.
        seed: of the vectors that the search starts from.

    Example:
        >>> of = clusters(np.array([[1, 0], [2, 0], [0, 1]], np.float32), 2, 0)
        >>> bool(of[0] == of[1]) and bool(of[0] != of[2])
        True
    """
    rng = np.random.default_rng(seed)
    unit = x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), np.float32(1e-12))
    # Starts as far apart as k-means++ puts them, or two may begin in one cluster.
    centres = unit[[rng.integers(len(x))]]
    nearest = unit @ centres[0]
    for _ in range(1, k):
        away = np.maximum(1 - nearest, 0).astype(np.float64)
        chance = away / away.sum() if away.sum() > 1e-9 else None
        at = rng.choice(len(x), p=chance)
        centres = np.concatenate([centres, unit[[at]]])
        nearest = np.maximum(nearest, unit @ unit[at])
    of = (unit @ centres.T).argmax(axis=1)
    for _ in range(_ROUNDS):
        sums = np.zeros((k, x.shape[1]), np.float64)
        np.add.at(sums, of, unit)
        centres = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-12)
        new = (unit @ centres.T.astype(np.float32)).argmax(axis=1)
        if (new == of).all():
            break
        of = new
    return np.asarray(of)

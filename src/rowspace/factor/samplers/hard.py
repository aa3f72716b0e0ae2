"""`Hard`: the columns that a row scores highest, among those that were not observed of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import InputError
from rowspace.factor.axis import between, counting
from rowspace.factor.samplers.even import Even
from rowspace.factor.samplers.sampler import Batch, Drawn, Sampler, View

_TILE, _ROWS = 4096, 512


@dataclass(frozen=True)
class Hard(Sampler):
    """Drawn evenly from the `top` best columns of the row, which are searched for anew at times.

    The search is exact, over all columns, by the vectors as they are (Xiong et al. 2021, "ANCE";
    Zhan et al. 2021, "ADORE"). Each row has negatives of its own, so that a small `count` will do.

    Attributes:
        top: how many columns are kept for each row.
        skip: so many of the best are passed over, as likely to be yes cells that were not seen.
        every: epochs from one search to the next.
        warm: epochs before the first search, in which negatives are drawn evenly.
    """

    refreshed: ClassVar[bool] = True

    top: int = 200
    skip: int = 0
    every: int = 1
    warm: int = 1

    def __post_init__(self) -> None:
        counting(self, top=self.top, every=self.every)
        if not 0 <= self.skip < self.top:
            raise InputError(
                f"Hard.skip is {self.skip}, but 0 to below top={self.top} was expected"
            )
        between(self, 0, np.inf, warm=self.warm)

    def prepare(self, view: View, before: Any = None) -> Any:
        """Return the best columns of every row, (n, top); the view while it is too early."""
        if view.epoch < self.warm:
            return view
        if isinstance(before, np.ndarray) and (view.epoch - self.warm) % self.every:
            return before
        return best_columns(view, self.top)[:, self.skip :]

    def draw(self, state: Any, rng: np.random.Generator, batch: Batch, count: int) -> Drawn:
        """Return `count` of the best columns for every cell, (B, count)."""
        if isinstance(state, View):
            return Even().draw(state, rng, batch, count)
        best = state[batch.rows]
        full = np.maximum((best >= 0).sum(axis=1), 1)
        at = (rng.random((len(best), count)) * full[:, None]).astype(np.int64)
        cols = np.take_along_axis(best, at, axis=1)
        # A row that has seen every column has no negative: any column stands in, at no weight.
        return Drawn(np.maximum(cols, 0).astype(np.int64), weight=(cols >= 0).astype(np.float32))


def best_columns(view: View, k: int) -> NDArray[np.int32]:
    """Return the k best columns of every row that were not observed, (n, k), -1 where it has less.

    Args:
        view: the fit; vectors are scored by their inner product.
        k: at least 1.
    """
    from rowspace.linalg.kernels.topk import merge_tile, unheap
    from rowspace.workers import run

    rows, cols = view.rows(), view.cols()
    n, m = view.shape
    k = min(k, m)
    items, scores = np.full((n, k), -1, np.int32), np.empty((n, k), np.float32)

    def some(first: int) -> None:
        own = slice(first, min(first + _ROWS, n))
        ends = view.indptr[first : own.stop + 1]
        seen = view.indices[ends[0] : ends[-1]]
        ends = ends - ends[0]
        cursor, counts = ends[:-1].copy(), np.zeros(own.stop - first, np.int64)
        for at in range(0, m, _TILE):
            tile = rows[own] @ cols[at : at + _TILE].T
            merge_tile(tile, at, ends, seen, cursor, items[own], scores[own], counts)
        unheap(items[own], scores[own], counts)

    run(some, range(0, n, _ROWS))
    return items

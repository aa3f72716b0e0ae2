"""`InBatch`: the columns of the other observed cells of the batch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from rowspace.factor.samplers.sampler import Batch, Drawn, Sampler, View, distinct


@dataclass(frozen=True)
class InBatch(Sampler):
    """The columns of the batch itself, so that their chances are their popularity.

    Nothing is fetched but what is there anyway. `count` is how many of them at most, the first.
    """

    def prepare(self, view: View, before: Any = None) -> Any:
        """Return the logarithm of every column's share of the observed cells."""
        counts = np.maximum(view.counts, 1.0)
        return np.log(counts / counts.sum()).astype(np.float32)

    def draw(self, state: Any, rng: np.random.Generator, batch: Batch, count: int) -> Drawn:
        """Return the columns of the batch."""
        return distinct(batch.cols[:count], state)

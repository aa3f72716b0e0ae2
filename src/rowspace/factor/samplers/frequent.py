"""`Frequent`: the more often a column was observed, the likelier it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from rowspace.factor.axis import between
from rowspace.factor.samplers.sampler import Batch, Drawn, Sampler, View, distinct


@dataclass(frozen=True)
class Frequent(Sampler):
    """Columns in proportion to n_j^exponent, n_j observed cells, shared by the batch.

    0.75 is word2vec's (Mikolov et al. 2013). A column that was never observed counts as once.
    """

    exponent: float = 0.75

    def __post_init__(self) -> None:
        between(self, -2, 2, exponent=self.exponent)

    def prepare(self, view: View, before: Any = None) -> Any:
        """Return the summed up chances and their logarithms."""
        odds = np.maximum(view.counts, 1.0) ** self.exponent
        chance = odds / odds.sum()
        return np.cumsum(chance), np.log(chance).astype(np.float32)

    def draw(self, state: Any, rng: np.random.Generator, batch: Batch, count: int) -> Drawn:
        """Return `count` draws, each column once and weighing how often it was drawn."""
        upto, log_q = state
        cols = np.searchsorted(upto, rng.random(count) * upto[-1], side="right")
        return distinct(np.minimum(cols, len(upto) - 1), log_q)

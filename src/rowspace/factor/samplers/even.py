"""`Even`: every column is as likely."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from rowspace.factor.samplers.sampler import Batch, Drawn, Sampler


@dataclass(frozen=True)
class Even(Sampler):
    """Columns with equal chances, drawn without repetition and shared by the batch."""

    def draw(self, state: Any, rng: np.random.Generator, batch: Batch, count: int) -> Drawn:
        """Return `count` different columns in the order drawn, or all where there are fewer."""
        m = state.shape[1]
        cols = rng.permutation(m) if count >= m else rng.choice(m, count, False, shuffle=True)
        return Drawn(cols.astype(np.int64), -math.log(m))

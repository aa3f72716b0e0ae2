"""`Robust`: negatives count by the chance that they are no hidden yes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rowspace.factor.axis import between
from rowspace.factor.samplers.among import Among
from rowspace.factor.samplers.even import Even
from rowspace.factor.samplers.sampler import Batch, Drawn, Sampler


@dataclass(frozen=True)
class Robust(Among):
    """A negative weighs 1 - q, q = hidden p / (hidden p + 1 - p), p = 1 / (1 + e^-s-).

    An unobserved cell is a yes that was not seen with chance q, by Bayes' rule, if the score gives
    the odds of a yes and a share `hidden` of yes cells is not observed (after Yu, Qin 2020,
    "NBPO", whose labels flip with a chance that is learned; here it is given).

    Attributes:
        hidden: the share of yes cells that are not observed.
        among: the sampler of the pool.
    """

    hidden: float = 0.5
    among: Sampler = field(default_factory=Even)

    def __post_init__(self) -> None:
        between(self, 0, 1, hidden=self.hidden)

    def weigh(
        self,
        state: Any,
        batch: Batch,
        drawn: Drawn,
        positive: NDArray[np.float32],
        negative: NDArray[np.float32],
    ) -> NDArray[np.float32] | None:
        """Return 1 - q = 1 / (1 + hidden e^s)."""
        odds = np.exp(np.minimum(negative, np.float32(80)))
        odds *= np.float32(self.hidden)
        odds += 1
        np.divide(np.float32(1), odds, out=odds)
        return self.besides(state, batch, drawn, positive, negative, odds)

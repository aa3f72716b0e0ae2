"""`Ambiguous`: negatives that score about as high as the observed cell, neither more nor less."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rowspace.factor.axis import at_least
from rowspace.factor.samplers.among import Among
from rowspace.factor.samplers.even import Even
from rowspace.factor.samplers.sampler import Batch, Drawn, Sampler


@dataclass(frozen=True)
class Ambiguous(Among):
    """Negatives weigh e^(-a (s- - s+ - b)^2): too easy teaches nothing, too hard may be a yes.

    Zhou et al. 2022, "SimANS", equation 5, as weights of a pool instead of chances to be drawn.

    Attributes:
        a: how narrow the band is.
        b: where its middle is, above the score of the observed cell.
        among: the sampler of the pool.
    """

    a: float = 1.0
    b: float = 0.0
    among: Sampler = field(default_factory=Even)

    def __post_init__(self) -> None:
        at_least(self, a=self.a)

    def weigh(
        self,
        state: Any,
        batch: Batch,
        drawn: Drawn,
        positive: NDArray[np.float32],
        negative: NDArray[np.float32],
    ) -> NDArray[np.float32] | None:
        """Return the weights."""
        away = negative - (positive[:, None] + np.float32(self.b))
        away *= away
        away *= np.float32(-self.a)
        return self.besides(state, batch, drawn, positive, negative, np.exp(away, out=away))

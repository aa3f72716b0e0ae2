"""`PositiveAware`: no negative that scores nearly as high as the observed cell, or higher."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rowspace.factor.axis import at_least, between
from rowspace.factor.samplers.among import Among
from rowspace.factor.samplers.even import Even
from rowspace.factor.samplers.sampler import Batch, Drawn, Sampler


@dataclass(frozen=True)
class PositiveAware(Among):
    """Negatives count only up to s- <= share * s+ - margin; whatever is above may be a hidden yes.

    Moreira et al. 2024, "NV-Retriever": with `share` 0.95 and no margin, TopK-PercPos; with `share`
    1, TopK-MarginPos. A share of a score below 0 makes no sense there, and is taken as 1.

    Attributes:
        share: of the score of the observed cell.
        margin: that a negative must stay below it.
        among: the sampler of the pool; the method was made for `Hard()`.
    """

    share: float = 0.95
    margin: float = 0.0
    among: Sampler = field(default_factory=Even)

    def __post_init__(self) -> None:
        between(self, 0, 1, share=self.share)
        at_least(self, margin=self.margin)

    def weigh(
        self,
        state: Any,
        batch: Batch,
        drawn: Drawn,
        positive: NDArray[np.float32],
        negative: NDArray[np.float32],
    ) -> NDArray[np.float32] | None:
        """Return 1 for what counts and 0 for the rest."""
        most = np.where(positive > 0, np.float32(self.share) * positive, positive)
        kept = (negative <= (most - np.float32(self.margin))[:, None]).astype(np.float32)
        return self.besides(state, batch, drawn, positive, negative, kept)

"""`Exposed`: observed cells count by how unlikely it was that they were seen at all."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rowspace.factor.axis import above, between
from rowspace.factor.samplers.among import Among
from rowspace.factor.samplers.even import Even
from rowspace.factor.samplers.sampler import Batch, Drawn, Sampler, View


@dataclass(frozen=True)
class Exposed(Among):
    """An observed cell of column j weighs 1 / theta_j, its negatives with it.

    theta_j = max((n_j / max n)^exponent, clip) is the chance that a yes of column j was seen, and
    the weights are brought to a mean of 1 over the observed cells: the inverse propensity scores of
    Saito et al. 2020 for losses that compare a yes with a no.

    Attributes:
        exponent: of the popularity.
        clip: the least chance.
        among: the sampler of the pool.
    """

    exponent: float = 0.5
    clip: float = 0.1
    among: Sampler = field(default_factory=Even)

    def __post_init__(self) -> None:
        between(self, 0, 2, exponent=self.exponent)
        above(self, clip=self.clip)
        between(self, 0, 1, clip=self.clip)

    def prepare(self, view: View, before: Any = None) -> Any:
        """Return the weight of every column, and the state of the sampler below."""
        chance = (view.counts / max(view.counts.max(initial=0), 1)) ** self.exponent
        weight = 1 / np.maximum(chance, self.clip)
        weight /= max(float(weight @ view.counts) / max(view.counts.sum(), 1), 1e-30)
        below = self.among.prepare(view, None if before is None else before[1])
        return weight.astype(np.float32), below

    def draw(self, state: Any, rng: np.random.Generator, batch: Batch, count: int) -> Drawn:
        """Return what the sampler below draws, with the weights of the observed cells."""
        found = self.among.draw(state[1], rng, batch, count)
        weight = state[0][batch.cols]
        if found.positive is not None:
            weight = weight * found.positive
        return Drawn(found.cols, found.log_q, found.weight, weight)

    def weigh(
        self,
        state: Any,
        batch: Batch,
        drawn: Drawn,
        positive: NDArray[np.float32],
        negative: NDArray[np.float32],
    ) -> NDArray[np.float32] | None:
        """Return the weights of the sampler below."""
        return self.among.weigh(state[1], batch, drawn, positive, negative)

"""`Curriculum`: all negatives at first, later only the hardest of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import InputError
from rowspace.factor.samplers.among import Among
from rowspace.factor.samplers.even import Even
from rowspace.factor.samplers.sampler import Batch, Drawn, Sampler, View


@dataclass(frozen=True)
class Curriculum(Among):
    """The share of the pool that counts, hardest first, falls from 1 to `to` over the epochs.

    From easy to hard, as in Nagrani, Albanie, Zisserman 2018, "Learnable PINs" (section 3.3, where
    the hardness of one negative grows), and MacAvaney et al. 2020.

    Attributes:
        to: the share that is left in the last epoch, above 0.
        among: the sampler of the pool.
    """

    refreshed: ClassVar[bool] = True

    to: float = 0.1
    among: Sampler = field(default_factory=Even)

    def __post_init__(self) -> None:
        if not 0 < self.to <= 1:
            raise InputError(f"Curriculum.to is {self.to}, but above 0 to 1 was expected")

    def prepare(self, view: View, before: Any = None) -> Any:
        """Return the share of this epoch, and the state of the sampler below."""
        done = view.epoch / max(view.epochs - 1, 1)
        below = None if before is None else before[1]
        if below is None or self.among.refreshed:
            below = self.among.prepare(view, below)
        return 1 - done * (1 - self.to), below

    def draw(self, state: Any, rng: np.random.Generator, batch: Batch, count: int) -> Drawn:
        """Return what the sampler below draws."""
        return self.among.draw(state[1], rng, batch, count)

    def weigh(
        self,
        state: Any,
        batch: Batch,
        drawn: Drawn,
        positive: NDArray[np.float32],
        negative: NDArray[np.float32],
    ) -> NDArray[np.float32] | None:
        """Return 1 for the hardest negatives and 0 for the rest."""
        count = negative.shape[1]
        kept = max(1, round(state[0] * count))
        if kept == count:
            return self.among.weigh(state[1], batch, drawn, positive, negative)
        least = np.partition(negative, count - kept, axis=1)[:, count - kept]
        weight = (negative >= least[:, None]).astype(np.float32)
        return self.besides(state[1], batch, drawn, positive, negative, weight)

"""`Among`: the base of samplers that take what another one draws and weigh it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rowspace.factor.samplers.sampler import Batch, Drawn, Sampler, View


class Among(Sampler):
    """Draws by the sampler `among`; a subclass says by `weigh` what each negative then counts."""

    among: Sampler

    @property
    def refreshed(self) -> bool:  # type: ignore[override]
        """Whether the sampler below is."""
        return self.among.refreshed

    def prepare(self, view: View, before: Any = None) -> Any:
        """Return the state of the sampler below."""
        return self.among.prepare(view, before)

    def draw(self, state: Any, rng: np.random.Generator, batch: Batch, count: int) -> Drawn:
        """Return what the sampler below draws."""
        return self.among.draw(state, rng, batch, count)

    def besides(
        self,
        state: Any,
        batch: Batch,
        drawn: Drawn,
        positive: NDArray[np.float32],
        negative: NDArray[np.float32],
        weight: NDArray[np.float32],
    ) -> NDArray[np.float32]:
        """Return weights times those of the sampler below."""
        below = self.among.weigh(state, batch, drawn, positive, negative)
        return weight if below is None else weight * below

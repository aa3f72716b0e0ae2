"""`Guided`: another model says which negatives are too good to be one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import InputError
from rowspace.factor.samplers.among import Among
from rowspace.factor.samplers.even import Even
from rowspace.factor.samplers.sampler import Batch, Drawn, Sampler, View


@dataclass(frozen=True)
class Guided(Among):
    """Negatives that the guide scores above the observed cell, minus a margin, do not count.

    The guide is another space of the same rows and columns, `fit(..., guide=space)` (Solatorio
    2024, "GISTEmbed").

    Attributes:
        margin: in scores of the guide.
        among: the sampler of the pool.
    """

    margin: float = 0.0
    among: Sampler = field(default_factory=Even)

    def prepare(self, view: View, before: Any = None) -> Any:
        """Return the vectors of the guide, and the state of the sampler below."""
        if view.guide is None:
            raise InputError("Guided() needs the vectors of a guide; give fit a guide=SPACE")
        if view.guide[0].shape != (view.shape[0], view.guide[1].shape[1]):
            raise InputError(
                "Guided() compares rows with columns, but the guide has vectors of the columns "
                "only; give it a space of both, or use SameCluster()"
            )
        return view.guide, self.among.prepare(view, None if before is None else before[1])

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
        """Return 1 for what counts and 0 for the rest."""
        rows, cols = state[0]
        q = rows[batch.rows]
        own = np.einsum("bd,bd->b", q, cols[batch.cols])
        if drawn.cols.ndim == 1:
            s = q @ cols[drawn.cols].T
        else:
            s = np.einsum("bd,bkd->bk", q, cols[drawn.cols])
        kept = (s <= (own - np.float32(self.margin))[:, None]).astype(np.float32)
        return self.besides(state[1], batch, drawn, positive, negative, kept)

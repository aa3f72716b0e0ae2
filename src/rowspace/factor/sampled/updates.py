"""Tables of vectors that take steps: which rows, by what rule, on how many threads."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rowspace.factor.sampling import AdaGrad, Adam, Sgd, Update
from rowspace.workers import in_parts


@dataclass(eq=False)
class Table:
    """Vectors that are learned, and what the rule remembers of each.

    Attributes:
        vectors: (n, d) float32, changed in place.
        update: the rule.
        bounds: every number stays between the two; None where all are allowed.
        state: arrays of the rule, by name, for a checkpoint.
    """

    vectors: NDArray[np.float32]
    update: Update
    bounds: tuple[float, float] | None = None
    state: dict[str, NDArray[Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.bounds is not None:
            np.clip(self.vectors, *self.bounds, out=self.vectors)
        shape = self.vectors.shape
        none = np.zeros((0, shape[1]), np.float32)
        adam, adagrad = isinstance(self.update, Adam), isinstance(self.update, AdaGrad)
        self.state.setdefault("mean", np.zeros(shape, np.float32) if adam else none)
        square = np.zeros(shape, np.float32) if adam or adagrad else none
        self.state.setdefault("square", square)
        self.state.setdefault("taken", np.zeros(shape[0] if adam else 0, np.int32))

    def step(self, ids: NDArray[np.int64], grads: NDArray[np.float32], rate: float) -> None:
        """Let the rows `ids` (b,) take a step along the sum of their gradients (b, d)."""
        from rowspace.factor.kernels.steps import ADAGRAD, ADAM, ADAMP, SGD, step_rows

        update = self.update
        if isinstance(update, Adam):
            kind, keep = (ADAM if update.radial else ADAMP), (update.first, update.second)
        else:
            kind, keep = (SGD if isinstance(update, Sgd) else ADAGRAD), (0.0, 0.0)
        order = np.argsort(ids, kind="stable")
        ordered = ids[order]
        new = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
        starts = np.append(new, len(ids)) if len(ids) else np.zeros(1, np.int64)
        mean, square, taken = (self.state[k] for k in ("mean", "square", "taken"))
        in_parts(
            len(starts) - 1,
            lambda begin, stop: step_rows(
                kind, begin, stop, starts, order, ids, grads, self.vectors, mean, square, taken,
                rate, *keep,
            ),
        )  # fmt: skip
        if self.bounds is not None:
            found = ordered[new]
            self.vectors[found] = np.clip(self.vectors[found], *self.bounds)

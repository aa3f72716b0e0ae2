"""What a sampler is: the contract between a policy for negatives and the sampled solver.

A sampler is a value on the grammar's axis of what is done with unobserved cells, inside
`Negatives(count, by=...)`. Three functions are all that the solver calls:

* `prepare(view, before)` before the first epoch, and before every other where `refreshed`: tables
  of chances, clusters, the nearest columns of every row;
* `draw(state, rng, batch, count)`: columns that the cells of a batch are compared with, shared by
  the batch (K,) or of their own (B, K);
* `weigh(state, batch, drawn, positive, negative)`: what each negative counts, where that depends on
  the scores.

The solver itself leaves out negatives that were observed.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from rowspace.factor.axis import Axis

Chances = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class View:
    """What a sampler may know of a fit.

    Attributes:
        shape: (n, m) of the matrix.
        indptr, indices: of its observed cells, CSR with sorted columns.
        counts: (m,) observed cells per column, or the sum of the odds that they are drawn with.
        epoch, epochs: how far the fit is, from 0, and how many there will be.
        rows, cols: functions that return the vectors as they are now, (n, d) and (m, d), so that
            their inner product orders columns as the score does.
        seed: of the fit.
        guide: vectors of another model for the same rows and columns; None without one.
    """

    shape: tuple[int, int]
    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    counts: NDArray[np.float64]
    epoch: int
    epochs: int
    rows: Callable[[], NDArray[np.float32]]
    cols: Callable[[], NDArray[np.float32]]
    seed: int
    guide: tuple[NDArray[np.float32], NDArray[np.float32]] | None = None


@dataclass(frozen=True, eq=False)
class Batch:
    """Observed cells of one step: rows (B,) and columns (B,)."""

    rows: NDArray[np.int64]
    cols: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Drawn:
    """Negatives.

    Attributes:
        cols: (K,) shared by the batch, without repetition; or (B, K).
        log_q: the logarithm of the chance of each, of the shape of `cols`, a number where all
            are equal, or None where no such chance is known.
        weight: what each counts, of the shape of `cols`; None for 1.
        positive: (B,) what each observed cell counts; None for 1.
    """

    cols: NDArray[np.int64]
    log_q: NDArray[np.float32] | float | None = None
    weight: NDArray[np.float32] | None = None
    positive: NDArray[np.float32] | None = None

    def of(self, rows: slice) -> Drawn:
        """Return the negatives of some cells of the batch."""
        if self.cols.ndim == 1:
            return self
        log_q = self.log_q[rows] if isinstance(self.log_q, np.ndarray) else self.log_q
        return Drawn(self.cols[rows], log_q)


class Sampler(Axis, ABC):
    """Where negatives come from."""

    refreshed: ClassVar[bool] = False

    def prepare(self, view: View, before: Any = None) -> Any:
        """Return what `draw` and `weigh` need; `before` is what it was in the last epoch."""
        return view

    @abstractmethod
    def draw(self, state: Any, rng: np.random.Generator, batch: Batch, count: int) -> Drawn:
        """Return negatives for a batch."""

    def weigh(
        self,
        state: Any,
        batch: Batch,
        drawn: Drawn,
        positive: NDArray[np.float32],
        negative: NDArray[np.float32],
    ) -> NDArray[np.float32] | None:
        """Return (B, K) factors of the weights from the scores (B,) and (B, K); None for 1."""
        return None


def distinct(cols: NDArray[np.int64], log_q: NDArray[np.float32] | float | None) -> Drawn:
    """Return a shared draw with each column once, weighing how often it was drawn.

    >>> distinct(np.array([3, 1, 3]), None).weight.tolist()
    [1.0, 2.0]
    """
    found, counts = np.unique(cols, return_counts=True)
    chance = log_q[found] if isinstance(log_q, np.ndarray) else log_q
    return Drawn(found, chance, counts.astype(np.float32))

"""`Subsample`: what is very frequent counts for less."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import InputError
from rowspace.observe.observations import Observations
from rowspace.observe.steps import NewRow, SideOf, State, StepBase
from rowspace.observe.weighting import mapped, refuse_operator

__all__ = ["Subsample"]


@dataclass(frozen=True)
class Subsample(StepBase):
    """x_ij times min(1, sqrt(t / f_j) + t / f_j), f_j being the share of column j of all counts.

    That is how many of its occurrences word2vec would read (Mikolov et al. 2013), in expectation.

    Attributes:
        t: above 0; columns with a smaller share count in full.

    Example:
        >>> obs = Observations.from_matrix(np.array([[90, 10]]), rows="document", cols="word")
        >>> Subsample(0.1).apply(obs)[0].cells.round(1).tolist()
        [[40.0, 10.0]]
    """

    t: float = 1e-3

    def __post_init__(self) -> None:
        if not 0 < self.t < np.inf:
            raise InputError(f"Subsample.t is {self.t}, but a number above 0 was expected")

    def apply(self, obs: Observations) -> tuple[Observations, State]:
        """Return the counts; the state holds the factor of every column, (m,) float32.

        Raises:
            UnsupportedError: the matrix is an operator.
            InputError: a value is negative.
        """
        refuse_operator(obs, self)
        obs.refuse_negative("Subsample")
        kept = kept_shares(np.asarray(obs.cells.sum(axis=0), np.float64).ravel(), self.t)
        return obs.with_cells(mapped(obs, lambda rows, cols, x: x * kept[cols])), {"kept": kept}

    def new_row(
        self,
        state: State,
        side: SideOf,
        positions: NDArray[np.int64],
        values: NDArray[np.float32],
    ) -> NewRow:
        """Return the counts of a new row; those of a new column as they are."""
        if side == "cols":
            return positions, values
        return positions, (values * state["kept"][positions]).astype(np.float32)


def kept_shares(counts: NDArray[Any], t: float) -> NDArray[np.float32]:
    """Return the share of the occurrences of each thing that word2vec reads, (n,) float32.

    >>> kept_shares(np.array([90, 10]), 0.1).round(3)
    array([0.444, 1.   ], dtype=float32)
    """
    ratio = t * max(float(counts.sum()), 1e-30) / np.maximum(counts, 1e-30)
    return np.asarray(np.minimum(1, np.sqrt(ratio) + ratio), np.float32)

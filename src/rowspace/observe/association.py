"""Steps from counts to association that keep what `PPMI` takes away: `PMI` and `LogCount`.

Each keeps to the contract of `observe/steps.py`. Named in `Factorization.matrix`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import InputError
from rowspace.observe.observations import Observations
from rowspace.observe.steps import NewRow, SideOf, State, StepBase
from rowspace.observe.weighting import (
    PPMI,
    mapped,
    refuse_negative_row,
    refuse_operator,
    without_zeros,
)

__all__ = ["PMI", "LogCount"]


@dataclass(frozen=True)
class PMI(PPMI):
    """Pointwise mutual information of the observed cells, with those below 0.

    log(x_ij / (r_i p_j)) - log(shift) as in `PPMI`, not cut off at 0; unobserved cells, whose
    mutual information is minus infinity, stay zeros. The optimum of skip-gram with negative
    sampling has these numbers in its observed cells (Levy, Goldberg 2014, equation 12).

    Example:
        >>> obs = Observations.from_matrix(np.array([[2, 0], [1, 1]]), rows="word", cols="context")
        >>> PMI(smoothing=1.0).apply(obs)[0].cells.round(4)
        array([[ 0.2877,  0.    ],
               [-0.4055,  0.6931]], dtype=float32)
    """

    def _positive(self, information: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.where(np.isfinite(information), information - np.log(self.shift), 0.0)


@dataclass(frozen=True)
class LogCount(StepBase):
    """Logarithm of the count over that of an unseen pair: log(x_ij / floor), 0 where unobserved.

    For rows that predict columns by a softmax, p(j | i) proportional to exp(u_i . v_j), the best
    u_i . v_j is the logarithm of the conditional frequency x_ij / r_i plus any number of the row
    (Williams, Heidenreich 2022). Here that number is log(r_i / floor), so that a
    pair that was never seen stands at 0, as one that was seen `floor` times would.

    New rows and columns follow from their own counts, exactly.

    Attributes:
        floor: above 0; the count that an unseen pair stands for. Counts below it become 0.

    Example:
        >>> obs = Observations.from_matrix(np.array([[4, 0], [1, 2]]), rows="word", cols="context")
        >>> LogCount(floor=0.5).apply(obs)[0].cells.round(4)
        array([[2.0794, 0.    ],
               [0.6931, 1.3863]], dtype=float32)
    """

    floor: float = 0.1

    def __post_init__(self) -> None:
        if not 0 < self.floor < np.inf:
            raise InputError(f"LogCount.floor is {self.floor}, but a number above 0 was expected")

    def apply(self, obs: Observations) -> tuple[Observations, State]:
        """Return the logarithms, sparse or dense as it came; the state is empty.

        Raises:
            UnsupportedError: the matrix is an operator.
            InputError: a value is negative.
        """
        refuse_operator(obs, self)
        obs.refuse_negative("LogCount")
        found = mapped(obs, lambda i, j, x: self._logarithms(x))
        if obs.is_sparse:
            found = without_zeros(found)
        return obs.with_cells(found), {}

    def new_row(
        self,
        state: State,
        side: SideOf,
        positions: NDArray[np.int64],
        values: NDArray[np.float32],
    ) -> NewRow:
        """Return the logarithms of one new row or column."""
        refuse_negative_row(values, "LogCount")
        found = self._logarithms(values.astype(np.float64)).astype(np.float32)
        return positions[found > 0], found[found > 0]

    def _logarithms(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.log(np.maximum(x, self.floor) / self.floor)

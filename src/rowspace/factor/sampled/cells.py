"""The observed cells as the sampled solver reads them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import InputError
from rowspace.factor.grammar import Confidence, Constant
from rowspace.factor.policies import confidence_weight

if TYPE_CHECKING:
    from rowspace.observe.observations import Observations


@dataclass(frozen=True, eq=False)
class SampledCells:
    """Observed cells: compressed rows, and the row of each.

    Attributes:
        shape: (n, m).
        indptr, indices: (n + 1,) int64 and (nnz,) int32, columns sorted.
        row_of: (nnz,) int64.
        odds: (nnz,) float64, in proportion to which cells are drawn; None: every cell once.
        among: (m,) how many cells each column has, where these are only a part of them.
    """

    shape: tuple[int, int]
    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    row_of: NDArray[np.int64]
    odds: NDArray[np.float64] | None = None
    among: NDArray[np.float64] | None = None

    @staticmethod
    def of(obs: Observations, confidence: Confidence | None = None) -> SampledCells:
        """Return the stored cells of sparse observations, drawn in proportion to a confidence.

        Raises:
            InputError: a cell has no odds, since they are below 0 or no number.
        """
        indptr = obs.cells.indptr.astype(np.int64)
        row_of = np.repeat(np.arange(len(indptr) - 1), np.diff(indptr))
        indices = obs.cells.indices.astype(np.int32)
        odds = odds_of(confidence, obs.cells.data, obs.weights)
        return SampledCells(obs.shape, indptr, indices, row_of, odds)

    @staticmethod
    def of_pairs(
        rows: NDArray[np.int64],
        cols: NDArray[np.int64],
        shape: tuple[int, int],
        odds: NDArray[np.float64] | None = None,
        among: NDArray[np.float64] | None = None,
    ) -> SampledCells:
        """Return the cells of pairs; one that is there twice is observed twice."""
        order = np.lexsort((cols, rows))
        rows = rows[order]
        indptr = np.searchsorted(rows, np.arange(shape[0] + 1))
        odds = None if odds is None else odds[order]
        return SampledCells(shape, indptr, cols[order].astype(np.int32), rows, odds, among)

    @cached_property
    def counts(self) -> NDArray[np.float64]:
        """How many cells each column has, (m,); the sum of their odds where they have some."""
        if self.among is not None:
            return self.among
        return np.bincount(self.indices, self.odds, minlength=self.shape[1]).astype(np.float64)

    def order(self, rng: np.random.Generator, together: bool = False) -> NDArray[np.int64]:
        """Return the cells of one epoch, as many as there are, in random order.

        With odds, the k-th of them is the one at which their running sum reaches k + u parts of
        the whole, so that each comes up as often as it should to within one.

        Args:
            rng: draws.
            together: rows come in random order, and the cells of each one after the other.
        """
        found = self._drawn(rng)
        if together:
            place = rng.permutation(self.shape[0])
            found = found[np.argsort(place[self.row_of[found]], kind="stable")]
        return found

    def _drawn(self, rng: np.random.Generator) -> NDArray[np.int64]:
        n = len(self.indices)
        if self.odds is None:
            return rng.permutation(n)
        draws = int(np.count_nonzero(self.odds))
        if draws == 0:
            return np.zeros(0, np.int64)
        upto = np.cumsum(self.odds)
        at = (np.arange(draws) + rng.random()) * (upto[-1] / max(draws, 1))
        found = np.minimum(np.searchsorted(upto, at, side="right"), n - 1)
        return np.asarray(rng.permutation(found))


def odds_of(
    confidence: Confidence | None, values: NDArray[Any], weights: NDArray[np.float32] | None = None
) -> NDArray[np.float64] | None:
    """Return in proportion to what cells are drawn, (nnz,); None where all are alike.

    Args:
        confidence: what the odds are.
        values: of the cells.
        weights: that came with the cells.

    Raises:
        InputError: a cell has no odds, since they are below 0 or no number.
    """
    if confidence is None or isinstance(confidence, Constant):
        return None
    exact = np.asarray(values, np.float64)
    odds = np.asarray(confidence_weight(confidence, exact, weights), np.float64)
    wrong = ~(np.isfinite(odds) & (odds >= 0))
    if wrong.any():
        raise InputError(
            f"{confidence} draws an observed cell with odds {odds[wrong][0]:g}, since its value is "
            f"{exact[wrong][0]:g}; values of at least 0 were expected"
        )
    return odds

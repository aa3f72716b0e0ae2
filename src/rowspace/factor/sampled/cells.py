"""The observed cells as the sampled solver reads them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from rowspace.observe.observations import Observations


@dataclass(frozen=True, eq=False)
class SampledCells:
    """Observed cells: compressed rows, and the row of each.

    Attributes:
        shape: (n, m).
        indptr, indices: (n + 1,) int64 and (nnz,) int32, columns sorted.
        row_of: (nnz,) int64.
    """

    shape: tuple[int, int]
    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    row_of: NDArray[np.int64]

    @staticmethod
    def of(obs: Observations) -> SampledCells:
        """Return the stored cells of sparse observations."""
        indptr = obs.cells.indptr.astype(np.int64)
        row_of = np.repeat(np.arange(len(indptr) - 1), np.diff(indptr))
        return SampledCells(obs.shape, indptr, obs.cells.indices.astype(np.int32), row_of)

    @staticmethod
    def of_pairs(
        rows: NDArray[np.int64], cols: NDArray[np.int64], shape: tuple[int, int]
    ) -> SampledCells:
        """Return the cells of pairs; one that is there twice is observed twice."""
        order = np.lexsort((cols, rows))
        rows = rows[order]
        indptr = np.searchsorted(rows, np.arange(shape[0] + 1))
        return SampledCells(shape, indptr, cols[order].astype(np.int32), rows)

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """How many cells each column has, (m,)."""
        return np.bincount(self.indices, minlength=self.shape[1])

"""Cells: the observed cells that a space was learned from, kept beside its vectors.

Sparse cells are compressed rows (`indptr`, `indices`, `data`, perhaps `times`), dense ones the
matrix itself; both may be memory-mapped. Needed to leave out what a row has seen, for reasons,
exports and resumed training. Called by `space.py` and `interchange.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from rowspace.observe.observations import Observations


@dataclass(frozen=True, eq=False)
class Cells:
    """Observed cells of an n x m matrix, as named arrays.

    Attributes:
        shape: (n, m).
        arrays: {"dense": (n, m) float32}; or "indptr" (n + 1,) int64, "indices" (nnz,) int32 (int64
            if m needs it), "data" (nnz,) float32 and, where known, "times" (nnz,) float64.
    """

    shape: tuple[int, int]
    arrays: dict[str, NDArray[Any]]

    @classmethod
    def of(cls, obs: Observations) -> Cells | None:
        """Return the cells of observations; None for an operator, which has none to keep."""
        if obs.is_dense:
            return cls(obs.shape, {"dense": obs.cells})
        if not obs.is_sparse:
            return None
        narrow = np.int32 if obs.shape[1] < 2**31 else np.int64
        arrays = {
            "indptr": obs.cells.indptr.astype(np.int64, copy=False),
            "indices": obs.cells.indices.astype(narrow, copy=False),
            "data": obs.cells.data,
        }
        if obs.times is not None:
            arrays["times"] = np.asarray(obs.times, np.float64)
        return cls(obs.shape, arrays)

    @property
    def is_dense(self) -> bool:
        """Whether every cell was observed."""
        return "dense" in self.arrays

    @property
    def times(self) -> NDArray[np.float64] | None:
        """One time stamp per stored cell, or None."""
        return self.arrays.get("times")

    def line(self, axis: int, position: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return one row (`axis=0`) or column (`axis=1`): where it was observed, and the values."""
        if self.is_dense:
            values = np.array(self.arrays["dense"].take(position, axis=axis))
            return np.arange(len(values), dtype=np.int64), values
        indptr, indices, data = (self.arrays[n] for n in ("indptr", "indices", "data"))
        if axis == 0:
            inside = slice(int(indptr[position]), int(indptr[position + 1]))
            return indices[inside].astype(np.int64), np.array(data[inside])
        stored = np.flatnonzero(indices == position)
        rows = np.searchsorted(indptr, stored, side="right") - 1
        return rows.astype(np.int64), data[stored]

    def matrix(self) -> Any:
        """Return the cells as a float32 `csr_array` or as the dense array."""
        if self.is_dense:
            return self.arrays["dense"]
        from scipy.sparse import csr_array

        parts = tuple(self.arrays[n] for n in ("data", "indices", "indptr"))
        return csr_array(parts, shape=self.shape)

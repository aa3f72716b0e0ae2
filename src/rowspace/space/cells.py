"""Cells: the observed cells that a space was learned from, kept beside its vectors.

Sparse cells are compressed rows (`indptr`, `indices`, `data`, perhaps `times`), dense ones the
matrix itself; both perhaps with `weights`, both may be memory-mapped. Needed to leave out what a
row has seen, for reasons, exports and resumed training. Called by `space.py` and `interchange.py`.
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
            if m needs it), "data" (nnz,) float32 and, where known, "times" (nnz,) float64. Either
            may come with "weights" (what `Given()` confidence takes), shaped as the values.
    """

    shape: tuple[int, int]
    arrays: dict[str, NDArray[Any]]

    @classmethod
    def of(cls, obs: Observations) -> Cells | None:
        """Return the cells of observations; None for an operator, which has none to keep."""
        weights = {} if obs.weights is None else {"weights": np.asarray(obs.weights, np.float32)}
        if obs.is_dense:
            return cls(obs.shape, {"dense": obs.cells, **weights})
        if not obs.is_sparse:
            return None
        narrow = np.int32 if obs.shape[1] < 2**31 else np.int64
        arrays = {
            "indptr": obs.cells.indptr.astype(np.int64, copy=False),
            "indices": obs.cells.indices.astype(narrow, copy=False),
            "data": obs.cells.data,
            **weights,
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

    @property
    def weights(self) -> NDArray[np.float32] | None:
        """One weight per stored cell, or per cell of a dense matrix; None without."""
        return self.arrays.get("weights")

    def line(
        self, axis: int, position: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.float32] | None]:
        """Return one row (`axis=0`) or column (`axis=1`): where it was observed, values, weights.

        The weights are None where cells have none.
        """
        weights: Any = self.weights
        if self.is_dense:
            values = np.array(self.arrays["dense"].take(position, axis=axis))
            at = np.arange(len(values), dtype=np.int64)
            return at, values, None if weights is None else weights.take(position, axis=axis)
        indptr, indices, data = (self.arrays[n] for n in ("indptr", "indices", "data"))
        if axis == 0:
            inside: Any = slice(int(indptr[position]), int(indptr[position + 1]))
            at = indices[inside].astype(np.int64)
        else:
            inside = np.flatnonzero(indices == position)
            at = (np.searchsorted(indptr, inside, side="right") - 1).astype(np.int64)
        return at, np.array(data[inside]), None if weights is None else np.array(weights[inside])

    def matrix(self) -> Any:
        """Return the cells as a float32 `csr_array` or as the dense array."""
        if self.is_dense:
            return self.arrays["dense"]
        from scipy.sparse import csr_array

        parts = tuple(self.arrays[n] for n in ("data", "indices", "indptr"))
        return csr_array(parts, shape=self.shape)

"""What is made of each proximity before it is factored: its logarithm, its root, or yes or no.

The second part of the grid of `proximity.py`. A dense matrix that would be large is not formed: its
cells are bent as they are multiplied.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import InputError, UnsupportedError
from rowspace.observe.observations import Observations
from rowspace.observe.steps import NewRow, SideOf, State, StepBase

__all__ = ["Nonlinear"]

_DENSE_BYTES = 1 << 30
"""A matrix that takes no more than this is formed; passes over it are cheaper then."""

_SAMPLED_ROWS = 256

Bend = Callable[[NDArray[np.float32]], NDArray[np.float32]]


@dataclass(frozen=True)
class Nonlinear(StepBase):
    """Bend every cell of a matrix of proximities.

    * "log": log(max(1, x / shift)). Of lifts (`Proximity(lift=True)`) it is positive mutual
      information, with a shift of b what DeepWalk with b negative samples factors (Qiu et al. 2018)
    * "sqrt": sqrt(max(0, x / shift))
    * "binary": 1 where x is above 0 and among the largest `share` of all cells, else 0

    Of a sparse matrix only the stored cells are bent, which is exact, since all three make zero of
    zero; cells that become zero are dropped. A `LowRank` matrix is formed up to 1 GB (16,384
    nodes); above that it becomes an operator whose rows are computed as they are multiplied. A new
    row is bent in the same way, which is exact.

    Attributes:
        function: "log", "sqrt" or "binary".
        shift: above 0; what the cells are divided by.
        share: of "binary", between 0 and 1.

    Example:
        >>> obs = Observations.from_matrix(np.array([[0.5, 2.0]]), rows="node", cols="neighbor")
        >>> Nonlinear().apply(obs)[0].cells.astype(float).round(4).tolist()
        [[0.0, 0.6931]]
    """

    function: str = "log"
    shift: float = 1.0
    share: float = 0.05

    def __post_init__(self) -> None:
        if self.function not in ("log", "sqrt", "binary"):
            raise InputError(
                f"Nonlinear.function is {self.function!r}, but 'log', 'sqrt' or 'binary' was "
                "expected"
            )
        if not 0 < self.shift < np.inf:
            raise InputError(f"Nonlinear.shift is {self.shift}, but a number above 0 was expected")
        if not 0 < self.share < 1:
            raise InputError(
                f"Nonlinear.share is {self.share}, but a number between 0 and 1 was expected"
            )

    def apply(self, obs: Observations) -> tuple[Observations, State]:
        """Return the bent matrix; the state holds `threshold` (1,) where it is "binary".

        Raises:
            UnsupportedError: the matrix is an operator other than `LowRank`.
        """
        from rowspace.linalg.operators import RowBlocks

        cells: Any = obs.cells
        n, m = obs.shape
        if obs.is_sparse:
            from scipy.sparse import csr_array

            state = self._state(cells.data, n * m)
            data = self._bend(state)(cells.data.copy())
            bent = csr_array((data, cells.indices, cells.indptr), shape=cells.shape, copy=True)
            bent.eliminate_zeros()
            return obs.with_cells(bent), state
        rows, symmetric = _rows_of(cells)
        sample = np.unique(np.linspace(0, max(n - 1, 0), _SAMPLED_ROWS).astype(np.int64))
        state = {}
        if self.function == "binary" and n and m:
            some = np.concatenate([rows(i, i + 1, 0) for i in sample.tolist()])
            state = self._state(some.ravel(), some.size)
        bend = self._bend(state)
        if not obs.is_dense and 4 * n * m > _DENSE_BYTES:
            # Rounding may put a cell above the threshold and not the one across.
            symmetric = symmetric and self.function != "binary"
            return obs.with_cells(
                RowBlocks((n, m), lambda a, b: bend(rows(a, b, 0)), symmetric)
            ), state
        out = np.empty((n, m), np.float32)

        def fill(a: int, b: int) -> None:
            begin = a if symmetric else 0
            out[a:b, begin:] = bend(rows(a, b, begin))
            if symmetric:
                corner = np.triu(out[a:b, a:b])  # exactly, not up to rounding
                out[a:b, a:b] = corner + np.triu(corner, 1).T
                out[b:, a:b] = out[a:b, b:].T

        _in_blocks(n, m, fill)
        if symmetric:  # so that products with the transpose are products with the matrix
            return obs.with_cells(RowBlocks((n, m), lambda a, b: out[a:b], True)), state
        return obs.with_cells(out), state

    def new_row(
        self,
        state: State,
        side: SideOf,
        positions: NDArray[np.int64],
        values: NDArray[np.float32],
    ) -> NewRow:
        """Bend the cells of one new row; those that become zero are left out."""
        bent = self._bend(state)(values.astype(np.float32))
        return positions[bent > 0], bent[bent > 0]

    def _state(self, sample: NDArray[np.float32], size: int) -> State:
        """Return the value that the largest `share` of `size` cells reach, from some of them."""
        if self.function != "binary":
            return {}
        kept = min(max(round(self.share * size), 1), len(sample))
        if not kept:
            return {"threshold": np.zeros(1, np.float32)}
        return {"threshold": np.partition(sample, -kept)[-kept:][:1].astype(np.float32)}

    def _bend(self, state: State) -> Bend:
        """Return the function of a block of cells, which may change the block."""
        if self.function == "binary":
            threshold = state["threshold"][0] if state else np.float32(0)
            return lambda x: ((x >= threshold) & (x > 0)).astype(np.float32)
        curve = np.log if self.function == "log" else np.sqrt
        floor, factor = np.float32(self.function == "log"), np.float32(1 / self.shift)

        def bend(x: NDArray[np.float32]) -> NDArray[np.float32]:
            np.multiply(x, factor, out=x)
            np.maximum(x, floor, out=x)
            return np.asarray(curve(x, out=x))

        return bend


def _rows_of(
    cells: Any,
) -> tuple[Callable[[int, int, int], NDArray[np.float32]], bool]:
    """Return the function that computes the rows first .. last - 1 from a column on, anew.

    Besides, whether the matrix is its own transpose.
    """
    from rowspace.linalg.operators import LowRank

    if isinstance(cells, np.ndarray):
        return lambda first, last, begin: cells[first:last, begin:].copy(), False
    if isinstance(cells, LowRank):
        left, right = cells.left, cells.right
        return lambda first, last, begin: left[first:last] @ right[begin:].T, cells.symmetric
    raise UnsupportedError(
        f"Nonlinear changes each cell, but those of a {type(cells).__name__} are never formed; "
        "give it a sparse or dense matrix, or one from Proximity()"
    )


def _in_blocks(n: int, m: int, work: Callable[[int, int], None]) -> None:
    """Call work(first, last) on blocks of rows that stay in the processor's cache."""
    from rowspace.threads import kernel_threads
    from rowspace.workers import run

    height = max(1, min(n, (1 << 20) // max(m, 1)))
    with kernel_threads():
        pieces = [(top, min(top + height, n)) for top in range(0, n, height)]
        run(lambda piece: work(*piece), pieces)

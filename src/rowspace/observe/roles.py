"""How a node's proximities are distributed, whoever they are to: what role it plays.

The structural branch of Zhu, Lu, Heimann, Koutra 2021, "Node proximity is all you need": two nodes
far apart whose rows hold the same values in another order play the same role.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import InputError, UnsupportedError
from rowspace.observe.observations import Observations
from rowspace.observe.steps import NewRow, SideOf, State, StepBase

__all__ = ["RowShapes", "row_shapes"]


@dataclass(frozen=True)
class RowShapes(StepBase):
    """Compare nodes by the distributions of the values in their rows.

    The characteristic function phi_i(t) = mean_j exp(i t x_ij / mean(x)) of row i, at `points`
    values of t, less its mean over all rows, is a feature vector f_i of cosines and sines; what
    comes out is the n x n matrix of f_i . f_j, whose factors are the principal components of the
    features. The order of a row's values does not matter. A new row cannot be treated, since a node
    that joins changes how all rows are distributed.

    Attributes:
        points: how many t, spaced by equal factors.
        low, high: the smallest and the largest t, above 0.

    Example:
        >>> same = Observations.from_matrix(
        ...     np.array([[3.0, 1.0, 0.0], [0.0, 3.0, 1.0], [2.0, 2.0, 2.0]]),
        ...     rows="node", cols="neighbor",
        ... )
        >>> shapes = RowShapes().apply(same)[0].cells.left
        >>> bool(np.allclose(shapes[0], shapes[1])), bool(np.allclose(shapes[0], shapes[2]))
        (True, False)
    """

    points: int = 16
    low: float = 0.05
    high: float = 5.0

    def __post_init__(self) -> None:
        if isinstance(self.points, bool) or not isinstance(self.points, int) or self.points < 1:
            raise InputError(
                f"RowShapes.points is {self.points!r}, but a whole number of at least 1 was "
                "expected"
            )
        if not 0 < self.low <= self.high < np.inf:
            raise InputError(
                f"RowShapes goes from low={self.low} to high={self.high}, but 0 < low <= high was "
                "expected"
            )

    def apply(self, obs: Observations) -> tuple[Observations, State]:
        """Return the inner products of the features as a `LowRank` operator; the state is empty.

        Raises:
            UnsupportedError: the matrix is an operator, or its sides are not the same nodes.
        """
        from rowspace.linalg.operators import LowRank

        if obs.rows.ids != obs.cols.ids:
            raise UnsupportedError(
                "roles are compared among nodes of one kind, but this graph joins two different "
                "sides; use spectral, line or netmf"
            )
        at = np.geomspace(self.low, self.high, self.points)
        features = row_shapes(obs, at)
        features -= features.mean(axis=0, dtype=np.float64).astype(np.float32)
        return obs.with_cells(LowRank(features, features, symmetric=True)), {}

    def new_row(
        self,
        state: State,
        side: SideOf,
        positions: NDArray[np.int64],
        values: NDArray[np.float32],
    ) -> NewRow:
        """Refuse: see the class."""
        raise UnsupportedError(
            "a node that joins changes the proximities of all others, whose distribution is their "
            "role; fit again with it"
        )


def row_shapes(obs: Observations, at: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return the characteristic function of every row, cosines first, (n, 2 len(at)) float32.

    Args:
        obs: sparse (what is not stored is 0) or dense.
        at: the values of t, for cells divided by their mean.

    Example:
        >>> obs = Observations.from_matrix(np.array([[0.0, 2.0]]), rows="node", cols="neighbor")
        >>> row_shapes(obs, np.array([np.pi / 2])).round(2).tolist()  # of 0 and 2: 1, -1 and 0, 0
        [[0.0, -0.0]]
    """
    from rowspace.threads import kernel_threads
    from rowspace.workers import run

    cells: Any = obs.cells
    n, m = obs.shape
    if not (obs.is_sparse or obs.is_dense):
        raise UnsupportedError(
            "RowShapes reads each cell, but those of an operator are never formed; give Proximity "
            "a rank of 0"
        )
    total = float(cells.sum(dtype=np.float64))
    t = (at * n * m / total if total > 0 else at * 0).astype(np.float32)
    out = np.empty((n, 2 * len(t)), np.float32)

    def some(rows: tuple[int, int]) -> None:
        block = cells[slice(*rows)]
        block = block.toarray() if obs.is_sparse else block
        for k, x in enumerate(t):
            angle = block * x
            out[slice(*rows), k] = np.cos(angle).mean(axis=1, dtype=np.float64)
            out[slice(*rows), len(t) + k] = np.sin(angle).mean(axis=1, dtype=np.float64)

    height = max(1, (1 << 18) // max(m, 1))
    with kernel_threads():
        run(some, [(top, min(top + height, n)) for top in range(0, n, height)])
    return out

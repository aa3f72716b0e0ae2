"""Factors: what a solver returns, two sides of vectors and the story of how they were found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Factors:
    """The vectors of both sides; the score of a cell is their inner product.

    Attributes:
        rows: (n, dim) float32.
        cols: (m, dim) float32.
        spectrum: (dim,) float32, the singular values kept, descending, 0 beyond the rank; None
            where the solver finds none.
        trace: the objective of `grammar` after every sweep; empty for a closed form.
        facts: what the solver has to say, as JSON values ("converged", "residual", "passes", ...).
    """

    rows: NDArray[np.float32]
    cols: NDArray[np.float32]
    spectrum: NDArray[np.float32] | None = None
    trace: tuple[float, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def dim(self) -> int:
        """The length of the vectors."""
        return int(self.rows.shape[1])

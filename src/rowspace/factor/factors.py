"""Factors: what a solver returns, two sides of vectors and the story of how they were found."""

from __future__ import annotations

from collections.abc import Callable
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
        extras: per side ("rows", "cols") what each row has besides its vector, by name: arrays
            with one entry per row ("bias" (n,), "background" (n,), "lift" (n,), ...).
        facts: what the solver has to say, as JSON values ("converged", "residual", "passes", ...).
    """

    rows: NDArray[np.float32]
    cols: NDArray[np.float32]
    spectrum: NDArray[np.float32] | None = None
    trace: tuple[float, ...] = ()
    extras: dict[str, dict[str, NDArray[Any]]] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def dim(self) -> int:
        """The length of the vectors."""
        return int(self.rows.shape[1])


@dataclass(eq=False)
class Watch:
    """Early stopping: a measure of the factors after every sweep, larger is better.

    Attributes:
        measure: factors -> number, for example the recall of held-out cells.
        patience: stop after so many sweeps without a better value; the best sweep is kept.
        name: what is measured, for the progress note.
        values: filled by the solver, one value per sweep.
    """

    measure: Callable[[Factors], float]
    patience: int = 3
    name: str = "measure"
    values: list[float] = field(default_factory=list)

    @property
    def best(self) -> int:
        """The sweep with the best value so far, from 0."""
        return max(range(len(self.values)), key=lambda i: (self.values[i], -i))

    @property
    def exhausted(self) -> bool:
        """Whether `patience` sweeps went by without a better value."""
        return len(self.values) - 1 - self.best >= self.patience

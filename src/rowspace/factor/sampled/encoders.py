"""Encoders: how the vectors of one side are made of tables, and what a gradient does to them.

An encoder has `forward(ids) -> (b, d)`, `backward(ids, grads)`, which hands the gradients on to
tables, and `all()`, the vectors of the whole side. `sampled/solve.py` calls nothing else of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from rowspace.factor.sampled.updates import Table

Ids = NDArray[np.int64]
Vectors = NDArray[np.float32]


class Encoder(Protocol):
    """How the vectors of one side are made."""

    def forward(self, ids: Ids) -> Vectors:
        """Return the vectors of ids, (b, d); called from several threads."""
        ...

    def backward(self, ids: Ids, grads: Vectors) -> Iterator[tuple[Table, Ids, Vectors]]:
        """Yield the steps that gradients (b, d) call for: a table, its rows and their gradients."""
        ...

    def charged(self, ids: Ids) -> Vectors | None:
        """Return the gradient of the charge on ids of observed cells, (b, d); None where free."""
        ...

    def all(self) -> Vectors:
        """Return the vectors of the side, (n, d)."""
        ...

    def tables(self) -> dict[str, Table]:
        """Return what is learned, by name."""
        ...


@dataclass(frozen=True, eq=False)
class LookupEncoder:
    """One vector of its own for every id, charged l2 / 2 |x|^2 for every observed cell."""

    table: Table
    l2: float = 0.0

    def forward(self, ids: Ids) -> Vectors:
        """Return the vectors."""
        return self.table.vectors[ids]

    def backward(self, ids: Ids, grads: Vectors) -> Iterator[tuple[Table, Ids, Vectors]]:
        """Yield the one step."""
        yield self.table, ids, grads

    def charged(self, ids: Ids) -> Vectors | None:
        """Return l2 x."""
        return np.float32(self.l2) * self.table.vectors[ids] if self.l2 else None

    def all(self) -> Vectors:
        """Return the table."""
        return self.table.vectors

    def tables(self) -> dict[str, Table]:
        """Return the one table."""
        return {"vectors": self.table}


@dataclass(frozen=True, eq=False)
class MeanEncoder:
    """share * own vector + (1 - share) * mean of the vectors of the columns that were observed.

    Attributes:
        table: (n, d) own vectors.
        cols: (m, d) the vectors of the columns, which learn from it as well.
        average: n x m SciPy CSR, rows that sum to one (or are empty).
        share: of the own vector, 0 to 1.
        l2: charge on own vectors.
    """

    table: Table
    cols: Table
    average: Any
    share: float
    l2: float = 0.0

    def forward(self, ids: Ids) -> Vectors:
        """Return the vectors."""
        mean = self.average[ids] @ self.cols.vectors
        mean *= np.float32(1 - self.share)
        return np.asarray(mean + np.float32(self.share) * self.table.vectors[ids], np.float32)

    def backward(self, ids: Ids, grads: Vectors) -> Iterator[tuple[Table, Ids, Vectors]]:
        """Yield the steps of own vectors and of the columns of the histories."""
        if self.share > 0:
            yield self.table, ids, np.float32(self.share) * grads
        if self.share < 1:
            back = self.average[ids].T.tocsr()
            found = np.flatnonzero(np.diff(back.indptr))
            spread = np.asarray(back[found] @ grads, np.float32)
            spread *= np.float32(1 - self.share)
            yield self.cols, found, spread

    def charged(self, ids: Ids) -> Vectors | None:
        """Return l2 x, for the own vectors."""
        return np.float32(self.l2) * self.table.vectors[ids] if self.l2 else None

    def all(self) -> Vectors:
        """Return the vectors of the side."""
        return self.forward(np.arange(len(self.table.vectors)))

    def tables(self) -> dict[str, Table]:
        """Return the own vectors; the columns are the other side's."""
        return {"vectors": self.table}

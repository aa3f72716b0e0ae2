"""Encoders: how the vectors of one side are made of tables, and what a gradient does to them.

An encoder has `forward(ids, answers) -> (b, d)`, `backward(ids, grads, answers)`, which hands the
gradients on to tables, and `all()`, the vectors of the whole side. `answers` are the columns that
rows are asked for, for encoders that must not look at them. `sampled/solve.py` calls nothing else.
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

    def forward(self, ids: Ids, answers: Ids | None = None) -> Vectors:
        """Return the vectors of ids, (b, d)."""
        ...

    def backward(
        self, ids: Ids, grads: Vectors, answers: Ids | None = None
    ) -> Iterator[tuple[Table, Ids, Vectors]]:
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

    def forward(self, ids: Ids, answers: Ids | None = None) -> Vectors:
        """Return the vectors."""
        return self.table.vectors[ids]

    def backward(
        self, ids: Ids, grads: Vectors, answers: Ids | None = None
    ) -> Iterator[tuple[Table, Ids, Vectors]]:
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
    """share * own vector + (1 - share) * mean of vectors of the columns that were observed.

    Attributes:
        table: (n, d) own vectors.
        bag: (m, d) the vectors of which the mean is taken: those of the columns, which then learn
            from it as well, or others.
        indptr, indices: the observed columns of each row, compressed.
        parts: (m, 2) int32, the columns that a column consists of, -1 where it is less than two;
            columns of which the answer is a part are left out. None leaves nothing out.
        share: of the own vector.
        l2: charge on own vectors.
    """

    table: Table
    bag: Table
    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    parts: NDArray[np.int32] | None
    share: float
    l2: float = 0.0

    def _bags(self, ids: Ids, answers: Ids | None) -> Any:
        """Return b x m SciPy CSR with rows that sum to one, or are empty."""
        from scipy.sparse import csr_array

        from rowspace.factor.kernels.bags import bags

        asked = np.full(len(ids), -1) if answers is None or self.parts is None else answers
        parts = np.zeros((0, 2), np.int32) if self.parts is None else self.parts
        indptr, indices = bags(self.indptr, self.indices, ids, asked, parts)
        lengths = np.diff(indptr)
        share = np.repeat(1 / np.maximum(lengths, 1), lengths).astype(np.float32)
        return csr_array((share, indices, indptr), shape=(len(ids), len(self.bag.vectors)))

    def forward(self, ids: Ids, answers: Ids | None = None) -> Vectors:
        """Return the vectors."""
        mean = self._bags(ids, answers) @ self.bag.vectors
        mean *= np.float32(1 - self.share)
        if self.share > 0:
            mean += np.float32(self.share) * self.table.vectors[ids]
        return np.asarray(mean, np.float32)

    def backward(
        self, ids: Ids, grads: Vectors, answers: Ids | None = None
    ) -> Iterator[tuple[Table, Ids, Vectors]]:
        """Yield the steps of own vectors and of the columns of the histories."""
        if self.share > 0:
            yield self.table, ids, np.float32(self.share) * grads
        if self.share < 1:
            back = self._bags(ids, answers).T.tocsr()
            found = np.flatnonzero(np.diff(back.indptr))
            spread = np.asarray(back[found] @ grads, np.float32)
            spread *= np.float32(1 - self.share)
            yield self.bag, found, spread

    def charged(self, ids: Ids) -> Vectors | None:
        """Return l2 x, for the own vectors."""
        return np.float32(self.l2) * self.table.vectors[ids] if self.l2 else None

    def all(self) -> Vectors:
        """Return the vectors of the side."""
        return self.forward(np.arange(len(self.table.vectors)))

    def tables(self) -> dict[str, Table]:
        """Return the own vectors and those of the bag, which may be the other side's as well."""
        return {"vectors": self.table, "bag": self.bag}

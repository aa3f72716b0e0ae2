"""Encoders: how the vectors of one side are made of tables, and what a gradient does to them.

An encoder has `forward(ids, answers) -> (b, d)`, `backward(ids, grads, answers)`, which hands the
gradients on to tables, and `all()`, the vectors of the whole side. `answers` are the columns that
rows are asked for, for encoders that must not look at them. `sampled/solve.py` calls nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
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
class _Bags:
    """What the means of a batch are made of.

    Attributes:
        found: (f,) the columns that any of its rows has.
        held: (r, f) SciPy CSR of ones, the bags of the different rows.
        whose: (b,) which of them each place of the batch has.
        out: (b, f) likewise, what is left out of it; None for nothing.
        each: (b, 1) one over the size of what remains.
    """

    found: Ids
    held: Any
    whose: Ids
    out: Any
    each: Vectors


@dataclass(frozen=True, eq=False)
class MeanEncoder:
    """share * own vector + (1 - share) * mean of vectors of the columns that were observed.

    Attributes:
        table: (n, d) own vectors.
        bag: (m, d) the vectors of which the mean is taken: those of the columns, which then learn
            from it as well, or others.
        indptr, indices: the observed columns of each row, compressed.
        parts: (m, p) int32, the columns that a column consists of, -1 for none; the answer and
            columns of which it is a part are left out. None leaves nothing out.
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
    _last: list[Any] = field(default_factory=list, repr=False)

    def forward(self, ids: Ids, answers: Ids | None = None) -> Vectors:
        """Return the vectors."""
        bags = self._bags(ids, answers)
        x = self.bag.vectors[bags.found]
        mean: Vectors = (bags.held @ x)[bags.whose]
        if bags.out is not None:
            mean -= bags.out @ x
        mean *= bags.each * np.float32(1 - self.share)
        if self.share > 0:
            mean += np.float32(self.share) * self.table.vectors[ids]
        return mean

    def backward(
        self, ids: Ids, grads: Vectors, answers: Ids | None = None
    ) -> Iterator[tuple[Table, Ids, Vectors]]:
        """Yield the steps of own vectors and of the columns of the histories."""
        from scipy.sparse import csr_array

        if self.share > 0:
            yield self.table, ids, np.float32(self.share) * grads
        if self.share < 1:
            bags = self._bags(ids, answers)
            each = grads * (bags.each * np.float32(1 - self.share))
            ones = np.ones(len(ids), np.float32)
            at = np.arange(len(ids) + 1)
            by_row = (
                csr_array((ones, bags.whose, at), shape=(len(ids), bags.held.shape[0])).T @ each
            )
            spread = np.asarray(bags.held.T @ by_row, np.float32)
            if bags.out is not None:
                spread -= bags.out.T @ each
            yield self.bag, bags.found, spread

    def _bags(self, ids: Ids, answers: Ids | None) -> _Bags:
        """Return what the means of a batch are made of; once for forward and backward."""
        if self._last and self._last[0] is ids and self._last[1] is answers:
            made: _Bags = self._last[2]
            return made
        made = self._made(ids, answers)
        if answers is not None:
            self._last[:] = ids, answers, made
        return made

    def _made(self, ids: Ids, answers: Ids | None) -> _Bags:
        from scipy.sparse import csr_array

        from rowspace.factor.kernels.bags import holding

        rows, whose = np.unique(ids, return_inverse=True)
        lengths = np.diff(self.indptr)[rows]
        ends = np.concatenate(([0], np.cumsum(lengths)))
        at = np.arange(ends[-1]) + np.repeat(self.indptr[rows] - ends[:-1], lengths)
        cols = self.indices[at]
        met = np.zeros(len(self.bag.vectors), np.bool_)
        met[cols] = True
        found = np.flatnonzero(met)
        place = np.empty(len(met), np.int32)
        place[found] = np.arange(len(found), dtype=np.int32)

        def ones(cols: NDArray[np.int32], ends: NDArray[np.int64]) -> Any:
            shape = (len(ends) - 1, len(found))
            return csr_array((np.ones(len(cols), np.float32), place[cols], ends), shape=shape)

        left, out = lengths[whose], None
        if answers is not None and self.parts is not None:
            indptr, inside = holding(self.indptr, self.indices, ids, answers, self.parts)
            out = ones(inside, indptr)
            left = left - np.diff(indptr)
        each = (1 / np.maximum(left, 1)).astype(np.float32)[:, None]
        return _Bags(found, ones(cols, ends), whose, out, each)

    def charged(self, ids: Ids) -> Vectors | None:
        """Return l2 x, for the own vectors."""
        return np.float32(self.l2) * self.table.vectors[ids] if self.l2 else None

    def all(self) -> Vectors:
        """Return the vectors of the side."""
        return self.forward(np.arange(len(self.table.vectors)))

    def tables(self) -> dict[str, Table]:
        """Return the own vectors and those of the bag, which may be the other side's as well."""
        return {"vectors": self.table, "bag": self.bag}

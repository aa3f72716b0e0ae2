"""Results and judgments of many queries as sparse arrays: what ranking metrics are computed from.

A `Run` holds each query's results, `Qrels` what is known about each query's items. Query q is row q
of both; an item is its position. Both check themselves once, when they are made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


@dataclass(frozen=True, eq=False)
class Run:
    """The results of n queries, best first.

    Attributes:
        indptr: (n + 1,) int64; the results of query q are entries indptr[q] : indptr[q + 1].
        items: (nnz,) int32, positions of items.
        scores: (nnz,) float32, larger is better, or None when only the order is known.
        answered: (n,) bool, False for queries that the system was not asked or did not answer;
            None when all were. An answered query may have an empty list.

    Raises:
        InputError: the arrays do not fit together, or a position is negative.

    Example:
        >>> Run([0, 2, 2], [7, 3]).n
        2
    """

    indptr: NDArray[np.int64]
    items: NDArray[np.int32]
    scores: NDArray[np.float32] | None = None
    answered: NDArray[np.bool_] | None = None

    def __init__(
        self,
        indptr: ArrayLike,
        items: ArrayLike,
        scores: ArrayLike | None = None,
        answered: ArrayLike | None = None,
    ) -> None:
        starts, positions = _rows("results", indptr, items)
        object.__setattr__(self, "indptr", starts)
        object.__setattr__(self, "items", positions)
        given = None if scores is None else np.ascontiguousarray(scores, np.float32)
        if given is not None and given.shape != positions.shape:
            raise InputError(f"there are {len(positions)} results but {given.size} scores")
        object.__setattr__(self, "scores", given)
        mask = None if answered is None else np.ascontiguousarray(answered, bool)
        if mask is not None and mask.shape != (self.n,):
            raise InputError(f"there are {self.n} queries but {mask.size} marks of answered ones")
        object.__setattr__(self, "answered", mask)

    @classmethod
    def top(
        cls, items: ArrayLike, scores: ArrayLike | None = None, counts: ArrayLike | None = None
    ) -> Run:
        """Make a run of a table of results.

        Args:
            items: (n, k) integers.
            scores: (n, k), or None.
            counts: (n,) how many entries of each row are results; all k where None.

        Example:
            >>> Run.top([[4, 1], [2, -1]], counts=[2, 1]).items
            array([4, 1, 2], dtype=int32)
        """
        table = np.asarray(items)
        if table.ndim != 2:
            raise InputError(f"a table of results has two dimensions, but this has {table.ndim}")
        n, k = table.shape
        if scores is not None and np.shape(scores) != table.shape:
            raise InputError(f"the items are {table.shape}, but the scores {np.shape(scores)}")
        if counts is None:
            flat = None if scores is None else np.reshape(scores, -1)
            return cls(np.arange(n + 1, dtype=np.int64) * k, table.reshape(-1), flat)
        many = np.asarray(counts, np.int64)
        if many.shape != (n,) or (n and (many.min() < 0 or many.max() > k)):
            raise InputError(f"counts must be {n} numbers from 0 to {k}, one per row of results")
        used = np.arange(k) < many[:, None]
        flat = None if scores is None else np.asarray(scores)[used]
        return cls(np.concatenate([[0], np.cumsum(many)]), table[used], flat)

    @property
    def n(self) -> int:
        """The number of queries."""
        return len(self.indptr) - 1


@dataclass(frozen=True, eq=False)
class Qrels:
    """What is known about the items of n queries: relevance judgments.

    Attributes:
        indptr: (n + 1,) int64; the judgments of query q are entries indptr[q] : indptr[q + 1].
        items: (nnz,) int32, positions of items, ascending within a query.
        relevance: (nnz,) float32; above 0 is relevant, 0 was judged and is not.

    Raises:
        InputError: the arrays do not fit together, a query judges an item twice, or a relevance is
            NaN or infinite.

    Example:
        >>> Qrels([0, 2, 3], [9, 4, 4], [1, 2, 0]).items
        array([4, 9, 4], dtype=int32)
    """

    indptr: NDArray[np.int64]
    items: NDArray[np.int32]
    relevance: NDArray[np.float32]

    def __init__(
        self, indptr: ArrayLike, items: ArrayLike, relevance: ArrayLike | None = None
    ) -> None:
        starts, positions = _rows("judgments", indptr, items)
        grades = (
            np.ones(len(positions), np.float32)
            if relevance is None
            else np.ascontiguousarray(relevance, np.float32)
        )
        if grades.shape != positions.shape:
            raise InputError(f"there are {len(positions)} judgments but {grades.size} relevances")
        query = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
        key = query << 32 | positions
        if (np.diff(key) <= 0).any():
            order = np.argsort(key, kind="stable")
            key, positions, grades = key[order], positions[order], grades[order]
        twice = np.flatnonzero(np.diff(key) == 0)
        if len(twice):
            at = twice[0]
            raise InputError(
                f"query {query[at]} judges item {positions[at]} twice; keep one judgment of each"
            )
        if not np.isfinite(grades).all():
            at = np.flatnonzero(~np.isfinite(grades))[0]
            raise InputError(
                f"the relevance of item {positions[at]} for query {query[at]} is {grades[at]}, but "
                "a finite number was expected; drop the judgment"
            )
        object.__setattr__(self, "indptr", starts)
        object.__setattr__(self, "items", positions)
        object.__setattr__(self, "relevance", grades)

    @property
    def n(self) -> int:
        """The number of queries."""
        return len(self.indptr) - 1


def id_rank(ids: Sequence[object]) -> NDArray[np.int64]:
    """Return the place of each id when all are sorted as text, byte by byte.

    Args:
        ids: the items' ids in the order of their positions; numbers are compared as text.

    Returns:
        (n,) int64.

    Example:
        >>> id_rank(["d9", "d10", "d1"])
        array([2, 1, 0])
    """
    texts = [str(i) for i in ids]  # code points sort like the bytes of UTF-8
    rank = np.empty(len(texts), np.int64)
    rank[sorted(range(len(texts)), key=texts.__getitem__)] = np.arange(len(texts))
    return rank


def _rows(
    what: str, indptr: ArrayLike, items: ArrayLike
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return row starts and positions as int64 and int32, or refuse them."""
    starts = np.ascontiguousarray(indptr, np.int64)
    given = np.asarray(items)
    if given.size and given.dtype.kind not in "iu":
        raise InputError(f"the {what} hold {given.dtype}, but positions of items were expected")
    if given.size and (given.min() < 0 or given.max() >= np.iinfo(np.int32).max):
        raise InputError(
            f"the {what} hold the position {given.min() if given.min() < 0 else given.max()}, but "
            "numbers from 0 were expected"
        )
    positions = np.ascontiguousarray(given, np.int32).reshape(-1)
    if (
        starts.ndim != 1
        or not len(starts)
        or starts[0] != 0
        or starts[-1] != len(positions)
        or (np.diff(starts) < 0).any()
    ):
        raise InputError(
            f"the row starts of the {what} must rise from 0 to {len(positions)}, the number of "
            f"{what}"
        )
    return starts, positions

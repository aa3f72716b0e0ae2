"""The best items of every row among all items, and the recommendation protocol that stands on it.

`top_items` ranks the whole catalogue for every row, less what the row has seen, without ever
holding rows x items: a block of rows meets a tile of columns in a matrix product, and the tile goes
into the rows' heaps while it is in the cache. `recommendation` is how the literature judges
recommenders: all items ranked, training items removed, nothing sampled. Takes vectors and sparse
matrices of positions; called by `rowspace judge` and by benchmarks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import InputError
from rowspace.judge.measure import Measure
from rowspace.judge.ranking import RankedValues, parse, ranking_metrics
from rowspace.judge.runs import Qrels, Run
from rowspace.judge.scorer import Vectors, scorer, table
from rowspace.progress import stage
from rowspace.recipes.registry import Paper, published
from rowspace.threads import kernel_threads
from rowspace.workers import each, in_parts

if TYPE_CHECKING:
    from numpy.typing import ArrayLike
    from scipy.sparse import csr_array

_TILE = 512
_WHOLE_SCORES = 2**24


@dataclass(frozen=True, eq=False)
class Recommendation:
    """How good recommendations for users with held-out items are.

    Attributes:
        values: the metrics of every user; NaN for users without test items.
        popular: the same metrics when every user gets the most popular unseen items.
        run: the ranked items of every user with test items, as far as the metrics look.
        note: what was done, in words.
    """

    values: RankedValues
    popular: RankedValues
    run: Run
    note: str

    def measures(self, *, seed: int = 0, draws: int = 1000) -> tuple[Measure, ...]:
        """Return the mean of each metric over users, with interval and the popular items' mean."""
        reference = {"most popular items": self.popular}
        return self.values.measures(seed=seed, draws=draws, reference=reference, note=self.note)


def top_items(
    rows: ArrayLike,
    cols: ArrayLike,
    k: int,
    *,
    seen: csr_array | None = None,
    block: int = 256,
) -> tuple[NDArray[np.int32], NDArray[np.float32], NDArray[np.int64]]:
    """Return the k columns with the largest dot product for every row.

    Args:
        rows: (n, d) float32, finite; an array or SciPy sparse.
        cols: (m, d) float32, finite; the same.
        k: how many, at least 1; may exceed the number of columns.
        seen: n x m sparse; the stored cells of a row (zeros too) are left out. None: nothing is.
        block: rows that one thread works on at a time; memory is about block x (k + 512) numbers a
            thread. The result does not depend on the number of threads.

    Returns:
        Columns (n, k) int32, best first and of equal score the smaller position first; their scores
        (n, k) float32; and (n,) int64, how many each row has. Beyond that: column -1, score -inf.

    Raises:
        InputError: `k` or `block` is below 1, the shapes do not fit, or a vector is not finite.

    Example:
        >>> items, scores, counts = top_items([[1.0], [-1.0]], [[3.0], [1.0], [2.0]], 2)
        >>> items.tolist(), counts.tolist()
        ([[0, 2], [1, 2]], [2, 2])
    """

    from rowspace.linalg.kernels.topk import merge_tile, unheap

    queries, targets = table("rows", rows), table("cols", cols)
    n, m = int(queries.shape[0]), int(targets.shape[0])
    if queries.shape[1] != targets.shape[1]:
        raise InputError(
            f"rows have {queries.shape[1]} dimensions and cols {targets.shape[1]}; both must agree"
        )
    if k < 1 or block < 1:
        name, value = ("k", k) if k < 1 else ("block", block)
        raise InputError(f"{name} is {value}, but at least 1 was expected")
    seen_ptr, seen_cols, _ = _cells("seen", seen, (n, m))
    items = np.empty((n, k), np.int32)
    scores = np.empty((n, k), np.float32)
    counts = np.zeros(n, np.int64)
    score = scorer(queries, targets)

    def one_block(begin: int) -> int:
        stop = min(begin + block, n)
        own = slice(begin, stop)
        starts = seen_ptr[begin : stop + 1]
        cursor = starts[:-1].copy()
        tile = score(own)
        for first in range(0, m, _TILE):
            found = tile(first, min(first + _TILE, m))
            merge_tile(
                found, first, starts, seen_cols, cursor, items[own], scores[own], counts[own]
            )
        unheap(items[own], scores[own], counts[own])
        return stop - begin

    with stage("ranking all items", total=n) as step, kernel_threads():
        for done in each(one_block, range(0, n, block)):
            step(done)
    return items, scores, counts


@published(
    kind="protocol",
    claim="Judges recommendations as the literature on collaborative filtering does: every item is "
    "ranked for every user with test items, training items removed, nothing sampled.",
    papers=(
        Paper(
            "Wang, He, Wang, Feng, Chua",
            2019,
            "Neural Graph Collaborative Filtering",
            "SIGIR",
            literature=27,
        ),
        Paper(
            "He, Deng, Wang, Li, Zhang, Wang",
            2020,
            "LightGCN: simplifying and powering graph convolution network for recommendation",
            "SIGIR",
        ),
    ),
    test="tests/judge/test_all_items.py",
    benchmark="benchmarks/ranking.py",
)
def recommendation(
    rows: ArrayLike,
    cols: ArrayLike,
    train: csr_array,
    test: csr_array,
    *,
    metrics: Sequence[str] = ("recall@20", "ndcg@20"),
    overlap: Literal["refuse", "drop"] = "refuse",
) -> Recommendation:
    """Judge the dot product of user and item vectors by held-out items.

    Every item that a user has not met in training is a candidate. Test items are relevant or not:
    nDCG has gains of 1 and the best order of the user's test items as its ideal (as LightGCN does;
    the ideal over the retrieved items only, found in older code, gives larger numbers). Scores that
    tie, as those of a zero vector all do, count with their expected value over all orders.

    Args:
        rows, cols: (users, d) and (items, d) float32; arrays or SciPy sparse.
        train: users x items sparse; its stored cells are removed from the ranking.
        test: users x items sparse; its cells above 0 are what should be found.
        metrics: names as in `ranking_metrics`, with a cut-off.
        overlap: what to do with test cells that are in train, which can never be found: "refuse",
            or "drop" them from the test.

    Returns:
        The metrics of every user with test items, and those of recommending popular items.

    Raises:
        InputError: the shapes do not fit, a metric has no cut-off, a test value is negative, or the
            test overlaps training and `overlap` is "refuse".

    Example:
        >>> from scipy.sparse import csr_array
        >>> train, test = csr_array([[1, 0, 0]]), csr_array([[0, 0, 1]])
        >>> cols = [[9.0], [1.0], [2.0]]
        >>> found = recommendation([[1.0]], cols, train, test, metrics=["recall@1"])
        >>> found.values.means()
        {'recall@1': 1.0}
    """
    users, targets = table("rows", rows), table("cols", cols)
    n, m = users.shape[0], targets.shape[0]
    cuts = [parse(name)[1] for name in metrics]
    if not cuts or None in cuts:
        raise InputError(
            "ranking all items needs metrics with a cut-off, for example recall@20; not "
            + (", ".join(metrics) or "none")
        )
    if overlap not in ("refuse", "drop"):
        raise InputError(f"overlap is {overlap!r}, but 'refuse' or 'drop' was expected")
    seen_ptr, seen_cols, _ = _cells("train", train, (n, m))
    qrels, dropped = _wanted(test, seen_ptr, seen_cols, (n, m), overlap)

    k = max(c for c in cuts if c is not None)
    asked = np.flatnonzero(np.diff(qrels.indptr))
    mask = _pattern(seen_ptr, seen_cols, m)[asked]
    # One more than needed shows whether the last place is shared.
    items, scores, counts = top_items(users[asked], targets, k + 1, seen=mask)
    lengths = np.zeros(n, np.int64)
    lengths[asked] = np.minimum(counts, k)
    used = np.arange(k + 1) < lengths[asked, None]
    run = Run(np.concatenate([[0], np.cumsum(lengths)]), items[used], scores[used])
    values = ranking_metrics(run, qrels, metrics)
    shared = np.flatnonzero((counts > k) & (scores[:, k - 1] == scores[:, k]))
    _spread_ties(values, shared, asked, users, targets, mask, qrels, k)
    popular = ranking_metrics(_popular(seen_ptr, seen_cols, m, k), qrels, metrics, ties="order")
    note = "All items ranked, training items removed."
    if dropped:
        note += f" {dropped} test items that are in training were dropped."
    return Recommendation(values, popular, run, note)


def _spread_ties(
    values: RankedValues,
    shared: NDArray[np.int64],
    asked: NDArray[np.int64],
    users: Vectors,
    targets: Vectors,
    mask: csr_array,
    qrels: Qrels,
    k: int,
) -> None:
    """Overwrite the values of rows whose last place is shared, now with all who share it.

    `shared` are positions in `asked`, which are the rows that `mask` has.
    """

    m = targets.shape[0]
    size = max(1, _WHOLE_SCORES // m)
    for start in range(0, len(shared), size):
        part = shared[start : start + size]
        rows = asked[part]
        with kernel_threads():
            whole = scorer(users[rows], targets)(slice(len(rows)))(0, m)
        for line, i in zip(whole, part):
            line[mask.indices[mask.indptr[i] : mask.indptr[i + 1]]] = -np.inf
        last = -np.partition(-whole, k - 1, axis=1)[:, k - 1]
        best = whole >= last[:, None]
        run = Run(
            np.concatenate([[0], np.cumsum(best.sum(axis=1))]), np.nonzero(best)[1], whole[best]
        )
        lengths = np.diff(qrels.indptr)[rows]
        wanted = [qrels.items[qrels.indptr[r] : qrels.indptr[r + 1]] for r in rows]
        own = Qrels(np.concatenate([[0], np.cumsum(lengths)]), np.concatenate(wanted))
        values.values[rows] = ranking_metrics(run, own, values.metrics).values


def _popular(seen_ptr: NDArray[np.int64], seen: NDArray[np.int32], m: int, k: int) -> Run:
    """Return the k most popular items of training that each row has not seen."""
    from rowspace.linalg.kernels.topk import first_unseen

    n = len(seen_ptr) - 1
    order = np.argsort(-np.bincount(seen, minlength=m), kind="stable").astype(np.int32)
    items, counts = np.empty((n, k), np.int32), np.empty(n, np.int64)
    in_parts(
        n,
        lambda begin, stop: first_unseen(
            begin, stop, order, seen_ptr, seen, np.zeros(m, np.int64), items, counts
        ),
    )
    return Run.top(items, counts=counts)


def _wanted(
    test: Any,
    seen_ptr: NDArray[np.int64],
    seen: NDArray[np.int32],
    shape: tuple[int, int],
    overlap: str,
) -> tuple[Qrels, int]:
    """Return what should be found, and how many test cells were dropped because train has them."""
    ptr, cols, values = _cells("test", test, shape)
    if (values < 0).any():
        at = int(np.flatnonzero(values < 0)[0])
        row = int(np.searchsorted(ptr, at, side="right")) - 1
        raise InputError(
            f"the test value of row {row} and column {cols[at]} is {values[at]:g}, but 0 or, "
            "for what should be found, more was expected"
        )
    rows = np.repeat(np.arange(shape[0]), np.diff(ptr))
    trained = np.repeat(np.arange(shape[0]), np.diff(seen_ptr)) * shape[1] + seen
    keep = values > 0
    both = np.isin(rows * shape[1] + cols, trained, assume_unique=True, kind="sort") & keep
    common = int(both.sum())
    if common and overlap == "refuse":
        raise InputError(
            f"{common} of {int(keep.sum())} test cells are in train too; split the data again, or "
            "drop them from the test with overlap='drop'"
        )
    keep &= ~both
    ends = np.searchsorted(rows[keep], np.arange(shape[0] + 1))
    return Qrels(ends, cols[keep]), common


def _cells(
    name: str, matrix: Any, shape: tuple[int, int]
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[Any]]:
    """Return row starts, ascending columns and values of the stored cells of a sparse matrix."""
    if matrix is None:
        return np.zeros(shape[0] + 1, np.int64), np.empty(0, np.int32), np.empty(0)
    if not hasattr(matrix, "tocsr") or tuple(matrix.shape) != shape:
        got = getattr(matrix, "shape", type(matrix).__name__)
        raise InputError(
            f"{name} must be a sparse matrix of {shape[0]} x {shape[1]}, but it is {got}"
        )
    csr = matrix.tocsr()
    if not csr.has_canonical_format:
        csr = csr.copy()
        csr.sum_duplicates()
    return csr.indptr.astype(np.int64), csr.indices.astype(np.int32), csr.data


def _pattern(ptr: NDArray[np.int64], cols: NDArray[np.int32], m: int) -> csr_array:
    from scipy.sparse import csr_array

    return csr_array((np.ones(len(cols), np.float32), cols, ptr), shape=(len(ptr) - 1, m))

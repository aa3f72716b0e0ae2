"""Splits: observations into parts that are learned from and parts that are judged on.

Every function takes sparse `Observations` and gives parts *with the same two modes*, so that a
position means the same row in each of them. Every stored cell (stored zeros too, each with its
time stamp and weight) goes to exactly one part: nothing leaks, nothing is lost. The same seed gives
the same split. `k_core` is the usual filter before a split, `read_split` reads one that a table
comes with. Called by users and by benchmarks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import InputError, UnsupportedError
from rowspace.observe.observations import Observations
from rowspace.observe.read_split import read_split as read_split

if TYPE_CHECKING:
    from numpy.typing import ArrayLike
    from scipy.sparse import csr_array

__all__ = [
    "Split",
    "k_core",
    "leave_one_out",
    "read_split",
    "split_by",
    "split_by_time",
    "split_random",
    "split_rows",
]

Label = str | int


@dataclass(frozen=True, eq=False)
class Split:
    """Two parts of the same observations, with the same modes and no cell in common.

    Attributes:
        train: what to learn from.
        test: what to judge on.
    """

    train: Observations
    test: Observations


def split_random(obs: Observations, *, test: float = 0.2, seed: int = 0) -> Split:
    """Put a random share of the observed cells aside.

    Args:
        obs: sparse observations with at least 2 cells.
        test: the share for the test, between 0 and 1; rounded to whole cells, at least one in
            either part.
        seed: which cells.

    Returns:
        The two parts.

    Raises:
        InputError: `test` is no share, or there are fewer than 2 cells.
        UnsupportedError: the observations are not sparse.

    Example:
        >>> from scipy.sparse import csr_array
        >>> matrix = csr_array([[5, 3, 1], [0, 0, 2]])
        >>> obs = Observations.from_matrix(matrix, rows="user", cols="item")
        >>> s = split_random(obs, test=0.25)
        >>> s.train.n_observed, s.test.n_observed
        (3, 1)
    """
    n = _csr(obs).nnz
    chosen = np.random.default_rng(seed).permutation(n)[: _test_cells(n, test)]
    aside = np.zeros(n, bool)
    aside[chosen] = True
    return _halves(obs, aside)


def split_rows(obs: Observations, *, test: float = 0.2, seed: int = 0) -> Split:
    """Put a random share of the cells of every row aside, so that each row is in both parts.

    Args:
        obs: sparse observations.
        test: the share of each row's cells for the test, between 0 and 1; what is left of a whole
            cell is a chance of one more. At least one cell of a row stays in train.
        seed: which cells.

    Returns:
        The two parts.

    Raises:
        InputError: `test` is no share, or no row has two cells.
        UnsupportedError: the observations are not sparse.

    Example:
        >>> from scipy.sparse import csr_array
        >>> matrix = csr_array([[5, 3, 1, 4], [0, 0, 2, 0]])
        >>> obs = Observations.from_matrix(matrix, rows="user", cols="item")
        >>> s = split_rows(obs, test=0.5)
        >>> np.diff(s.train.cells.indptr).tolist(), np.diff(s.test.cells.indptr).tolist()
        ([2, 1], [2, 0])
    """
    indptr = _csr(obs).indptr
    sizes = np.diff(indptr)
    if not (sizes > 1).any():
        raise InputError(
            f"no {obs.rows.name} has two observed cells, so none can give one away; "
            "use split_random(...)"
        )
    _test_cells(obs.n_observed, test)
    rng = np.random.default_rng(seed)
    wanted = np.floor(sizes * test + rng.random(len(sizes))).astype(np.int64)
    wanted = np.minimum(wanted, np.maximum(sizes - 1, 0))
    if not wanted.any():
        wanted[np.argmax(sizes)] = 1
    order = np.lexsort((rng.random(obs.n_observed), _row_of_cell(obs)))
    nth = np.arange(obs.n_observed) - np.repeat(indptr[:-1], sizes)
    aside = np.zeros(obs.n_observed, bool)
    aside[order] = nth < np.repeat(wanted, sizes)
    return _halves(obs, aside)


def leave_one_out(
    obs: Observations, *, by: Literal["time", "random"] = "time", seed: int = 0
) -> Split:
    """Put one cell of each row aside: its latest, or a random one.

    A row with a single cell keeps it in train. Of several latest cells a random one is taken,
    since their order in the file or among the columns may tell something.

    Args:
        obs: sparse observations; with time stamps for `by="time"`.
        by: "time" or "random".
        seed: which cell, where chance decides.

    Returns:
        The two parts; no row has more than one cell in the test part.

    Raises:
        InputError: `by` is neither, or the time stamps are missing or NaN.
        UnsupportedError: the observations are not sparse.

    Example:
        >>> from scipy.sparse import csr_array
        >>> matrix = csr_array([[5, 3, 1], [0, 0, 2]])
        >>> obs = Observations.from_matrix(matrix, rows="user", cols="item")
        >>> leave_one_out(obs, by="random").test.n_observed
        1
    """
    indptr = _csr(obs).indptr
    if by not in ("time", "random"):
        raise InputError(f"by is {by!r}, but 'time' or 'random' was expected")
    sizes = np.diff(indptr)
    starts, sizes = indptr[:-1][sizes > 0], sizes[sizes > 0]
    latest = np.ones(obs.n_observed, bool)
    if by == "time" and len(starts):
        times = _times(obs, "leave_one_out(by='random')")
        latest = times == np.repeat(np.maximum.reduceat(times, starts), sizes)
    ties = np.add.reduceat(latest, starts, dtype=np.int64) if len(starts) else sizes
    nth = np.cumsum(ties) - ties + np.random.default_rng(seed).integers(0, ties)
    aside = np.zeros(obs.n_observed, bool)
    aside[np.flatnonzero(latest)[nth[sizes >= 2]]] = True
    return _halves(obs, aside)


def split_by_time(
    obs: Observations, *, test: float | None = None, at: float | None = None
) -> Split:
    """Put the latest cells aside: train is the past and test the future.

    Cells of the same time stay together, so with `test` the share is met as closely as they allow.

    Args:
        obs: sparse observations with time stamps.
        test: the share of cells for the test, between 0 and 1; 0.2 if `at` is not given either.
        at: instead, the time stamp (in the unit of `obs.times`) at which the test begins.

    Returns:
        The two parts; every cell of the test is later than every cell of train.

    Raises:
        InputError: the time stamps are missing, NaN or all the same; `test` is no share; both
            `test` and `at` are given; or no cell is before, or none is from, `at` on.
        UnsupportedError: the observations are not sparse.

    Example:
        >>> from scipy.sparse import csr_array
        >>> matrix = csr_array([[5, 3, 1], [0, 0, 2]])
        >>> obs = Observations.from_matrix(matrix, rows="user", cols="item")
        >>> obs = replace(obs, times=np.array([2019., 2021., 2020., 2022.]))
        >>> split_by_time(obs, at=2021).test.times
        array([2021., 2022.])
    """
    times = _times(obs, "split_random(...)")
    if test is not None and at is not None:
        raise InputError(f"both test={test} and at={at} are given, but one was expected")
    if at is None:
        at = _cut(times, _test_cells(len(times), 0.2 if test is None else test))
    aside = times >= at
    if not aside.any() or aside.all():
        span = f"{times.min()} to {times.max()}" if len(times) else "of no cell"
        raise InputError(
            f"at is {at}, which leaves one part empty: the time stamps are {span}; "
            "choose a time between"
        )
    return _halves(obs, aside)


def split_by(
    obs: Observations,
    labels: ArrayLike | Callable[[NDArray[np.int64], NDArray[np.int64]], ArrayLike],
) -> dict[Label, Observations]:
    """Divide observations by a label per cell.

    Args:
        obs: sparse observations.
        labels: one text or whole number per stored cell, in the order of `obs.cells.data`; or a
            function of the row positions and column positions of all cells (both int64, one
            number per cell) that returns them.

    Returns:
        One part per label, by ascending label.

    Raises:
        InputError: the number of labels is not the number of cells, or a label is neither text
            nor a whole number.
        UnsupportedError: the observations are not sparse.

    Example:
        >>> from scipy.sparse import csr_array
        >>> matrix = csr_array([[5, 3, 1], [0, 0, 2]])
        >>> obs = Observations.from_matrix(matrix, rows="user", cols="item")
        >>> parts = split_by(obs, lambda rows, cols: np.where(cols < 2, "train", "test"))
        >>> {label: part.n_observed for label, part in parts.items()}
        {'test': 2, 'train': 2}
    """
    cells = _csr(obs)
    if callable(labels):
        labels = labels(_row_of_cell(obs), cells.indices.astype(np.int64))
    labels = np.asarray(labels)
    if labels.shape != (cells.nnz,):
        raise InputError(
            f"the labels have shape {labels.shape}, but one for each of the {obs.n_observed} "
            "stored cells was expected"
        )
    for at, label in enumerate(labels.tolist() if labels.dtype.kind not in "iuU" else ()):
        if isinstance(label, bool) or not isinstance(label, str | int):
            raise InputError(
                f"the label of cell {at} is {label!r}, but text or a whole number was expected"
            )
    try:
        kinds, which = np.unique(labels, return_inverse=True)
    except TypeError:
        raise InputError("the labels mix text and numbers; make them all text") from None
    return {kind: _part(obs, which == k) for k, kind in enumerate(kinds.tolist())}


def k_core(obs: Observations, *, rows: int = 5, cols: int = 5) -> Observations:
    """Drop rows and columns with few cells until none is left that has few.

    Args:
        obs: sparse observations.
        rows, cols: how many cells a row, a column must have; 0 keeps all of that side.

    Returns:
        The largest part in which every row has at least `rows` and every column at least `cols`
        stored cells, with the ids, metadata, time stamps and weights of what stayed, in order.

    Raises:
        InputError: a number is negative, or nothing is left.
        UnsupportedError: the observations are not sparse.

    Example:
        >>> from scipy.sparse import csr_array
        >>> matrix = csr_array([[5, 3, 1], [0, 0, 2]])
        >>> obs = Observations.from_matrix(matrix, rows="user", cols="item")
        >>> k_core(obs, rows=2, cols=1)
        Observations(user 1 x item 3, sparse, 3 observed)
    """
    i, j = _row_of_cell(obs), _csr(obs).indices
    for name, least in (("rows", rows), ("cols", cols)):
        if least < 0:
            raise InputError(f"{name} is {least}, but at least 0 was expected")
    n, m = obs.shape
    cells = np.arange(obs.n_observed)
    while True:
        rows_kept = np.bincount(i, minlength=n) >= rows
        cols_kept = np.bincount(j, minlength=m) >= cols
        kept = rows_kept[i] & cols_kept[j]
        if kept.all():
            break
        i, j, cells = i[kept], j[kept], cells[kept]
    if not len(cells):
        raise InputError(
            f"nothing is left of the core with {rows} cells for each {obs.rows.name} and {cols} "
            f"for each {obs.cols.name}; lower these numbers"
        )
    return _selected(obs, rows_kept, cols_kept, cells, i, j)


def _selected(
    obs: Observations,
    rows_kept: NDArray[np.bool_],
    cols_kept: NDArray[np.bool_],
    cells: NDArray[np.int64],
    i: NDArray[np.int64],
    j: NDArray[np.int32],
) -> Observations:
    """Return the given cells (in order, at i, j) between the rows and columns that are kept."""
    from scipy.sparse import csr_array

    new_j = np.cumsum(cols_kept) - 1
    sizes = np.bincount(i, minlength=len(rows_kept))[rows_kept]
    return Observations(
        obs.rows.select(np.flatnonzero(rows_kept)),
        obs.cols.select(np.flatnonzero(cols_kept)),
        csr_array(
            (_csr(obs).data[cells], new_j[j], np.concatenate(([0], np.cumsum(sizes)))),
            shape=(len(sizes), int(cols_kept.sum())),
        ),
        None if obs.times is None else obs.times[cells],
        obs.source,
        None if obs.weights is None else obs.weights[cells],
    )


def _halves(obs: Observations, aside: NDArray[np.bool_]) -> Split:
    return Split(_part(obs, ~aside), _part(obs, aside))


def _part(obs: Observations, kept: NDArray[np.bool_]) -> Observations:
    """Return the cells that `kept` marks, between the same modes."""
    from scipy.sparse import csr_array

    whole = _csr(obs)
    before = np.concatenate(([0], np.cumsum(kept)))
    cells = csr_array(
        (whole.data[kept], whole.indices[kept], before[whole.indptr]), shape=whole.shape
    )
    times = None if obs.times is None else obs.times[kept]
    weights = None if obs.weights is None else obs.weights[kept]
    return replace(obs, cells=cells, times=times, weights=weights)


def _row_of_cell(obs: Observations) -> NDArray[np.int64]:
    return np.repeat(np.arange(obs.shape[0]), np.diff(_csr(obs).indptr))


def _test_cells(n: int, share: float) -> int:
    if not 0 < share < 1:
        raise InputError(f"test is {share}, but a share between 0 and 1 was expected")
    if n < 2:
        raise InputError(f"there are {n} observed cells, but a split needs at least 2")
    return min(max(round(n * share), 1), n - 1)


def _cut(times: NDArray[np.float64], n_test: int) -> float:
    """Return the time stamp from which on the cells are as nearly `n_test` as ties allow."""
    kinds, sizes = np.unique(times, return_counts=True)
    if len(kinds) < 2:
        raise InputError(
            f"every cell has the time stamp {kinds[0]}, so none is later than another; "
            "use split_random(...)"
        )
    later = len(times) - np.cumsum(sizes)[:-1]  # cells from kinds[1], kinds[2], ... on
    return float(kinds[1:][np.argmin(np.abs(later - n_test))])


def _times(obs: Observations, way_out: str) -> NDArray[np.float64]:
    cells = _csr(obs)
    if obs.times is None:
        raise InputError(
            f"these observations have no time stamps; read them with time=, or use {way_out}"
        )
    if np.isnan(obs.times).any():
        at = int(np.flatnonzero(np.isnan(obs.times))[0])
        row = obs.rows.ids[int(_row_of_cell(obs)[at])]
        col = obs.cols.ids[int(cells.indices[at])]
        raise InputError(
            f"the time stamp of {obs.rows.name} {row!r} and {obs.cols.name} {col!r} is NaN, but "
            "a number was expected"
        )
    return obs.times


def _csr(obs: Observations) -> csr_array:
    """Return the cells of sparse observations; refuse others."""
    if obs.is_sparse:
        return obs.cells
    kind = "dense" if obs.is_dense else "a linear operator"
    raise UnsupportedError(
        f"these observations are {kind}, so there is no telling observed cells from others; "
        "make them of a scipy.sparse.csr_array to split them"
    )

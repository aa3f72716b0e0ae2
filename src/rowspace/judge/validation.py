"""Validation: how well factors foretell cells that they were not learned from.

`validation` fits held-out observations to those that are learned from and chooses the metric that
the factorization calls for; the result judges any factors of that matrix. Called after every sweep
by `fit` (early stopping), for every trial by `tune`, and for every fold by `rank`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import InputError
from rowspace.factor.factors import Factors, Watch
from rowspace.factor.grammar import (
    Factorization,
    Ignore,
    Logistic,
    Negatives,
    One,
    SoftHinge,
    Squared,
)
from rowspace.factor.policies import background_of
from rowspace.factor.statement import state
from rowspace.judge.all_items import recommendation
from rowspace.judge.inputs import shared
from rowspace.judge.ranking import label, parse
from rowspace.linalg.csr import Csr
from rowspace.progress import reporting

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from rowspace.observe.observations import Observations

_MOST_ROWS = 4096
_VALUES = {"rmse": "RMSE", "loss": "loss"}


@dataclass(frozen=True)
class Score:
    """What held-out cells say of factors.

    Attributes:
        value: the metric.
        error: its standard error over rows (ranking) or cells (values); NaN for a single one.
    """

    value: float
    error: float


@dataclass(frozen=True, eq=False)
class Validation:
    """Cells that were held out, and the metric by which factors answer for them.

    Attributes:
        metric: a ranking metric such as "recall@20", or "rmse" or "loss".
        n: how many held-out cells it is taken over.
        left_out: how many held-out cells were not used, because the matrix lacks their ids.
        factorization: what the factors solve.
        train: what was learned from.
        test: (n, m) the held-out cells, sparse.
        weights: (nnz,) weight of every held-out cell, for values.
        targets: (nnz,) target of every held-out cell, for values.
        rows: positions of the rows that are ranked for.
    """

    metric: str
    n: int
    left_out: int
    factorization: Factorization
    train: Observations
    test: csr_array
    weights: NDArray[np.float64] | None
    targets: NDArray[np.float64] | None
    rows: NDArray[np.int64]

    @property
    def name(self) -> str:
        """The metric as it is written: "Recall@20", "RMSE"."""
        return _VALUES.get(self.metric) or label(self.metric)

    @property
    def ranks(self) -> bool:
        """Whether the metric ranks, so that larger is better; else it is an error."""
        return self.metric not in _VALUES

    def better(self, value: float) -> float:
        """Return a value of the metric with the sign that makes larger better.

        >>> import rowspace as rs
        >>> whole = rs.read({"u": ["a", "a"], "i": ["x", "y"], "n": [1, 2]}, "u", "i", "n")
        >>> from rowspace.observe.split import split_random
        >>> parts = split_random(whole, test=0.5)
        >>> validation(Factorization(dim=1), parts.train, parts.test).better(2.0)
        -2.0
        """
        return value if self.ranks else -value

    def judge(self, factors: Factors) -> Score:
        """Return how well factors foretell the held-out cells."""
        if self.ranks:
            return _mean(self._ranked(factors))
        cells = Csr.of(self.test)
        offsets = [factors.extras.get(side, {}).get("bias") for side in ("rows", "cols")]
        s = cells.scores(factors.rows, factors.cols).astype(np.float64)
        s += float(factors.facts.get("mean", 0.0))
        for offset, at in zip(offsets, (cells.row_of, cells.indices)):
            if offset is not None:
                s += offset[at]
        return self._erring(s)

    def judge_nothing(self) -> Score:
        """Return what rank 0 reaches: one score for all, or one order of items for everybody.

        That order is the popular items first, or where that is better, none at all.
        """
        if self.ranks:
            n, m = self.test.shape
            nothing = Factors(np.zeros((n, 1), np.float32), np.zeros((m, 1), np.float32))
            both = (_mean(self._ranked(nothing, popular)) for popular in (True, False))
            return max(both, key=lambda score: score.value)
        cells = Csr.of(self.train.cells) if self.train.is_sparse else self.train.cells
        mean = state(_open(self.factorization), cells, self.train.weights).level
        if isinstance(self.factorization.loss, Logistic):
            mean = math.log(max(mean, 1e-6) / max(1 - mean, 1e-6))
        return self._erring(np.full(self.test.nnz, mean))

    def watch(self, patience: int) -> Watch:
        """Return early stopping by this validation."""

        def measure(factors: Factors) -> float:
            with reporting(None):  # the sweeps have the bar
                return self.better(self.judge(factors).value)

        return Watch(measure, patience, f"held-out {self.name}")

    def _ranked(self, factors: Factors, popular: bool = False) -> NDArray[np.float64]:
        rows, cols = factors.rows[self.rows], factors.cols
        bias = factors.extras.get("cols", {}).get("bias")
        if bias is not None:  # a row's own offset does not change its order
            rows = np.column_stack([rows, np.ones(len(rows), np.float32)])
            cols = np.column_stack([cols, bias])
        found = recommendation(
            rows, cols, self.train.cells[self.rows], self.test[self.rows], metrics=[self.metric]
        )
        values = found.popular if popular else found.values
        return np.asarray(values.values[values.counted, 0])

    def _erring(self, s: NDArray[np.float64]) -> Score:
        assert self.weights is not None and self.targets is not None
        w = self.weights / self.weights.mean()
        if self.metric == "loss":
            return _mean(w * self.factorization.loss.value(s, self.targets))
        squared = _mean(w * (s - self.targets) ** 2)
        root = math.sqrt(squared.value)
        return Score(root, squared.error / (2 * root) if root else 0.0)


def validation(
    factorization: Factorization,
    train: Observations,
    held_out: Observations,
    metric: str | None = None,
    seed: int = 0,
) -> Validation:
    """Fit held-out observations to those that are learned from.

    Args:
        factorization: as `settled` for the data; says by its target how it is judged: `One()`, and
            any matrix with steps, by Recall@20 over all items (training items removed); values by
            the root of the mean squared error (by the mean loss, where that is not squared), cells
            weighted as in training.
        train: the observations before the steps of `factorization.matrix`.
        held_out: sparse or dense, with modes of the same names; matched by id.
        metric: "rmse", "loss", or a ranking metric with a cut-off, instead.
        seed: which 4,096 rows are ranked for, where more have held-out cells.

    Raises:
        InputError: no held-out cell is about known ids, one is in train too, or the metric makes
            no sense for the factorization.
    """
    metric = default_metric(factorization) if metric is None else metric.lower()
    _refuse_metric(metric, factorization)
    test, given, left_out = _matched(held_out, train)
    _refuse_overlap(test, train)
    rows = np.flatnonzero(np.diff(test.indptr))
    weights = targets = None
    if metric in _VALUES:
        weights, targets = _weighed(factorization, train, test, given)
    else:
        if not train.is_sparse or train.n_observed + test.nnz == test.shape[0] * test.shape[1]:
            raise InputError(
                f"every cell of {train.source or 'the data'} was observed, so no item is left to "
                "rank; judge by rmse"
            )
        found = np.repeat(np.arange(test.shape[0]), np.diff(test.indptr))[test.data > 0]
        rows = np.unique(found)
        if len(rows) > _MOST_ROWS:
            rows = np.sort(np.random.default_rng([seed, 11]).choice(rows, _MOST_ROWS, False))
        if not len(rows):
            raise InputError("no held-out cell is above 0, so nothing should be found")
    n = test.nnz if metric in _VALUES else int(np.diff(test.indptr)[rows].sum())
    return Validation(metric, n, left_out, factorization, train, test, weights, targets, rows)


def default_metric(factorization: Factorization) -> str:
    """Return the metric that a factorization is judged by, unless told otherwise.

    >>> default_metric(Factorization()), default_metric(Factorization(target=One()))
    ('rmse', 'recall@20')
    """
    sampled = isinstance(factorization.unobserved, Negatives)
    if isinstance(factorization.target, One) or factorization.matrix or sampled:
        return "recall@20"
    return "rmse" if isinstance(factorization.loss, Squared) else "loss"


def _refuse_metric(metric: str, f: Factorization) -> None:
    if metric not in _VALUES:
        if parse(metric)[1] is None:
            raise InputError(
                f"{metric} has no cut-off; ranking all items needs one, for example {metric}@20"
            )
        return
    if isinstance(f.target, One):
        raise InputError(
            f"every observed cell has the target 1, so {metric} on held-out ones says nothing; "
            "judge by recall@20"
        )
    if f.matrix:
        raise InputError(
            f"{type(f.matrix[0]).__name__} changes the values before they are factored, so "
            f"{metric} on held-out ones says nothing; judge by recall@20"
        )
    if metric == "rmse" and isinstance(f.loss, Logistic):
        raise InputError("the scores of Logistic loss are log odds; judge by loss")


def _matched(
    held_out: Observations, train: Observations
) -> tuple[csr_array, NDArray[np.float32] | None, int]:
    """Return the held-out cells between the rows and columns of train, and their weights."""
    from scipy.sparse import csr_array

    for mine, theirs in zip(train.modes, held_out.modes):
        if mine.name != theirs.name:
            raise InputError(
                f"the held-out observations have a side {theirs.name!r} where the data have "
                f"{mine.name!r}; read both alike"
            )
    if not (held_out.is_sparse or held_out.is_dense):
        raise InputError("the held-out observations are an operator, which has no cells to judge")
    shape = held_out.shape
    if held_out.is_sparse:
        i, j = (
            np.repeat(np.arange(shape[0]), np.diff(held_out.cells.indptr)),
            held_out.cells.indices,
        )
        x = held_out.cells.data
    else:
        i, j = (a.ravel() for a in np.indices(shape))
        x = held_out.cells.ravel()
    places = []
    for mine, theirs in zip(train.modes, held_out.modes):
        own, at = shared(theirs.ids, mine.ids)
        place = np.full(len(theirs), -1, np.int64)
        place[own] = at
        places.append(place)
    rows, cols = places[0][i], places[1][j]
    known = (rows >= 0) & (cols >= 0)
    if not known.any():
        raise InputError(
            f"none of the {len(known):,} held-out cells is about a {train.rows.name} and a "
            f"{train.cols.name} of the data"
        )
    rows, cols, x = rows[known], cols[known], x[known]
    order = np.lexsort((cols, rows))
    starts = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=train.shape[0]))])
    test = csr_array((x[order], cols[order], starts), shape=train.shape)
    given = held_out.weights
    weights = None if given is None else given.ravel()[known][order]
    return test, weights, int((~known).sum())


def _refuse_overlap(test: csr_array, train: Observations) -> None:
    n, m = train.shape
    keys = np.repeat(np.arange(n, dtype=np.int64), np.diff(test.indptr)) * m + test.indices
    common = test.nnz
    if train.is_sparse:
        cells = train.cells
        trained = np.repeat(np.arange(n, dtype=np.int64), np.diff(cells.indptr)) * m + cells.indices
        common = int(np.isin(keys, trained, assume_unique=True, kind="sort").sum())
    if common:
        raise InputError(
            f"{common:,} of {test.nnz:,} held-out cells are in the data that are learned from; "
            "hold out other cells, for example by rowspace.observe.split.split_rows"
        )


def _weighed(
    f: Factorization, train: Observations, test: csr_array, given: NDArray[np.float32] | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return weight and target of the held-out cells, as training would have given them."""
    f = _open(f)
    n, m = train.shape
    counts, row_counts = np.full(m, float(n)), np.full(n, float(m))
    if train.is_sparse:
        counts = np.bincount(train.cells.indices, minlength=m).astype(np.float64)
        row_counts = np.diff(train.cells.indptr).astype(np.float64)
    known = replace(background_of(f.unobserved, counts, row_counts), lift=np.ones(m))
    stated = state(f, Csr.of(test), given, known)
    assert isinstance(stated.cells, Csr)
    confidence = np.asarray(stated.confidence, np.float64)
    weights = np.broadcast_to(stated.background + confidence, test.nnz)
    if not weights.any():
        raise InputError(
            f"the held-out cells weigh nothing under {f.confidence} and {f.unobserved}, as those "
            "of training do; set a confidence above 0"
        )
    return weights, np.asarray(stated.target, np.float64)


def _open(f: Factorization) -> Factorization:
    """Return the factorization without a hinge, which is about unobserved cells only."""
    return replace(f, unobserved=Ignore()) if isinstance(f.unobserved, SoftHinge) else f


def _mean(values: NDArray[np.float64]) -> Score:
    n = len(values)
    error = float(values.std(ddof=1)) / math.sqrt(n) if n > 1 else math.nan
    return Score(float(values.mean()), error)

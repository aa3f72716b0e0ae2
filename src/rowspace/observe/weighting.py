"""The matrix steps: what is made of the observed values before they are factored.

`TfIdf` for documents and words, `PPMI` for who stands beside whom, `Center` for principal
components, `Weigh` to remember how sure a count was whatever it is turned into next. Each keeps to
the contract of `observe/steps.py`: `apply` changes a whole matrix and `new_row` one row or column,
by the same formula from the stored state, so that folding in a row that was there at training
gives the row that was factored. Named in `Factorization.matrix`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import InputError, UnsupportedError
from rowspace.observe.observations import Observations
from rowspace.observe.steps import NewRow, SideOf, State, StepBase

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = ["PPMI", "Center", "TfIdf", "Weigh"]


_Floats = NDArray[np.float64]
_Positions = NDArray[np.int64]

_CELLS_PER_BLOCK = 1 << 18
"""Cells treated at once: float64 intermediates stay in the processor's cache."""


@dataclass(frozen=True)
class TfIdf(StepBase):
    """Term frequency times inverse document frequency.

    x_ij = (1 + log tf_ij) idf_j, idf_j = log((1 + n) / (1 + df_j)) + 1, for document i and word j,
    where df_j of the n documents have tf_ij > 0; then each document is divided by its length.
    Salton, Buckley 1988, "Term-weighting approaches in automatic text retrieval", with the smooth
    idf of scikit-learn (`TfidfTransformer(sublinear_tf=True)` gives the same numbers for whole
    counts). A count below 1 is its own tf weight, the smooth continuation of 1 + log tf; so a
    stored zero stays a stored zero.

    A new document takes the idf of training. A new word takes its own df among the training
    documents, whose lengths stay what they were. Both are exact for what was there at training.

    Attributes:
        documents: the side that the documents are on, "rows" or "cols".
        normalize: whether to divide each document by its Euclidean length.

    Example:
        >>> from rowspace.observe.text import document_words
        >>> obs = document_words([("a", "red fish blue fish"), ("b", "one fish")])
        >>> weighted, state = TfIdf(normalize=False).apply(obs)
        >>> round(weighted.value("a", "fish"), 4), round(weighted.value("a", "red"), 4)
        (1.6931, 1.4055)
    """

    documents: SideOf = "rows"
    normalize: bool = True

    def __post_init__(self) -> None:
        if self.documents not in ("rows", "cols"):
            raise InputError(
                f"TfIdf.documents is {self.documents!r}, but 'rows' or 'cols' was expected"
            )

    def apply(self, obs: Observations) -> tuple[Observations, State]:
        """Return the weighted matrix, sparse or dense as it came.

        The state holds `idf` (words,) and `lengths` (documents,), both float64; `lengths` are
        ones where documents are not divided by them, or have no words.

        Raises:
            UnsupportedError: the matrix is an operator.
            InputError: a value is negative.
        """
        refuse_operator(obs, self)
        obs.refuse_negative("TfIdf")
        if self.documents == "cols":
            flipped, state = replace(self, documents="rows").apply(obs.T)
            return flipped.T, state
        n, m = obs.shape
        df = np.zeros(m, np.int64)
        for _, cols, values in blocks(obs):
            df += np.bincount(cols[values > 0], minlength=m)
        idf = _idf(df, n)
        lengths = np.ones(n)
        if self.normalize:
            squares = np.zeros(n)
            for rows, cols, values in blocks(obs):
                np.add.at(squares, rows, (_tf(values) * idf[cols]) ** 2)
            lengths = _length(squares)
        weighted = mapped(obs, lambda i, j, x: _tf(x) * idf[j] / lengths[i])
        weighted_obs = replace(obs.with_cells(weighted), weights=obs.weights)
        return weighted_obs, {"idf": idf, "lengths": lengths}

    def new_row(
        self,
        state: State,
        side: SideOf,
        positions: NDArray[np.int64],
        values: NDArray[np.float32],
    ) -> NewRow:
        """Weigh the counts of one new document or of one new word."""
        refuse_negative_row(values, "TfIdf")
        tf = _tf(values.astype(np.float64))
        if side == self.documents:
            weighted = tf * state["idf"][positions]
            if self.normalize:
                squares = np.zeros(1)
                np.add.at(squares, np.zeros(len(weighted), np.int64), weighted**2)
                weighted /= _length(squares)
        else:
            idf = _idf(np.array([np.count_nonzero(values > 0)]), len(state["lengths"]))
            weighted = tf * idf / state["lengths"][positions]
        return positions, weighted.astype(np.float32)


@dataclass(frozen=True)
class PPMI(StepBase):
    """Positive pointwise mutual information of counts, shifted and smoothed.

    x_ij becomes max(0, log(x_ij / (r_i p_j)) - log(shift)), with the row sums r_i and the smoothed
    column shares p_j = c_j^smoothing / sum_j c_j^smoothing of the column sums c_j. Levy, Goldberg
    2014, "Neural word embedding as implicit matrix factorization" (shifted PPMI, section 4.1);
    Levy, Goldberg, Dagan 2015, "Improving distributional similarity with lessons learned from word
    embeddings" (context distribution smoothing, section 3.2). Only observed cells are looked at,
    and those that become zero are background again; the others keep their weights.

    A new row brings its own sum and takes the column shares of training; a new column brings its
    own sum, and the denominator of the shares stays. Both are exact for what was there at
    training. Cells on a partner that had no counts at training say nothing and are left out.

    Attributes:
        shift: above 0; the number of negative samples of the model that this stands for.
        smoothing: exponent of the column sums, 0 to 1; 1 is plain mutual information.

    Example:
        >>> obs = Observations.from_matrix(np.array([[2, 0], [1, 1]]), rows="word", cols="context")
        >>> positive, state = PPMI(smoothing=1.0).apply(obs)
        >>> round(positive.value(0, 0), 4), round(positive.value(1, 1), 4), positive.value(1, 0)
        (0.2877, 0.6931, 0.0)
    """

    shift: float = 1.0
    smoothing: float = 0.75

    def __post_init__(self) -> None:
        if not 0 < self.shift < np.inf:
            raise InputError(f"PPMI.shift is {self.shift}, but a number above 0 was expected")
        if not 0 <= self.smoothing <= 1:
            raise InputError(f"PPMI.smoothing is {self.smoothing}, but 0 to 1 was expected")

    def apply(self, obs: Observations) -> tuple[Observations, State]:
        """Return the positive mutual information, sparse or dense as it came.

        The state holds `row_sums` (n,), `col_shares` (m,) and `smoothed_total` (1,), float64.

        Raises:
            UnsupportedError: the matrix is an operator.
            InputError: a value is negative.
        """
        refuse_operator(obs, self)
        obs.refuse_negative("PPMI")
        n, m = obs.shape
        row_sums, col_sums = np.zeros(n), np.zeros(m)
        for rows, cols, values in blocks(obs):
            np.add.at(row_sums, rows, values)
            np.add.at(col_sums, cols, values)
        smoothed = self._smoothed(col_sums)
        total = smoothed.sum()
        shares = smoothed / total if total > 0 else smoothed
        log_rows, log_shares = _log(row_sums, 0.0), _log(shares, 0.0)
        positive = mapped(
            obs, lambda i, j, x: self._positive(_log(x, -np.inf) - log_rows[i] - log_shares[j])
        )
        weights = obs.weights
        if obs.is_sparse:
            weights = None if weights is None else weights[positive.data != 0]
            positive = without_zeros(positive)
        state = {"row_sums": row_sums, "col_shares": shares, "smoothed_total": np.array([total])}
        return replace(obs.with_cells(positive), weights=weights), state

    def new_row(
        self,
        state: State,
        side: SideOf,
        positions: NDArray[np.int64],
        values: NDArray[np.float32],
    ) -> NewRow:
        """Return the positive mutual information of one new row or of one new column."""
        refuse_negative_row(values, "PPMI")
        own = np.zeros(1)
        np.add.at(own, np.zeros(len(values), np.int64), values.astype(np.float64))
        if side == "cols" and own[0] > 0:
            # Without any count at training there is no total, and no known partner either.
            own = self._smoothed(own) / np.maximum(state["smoothed_total"], np.finfo(float).tiny)
        partner = state["col_shares" if side == "rows" else "row_sums"][positions]
        known = (values > 0) & (partner > 0)
        positions = positions[known]
        log_x = _log(values[known].astype(np.float64), -np.inf)
        log_own, log_partner = _log(own, 0.0), _log(partner[known], 0.0)
        log_row, log_col = (log_own, log_partner) if side == "rows" else (log_partner, log_own)
        found = self._positive(log_x - log_row - log_col).astype(np.float32)
        return positions[found != 0], found[found != 0]

    def _smoothed(self, col_sums: _Floats) -> _Floats:
        return np.where(col_sums > 0, col_sums**self.smoothing, 0.0)

    def _positive(self, information: _Floats) -> _Floats:
        positive: _Floats = np.maximum(information - np.log(self.shift), 0.0)
        return positive


@dataclass(frozen=True)
class Center(StepBase):
    """Subtract from each column its mean over all rows: x_ij - mu_j.

    An unobserved cell counts as the zero that a truncated SVD takes it for, so mu_j is the column
    sum divided by the number of rows; the SVD of what comes out is principal component analysis
    (Pearson 1901; Hotelling 1933). A dense matrix stays dense; any other becomes a
    `CenteredOperator`, which is never densified.

    A new row has cells on all columns afterwards; a new column is centered by its own mean.

    Example:
        >>> obs = Observations.from_matrix(np.array([[1., 4.], [3., 4.]]), rows="day", cols="place")
        >>> Center().apply(obs)[0].cells
        array([[-1., 0.],
               [ 1., 0.]], dtype=float32)
    """

    def apply(self, obs: Observations) -> tuple[Observations, State]:
        """Return the centered matrix: dense for dense, else a `CenteredOperator`.

        The state holds `means` (m,) float64 and `n_rows` (1,) int64.
        """
        n, m = obs.shape
        cells: Any = obs.cells
        if obs.is_dense:
            sums = cells.sum(axis=0, dtype=np.float64)
        elif obs.is_sparse:
            sums = np.zeros(m)
            for _, cols, values in blocks(obs):
                np.add.at(sums, cols, values)
        else:
            sums = np.asarray(cells.rmatvec(np.ones(n)), np.float64)
        means = sums / max(n, 1)
        centered: Any
        if obs.is_dense:
            centered = np.empty((n, m), np.float32)
            np.subtract(cells, means, out=centered, casting="same_kind")
        else:
            from rowspace.linalg.operators import CenteredOperator

            centered = CenteredOperator(cells, means)
        return obs.with_cells(centered), {"means": means, "n_rows": np.array([n], np.int64)}

    def new_row(
        self,
        state: State,
        side: SideOf,
        positions: NDArray[np.int64],
        values: NDArray[np.float32],
    ) -> NewRow:
        """Center one new row or one new column; every cell of it comes back."""
        means = state["means"]
        if side == "cols":
            n = int(state["n_rows"][0])
            means = np.full(n, values.sum(dtype=np.float64) / max(n, 1))
        row = np.zeros(len(means))
        row[positions] = values
        return np.arange(len(means), dtype=np.int64), (row - means).astype(np.float32)


@dataclass(frozen=True)
class Weigh(StepBase):
    """Weigh every observed cell by its count, min(1, x_ij / x_max)^exponent, and keep the counts.

    The weights are those of GloVe (Pennington, Socher, Manning 2014, equation 9) and are what
    `Given()` confidence reads; they multiply those that are there already. Before `PPMI()` they let
    a pair that was seen often count for more than one that was seen once, however surprising.

    Attributes:
        x_max: above 0; the count that is sure enough.
        exponent: at least 0.

    Example:
        >>> obs = Observations.from_matrix(np.array([[0, 4, 40]]), rows="word", cols="context")
        >>> Weigh(x_max=16, exponent=0.5).apply(obs)[0].weights.tolist()
        [[0.0, 0.5, 1.0]]
    """

    x_max: float = 10.0
    exponent: float = 0.75

    def __post_init__(self) -> None:
        if not 0 < self.x_max < np.inf or not 0 <= self.exponent < np.inf:
            raise InputError(
                f"Weigh(x_max={self.x_max}, exponent={self.exponent}) needs x_max above 0 and an "
                "exponent of at least 0"
            )

    def apply(self, obs: Observations) -> tuple[Observations, State]:
        """Return the same cells with their weights; the state is empty.

        Raises:
            UnsupportedError: the matrix is an operator.
            InputError: a value is negative.
        """
        refuse_operator(obs, self)
        obs.refuse_negative("Weigh")
        weights = self.weigh(obs.cells.data if obs.is_sparse else obs.cells)
        return replace(obs, weights=weights if obs.weights is None else weights * obs.weights), {}

    def weigh(self, counts: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the weights of counts, in their shape."""
        return ((np.minimum(counts / np.float64(self.x_max), 1)) ** self.exponent).astype(
            np.float32
        )

    def new_row(
        self,
        state: State,
        side: SideOf,
        positions: NDArray[np.int64],
        values: NDArray[np.float32],
    ) -> NewRow:
        """Return the counts of one new row or of one new column as they are."""
        refuse_negative_row(values, "Weigh")
        return positions, values


def _tf(counts: _Floats) -> _Floats:
    return np.where(counts > 1, 1 + np.log(np.maximum(counts, 1)), counts)


def _idf(df: NDArray[np.int64], n_documents: int) -> _Floats:
    idf: _Floats = np.log((1 + n_documents) / (1 + df)) + 1
    return idf


def _length(squares: _Floats) -> _Floats:
    return np.where(squares > 0, np.sqrt(squares), 1.0)


def _log(x: _Floats, of_zero: float) -> _Floats:
    out = np.full(x.shape, of_zero)
    np.log(x, out=out, where=x > 0)
    return out


def blocks(obs: Observations) -> Iterator[tuple[_Positions, _Positions, _Floats]]:
    """Yield the observed cells in order, as (row positions, column positions, values)."""
    n, m = obs.shape
    cells: Any = obs.cells
    if obs.is_dense:
        height = max(1, _CELLS_PER_BLOCK // max(m, 1))
        for top in range(0, n, height):
            rows = np.arange(top, min(top + height, n))
            yield (
                np.repeat(rows, m),
                np.tile(np.arange(m), len(rows)),
                cells[rows[0] : rows[-1] + 1].ravel().astype(np.float64),
            )
        return
    for a in range(0, cells.nnz, _CELLS_PER_BLOCK):
        b = min(a + _CELLS_PER_BLOCK, cells.nnz)
        first = int(np.searchsorted(cells.indptr, a, side="right")) - 1
        last = int(np.searchsorted(cells.indptr, b, side="left"))
        inside = np.diff(np.clip(cells.indptr[first : last + 1], a, b))
        yield (
            np.repeat(np.arange(first, last), inside),
            cells.indices[a:b].astype(np.int64),
            cells.data[a:b].astype(np.float64),
        )


def mapped(obs: Observations, formula: Callable[[_Positions, _Positions, _Floats], _Floats]) -> Any:
    """Return cells of the same form with `formula(rows, cols, values)` for each observed cell."""
    data = np.empty(obs.n_observed, np.float32)
    done = 0
    for rows, cols, values in blocks(obs):
        data[done : done + len(values)] = formula(rows, cols, values)
        done += len(values)
    if obs.is_dense:
        return data.reshape(obs.shape)
    from scipy.sparse import csr_array

    cells: Any = obs.cells
    return csr_array((data, cells.indices, cells.indptr), shape=obs.shape)


def without_zeros(csr: csr_array) -> csr_array:
    """Return a copy without the stored zeros (SciPy's own works in place, on shared arrays)."""
    from scipy.sparse import csr_array

    kept = csr.data != 0
    before = np.concatenate(([0], np.cumsum(kept)))
    return csr_array((csr.data[kept], csr.indices[kept], before[csr.indptr]), shape=csr.shape)


def refuse_operator(obs: Observations, step: StepBase) -> None:
    """Raise `UnsupportedError` where cells are never formed and a step would change each."""
    if not (obs.is_sparse or obs.is_dense):
        raise UnsupportedError(
            f"{type(step).__name__} changes each cell, but the cells of a linear operator are "
            "never formed; give it a sparse or dense matrix, or use Center()"
        )


def refuse_negative_row(values: NDArray[np.float32], purpose: str) -> None:
    """Raise `InputError` where a new row holds a value below 0."""
    if len(values) and values.min() < 0:
        raise InputError(
            f"{purpose} needs values of at least 0, but {values.min():g} is among the new values"
        )

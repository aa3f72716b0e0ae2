"""Steps that weigh the words of documents: `BM25` and `LogEntropy`, beside `TfIdf`.

Each keeps to the contract of `observe/steps.py`; documents are the rows. Named in
`Factorization.matrix`, for example by the recipe `lsa`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import InputError
from rowspace.observe.observations import Observations
from rowspace.observe.steps import NewRow, SideOf, State, StepBase
from rowspace.observe.weighting import blocks, mapped, refuse_negative_row, refuse_operator

__all__ = ["BM25", "LogEntropy"]


@dataclass(frozen=True)
class BM25(StepBase):
    """Okapi BM25: term frequency that saturates, long documents discounted.

    x_ij = idf_j tf_ij (k1 + 1) / (tf_ij + k1 (1 - b + b l_i / mean l)), with the length l_i of
    document i and idf_j = log(1 + (n - df_j + 0.5) / (df_j + 0.5)). Robertson, Zaragoza 2009, "The
    probabilistic relevance framework: BM25 and beyond", equation 3.12, with the idf of Lucene,
    which is never below 0.

    A new document takes idf and mean length of training; a new word takes its own df among the
    training documents. Both are exact for what was there at training.

    Attributes:
        k1: at least 0; how late the frequency of a word saturates.
        b: 0 to 1; how much the length of a document counts.

    Example:
        >>> obs = Observations.from_matrix(np.array([[3, 1], [0, 1]]), rows="document", cols="word")
        >>> BM25().apply(obs)[0].cells.round(3)
        array([[1.005, 0.144],
               [0.   , 0.25 ]], dtype=float32)
    """

    k1: float = 1.5
    b: float = 0.75

    def __post_init__(self) -> None:
        if not (0 <= self.k1 < np.inf and 0 <= self.b <= 1):
            raise InputError(
                f"BM25(k1={self.k1}, b={self.b}) needs k1 of at least 0 and b from 0 to 1"
            )

    def apply(self, obs: Observations) -> tuple[Observations, State]:
        """Return the weighted matrix; the state holds `idf` (m,), `lengths` (n,), `mean` (1,).

        Raises:
            UnsupportedError: the matrix is an operator.
            InputError: a value is negative.
        """
        refuse_operator(obs, self)
        obs.refuse_negative("BM25")
        n, m = obs.shape
        df, lengths = np.zeros(m, np.int64), np.zeros(n)
        for rows, cols, values in blocks(obs):
            df += np.bincount(cols[values > 0], minlength=m)
            np.add.at(lengths, rows, values)
        idf = self._idf(df, n)
        mean = float(lengths.mean()) if n and lengths.any() else 1.0
        damp = self._damping(lengths, mean)
        cells = mapped(obs, lambda i, j, x: idf[j] * self._saturated(x, damp[i]))
        return obs.with_cells(cells), {"idf": idf, "lengths": lengths, "mean": np.array([mean])}

    def new_row(
        self,
        state: State,
        side: SideOf,
        positions: NDArray[np.int64],
        values: NDArray[np.float32],
    ) -> NewRow:
        """Weigh the counts of one new document or of one new word."""
        refuse_negative_row(values, "BM25")
        x, mean = values.astype(np.float64), float(state["mean"][0])
        if side == "rows":
            idf, damp = state["idf"][positions], self._damping(np.array([x.sum()]), mean)
        else:
            df = np.array([np.count_nonzero(values > 0)])
            idf = self._idf(df, len(state["lengths"]))
            damp = self._damping(state["lengths"][positions], mean)
        return positions, (idf * self._saturated(x, damp)).astype(np.float32)

    def _idf(self, df: NDArray[np.int64], n: int) -> NDArray[np.float64]:
        return np.asarray(np.log1p((n - df + 0.5) / (df + 0.5)))

    def _damping(self, lengths: NDArray[np.float64], mean: float) -> NDArray[np.float64]:
        return self.k1 * (1 - self.b + self.b * lengths / mean)

    def _saturated(self, x: NDArray[np.float64], damp: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.where(x > 0, x * (self.k1 + 1) / np.where(x > 0, x + damp, 1), 0.0)


@dataclass(frozen=True)
class LogEntropy(StepBase):
    """Logarithm of the count times how unevenly the word is spread over the documents.

    x_ij = log(1 + tf_ij) g_j with g_j = 1 + sum_i p_ij log p_ij / log n and p_ij = tf_ij / sum_i
    tf_ij, for n documents: 1 for a word of a single one, 0 for a word that is the same in all.
    Dumais 1991, "Improving the retrieval of information from external sources".

    A new document takes g of training, exact for one that was there; a new word has a g of its own.

    Example:
        >>> obs = Observations.from_matrix(np.array([[1, 1], [0, 1]]), rows="document", cols="word")
        >>> LogEntropy().apply(obs)[0].cells.round(3)
        array([[0.693, 0.   ],
               [0.   , 0.   ]], dtype=float32)
    """

    def apply(self, obs: Observations) -> tuple[Observations, State]:
        """Return the weighted matrix; the state holds `weights` (m,) and `n` (1,), the documents.

        Raises:
            UnsupportedError: the matrix is an operator.
            InputError: a value is negative.
        """
        refuse_operator(obs, self)
        obs.refuse_negative("LogEntropy")
        n, m = obs.shape
        sums, logs = np.zeros(m), np.zeros(m)
        for _, cols, values in blocks(obs):
            np.add.at(sums, cols, values)
            some = np.where(values > 0, values, 1)  # 1 log 1 = 0 = 0 log 0
            np.add.at(logs, cols, some * np.log(some))
        weights = _evenness(sums, logs, n)
        cells = mapped(obs, lambda i, j, x: np.log1p(x) * weights[j])
        return obs.with_cells(cells), {"weights": weights, "n": np.array([n], np.int64)}

    def new_row(
        self,
        state: State,
        side: SideOf,
        positions: NDArray[np.int64],
        values: NDArray[np.float32],
    ) -> NewRow:
        """Weigh the counts of one new document or of one new word."""
        refuse_negative_row(values, "LogEntropy")
        x = values.astype(np.float64)
        if side == "rows":
            weights = state["weights"][positions]
        else:
            there = x[x > 0]
            sums, logs = np.array([there.sum()]), np.array([(there * np.log(there)).sum()])
            weights = _evenness(sums, logs, int(state["n"][0]))
        return positions, (np.log1p(x) * weights).astype(np.float32)


def _evenness(sums: NDArray[np.float64], logs: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """Return 1 + sum p log p / log n from sum x and sum x log x of every word."""
    there = np.where(sums > 0, sums, 1)
    entropy = np.where(sums > 0, np.log(there) - logs / there, 0)
    return np.clip(1 - entropy / np.log(n), 0, 1) if n > 1 else np.ones(len(sums))

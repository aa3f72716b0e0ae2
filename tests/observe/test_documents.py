"""`BM25` and `LogEntropy` by their formulas, and alike for new documents and words."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from rowspace.errors import InputError
from rowspace.observe.documents import BM25, LogEntropy
from rowspace.observe.observations import Observations

X = np.array([[3.0, 1, 0, 0], [1, 1, 5, 0], [0, 0, 0, 0], [2, 1, 0, 1]])


def observed(sparse=True):
    return Observations.from_matrix(csr_array(X) if sparse else X, rows="doc", cols="word")


def bm25(x, k1, b):
    n = len(x)
    df = (x > 0).sum(0)
    idf = np.log(1 + (n - df + 0.5) / (df + 0.5))
    damp = k1 * (1 - b + b * x.sum(1) / x.sum(1).mean())
    return np.where(x > 0, idf * x * (k1 + 1) / (x + damp[:, None] + (x == 0)), 0)


def log_entropy(x):
    p = x / np.maximum(x.sum(0), 1)
    g = 1 + np.where(p > 0, p * np.log(np.where(p > 0, p, 1)), 0).sum(0) / np.log(len(x))
    return np.log1p(x) * g


CASES = [(BM25(), bm25(X, 1.5, 0.75)), (BM25(0.9, 0.0), bm25(X, 0.9, 0.0)),
         (LogEntropy(), log_entropy(X))]  # fmt: skip


@pytest.mark.parametrize("sparse", [True, False])
@pytest.mark.parametrize(("step", "expected"), CASES)
def test_the_formula(step, expected, sparse):
    found = step.apply(observed(sparse))[0].cells
    np.testing.assert_allclose(found.toarray() if sparse else found, expected, atol=1e-6)


@pytest.mark.parametrize(("step", "expected"), CASES)
def test_a_document_or_word_that_was_there_is_treated_alike(step, expected):
    _, state = step.apply(observed())
    for side, matrix, made in (("rows", X, expected), ("cols", X.T, expected.T)):
        for line, whole in zip(matrix, made, strict=True):
            at = np.flatnonzero(line)
            positions, values = step.new_row(state, side, at, line[at].astype(np.float32))
            np.testing.assert_array_equal(positions, at)
            np.testing.assert_allclose(values, whole[at], atol=1e-6)


def test_one_document_and_nothing_at_all():
    for x in (np.array([[2.0, 0.0]]), np.zeros((2, 2))):
        obs = Observations.from_matrix(csr_array(x), rows="doc", cols="word")
        for step in (BM25(), LogEntropy()):
            assert np.isfinite(step.apply(obs)[0].cells.toarray()).all()


def test_what_cannot_be_is_refused():
    with pytest.raises(InputError, match="needs k1 of at least 0 and b from 0 to 1"):
        BM25(b=2.0)
    negative = Observations.from_matrix(-X, rows="doc", cols="word")
    for step in (BM25(), LogEntropy()):
        with pytest.raises(InputError, match="needs values of at least 0"):
            step.apply(negative)

"""`lsa` is the truncated SVD of weighted counts, and finds documents by topic."""

import numpy as np
import pytest

import rowspace as rs
from rowspace.errors import InputError
from rowspace.observe.text import counts, document_words

TEXTS = [
    "cats purr and chase mice",
    "kittens are young cats that purr",
    "mice eat cheese and fear cats",
    "stocks fell as banks sold bonds",
    "banks lend money and trade bonds",
    "money markets trade stocks",
]


@pytest.mark.parametrize("weighting", ["tfidf", "bm25", "log-entropy"])
def test_it_is_the_svd_of_the_weighted_matrix_and_folds_in(weighting):
    obs = document_words(enumerate(TEXTS))
    f = rs.fit(obs, "lsa", dim=3, weighting=weighting, tolerance=1e-6)
    step = f.factorization.matrix[0]
    dense = step.apply(obs)[0].cells.toarray().astype(np.float64)
    u, s, _ = np.linalg.svd(dense)
    np.testing.assert_allclose(
        np.abs(f["document"].vectors), np.abs(u[:, :3] * s[:3]), rtol=1e-3, atol=1e-3
    )
    for i, text in enumerate(TEXTS):
        known = {w: float(c) for w, c in counts(text).items()}
        np.testing.assert_allclose(
            np.asarray(f.fold_in("document", known)), f["document"].vectors[i], atol=1e-4
        )
    assert set(f.near("document", 0, k=2).ids) == {1, 2}


def test_an_unknown_weighting_is_refused():
    with pytest.raises(InputError, match="weighting is 'idf', but one of 'tfidf', 'bm25'"):
        rs.fit(document_words(enumerate(TEXTS)), "lsa", weighting="idf")

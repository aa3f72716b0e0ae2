"""`ppmi` is the SVD of the positive pointwise mutual information of the counts."""

import numpy as np
import pytest

import rowspace as rs
from rowspace.errors import InputError


def slow_ppmi(x, shift, smoothing):
    out = np.zeros_like(x, dtype=float)
    contexts = x.sum(axis=0) ** smoothing
    contexts /= contexts.sum()
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            if x[i, j]:
                ratio = x[i, j] / (x[i].sum() * contexts[j])
                out[i, j] = max(0.0, np.log(ratio) - np.log(shift))
    return out


@pytest.mark.parametrize(("shift", "smoothing"), [(1.0, 0.75), (3.0, 1.0)])
def test_the_product_of_the_vectors_is_the_best_picture_of_the_ppmi_matrix(shift, smoothing):
    from scipy.sparse import csr_array

    counts = np.random.default_rng(0).poisson(0.6, (30, 25)).astype(float)
    obs = rs.Observations.from_matrix(csr_array(counts), rows="word", cols="context")
    space = rs.fit(obs, "ppmi", dim=6, shift=shift, smoothing=smoothing, tolerance=1e-5)
    u, s, vt = np.linalg.svd(slow_ppmi(counts, shift, smoothing))
    product = space["word"].vectors @ space["context"].vectors.T
    np.testing.assert_allclose(product, (u[:, :6] * s[:6]) @ vt[:6], atol=1e-3)


def test_words_that_share_contexts_are_near_each_other():
    text = [
        ("a", "the cat drinks milk the dog drinks water"),
        ("b", "a car needs fuel a bus needs fuel"),
    ]
    from rowspace.observe.text import cooccurrence

    space = rs.fit(cooccurrence(text * 1, window=2, min_count=1), "ppmi", dim=4)
    assert space.near("word", "cat", k=3).ids.index("dog") < 2


def test_negative_counts_are_refused():
    from scipy.sparse import csr_array

    obs = rs.Observations.from_matrix(csr_array([[1.0, -2.0]]), rows="word", cols="context")
    with pytest.raises(InputError, match="word 0 and context 1 is -2"):
        rs.fit(obs, "ppmi", dim=1)

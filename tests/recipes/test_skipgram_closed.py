"""`skipgram-closed` at full rank is the optimum of the softmax that gradient descent finds."""

import numpy as np
from scipy.sparse import csr_array

import rowspace as rs
from rowspace.factor.solvers import solve
from rowspace.observe.association import LogCount
from rowspace.recipes.skipgram_closed import skipgram_closed


def corpus(seed=0, n=12):
    counts = np.random.default_rng(seed).poisson(3.0, (n, n)) + 1.0  # every pair was seen
    return rs.Observations.from_matrix(counts, rows="word", cols="context")


def softmax(scores):
    p = np.exp(scores - scores.max(axis=1, keepdims=True))
    return p / p.sum(axis=1, keepdims=True)


def full_rank(obs, **options):
    f = skipgram_closed(obs.shape[1], tolerance=1e-7, **options)
    found = solve(f, f.matrix[0].apply(obs)[0])
    return found.rows.astype(np.float64) @ found.cols.T.astype(np.float64)


def test_at_full_rank_it_foretells_the_conditional_frequencies():
    obs = corpus()
    x = obs.cells.astype(np.float64)
    np.testing.assert_allclose(softmax(full_rank(obs)), x / x.sum(1, keepdims=True), rtol=1e-4)


def test_gradient_descent_on_the_softmax_reaches_the_same_distribution_and_scores():
    obs = corpus()
    x = obs.cells.astype(np.float64)
    p = x / x.sum(1, keepdims=True)
    rng = np.random.default_rng(1)
    u, v = rng.standard_normal((2, 12, 12)) * 0.3
    for _ in range(30_000):
        slope = softmax(u @ v.T) - p
        u, v = u - 0.5 * slope @ v, v - 0.5 * slope.T @ u
    np.testing.assert_allclose(softmax(u @ v.T), p, atol=1e-3)
    ours, theirs = full_rank(obs), u @ v.T
    difference = ours - theirs  # one number per row, which the softmax does not see
    assert np.abs(difference - difference.mean(1, keepdims=True)).max() < 0.02


def test_an_unseen_pair_counts_as_often_as_the_floor():
    x = np.array([[4.0, 0, 1], [0, 2, 2], [1, 1, 0]])
    obs = rs.Observations.from_matrix(csr_array(x), rows="word", cols="context")
    floored = np.maximum(x, 0.25)
    np.testing.assert_allclose(
        softmax(full_rank(obs, floor=0.25)), floored / floored.sum(1, keepdims=True), rtol=1e-4
    )


def test_new_rows_are_what_they_were():
    obs = rs.Observations.from_matrix(
        csr_array(np.random.default_rng(0).poisson(0.7, (20, 15))), rows="word", cols="context"
    )
    space = rs.fit(obs, "skipgram-closed", dim=4, tolerance=1e-6)
    for side in ("word", "context"):
        known = dict(zip(*space.observed(3, side), strict=True))
        np.testing.assert_allclose(
            np.asarray(space.fold_in(side, known)), space[side].vectors[3], atol=1e-3
        )


def test_a_count_below_the_floor_is_as_good_as_unseen():
    cells = (
        LogCount(floor=1.0)
        .apply(rs.Observations.from_matrix(csr_array([[0.5, 2.0]]), rows="w", cols="c"))[0]
        .cells
    )
    np.testing.assert_allclose(cells.toarray(), [[0.0, np.log(2)]])
    assert cells.nnz == 1

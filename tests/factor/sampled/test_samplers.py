"""Samplers: where negatives come from, and what they then count."""

import dataclasses

import numpy as np
import pytest
from scipy.sparse import csr_array

from rowspace.errors import InputError
from rowspace.factor import solvers
from rowspace.factor.grammar import (
    Ambiguous,
    Bpr,
    Curriculum,
    Even,
    Exposed,
    Factorization,
    Frequent,
    Guided,
    Hard,
    InBatch,
    Negatives,
    PositiveAware,
    Robust,
    SameCluster,
    Sampled,
)
from rowspace.factor.samplers.hard import best_columns
from rowspace.factor.samplers.sampler import Batch, View
from rowspace.observe.observations import Observations

N, M = 40, 30
SAMPLERS = [
    Even(),
    Frequent(),
    InBatch(),
    Hard(top=5),
    Hard(top=6, skip=2, every=2, warm=0),
    Ambiguous(),
    PositiveAware(),
    PositiveAware(among=Hard(top=5)),
    Robust(),
    Exposed(),
    Curriculum(),
    SameCluster(clusters=4),
    Guided(),
    Exposed(among=Curriculum(among=Hard(top=5))),
]


def _cells(seed=0):
    rng = np.random.default_rng(seed)
    chance = np.linspace(0.02, 0.5, M)
    x = rng.random((N, M)) < chance
    x[3] = False
    x[4] = True  # has seen everything
    return csr_array(x.astype(np.float32))


def _view(epoch=3, epochs=5, guide=None):
    x, rng = _cells(), np.random.default_rng(1)
    rows, cols = rng.standard_normal((N, 4)).astype("f"), rng.standard_normal((M, 4)).astype("f")
    return View(
        (N, M), x.indptr.astype(np.int64), x.indices.astype(np.int32),
        np.bincount(x.indices, minlength=M), epoch, epochs, lambda: rows, lambda: cols, 0, guide,
    )  # fmt: skip


def _batch(view, count=200):
    rng = np.random.default_rng(2)
    at = rng.integers(0, len(view.indices), count)
    row_of = np.repeat(np.arange(N), np.diff(view.indptr))
    return Batch(row_of[at], view.indices[at].astype(np.int64))


@pytest.mark.parametrize("by", SAMPLERS, ids=str)
def test_every_sampler_trains_repeats_and_survives_json(by, monkeypatch):
    obs = Observations.from_matrix(_cells(), rows="user", cols="item")
    f = Factorization(
        dim=6, loss=Bpr(), unobserved=Negatives(8, by), solver=Sampled(epochs=4, batch=64)
    )
    assert Factorization.from_json(f.to_json()) == f
    rng = np.random.default_rng(5)
    guide = tuple(rng.standard_normal((size, 3)).astype("f") for size in (N, M))
    found = []
    for threads in ("1", "2"):
        monkeypatch.setenv("ROWSPACE_THREADS", threads)
        found.append(solvers.solve(f, obs, 7, guide=guide))
    assert (found[0].rows == found[1].rows).all() and (found[0].cols == found[1].cols).all()
    assert np.isfinite(found[0].trace).all()
    # A row without cells is never asked about, and keeps the vector it began with.
    start = solvers.solve(
        dataclasses.replace(f, solver=Sampled(epochs=1, batch=64)), obs, 7, guide=guide
    )
    assert (start.rows[3] == found[0].rows[3]).all()


def test_even_draws_all_columns_alike_and_none_twice():
    view, rng = _view(), np.random.default_rng(0)
    drawn = [Even().draw(view, rng, _batch(view), 10).cols for _ in range(3000)]
    assert all(len(set(x.tolist())) == 10 for x in drawn[:50])
    share = np.bincount(np.concatenate(drawn), minlength=M) / (3000 * 10)
    np.testing.assert_allclose(share, 1 / M, rtol=0.15)
    assert sorted(Even().draw(view, rng, _batch(view), 99).cols) == list(range(M))


def test_frequent_draws_by_the_power_of_the_counts_and_says_the_chances():
    view, rng = _view(), np.random.default_rng(0)
    state = Frequent(0.5).prepare(view)
    drawn = Frequent(0.5).draw(state, rng, _batch(view), 200_000)
    odds = np.maximum(view.counts, 1) ** 0.5
    np.testing.assert_allclose(drawn.weight / 200_000, (odds / odds.sum())[drawn.cols], rtol=0.1)
    np.testing.assert_allclose(np.exp(drawn.log_q), (odds / odds.sum())[drawn.cols], rtol=1e-5)


def test_in_batch_draws_the_columns_of_the_batch():
    view = _view()
    batch = _batch(view, 50)
    by = InBatch()
    drawn = by.draw(by.prepare(view), np.random.default_rng(0), batch, 20)
    assert set(drawn.cols) == set(batch.cols[:20]) and drawn.weight.sum() == 20


def test_the_best_columns_are_those_of_a_full_sort_without_the_observed_ones():
    view = _view()
    scores = view.rows() @ view.cols().T
    seen = _cells().toarray() > 0
    scores[seen] = -np.inf
    best = best_columns(view, 4)
    for i in range(N):
        free = np.flatnonzero(~seen[i])
        expected = free[np.argsort(-scores[i, free], kind="stable")][:4]
        assert best[i][: len(expected)].tolist() == expected.tolist()
        assert (best[i][len(expected) :] == -1).all()


def test_hard_draws_from_the_best_passes_over_some_and_waits():
    view, rng = _view(), np.random.default_rng(0)
    by = Hard(top=6, skip=2)
    batch = _batch(view)
    drawn = by.draw(by.prepare(view), rng, batch, 5)
    best = best_columns(view, 6)
    for row, cols, weight in zip(batch.rows, drawn.cols, drawn.weight):
        for col, w in zip(cols, weight):
            assert col in best[row][2:] if w else row == 4 or (best[row] < 0).any()
    early = by.draw(by.prepare(_view(epoch=0)), rng, batch, 5)
    assert early.cols.shape == (5,)
    state = Hard(top=6, every=2).prepare(_view(epoch=1))
    assert Hard(top=6, every=2).prepare(_view(epoch=2), state) is state
    assert Hard(top=6, every=2).prepare(_view(epoch=3), state) is not state


def _weighed(by, positive, negative, view=None):
    view = view or _view()
    batch = Batch(np.arange(len(positive)), np.arange(len(positive)))
    state = by.prepare(view)
    drawn = by.draw(state, np.random.default_rng(0), batch, negative.shape[1])
    return by.weigh(state, batch, drawn, positive, negative)


def test_ambiguous_weighs_what_scores_like_the_observed_cell():
    s = np.array([[0.0, 1.0, 3.0]], np.float32)
    got = _weighed(Ambiguous(a=2.0, b=0.5), np.array([0.5], np.float32), s)
    np.testing.assert_allclose(got, np.exp(-2 * (s - 1.0) ** 2), rtol=1e-5)


def test_positive_aware_leaves_out_what_scores_nearly_as_high():
    up = np.array([1.0, -1.0], np.float32)
    s = np.array([[0.5, 0.94, 0.96], [-2.0, -1.1, 0.0]], np.float32)
    assert _weighed(PositiveAware(0.95), up, s).tolist() == [[1, 1, 0], [1, 1, 0]]
    assert _weighed(PositiveAware(1.0, 0.2), up, s).tolist() == [[1, 0, 0], [1, 0, 0]]


def test_robust_weighs_by_the_chance_of_a_true_no():
    s = np.array([[-50.0, 0.0, 50.0, 500.0]], np.float32)
    got = _weighed(Robust(0.5), np.zeros(1, np.float32), s)[0]
    p = 0.5  # at a score of 0
    q = 0.5 * p / (0.5 * p + 1 - p)
    np.testing.assert_allclose(got, [1, 1 - q, 0, 0], atol=1e-6)


def test_exposed_weighs_rare_columns_more_and_by_one_on_average():
    view = _view()
    by = Exposed(exponent=0.5, clip=0.1)
    state = by.prepare(view)
    batch = _batch(view, 20_000)
    weight = by.draw(state, np.random.default_rng(0), batch, 3).positive
    assert weight.mean() == pytest.approx(1, abs=0.02)
    chance = np.maximum((view.counts / view.counts.max()) ** 0.5, 0.1)
    ratio = weight * chance[batch.cols]
    np.testing.assert_allclose(ratio, ratio[0], rtol=1e-5)


def test_the_curriculum_ends_with_the_hardest():
    s = np.arange(10, dtype=np.float32)[None]
    up = np.zeros(1, np.float32)
    assert _weighed(Curriculum(0.2), up, s, _view(0, 5)) is None  # everything
    assert _weighed(Curriculum(0.2), up, s, _view(4, 5)).sum() == 2
    assert _weighed(Curriculum(0.2), up, s, _view(4, 5))[0, -2:].tolist() == [1, 1]


def test_same_cluster_draws_from_the_cluster_of_the_observed_column():
    rng = np.random.default_rng(0)
    kind = np.arange(M) % 3
    cols = np.eye(3, 4, dtype=np.float32)[kind] + 0.05 * rng.standard_normal((M, 4)).astype("f")
    view = dataclasses.replace(_view(), cols=lambda: cols)
    by = SameCluster(clusters=3)
    batch = _batch(view)
    drawn = by.draw(by.prepare(view), rng, batch, 7)
    assert (kind[drawn.cols] == kind[batch.cols][:, None]).all()


def test_guided_leaves_out_what_the_guide_prefers():
    rng = np.random.default_rng(3)
    guide = tuple(rng.standard_normal((size, 3)).astype("f") for size in (N, M))
    view = _view(guide=guide)
    batch = _batch(view, 9)
    by = Guided(among=Even())
    state = by.prepare(view)
    drawn = by.draw(state, rng, batch, 6)
    weight = by.weigh(state, batch, drawn, np.zeros(9, "f"), np.zeros((9, 6), "f"))
    s = guide[0] @ guide[1].T
    gap = s[batch.rows][:, drawn.cols] - s[batch.rows, batch.cols][:, None]
    clear = np.abs(gap) > 1e-5  # the observed column itself may be drawn
    assert (weight == (gap < 0))[clear].all()
    with pytest.raises(InputError, match="guide=SPACE"):
        by.prepare(_view())


def test_wrong_settings_are_named():
    with pytest.raises(InputError, match=r"Hard\.skip is 9"):
        Hard(top=5, skip=9)
    with pytest.raises(InputError, match=r"Negatives\.by is 3"):
        Negatives(4, 3)
    with pytest.raises(InputError, match=r"Curriculum\.to is 0"):
        Curriculum(0.0)

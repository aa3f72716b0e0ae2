"""Intervals follow from the covariances of the vectors, and cover what they say."""

import dataclasses

import numpy as np
import pytest
from scipy.sparse import csr_array

import rowspace as rs
from rowspace.errors import InputError, UnknownIdError, UnsupportedError
from rowspace.explain import cosine, cosine_difference, rank, score
from rowspace.explain.uncertainty import Interval, standard_errors
from rowspace.factor.covariance import Fitted, error_bars
from rowspace.factor.factors import Factors
from rowspace.factor.grammar import (
    Alternating,
    Biases,
    Binary,
    Constant,
    Factorization,
    Free,
    Given,
    Ignore,
    Linear,
    Lookup,
    NoOffset,
    One,
    Uniform,
)
from rowspace.factor.halves import solve_half
from rowspace.factor.solvers import solve
from rowspace.observe.observations import Observations
from rowspace.space.space import Space, open_space

N, M, K = 60, 40, 3


def stated(offset=None, l2=0.25, sweeps=30):
    return Factorization(
        dim=K, confidence=Given(), unobserved=Ignore(), offset=offset or NoOffset(),
        rows=Lookup(Free(l2)), cols=Lookup(Free(l2)), solver=Alternating(sweeps, 1e-7),
    )  # fmt: skip


def drawn(seed, n=N, m=M, noise=0.5, share=0.4):
    """Cells of a product of two normal matrices plus noise of known weights, and the truth."""
    rng = np.random.default_rng(seed)
    u, v = rng.standard_normal((n, K)), rng.standard_normal((m, K))
    w = rng.gamma(4.0, 0.25, (n, m))
    t = u @ v.T + noise * rng.standard_normal((n, m)) / np.sqrt(w)
    at = np.nonzero(rng.random((n, m)) < share)
    cells = csr_array((t[at].astype(np.float32), at), shape=(n, m))
    obs = Observations.from_matrix(cells, rows="user", cols="item")
    return dataclasses.replace(obs, weights=w[at].astype(np.float32)), u, v, at


@pytest.fixture(scope="module")
def obs():
    return drawn(0)[0]


def kept(obs, f, kind=None, keep_cells=True):
    factors = solve(f, obs)
    if kind is not None:
        factors = error_bars(f, obs, factors, kind)
    return Space.from_factors(
        obs, factors, f, recipe=None, states=[], seed=0, timings={}, keep_cells=keep_cells
    )


@pytest.fixture(scope="module", params=["plain", "biases"])
def either(request, obs):
    """A model without and with biases: what it stored, and what it computes from its cells."""
    f = stated(Biases() if request.param == "biases" else None)
    return kept(obs, f, "full"), kept(obs, f)


def test_a_score_varies_with_both_sides(either):
    space, bare = either
    users, items = space["user"], space["item"]
    facts = space.manifest["facts"]
    for i, j in ((0, 0), (5, 7), (11, 30)):
        u, v = users.vectors[i].astype(float), items.vectors[j].astype(float)
        if "bias" in users.extras:
            u, v = np.append(u, 1), np.append(v, 1)
        a = v @ users.extras["covariance"][i] @ v
        b = u @ items.extras["covariance"][j] @ u
        if j not in space.observed(i)[0]:
            a, b = a, b + 2 * facts["cell_weight"] / facts["noise"] * a * b
        told = score(space, i, j)
        assert told.value == space.score(i, j) and told.level == 0.95
        assert told.se == pytest.approx(np.sqrt(a + b), rel=1e-5)
        assert told.high - told.value == pytest.approx(1.959964 * told.se, rel=1e-5)
        assert told.value - told.low == pytest.approx(1.959964 * told.se, rel=1e-5)
        again = score(bare, i, j)
        assert (again.value, again.se) == pytest.approx((told.value, told.se), rel=1e-4)
        narrow = score(space, i, j, level=0.5)
        assert narrow.high - narrow.low < 0.4 * (told.high - told.low)
    many = standard_errors(space, 5, [0, 7, 30])
    assert many == pytest.approx([score(space, 5, j).se for j in (0, 7, 30)], rel=1e-6)
    assert standard_errors(bare, 5, [0, 7, 30]) == pytest.approx(many, rel=1e-4)
    back = standard_errors(space, 7, [5, 11], side="item")
    assert back[0] == pytest.approx(score(space, 5, 7).se, rel=1e-5)


def test_error_bars_stay_with_a_space_on_disk_and_need_no_cells(obs, tmp_path):
    space = kept(obs, stated(), "full", keep_cells=False)
    again = open_space(space.save(tmp_path / "x.space"), verify=True)
    assert score(again, 3, 4) == score(space, 3, 4)
    assert again.manifest["facts"]["noise"] == space.manifest["facts"]["noise"]
    # Without its cells it does not know what it saw, and takes every cell for unseen.
    assert score(again, 3, 4).se >= score(kept(obs, stated(), "full"), 3, 4).se


@pytest.mark.parametrize("kind", ["diagonal", "low-rank"])
def test_less_storage_gives_about_the_same_error(obs, kind):
    full, less = kept(obs, stated(), "full"), kept(obs, stated(), kind)
    ratio = [score(less, i, j).se / score(full, i, j).se for i in range(20) for j in range(20)]
    assert 0.9 < np.median(ratio) < 1.1 and min(ratio) > 0.5 and max(ratio) < 2


def test_a_cosine_varies_as_drawn_vectors_do(either):
    space, bare = either
    items = space["item"]
    told = cosine(space, "item", 3, 8)
    rng = np.random.default_rng(0)
    scale = 0.05  # so small that the cosine is linear
    draws = []
    for j in (3, 8):
        c = items.extras["covariance"][j][:K, :K].astype(float)
        e = rng.multivariate_normal(np.zeros(K), c, 4000) * scale
        draws.append(items.vectors[j] + e)
    x, y = draws
    found = np.vecdot(x, y) / np.linalg.norm(x, axis=1) / np.linalg.norm(y, axis=1)
    assert told.value == pytest.approx(dict(space.near("item", 3, k=M))[8], abs=1e-5)
    assert told.se == pytest.approx(found.std() / scale, rel=0.05)
    assert cosine(bare, "item", 3, 8).se == pytest.approx(told.se, rel=1e-4)
    assert -1 <= told.low <= told.value <= told.high <= 1
    assert cosine(space, "item", 8, 3).se == pytest.approx(told.se, rel=1e-9)


def test_a_difference_of_cosines_knows_what_they_share(obs):
    space = kept(obs, stated(), "full")
    whole = cosine_difference(space, "item", (3, 8), (3, 9))
    x, y = cosine(space, "item", 3, 8), cosine(space, "item", 3, 9)
    assert whole.value == pytest.approx(x.value - y.value)
    assert whole.se != pytest.approx(np.hypot(x.se, y.se), rel=1e-3)
    apart = cosine_difference(space, "item", (3, 8), (5, 9))
    z = cosine(space, "item", 5, 9)
    assert apart.se == pytest.approx(np.hypot(x.se, z.se), rel=1e-9)
    same = cosine_difference(space, "item", (3, 8), (8, 3))
    assert same.value == 0 and same.se == pytest.approx(0, abs=1e-9)


def test_a_row_is_surely_like_itself(obs):
    space = kept(obs, stated(), "full")
    told = cosine(space, "user", 4, 4)
    assert told.se == 0 and told.level == 0.95 and isinstance(told, Interval)
    assert (told.value, told.low, told.high) == pytest.approx((1, 1, 1))


def test_a_rank_is_drawn_the_same_with_the_same_seed(either):
    space, bare = either
    best = space.recommend(2, k=M, exclude_seen=False).ids
    first, last = rank(space, 2, best[0]), rank(space, 2, best[-1])
    assert first.value == 1 and first.low == 1 and last.value == M and last.high == M
    middle = rank(space, 2, best[20])
    assert middle.value == 21 and middle.low < 21 < middle.high and middle.se > 0
    assert middle == rank(space, 2, best[20]) != rank(space, 2, best[20], seed=1)
    again = rank(bare, 2, best[20])
    assert again.value == 21 and abs(again.low - middle.low) <= 1
    few = rank(space, 2, best[20], among=best[:3])
    assert few.value == 4 and few.low >= 1 and few.high <= 4
    wide = rank(space, 2, best[20], level=0.99)
    assert wide.low <= middle.low and wide.high >= middle.high


def test_a_new_row_is_as_sure_as_training_makes_it(obs):
    f = dataclasses.replace(stated(), confidence=Constant(1))
    space = kept(dataclasses.replace(obs, weights=None), f, "full")
    items, values = space.observed(6)
    given = dict(zip(items, values.tolist()))
    unseen = next(j for j in range(M) if j not in given)
    assert score(space, given, unseen).se == pytest.approx(score(space, 6, unseen).se, rel=1e-3)
    fewer = dict(list(given.items())[:3])
    assert score(space, fewer, unseen).se > score(space, given, unseen).se


def test_what_the_cells_do_not_determine_has_an_infinite_error(obs):
    cells = obs.cells.toarray()
    cells[4] = 0
    thin = Observations.from_matrix(csr_array(cells), rows="user", cols="item")
    f = dataclasses.replace(stated(l2=0.0), confidence=Constant(1))
    space = kept(thin, f, "full")
    told = score(space, 4, 2)
    assert told.se == np.inf and told.low == -np.inf and told.high == np.inf
    with pytest.raises(InputError, match="do not determine its vector"):
        rank(space, 4, 2)
    with pytest.raises(InputError, match="vector of zeros"):
        cosine(space, "user", 4, 5)


def test_beside_a_background_every_cell_is_seen(obs):
    cells = csr_array(obs.cells)
    cells.data = np.ones_like(cells.data)
    clicks = Observations.from_matrix(cells, rows="user", cols="item")
    f = Factorization(
        dim=K, target=One(), confidence=Linear(5), unobserved=Uniform(1.0),
        rows=Lookup(Free(0.1, 1)), cols=Lookup(Free(0.1, 1)), solver=Alternating(5),
    )  # fmt: skip
    space = kept(clicks, f)
    assert 0 < score(space, 3, 4).se < 1
    assert space.derived["noise"]["cell_weight"] == 0


def test_what_has_no_error_bars_says_so(obs):
    imported = Space.from_vectors({"a": ([1, 2], np.eye(2)), "b": ([1, 2], np.eye(2))})
    with pytest.raises(UnsupportedError, match="imported space says nothing of how"):
        score(imported, 1, 2)
    with pytest.raises(InputError, match="stored no error bars and kept no cells"):
        score(kept(obs, stated(), keep_cells=False), 1, 2)
    f = dataclasses.replace(stated(), rows=Lookup(Binary()))
    ones = Factors(np.ones((N, K), np.float32), np.ones((M, K), np.float32))
    space = Space.from_factors(obs, ones, f, recipe=None, states=[], seed=0, timings={})
    with pytest.raises(UnsupportedError, match=r"rows that are Binary.* have no covariance"):
        cosine(space, "item", 1, 2)
    space = kept(obs, stated(), "full")
    for level in (0, 1, 95):
        with pytest.raises(InputError, match="level is"):
            rank(space, 1, 2, level=level)
        with pytest.raises(InputError, match="level is"):
            score(space, 1, 2, level=level)
    with pytest.raises(UnknownIdError):
        cosine(space, "item", 1, 99)


def test_matrix_steps_are_done_again(obs):
    cells = csr_array(obs.cells)
    cells.data = np.ceil(np.abs(cells.data))
    counts = Observations.from_matrix(cells, rows="user", cols="item")
    assert score(rs.fit(counts, "ppmi", dim=K), 3, 4).se > 0


@pytest.mark.parametrize("noise", [0.3, 1.0])
def test_95_percent_intervals_cover_about_95_percent(noise):
    seen, unseen, cosines, differences = [], [], [], []
    for seed in range(3):
        obs, u, v, at = drawn(seed, 200, 120, noise, 0.4)
        space = kept(obs, stated(l2=noise**2), "full")
        truth = u @ v.T
        ids = list(range(120))
        was_seen = np.zeros(truth.shape, bool)
        was_seen[at] = True
        for i in range(0, 200, 5):
            se = standard_errors(space, i, ids)
            value = space["item"].vectors @ space["user"].vectors[i]
            inside = np.abs(value - truth[i]) < 1.959964 * se
            seen += inside[was_seen[i]].tolist()
            unseen += inside[~was_seen[i]].tolist()
        # With the columns known, a cosine has a truth.
        known = Factors(np.zeros((200, K), np.float32), v.astype(np.float32))
        f = stated(l2=noise**2, sweeps=1)
        by_row = one_half(f, obs, known)
        space = Space.from_factors(
            obs, by_row, f, recipe=None, states=[], seed=0, timings={}, keep_cells=False
        )
        unit = u / np.linalg.norm(u, axis=1, keepdims=True)
        for i in range(198):
            told = cosine(space, "user", i, i + 1)
            cosines.append(told.low <= unit[i] @ unit[i + 1] <= told.high)
            told = cosine_difference(space, "user", (i, i + 1), (i, i + 2))
            true = unit[i] @ unit[i + 1] - unit[i] @ unit[i + 2]
            differences.append(told.low <= true <= told.high)
    for inside in (seen, unseen, cosines, differences):
        assert 0.92 < np.mean(inside) < 0.98


def one_half(f, obs, known):
    """The rows solved once with the columns that are known, and their error bars."""
    fitted = Fitted.of(f, obs, known)
    half = solve_half(fitted.statement, fitted.rows, fitted.cols, 0.0, True)
    fitted = dataclasses.replace(fitted, rows=half.side)
    inverse, used = fitted.inverses("rows", lambda rows, c: c)
    told = fitted.noise({"rows": float(used.sum()), "cols": 0.0})
    extras = {"rows": {"covariance": told["noise"] * inverse}}
    return Factors(half.side.vectors, known.cols, extras=extras, facts=told)

"""`fit` leads from observations to a space and tells how it did it."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

import rowspace as rs
from rowspace.errors import InputError, RowspaceError
from rowspace.factor.grammar import (
    Alternating,
    Biases,
    Constant,
    Factorization,
    Free,
    GraphSmooth,
    Ignore,
    Linear,
    Lookup,
    NoisyLabel,
    One,
)
from rowspace.judge.all_items import recommendation
from rowspace.observe.ids import Ids
from rowspace.observe.observations import Mode, Observations
from rowspace.observe.split import split_rows
from rowspace.space.space import Space


@pytest.fixture(scope="module")
def obs():
    plays = {
        "user": ["ann", "ann", "bob", "cy", "cy", "cy"],
        "song": ["x", "y", "x", "x", "y", "z"],
        "n": [3, 1, 2, 1, 4, 1],
    }
    return rs.read(plays, rows="user", cols="song", values="n")


def test_a_recipe_by_name_and_its_factorization_give_the_same_space(obs):
    named = rs.fit(obs, "ials", dim=2, alpha=3.0, seed=5)
    written = rs.fit(obs, named.factorization, seed=5)
    np.testing.assert_array_equal(named["user"].vectors, written["user"].vectors)
    assert named.manifest["recipe"]["options"] == {"dim": 2, "alpha": 3.0}
    assert written.manifest["recipe"] is None


def test_the_same_seed_repeats_and_another_differs(obs):
    first, again, other = (rs.fit(obs, "ials", dim=2, seed=s) for s in (0, 0, 1))
    np.testing.assert_array_equal(first["song"].vectors, again["song"].vectors)
    assert not np.array_equal(first["song"].vectors, other["song"].vectors)


def test_the_space_says_what_was_done_and_how_long_it_took(obs):
    space = rs.fit(obs, "svd", dim=2)
    assert space.manifest["recipe"]["name"] == "svd"
    assert space.manifest["observations"]["fingerprint"] == obs.fingerprint
    assert list(space.manifest["timings"]) == ["solve Spectral"]


def test_dim_overrides_that_of_a_given_factorization(obs):
    assert rs.fit(obs, Factorization(dim=3), dim=1).factorization.dim == 1


def test_options_beside_a_factorization_are_refused(obs):
    with pytest.raises(InputError, match="a Factorization has no option 'alpha'"):
        rs.fit(obs, Factorization(dim=1), alpha=3)


def test_something_that_is_no_observations_is_refused():
    with pytest.raises(InputError, match=r"got ndarray; make them with rowspace\.read"):
        rs.fit(np.eye(3), "svd")


@pytest.fixture(scope="module")
def liked():
    """120 users of three tastes, 60 items, 12 liked each; ids are text."""
    rng = np.random.default_rng(0)
    users, items = [], []
    for u in range(120):
        own = np.arange(20) + 20 * (u % 3)
        picked = np.concatenate([rng.choice(own, 10, False), rng.choice(60, 2, False)])
        users += [f"u{u}"] * len(set(picked))
        items += [f"i{i}" for i in sorted(set(picked))]
    table = {"user": users, "item": items, "n": rng.integers(1, 4, len(users))}
    return rs.read(table, rows="user", cols="item", values="n")


def exact(sweeps, **axes):
    solver = Alternating(sweeps=sweeps, exact=True)
    side = Lookup(Free(l2=2.0))
    return Factorization(dim=5, rows=side, cols=side, solver=solver, **axes)


IMPLICIT = {"target": One(), "confidence": Linear(4.0)}
EXPLICIT = {"unobserved": Ignore(), "confidence": Constant(1.0)}


@pytest.mark.parametrize("axes", [IMPLICIT, EXPLICIT], ids=["implicit", "explicit"])
def test_a_fit_that_is_continued_goes_the_way_of_one_that_was_not_stopped(liked, axes):
    whole = rs.fit(liked, exact(9, **axes), seed=3)
    half = rs.fit(liked, exact(4, **axes), seed=3)
    rest = rs.fit(liked, half, sweeps=5)
    trace = half.manifest["trace"] + rest.manifest["trace"]
    np.testing.assert_allclose(trace, whole.manifest["trace"], rtol=1e-5)
    again = whole["user"].vectors @ whole["item"].vectors.T
    np.testing.assert_allclose(rest["user"].vectors @ rest["item"].vectors.T, again, atol=1e-3)
    told = rest.manifest["facts"]["continued"]
    assert told["sweeps"] == 4
    assert told["user"] == {"known": 120, "new": 0, "dropped": 0}
    assert rs.fit(liked, rest, sweeps=1).manifest["facts"]["continued"]["sweeps"] == 9


@pytest.mark.parametrize(
    "axes",
    [
        {**EXPLICIT, "offset": Biases()},
        {"target": One(), "confidence": Constant(1.0), "unobserved": NoisyLabel(0.1)},
    ],
    ids=["biases", "noisy labels"],
)
def test_biases_and_what_is_believed_of_the_zeros_go_on_too(liked, axes, tmp_path):
    whole = rs.fit(liked, exact(6, **axes))
    rs.fit(liked, exact(3, **axes)).save(tmp_path / "half.space")
    half = rs.open(tmp_path / "half.space")
    rest = rs.fit(liked, half, sweeps=3)
    trace = half.manifest["trace"] + rest.manifest["trace"]
    np.testing.assert_allclose(trace, whole.manifest["trace"], rtol=1e-5)


def test_a_recipe_continues_with_its_options_and_those_that_are_changed(liked, tmp_path):
    rs.fit(liked, "ials", dim=4, alpha=7.0, sweeps=3).save(tmp_path / "a.space")
    space = rs.fit(liked, rs.open(tmp_path / "a.space"), sweeps=2)
    assert space.manifest["recipe"]["options"] == {"dim": 4, "alpha": 7.0, "sweeps": 2}
    assert space.factorization.solver.sweeps == 2
    assert space.factorization.confidence.alpha == 7.0


def test_known_ids_go_on_new_ones_start_and_vanished_ones_are_dropped(liked):
    first = rs.fit(liked, exact(30, **IMPLICIT), seed=1)
    rows = np.arange(119, 9, -1)  # 110 users in another order, without u0 .. u9
    few = Observations(liked.rows.select(rows), liked.cols, liked.cells[rows])
    names = Ids([*few.rows.ids, "newcomer"])
    new = Observations(
        Mode("user", names), liked.cols, sparse.vstack([few.cells, liked.cells[[0]]]).tocsr()
    )
    space = rs.fit(new, first, sweeps=1)
    assert space.manifest["facts"]["continued"]["user"] == {"known": 110, "new": 1, "dropped": 10}
    fresh = rs.fit(new, exact(1, **IMPLICIT), seed=1)
    assert space.manifest["trace"][0] < 0.9 * fresh.manifest["trace"][0]
    scores = [one["user"]["u50"] @ one["item"].vectors.T for one in (first, space)]
    assert np.corrcoef(scores)[0, 1] > 0.95


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda s, obs: rs.fit(obs, s, dim=3), "dim is 3, but the space to continue has 2"),
        (lambda s, obs: rs.fit(obs, s, alhpa=3), "ials has no option 'alhpa'"),
        (lambda s, obs: rs.fit(obs.T, s), "has the sides 'user' and 'song'"),
        (
            lambda s, obs: rs.fit(obs, Space.from_vectors({"song": (["x"], np.ones((1, 2)))})),
            "was imported",
        ),
        (lambda s, obs: rs.fit(obs, rs.fit(obs, "svd", dim=2)), "nothing to continue; fit anew"),
        (lambda s, obs: rs.fit(obs, "ials", graphs={"usr": None}), "no side 'usr'"),
        (lambda s, obs: rs.fit(obs, "ials", held_out=obs), "6 of 6 held-out cells are in the data"),
        (lambda s, obs: rs.fit(obs, "ials", patience=0), "patience is 0"),
        (lambda s, obs: rs.fit(obs, rs.fit(obs, exact(1)), alpha=1), "its solver has sweeps, tol"),
    ],
)
def test_what_cannot_be_continued_or_held_out_is_said_in_one_sentence(obs, change, said):
    with pytest.raises(RowspaceError, match=said):
        change(rs.fit(obs, "ials", dim=2, sweeps=1), obs)


def test_early_stopping_keeps_the_best_sweep_by_recall(liked):
    parts = split_rows(liked, test=0.25, seed=0)
    f = replace(exact(60, **IMPLICIT), dim=16)
    space = rs.fit(parts.train, f, held_out=parts.test, patience=4)
    told = space.manifest["facts"]["held_out"]
    assert told["metric"] == "Recall@20" and told["cells"] == parts.test.n_observed
    assert len(told["values"]) == min(60, told["best_sweep"] + 4) < 60
    assert told["best"] == max(told["values"])
    vectors = (space[side].vectors for side in ("user", "item"))
    found = recommendation(*vectors, parts.train.cells, parts.test.cells, metrics=["recall@20"])
    assert found.values.means()["recall@20"] == pytest.approx(told["best"], abs=1e-6)


def test_early_stopping_by_error_stops_before_the_noise_is_learned():
    rng = np.random.default_rng(1)
    truth = rng.normal(size=(60, 2)) @ rng.normal(size=(2, 50)) + rng.normal(size=(60, 50))
    truth[rng.random(truth.shape) < 0.5] = 0
    whole = Observations.from_matrix(sparse.csr_array(truth), rows="user", cols="item")
    parts = split_rows(whole, test=0.2)
    f = Factorization(dim=12, **EXPLICIT, solver=Alternating(sweeps=40, exact=True))
    stopped = rs.fit(parts.train, f, held_out=parts.test, patience=3)
    told = stopped.manifest["facts"]["held_out"]
    i = np.repeat(np.arange(60), np.diff(parts.test.cells.indptr))
    j, x = parts.test.cells.indices, parts.test.cells.data

    def rmse(space):
        s = (space["user"].vectors[i] * space["item"].vectors[j]).sum(axis=1)
        return np.sqrt(((s - x) ** 2).mean())

    assert told["metric"] == "RMSE"
    assert rmse(stopped) == pytest.approx(told["best"], rel=1e-3)
    assert rmse(stopped) < rmse(rs.fit(parts.train, f))


def test_graphs_are_named_by_side(obs):
    side = Lookup(GraphSmooth(weight=100.0))
    graph = sparse.csr_array(np.ones((3, 3), np.float32))
    f = Factorization(dim=2, rows=side, solver=Alternating(sweeps=2))
    space = rs.fit(obs, f, graphs={"user": graph})
    alone = rs.fit(obs, replace(f, rows=Lookup(Free())))
    spread = [np.ptp(one["user"].vectors, axis=0).max() for one in (space, alone)]
    assert spread[0] < 0.2 * spread[1]


@pytest.mark.parametrize("kind", ["full", "diagonal", "low-rank"])
def test_error_bars_are_stored_on_request(tmp_path, kind):
    rng = np.random.default_rng(0)
    likes = (rng.random((30, 12)) < 0.4).astype(np.float32)
    obs = rs.Observations.from_matrix(sparse.csr_array(likes), rows="user", cols="item")
    space = rs.fit(obs, "ials", dim=3, sweeps=3, error_bars=kind)
    space.save(tmp_path / "a.space")
    again = rs.open(tmp_path / "a.space")
    assert again.manifest["facts"]["error_bars"] == kind
    names = {"full": "covariance", "diagonal": "variance", "low-rank": "covariance_factor"}
    assert len(again["user"].extras[names[kind]]) == 30
    assert "error bars" in again.manifest["timings"]

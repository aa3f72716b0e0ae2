"""`tune` tries settings on a part put aside, by halving, and says what each reached."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

import rowspace as rs
from rowspace.errors import RowspaceError
from rowspace.factor.solvers import settled, solve
from rowspace.judge.validation import validation
from rowspace.observe.observations import Observations
from rowspace.observe.split import split_rows
from rowspace.recipes import registry


@pytest.fixture(scope="module")
def liked():
    rng = np.random.default_rng(0)
    likes = rng.random((120, 80)) < np.kron(np.eye(4), np.full((30, 20), 0.4)) + 0.03
    return Observations.from_matrix(sparse.csr_array(likes * 1.0), rows="user", cols="item")


@pytest.fixture(scope="module")
def rated():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(80, 3)) @ rng.normal(size=(3, 60)) + 0.3 * rng.normal(size=(80, 60)) + 9
    seen = rng.random(x.shape) < 0.4
    return Observations.from_matrix(sparse.csr_array(x * seen), rows="user", cols="item")


GRID = {"l2": [0.0003, 0.003, 0.03, 3.0], "ratio": [3.0, 30.0, 300.0]}


def test_survivors_go_on_and_the_best_of_them_wins(liked):
    heard = []
    found = rs.tune(liked, "ials", GRID, dim=4, sweeps=9, on_trial=heard.append)
    assert [t.number for t in found.trials] == list(range(1, 13))
    assert [len([t for t in heard if t.sweeps == s]) for s in (1, 3, 9)] == [12, 4, 2]
    assert found.trials[0].settings == {"l2": 0.0003, "ratio": 3.0}
    finals = [t for t in found.trials if t.finished]
    assert all(t.sweeps == 9 for t in finals) and len(finals) == 2
    assert found.best.value == max(t.value for t in finals) > found.reference
    first = sorted((t for t in heard[:12]), key=lambda t: -t.value)[:4]
    assert {t.number for t in heard[12:16]} == {t.number for t in first}
    assert found.metric == "Recall@20" and found.larger_is_better
    assert all(0 < t.error < 0.1 and t.cpu_seconds > 0 for t in found.trials)


def test_a_survivor_stands_where_an_unbroken_fit_would(rated):
    found = rs.tune(rated, "als-explicit", {"l2": [0.003, 0.03, 3.0]}, dim=3, sweeps=9, seed=2)
    parts = split_rows(rated, test=0.1, seed=2)
    f = registry.build("als-explicit", {"dim": 3, "sweeps": 9, **found.best.settings})
    f = settled(f, parts.train)
    f = replace(f, solver=replace(f.solver, exact=True))
    unbroken = solve(f, parts.train, 2)
    assert found.best.objective == pytest.approx(unbroken.trace[-1], rel=1e-2)
    direct = validation(f, parts.train, parts.test).judge(unbroken).value
    assert found.best.value == pytest.approx(direct, rel=0.03)
    assert found.metric == "RMSE" and not found.larger_is_better
    assert found.best.value == min(t.value for t in found.trials if t.finished)


def test_the_same_seed_repeats_whatever_the_order_of_work(liked):
    one, two = (rs.tune(liked, "ials", GRID, dim=4, trials=5, seed=s) for s in (3, 3))
    assert len(one.trials) == 5
    for a, b in zip(one.trials, two.trials):
        assert replace(a, cpu_seconds=0) == replace(b, cpu_seconds=0)
    assert one.table()[0]["settings"] in [dict(t.settings) for t in two.trials]


def test_a_value_on_the_edge_is_said_and_the_winner_is_fitted_to_everything(liked):
    found = rs.tune(liked, "ials", {"l2": [0.03, 1.0, 10.0]}, dim=4, refit=True)
    assert any("is the smallest that was tried; try smaller ones" in note for note in found.notes)
    again = rs.fit(liked, "ials", dim=4, **found.best.settings)
    np.testing.assert_array_equal(found.space["user"].vectors, again["user"].vectors)
    inner = rs.tune(liked, "ials", {"l2": [1e-6, 0.01, 10.0]}, dim=16, validation=0.3)
    assert inner.best.settings["l2"] == 0.01 and "l2" not in " ".join(inner.notes)


def test_a_closed_form_goes_its_one_step_and_unlike_matrices_are_ranked(liked):
    grid = {"dim": [2, 4], "weighting": ["tfidf", "bm25"]}
    found = rs.tune(liked, "lsa", grid)
    assert found.metric == "Recall@20"
    assert all(t.sweeps == 1 and t.finished and np.isnan(t.objective) for t in found.trials)


def test_cells_of_a_dense_matrix_are_hidden_as_missing():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 3)) @ rng.normal(size=(3, 50)) + 0.3 * rng.normal(size=(60, 50))
    dense = Observations.from_matrix(x, rows="day", cols="sensor")
    found = rs.tune(dense, "svd", {"dim": [1, 2, 3, 5]}, refit=True)
    assert found.best.settings == {"dim": 3} and found.best.value < 0.4
    assert "Spectral" in str(found.space.factorization)


@pytest.mark.parametrize(
    ("grid", "options", "said"),
    [
        ({}, {}, "nothing to try"),
        ({"alhpa": [1]}, {}, "ials has no option 'alhpa'"),
        ({"l2": [1.0]}, {"alhpa": 2}, "ials has no option 'alhpa'"),
        ({"sweeps": [1, 2]}, {}, "what the trials share out"),
        ({"l2": [1.0]}, {"l2": 2.0}, "both tried and fixed"),
        ({"l2": 1.0}, {}, "a list was expected"),
        ({"l2": []}, {}, "none, or one of them comes twice"),
        ({"l2": [1.0, 1.0]}, {}, "comes twice"),
        ({"l2": [1.0, -1.0]}, {}, "l2 is -1"),
        ({"l2": [1.0]}, {"trials": 0, "grid": None}, "trials is 0"),
        ({"l2": [1.0]}, {"metric": "rmse"}, "judge by recall@20"),
        ({"l2": [1.0]}, {"validation": 1.5}, "share between 0 and 1"),
    ],
)
def test_what_cannot_be_tried_is_said_before_any_work(liked, grid, options, said):
    if "grid" in options:
        options, grid = {"trials": 0}, {"l2": [1.0, 2.0]}
    with pytest.raises(RowspaceError, match=said):
        rs.tune(liked, "ials", grid, **options)


def test_a_dense_matrix_that_is_changed_first_is_refused():
    dense = Observations.from_matrix(np.ones((4, 4)), rows="a", cols="b")
    with pytest.raises(RowspaceError, match="no cell can be hidden"):
        rs.tune(dense, "svd", {"dim": [1, 2]}, center=True)
    with pytest.raises(RowspaceError, match="got ndarray"):
        rs.tune(np.ones((4, 4)), "svd", {"dim": [1, 2]})

"""Filtered ranks against plain loops over sets, and what the numbers are for no model at all."""

from __future__ import annotations

import math

import numpy as np
import pytest

from rowspace.errors import InputError
from rowspace.judge.triples import link_prediction

ENTITIES, RELATIONS = 30, 3


def world(seed):
    rng = np.random.default_rng(seed)
    every = np.unique(rng.integers(0, [ENTITIES, RELATIONS, ENTITIES], (400, 3)), axis=0)
    rng.shuffle(every)
    table = rng.integers(0, 6, (ENTITIES, RELATIONS, ENTITIES)).astype(np.float32)  # many ties
    return every[:200], every[200:240], every[240:300], table


def scorers(table):
    return (lambda h, r: table[h, r]), (lambda r, t: table[:, r, t].T)


def slow_counts(train, valid, test, table):
    known = {tuple(t) for t in np.concatenate([train, valid, test]).tolist()}
    out = np.zeros((3, 2, len(test)), int)
    for i, (h, r, t) in enumerate(test.tolist()):
        for side in (0, 1):
            mine = table[h, r, t]
            others = [
                table[e, r, t] if side == 0 else table[h, r, e]
                for e in range(ENTITIES)
                if ((e, r, t) if side == 0 else (h, r, e)) not in known
            ]
            out[:, side, i] = (
                sum(s > mine for s in others),
                sum(s == mine for s in others),
                1 + len(others),
            )
    return out


@pytest.mark.parametrize("block", [1, 7, 1000])
def test_ranks_equal_plain_loops(block):
    train, valid, test, table = world(0)
    found = link_prediction(
        *scorers(table), test, n_entities=ENTITIES, train=train, valid=valid, block=block
    )
    better, equal, candidates = slow_counts(train, valid, test, table)
    np.testing.assert_array_equal(found.better, better)
    np.testing.assert_array_equal(found.equal, equal)
    np.testing.assert_array_equal(found.candidates, candidates)
    np.testing.assert_array_equal(found.ranks("optimistic"), 1 + better)
    np.testing.assert_array_equal(found.ranks(), 1 + better + equal / 2)
    np.testing.assert_array_equal(found.ranks("pessimistic"), 1 + better + equal)


def test_measures_equal_their_formulas():
    train, valid, test, table = world(1)
    found = link_prediction(*scorers(table), test, n_entities=ENTITIES, train=train, valid=valid)
    rank, candidates = found.ranks(), found.candidates
    values = {m.name: m for m in found.measures(seed=2)}
    assert list(values) == ["MRR", "Hits@1", "Hits@3", "Hits@10", "Mean rank", "AMRI"]
    assert values["MRR"].value == pytest.approx(np.mean(1 / rank))
    assert values["Hits@3"].value == pytest.approx(np.mean(rank <= 3))
    assert values["Mean rank"].value == pytest.approx(rank.mean())
    chance = ((candidates + 1) / 2).mean()
    assert values["AMRI"].value == pytest.approx(1 - (rank.mean() - 1) / (chance - 1))
    assert all(m.low <= m.value <= m.high and m.n == 2 * len(test) for m in values.values())
    harmonic = [sum(1 / i for i in range(1, c + 1)) / c for c in candidates.ravel()]
    assert values["MRR"].reference["random order"] == pytest.approx(np.mean(harmonic))
    (tail, *_) = found.measures(side="tail", hits=())
    assert tail.value == pytest.approx(np.mean(1 / rank[1]))
    assert tail.n == len(test)
    assert "tail" in tail.note


def test_scoring_everything_alike_is_chance_and_not_perfect():
    train, valid, test, table = world(2)
    found = link_prediction(
        *scorers(table * 0), test, n_entities=ENTITIES, train=train, valid=valid
    )
    assert found.ranks("optimistic").max() == 1
    np.testing.assert_array_equal(found.ranks("pessimistic"), found.candidates)
    assert found.measures()[-1].value == pytest.approx(0)


def test_random_scores_are_close_to_their_reference():
    train, valid, test, table = world(3)
    random = np.random.default_rng(4).random(table.shape)
    found = link_prediction(*scorers(random), test, n_entities=ENTITIES, train=train, valid=valid)
    for measure in found.measures():
        assert measure.low <= measure.reference["random order"] <= measure.high


def test_the_number_of_threads_changes_nothing(monkeypatch):
    train, valid, test, table = world(5)
    test = np.tile(test, (20, 1))
    got = []
    for threads in "12":
        monkeypatch.setenv("ROWSPACE_THREADS", threads)
        got.append(
            link_prediction(
                *scorers(table), test, n_entities=ENTITIES, train=train, valid=valid, block=800
            )
        )
    np.testing.assert_array_equal(got[0].better, got[1].better)
    assert got[0].measures() == got[1].measures()


def test_test_triples_in_training_are_refused_with_the_count_or_dropped():
    train, _, test, table = world(6)
    mixed = np.concatenate([test, train[:2]])
    with pytest.raises(InputError, match=f"2 of {len(mixed)} test triples are in train too"):
        link_prediction(*scorers(table), mixed, n_entities=ENTITIES, train=train)
    found = link_prediction(
        *scorers(table), mixed, n_entities=ENTITIES, train=train, overlap="drop"
    )
    assert found.better.shape == (2, len(test))
    assert "2 test triples that are in train were dropped" in found.measures()[0].note


def test_entities_not_seen_in_training_are_ranked_and_told():
    table = np.ones((4, 1, 4), np.float32)
    found = link_prediction(
        *scorers(table), [[0, 0, 3], [0, 0, 2]], n_entities=4, train=[[0, 0, 1], [2, 0, 1]]
    )
    assert found.note == "1 test triples hold an entity or relation not seen in training."
    assert found.candidates.tolist() == [[4, 4], [2, 2]]


def test_nothing_to_test_is_not_a_number():
    found = link_prediction(*scorers(np.ones((2, 1, 2))), [], n_entities=2, train=[[0, 0, 1]])
    assert all(math.isnan(m.value) and m.n == 0 for m in found.measures())


def test_one_candidate_leaves_the_adjusted_index_undefined():
    found = link_prediction(*scorers(np.ones((1, 1, 1))), [[0, 0, 0]], n_entities=1, train=[])
    assert math.isnan(found.measures()[-1].value)
    assert found.measures()[0].value == 1


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"test": [[0, 0, 9]]}, r"triple 0 of test is \(0, 0, 9\)"),
        ({"train": [[0, -1, 1]]}, "triple 0 of train"),
        ({"test": [[0, 1]]}, "three columns"),
        ({"test": [[0.5, 0, 1]]}, "whole numbers"),
        ({"overlap": "keep"}, "overlap is 'keep'"),
        ({"block": 0}, "block is 0"),
        ({"score_tails": lambda h, r: np.ones((1, 2))}, r"scores of tails have shape \(1, 2\)"),
        (
            {"score_heads": lambda r, t: np.full((1, 3), np.nan)},
            r"heads for the test triple \(0, 0, 1\)",
        ),
    ],
)
def test_bad_arguments_are_refused(options, says):
    tails, heads = scorers(np.ones((3, 1, 3)))
    given = {
        "score_tails": tails,
        "score_heads": heads,
        "test": [[0, 0, 1]],
        "n_entities": 3,
        "train": [[0, 0, 2]],
    }
    with pytest.raises(InputError, match=says):
        link_prediction(**(given | options))


def test_bad_arguments_of_measures_are_refused():
    found = link_prediction(*scorers(np.ones((2, 1, 2))), [[0, 0, 1]], n_entities=2, train=[])
    for options, says in [
        ({"side": "left"}, "side is 'left'"),
        ({"ties": "best"}, "ties is 'best'"),
        ({"hits": [0]}, "hits at 0"),
    ]:
        with pytest.raises(InputError, match=says):
            found.measures(**options)

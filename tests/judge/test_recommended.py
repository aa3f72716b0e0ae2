"""The task blocks: one space and several, on the same held-out observations."""

import numpy as np
import pytest
from scipy.sparse import vstack

import rowspace as rs
from rowspace.errors import InputError
from rowspace.judge.all_items import recommendation
from rowspace.judge.inputs import HeldOut, held_out
from rowspace.judge.recommended import comparison_block, recommendation_block


@pytest.fixture(scope="module")
def held(world, space):
    return held_out(world[1], space)


def ask(space, held, **changed):
    return recommendation_block(space, held, **{"k": 5, "overlap": "refuse", "seed": 0, **changed})


def test_the_block_says_what_the_protocol_says(space, held):
    block = ask(space, held)
    train = space.observations.cells
    sides = [side.vectors for side in space.sides]
    direct = recommendation(*sides, train, held.cells, metrics=["ndcg@5"]).values.means()
    measure = block["nDCG@5"]
    assert measure.value == pytest.approx(direct["ndcg@5"], abs=1e-12)
    assert measure.low < measure.value < measure.high and measure.n == 60
    assert measure.value > measure.reference["most popular items"]


def test_k_beyond_the_catalogue_ranks_all_of_it(space, held):
    block = ask(space, held, k=500)
    assert block["Recall@500"].value == 1.0
    assert block["Coverage@500"].value == 1.0


def test_held_out_cells_of_the_training_are_refused_or_dropped_with_their_number(space, world):
    own = held_out(world[0], space).cells[[0]]
    rest = held_out(world[1], space).cells[1:]
    both = HeldOut(vstack([own, rest]).tocsr(), "")
    with pytest.raises(InputError, match="9 of 186"):
        ask(space, both)
    block = ask(space, both, overlap="drop")
    assert block["nDCG@5"].n == 59 and "9 test items" in block["nDCG@5"].note


def test_a_space_without_its_cells_or_with_all_of_them_cannot_be_asked(world, held):
    bare = rs.fit(world[0], "svd", dim=2, keep_cells=False)
    with pytest.raises(InputError, match="keep_cells"):
        ask(bare, held)
    full = rs.fit(rs.read(np.eye(60, 40) + 1, rows="user", cols="film"), "svd", dim=2)
    with pytest.raises(InputError, match="every cell"):
        ask(full, held)


def test_spaces_are_compared_on_the_same_rows_with_paired_differences(space, other, held):
    block = comparison_block({"good": space, "poor": other}, held, k=5, overlap="refuse", seed=0)
    difference = block["nDCG@5, poor minus good"]
    means = block["nDCG@5, good"], block["nDCG@5, poor"]
    assert difference.value == pytest.approx(means[1].value - means[0].value)
    assert difference.high < 0 and block["p of nDCG@5, poor minus good"].value < 0.05
    assert block.series["nDCG@5 means"].shape == (2, 3)
    assert block.series["nDCG@5 differences"][1].tolist() == [
        difference.value,
        difference.low,
        difference.high,
    ]


def test_a_space_compared_with_itself_does_not_differ(space, held):
    block = comparison_block({"a": space, "b": space}, held, k=5, overlap="refuse", seed=0)
    assert block["nDCG@5, b minus a"].value == 0.0
    assert block["p of nDCG@5, b minus a"].value == 1.0


def test_only_rows_and_columns_that_all_spaces_know_are_asked_for(world, space, held):
    part = rs.fit(_first(world[0], 30), "svd", dim=2)
    block = comparison_block({"all": space, "half": part}, held, k=5, overlap="refuse", seed=0)
    assert block["nDCG@5, half"].n == 30
    assert "30 user" in block["nDCG@5, half"].note


def test_what_the_other_space_was_learned_from_is_refused_or_dropped_for_all(world, space, held):
    cheat = rs.fit(world[1], "svd", dim=2)
    with pytest.raises(InputError, match=r"180 of 180.*'cheat'"):
        comparison_block({"fair": space, "cheat": cheat}, held, k=5, overlap="refuse", seed=0)
    with pytest.raises(InputError, match="no held-out cell"):
        comparison_block({"fair": space, "cheat": cheat}, held, k=5, overlap="drop", seed=0)


def _first(observations, n):
    from rowspace.observe.observations import Observations

    return Observations(
        observations.rows.select(np.arange(n)), observations.cols, observations.cells[:n]
    )

"""The report as a value: what it holds, how it prints, what JSON and bad questions get."""

import json
import math

import numpy as np
import pytest

from rowspace.errors import InputError, UnknownIdError
from rowspace.judge.report import judge
from rowspace.space.space import Space

LABEL_FREE = [
    *("Health", "Spectrum", "Geometry", "Gauge", "Dimension", "Hubness"),
    *("Neighbourhood", "Stability"),
]


def test_a_report_has_the_label_free_blocks_then_what_was_asked_for(report):
    asked = ["Recommendation", "Labels", "Agreement", "Comparison"]
    assert [block.title for block in report.blocks] == LABEL_FREE + asked
    assert report.side == "film"


def test_every_number_has_its_n_and_every_sampled_one_its_seed(report):
    for block in report.blocks:
        for measure in block.measures:
            assert measure.n >= 0
            if measure.low is not None and not math.isnan(measure.low):
                assert measure.low <= measure.value <= measure.high, (block.title, measure)
            assert measure.seed in (None, 0)


def test_the_same_seed_gives_the_same_numbers(space, report):
    again = judge(space, k=5)
    for before, after in zip(report.blocks, again.blocks):
        assert json.dumps([m.to_dict() for m in before.measures]) == json.dumps(
            [m.to_dict() for m in after.measures]
        )


def test_rows_are_called_by_title_and_id_never_by_position(report):
    hubness = next(block for block in report.blocks if block.title == "Hubness")
    names = hubness.series["hub names"]
    assert len(names) == len(hubness.series["hubs"])
    assert all(name.endswith(")") and "(f" in name for name in names)
    assert hubness["largest hub"].note == names[0]
    assert f"in most lists: {names[0]}" in str(report)


def test_copies_are_called_by_id():
    x = np.random.default_rng(0).normal(size=(30, 4))
    x[7] = x[3]
    words = Space.from_vectors({"word": ([f"w{i}" for i in range(30)], x)})
    health = judge(words, k=3).blocks[0]
    assert health["copies of earlier rows"].value == 1
    assert health["copies of earlier rows"].note == "w7"


def test_json_is_strict_and_says_what_the_tables_say(report):
    told = json.loads(report.to_json(), parse_constant=pytest.fail)  # NaN is no JSON
    assert [block["title"] for block in told["blocks"]] == [b.title for b in report.blocks]
    measures = {m["name"]: m for block in told["blocks"] for m in block["measures"]}
    assert measures["nDCG@5"]["n"] == 60 and measures["nDCG@5"]["reference"]
    assert told["seed"] == 0 and told["k"] == 5 and "ials" in told["facts"]["recipe"]


def test_it_prints_as_tables(report):
    text = str(report)
    assert all(f"\n{block.title}\n" in text for block in report.blocks)
    line = next(line for line in text.splitlines() if line.startswith("nDCG@5 "))
    assert "most popular items" in line and " to " in line


def test_the_side_can_be_chosen_and_k_may_exceed_the_rows(space):
    report = judge(space, side="user", k=1000)
    assert report.side == "user"
    hubness = next(block for block in report.blocks if block.title == "Hubness")
    assert len(hubness.series["counts"]) <= 60


def test_two_spaces_of_one_name_get_two_names(space, tmp_path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        space.save(tmp_path / folder / "x.space")
    here, there = (Space.open(tmp_path / folder / "x.space") for folder in ("a", "b"))
    report = judge(here, against=[there, there], k=3)
    assert dict(report.facts)["against"].count("x.space") == 2
    agreement = report.blocks[-1]
    assert len(set(agreement.series["names"])) == 2


@pytest.mark.parametrize("size", [1, 2, 3])
def test_a_space_of_a_few_rows_or_of_equal_vectors_gets_a_report(size):
    ids = [f"w{i}" for i in range(size)]
    for vectors in (np.ones((size, 3)), np.eye(3)[:size], np.zeros((size, 3))):
        report = judge(Space.from_vectors({"word": (ids, vectors)}))
        assert report.blocks[0].title == "Health"
        json.loads(report.to_json())


def test_a_wrong_question_is_one_sentence_before_any_work(space, tmp_path):
    with pytest.raises(UnknownIdError, match="no side 'flim'"):
        judge(space, side="flim")
    with pytest.raises(InputError, match="k is 0"):
        judge(space, k=0)
    with pytest.raises(InputError, match="overlap is 'keep'"):
        judge(space, overlap="keep")
    with pytest.raises(InputError, match="no file"):
        judge(space, test=tmp_path / "nowhere.csv")

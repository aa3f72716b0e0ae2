"""Phrases are the pairs that score above the threshold, joined from left to right."""

import pytest

from rowspace.errors import InputError
from rowspace.observe.phrases import phrases
from rowspace.observe.text import cooccurrence

TOLD = [(i, f"w{i} New York x{i} times y{i}") for i in range(9)]


def test_pairs_above_the_score_are_joined_and_others_are_not():
    # 54 words; (9 - 2) 54 / (9 9) = 4.67 for "new york", less than 0 for pairs seen once.
    assert phrases(TOLD, min_count=2, threshold=4.6)[3] == (3, "w3 new_york x3 times y3")
    assert phrases(TOLD, min_count=2, threshold=4.7)[3] == (3, "w3 new york x3 times y3")


def test_a_second_pass_joins_longer_ones():
    told = [(i, f"{i} new york times {i}") for i in range(9)]
    once = phrases(told, min_count=2, threshold=3.0)
    twice = phrases(told, min_count=2, threshold=3.0, passes=2)
    assert once[0][1] == "0 new_york times 0" and twice[0][1] == "0 new_york_times 0"


def test_a_word_is_part_of_one_phrase_only_and_documents_keep_apart():
    assert phrases([(i, "a a a") for i in range(5)], min_count=1, threshold=0.5)[0] == (0, "a_a a")
    apart = [(2 * i + j, "new" if j == 0 else "york") for i in range(9) for j in range(2)]
    assert phrases(apart, min_count=1, threshold=0.1) == apart


def test_the_result_is_counted_like_any_documents():
    obs = cooccurrence(
        phrases(TOLD, min_count=2, threshold=4.0), window=2, min_count=2, tokenizer=str.split
    )
    assert set(obs.rows.ids) == {"new_york", "times"}


@pytest.mark.parametrize("bad", [{"passes": 0}, {"min_count": 0}, {"threshold": 0.0}])
def test_what_cannot_be_is_refused(bad):
    with pytest.raises(InputError, match="were expected"):
        phrases(TOLD, **bad)

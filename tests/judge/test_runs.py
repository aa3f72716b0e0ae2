"""Runs and judgments check themselves when they are made."""

from __future__ import annotations

import numpy as np
import pytest

from rowspace.errors import InputError
from rowspace.judge.runs import Qrels, Run, id_rank


def test_a_table_of_results_becomes_a_run():
    run = Run.top([[4, 1], [2, 9]], [[0.5, 0.25], [1, 0]], [2, 1])
    assert run.indptr.tolist() == [0, 2, 3]
    assert run.items.tolist() == [4, 1, 2]
    assert run.scores.tolist() == [0.5, 0.25, 1]
    assert (run.items.dtype, run.scores.dtype, run.indptr.dtype) == (np.int32, np.float32, np.int64)
    assert Run.top(np.empty((0, 5), int)).n == 0


def test_judgments_are_sorted_within_a_query_and_relevant_unless_said():
    qrels = Qrels([0, 3, 3], [5, 1, 3])
    assert qrels.items.tolist() == [1, 3, 5]
    assert qrels.relevance.tolist() == [1, 1, 1]
    assert qrels.n == 2
    assert Qrels([0, 2], [5, 1], [0.5, 2]).relevance.tolist() == [2, 0.5]


def test_ids_are_ranked_as_bytes():
    assert id_rank(["b", "B", "é", "日", "a"]).tolist() == [2, 0, 3, 4, 1]
    assert id_rank([9, 10]).tolist() == [1, 0]


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Run([0, 2], [1]), "row starts of the results must rise from 0 to 1"),
        (lambda: Run([0, 2, 1, 2], [1, 2]), "must rise"),
        (lambda: Run([], []), "must rise"),
        (lambda: Run([0, 1], [-1]), "position -1"),
        (lambda: Run([0, 1], [2**31]), "position 2147483648"),
        (lambda: Run([0, 1], [0.5]), "float64, but positions"),
        (lambda: Run([0, 1], [1], [1, 2]), "1 results but 2 scores"),
        (lambda: Run([0, 1], [1], answered=[True, True]), "1 queries but 2 marks"),
        (lambda: Run.top([1, 2]), "two dimensions"),
        (lambda: Run.top([[1, 2]], [[1]]), "the scores"),
        (lambda: Run.top([[1, 2]], counts=[3]), "1 numbers from 0 to 2"),
        (lambda: Qrels([0, 2], [1, 1]), "query 0 judges item 1 twice"),
        (lambda: Qrels([0, 1], [1], [1, 2]), "1 judgments but 2 relevances"),
        (lambda: Qrels([0, 1, 2], [1, 7], [1, np.nan]), "item 7 for query 1 is nan"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(make, says):
    with pytest.raises(InputError, match=says):
        make()


def test_the_same_item_may_be_judged_for_neighbouring_queries():
    assert Qrels([0, 1, 2], [4, 4]).n == 2

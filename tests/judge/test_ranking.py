"""Ranking metrics against all orders of ties, and against trec_eval to the last bit."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rowspace.errors import InputError
from rowspace.judge.ranking import METRICS, label, parse, ranking_metrics
from rowspace.judge.runs import Qrels, Run, id_rank

ALL = ["ndcg", "ndcg@1", "ndcg@3", "ndcg_exp@3", "recall@3", "precision@3", "precision@9", "mrr",
       "mrr@2", "map", "map@3", "hit@1", "hit@3", "unjudged@3", "unjudged@9"]  # fmt: skip


def by_the_book(order, grades, metric):
    """One metric of one list of distinct items, straight from its definition."""
    kind, _, cut = metric.partition("@")
    k = int(cut) if cut else len(order) + len(grades)
    top = order[:k]
    good = [grades.get(i, 0) > 0 for i in top]
    total = sum(g > 0 for g in grades.values())
    if kind in ("ndcg", "ndcg_exp"):
        gain = (lambda x: x) if kind == "ndcg" else (lambda x: 2**x - 1)
        dcg = sum(gain(grades.get(i, 0)) / math.log2(p + 2) for p, i in enumerate(top))
        best = sorted(grades.values(), reverse=True)[:k]
        return dcg / sum(gain(x) / math.log2(p + 2) for p, x in enumerate(best))
    if kind == "recall":
        return sum(good) / total
    if kind == "precision":
        return sum(good) / k
    if kind == "mrr":
        return next((1 / (p + 1) for p, g in enumerate(good) if g), 0.0)
    if kind == "map":
        return sum(sum(good[: p + 1]) / (p + 1) for p, g in enumerate(good) if g) / total
    if kind == "hit":
        return float(any(good))
    return sum(i not in grades for i in top) / max(len(top), 1)


def orders(items, scores):
    """All orders of the items that descending scores allow."""
    groups = [
        [i for i, s in zip(items, scores) if s == level]
        for level in sorted(set(scores), reverse=True)
    ]
    for parts in itertools.product(*(itertools.permutations(g) for g in groups)):
        yield [i for part in parts for i in part]


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.integers(0, 2), min_size=1, max_size=6),
    st.dictionaries(st.integers(0, 8), st.integers(0, 3), min_size=1, max_size=5),
)
def test_values_are_means_over_all_orders_of_tied_results(scores, grades):
    if not any(grades.values()):
        grades[0] = 1
    items = list(range(len(scores)))
    found = ranking_metrics(
        Run([0, len(items)], items, scores),
        Qrels([0, len(grades)], list(grades), list(grades.values())),
        ALL,
    )
    for metric in ALL:
        expected = np.mean([by_the_book(o, grades, metric) for o in orders(items, scores)])
        assert found.of(metric)[0] == pytest.approx(expected, abs=1e-12), metric


def test_a_list_in_order_gives_the_textbook_values():
    found = ranking_metrics(Run([0, 4], [3, 1, 7, 5]), Qrels([0, 3], [1, 5, 9], [2, 1, 1]), ALL)
    for metric in ALL:
        assert found.of(metric)[0] == pytest.approx(
            by_the_book([3, 1, 7, 5], {1: 2, 5: 1, 9: 1}, metric)
        )


TREC = {
    "ndcg": "ndcg", "ndcg_cut_5": "ndcg@5", "recall_5": "recall@5", "P_5": "precision@5",
    "map": "map", "map_cut_5": "map@5", "recip_rank": "mrr", "success_5": "hit@5",
}  # fmt: skip


def random_run(rng):
    """Results with repetitions and judgments by query; some queries are missing in either."""
    documents = [f"d{i}" for i in range(25)] + ["Ünïcode", "日本", "~", "D1", "d 1"]
    levels = rng.choice([0.5, 1.0, 1.0 + 1e-9, -2.0, 0.0, -0.0, 1e-30, 3e10], 5)
    run, qrels = {}, {}
    for q in range(6):
        picked = rng.choice(len(documents), rng.integers(0, 20))  # with repetitions
        if rng.random() < 0.85:
            run[f"q{q}"] = [(documents[i], float(rng.choice(levels))) for i in picked]
        judged = rng.choice(len(documents), rng.integers(1, 12), replace=False)
        if rng.random() < 0.85:
            grades = rng.choice([-1, 0, 0, 1, 1, 2, 4], len(judged))
            grades[0] = max(grades[0], 0)  # trec_eval crashes on negative judgments alone
            qrels[f"q{q}"] = {documents[i]: int(g) for i, g in zip(judged, grades)}
    return documents, run, qrels


def arrays(documents, run, qrels):
    queries = [f"q{q}" for q in range(6)]
    at = {d: i for i, d in enumerate(documents)}
    lists = [run.get(q, []) for q in queries]
    judged = [list(qrels.get(q, {}).items()) for q in queries]
    flat, known = list(itertools.chain(*lists)), list(itertools.chain(*judged))
    return (
        Run(np.cumsum([0, *map(len, lists)]), np.array([at[d] for d, _ in flat], np.int32),
            [s for _, s in flat], [q in run for q in queries]),
        Qrels(np.cumsum([0, *map(len, judged)]), np.array([at[d] for d, _ in known], np.int32),
              [g for _, g in known]),
        id_rank(documents),
    )  # fmt: skip


def test_mode_trec_equals_trec_eval_bit_for_bit_on_a_thousand_random_runs():
    pytrec_eval = pytest.importorskip("pytrec_eval")
    measures = {
        "ndcg",
        "ndcg_cut.5",
        "recall.5",
        "P.5",
        "map",
        "map_cut.5",
        "recip_rank",
        "success.5",
    }
    rng = np.random.default_rng(0)
    compared = 0
    for _ in range(1000):
        documents, run, qrels = random_run(rng)
        theirs = pytrec_eval.RelevanceEvaluator(qrels, measures).evaluate(
            {q: dict(results) for q, results in run.items()}
        )
        run_arrays, judged, rank = arrays(documents, run, qrels)
        ours = ranking_metrics(run_arrays, judged, list(TREC.values()), ties="trec", rank=rank)
        assert [f"q{q}" for q in np.flatnonzero(ours.counted)] == sorted(theirs)
        for q in theirs:
            for name, metric in TREC.items():
                assert ours.of(metric)[int(q[1:])] == theirs[q][name], (q, name)
                compared += 1
    assert compared > 20_000


def test_without_ties_all_modes_agree_to_the_last_bit():
    rng = np.random.default_rng(1)
    items = np.array([rng.permutation(40)[:15] for _ in range(50)])
    scores = np.sort(rng.random((50, 15)))[:, ::-1]
    qrels = Qrels(np.arange(51) * 3, np.concatenate([rng.permutation(40)[:3] for _ in range(50)]))
    run = Run.top(items, scores)
    modes = [
        ranking_metrics(run, qrels, ALL, ties=t, rank=np.arange(40))
        for t in ("expected", "order", "trec")
    ]
    np.testing.assert_array_equal(modes[0].values, modes[1].values)
    np.testing.assert_array_equal(modes[0].values, modes[2].values)


def test_scores_decide_the_order_unless_the_given_order_is_asked_for():
    run, qrels = Run([0, 3], [4, 5, 6], [0.1, -0.5, 0.9]), Qrels([0, 1], [6])
    assert ranking_metrics(run, qrels, ["mrr"]).values[0, 0] == 1
    assert ranking_metrics(run, qrels, ["mrr"], ties="order").values[0, 0] == 1 / 3


def test_a_repeated_item_counts_once_where_it_comes_first():
    found = ranking_metrics(
        Run([0, 4], [7, 7, 8, 7]), Qrels([0, 2], [7, 8]), ["precision@3", "mrr", "map"]
    )
    np.testing.assert_allclose(found.values, [[2 / 3, 1, 1]])
    assert found.repeated == 2
    assert "2 repeated results were dropped" in found.note


def test_queries_without_relevant_items_do_not_count_and_unanswered_ones_found_nothing():
    run = Run([0, 1, 1, 2, 2], [3, 3], answered=[True, False, True, True])
    qrels = Qrels([0, 1, 2, 3, 3], [3, 3, 3], [1, 1, 0])
    found = ranking_metrics(run, qrels, ["recall@1"])
    np.testing.assert_array_equal(found.values[:, 0], [1, 0, np.nan, np.nan])
    assert found.means() == {"recall@1": 0.5}
    assert found.note == (
        "2 queries without a relevant item left out. "
        "1 queries without an answer count as nothing found."
    )


def test_the_number_of_threads_changes_nothing(monkeypatch):
    rng = np.random.default_rng(2)
    items, scores = rng.integers(0, 90, (2000, 20)), rng.integers(0, 5, (2000, 20))
    judged = np.argsort(rng.random((2000, 90)))[:, :4]
    qrels = Qrels(np.arange(2001) * 4, judged.ravel(), rng.integers(0, 3, 8000))
    values, intervals = [], []
    for threads in "12":
        monkeypatch.setenv("ROWSPACE_THREADS", threads)
        found = ranking_metrics(Run.top(items, scores), qrels, ALL)
        values.append(found.values)
        intervals.append([(m.low, m.high) for m in found.measures(draws=600)])
    np.testing.assert_array_equal(values[0], values[1])
    assert intervals[0] == intervals[1]


def test_measures_carry_interval_seed_number_reference_and_note():
    rng = np.random.default_rng(3)
    run = Run.top(np.argsort(rng.random((200, 30)))[:, :10])
    qrels = Qrels(np.arange(201), rng.integers(0, 30, 200))
    found = ranking_metrics(run, qrels, ["recall@5", "mrr"])
    recall, mrr = found.measures(seed=7, reference={"itself": found}, note="A note.")
    assert (recall.name, recall.n, recall.seed, recall.note) == ("Recall@5", 200, 7, "A note.")
    assert recall.low < recall.value < recall.high
    assert mrr.reference == {"itself": mrr.value}
    spread = np.sqrt(recall.value * (1 - recall.value) / 200)
    assert recall.high - recall.low == pytest.approx(2 * 1.96 * spread, rel=0.15)


def test_groups_of_queries_are_judged_apart():
    run, qrels = Run.top([[1], [2], [3]]), Qrels([0, 1, 2, 3], [1, 9, 3])
    found = ranking_metrics(run, qrels, ["hit@1"]).by_group(["b", "a", "b"])
    assert {g: (m.value, m.n) for g, (m,) in found.items()} == {"a": (0, 1), "b": (1, 2)}
    with pytest.raises(InputError, match="3 queries need as many groups, not 2"):
        ranking_metrics(run, qrels).by_group(["a", "b"])


def test_nothing_to_count_is_said_and_not_a_number():
    (measure,) = ranking_metrics(Run([0, 1], [3]), Qrels([0, 0], []), ["mrr"]).measures()
    assert math.isnan(measure.value)
    assert measure.n == 0
    assert "no query counts" in measure.note
    (measure,) = ranking_metrics(Run([0], []), Qrels([0], []), ["mrr"]).measures()
    assert math.isnan(measure.value)


def test_empty_lists_and_cut_offs_beyond_list_and_catalogue_are_fine():
    found = ranking_metrics(
        Run([0, 0, 1], [0], [5.0]),
        Qrels([0, 1, 2], [0, 0]),
        ["precision@1000", "ndcg@1000", "unjudged@5"],
    )
    np.testing.assert_allclose(found.values, [[0, 0, 0], [0.001, 1, 0]])


def test_infinite_scores_have_a_place():
    run = Run([0, 3], [1, 2, 3], [0.0, np.inf, -np.inf])
    assert ranking_metrics(run, Qrels([0, 1], [2]), ["mrr"]).values[0, 0] == 1


@pytest.mark.parametrize("ties", ["expected", "trec"])
@pytest.mark.parametrize("scores", [[np.nan, 1.0], [1.0, np.nan]])
def test_nan_scores_are_refused(ties, scores):
    run = Run([0, 0, 2], [4, 5], scores)
    with pytest.raises(InputError, match=r"score of item [45] for query 1 is NaN"):
        ranking_metrics(run, Qrels([0, 0, 1], [4]), ties=ties, rank=np.arange(6))
    with pytest.raises(InputError, match="score of item 4 for query 0 is NaN"):
        ranking_metrics(Run([0, 1], [4], [np.nan]), Qrels([0, 1], [4]))


def test_relevance_below_zero_is_refused_except_where_trec_eval_defines_it():
    run, qrels = Run([0, 1], [4], [1.0]), Qrels([0, 2], [4, 5], [1, -1])
    with pytest.raises(InputError, match="relevance of item 5 for query 0 is -1"):
        ranking_metrics(run, qrels)
    assert ranking_metrics(run, qrels, ["map"], ties="trec", rank=np.arange(6)).values[0, 0] == 1
    with pytest.raises(InputError, match=r"is 0.5, but a whole number"):
        ranking_metrics(run, Qrels([0, 1], [4], [0.5]), ties="trec", rank=np.arange(6))


def test_mode_trec_says_what_it_lacks():
    qrels = Qrels([0, 1], [1])
    with pytest.raises(InputError, match="needs scores"):
        ranking_metrics(Run([0, 1], [1]), qrels, ties="trec", rank=np.arange(2))
    with pytest.raises(InputError, match="needs the rank of every item"):
        ranking_metrics(Run([0, 1], [1], [1.0]), qrels, ties="trec")
    for rank in ([0], [0, 0]):
        with pytest.raises(InputError, match="numbers 0 to 1, each once"):
            ranking_metrics(Run([0, 1], [1], [1.0]), qrels, ties="trec", rank=np.array(rank))


@pytest.mark.parametrize(
    ("metric", "says"),
    [("ndgc@10", "no ranking metric"), ("recall", None), ("precision", "needs a number of places"),
     ("ndcg@0", "at least 1"), ("ndcg@-1", "at least 1"), ("ndcg@", "at least 1"),
     ("ndcg@x", "'x'")],
)  # fmt: skip
def test_metric_names_are_checked(metric, says):
    if says is None:
        assert parse(metric) == ("recall", None)
        return
    with pytest.raises(InputError, match=says):
        parse(metric)


def test_labels_name_the_gain():
    assert [label(f"{m}@5") for m in METRICS][:2] == ["nDCG@5", "nDCG (exponential gain)@5"]


def test_arguments_that_do_not_fit_are_refused():
    run, qrels = Run([0, 1], [1]), Qrels([0, 1], [1])
    with pytest.raises(InputError, match="1 queries and the judgments 2"):
        ranking_metrics(run, Qrels([0, 1, 1], [1]))
    with pytest.raises(InputError, match="ties is 'average'"):
        ranking_metrics(run, qrels, ties="average")
    with pytest.raises(InputError, match="no ranking metric was asked for"):
        ranking_metrics(run, qrels, [])
    with pytest.raises(InputError, match="no metric 'map' here"):
        ranking_metrics(run, qrels).of("map")

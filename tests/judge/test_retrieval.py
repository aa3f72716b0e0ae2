"""Retrieval equals trec_eval, and judgments keep what the documents do not have."""

import numpy as np
import pytest

from rowspace.errors import InputError, UnknownIdError
from rowspace.judge.retrieval import judgments, retrieval
from rowspace.judge.runs import Qrels


def data(seed=0):
    rng = np.random.default_rng(seed)
    queries, docs = rng.normal(size=(12, 5)), rng.normal(size=(80, 5))
    given = [
        (f"q{q}", f"d{d}", int(rng.integers(0, 3)))
        for q in range(12)
        for d in rng.permutation(80)[:9]
    ]
    return queries, docs, given, [f"q{q}" for q in range(12)], [f"d{d}" for d in range(80)]


def test_values_equal_trec_evals():
    pytrec_eval = pytest.importorskip("pytrec_eval")
    queries, docs, given, query_ids, doc_ids = data()
    qrels, note = judgments(given, query_ids, doc_ids)
    assert note == ""
    table = {q: {d: r for one, d, r in given if one == q} for q in query_ids}
    unit = [(v.T / np.linalg.norm(v, axis=1)).T for v in (queries, docs)]
    scores = unit[0] @ unit[1].T
    run = {q: dict(zip(doc_ids, scores[i].tolist())) for i, q in enumerate(query_ids)}
    slow = pytrec_eval.RelevanceEvaluator(table, {"ndcg_cut.10", "recall.20", "map"}).evaluate(run)
    found = retrieval(queries, docs, qrels, metrics=("ndcg@10", "recall@20", "map"))
    for measure, name in zip(found, ("ndcg_cut_10", "recall_20", "map")):
        assert measure.value == pytest.approx(np.mean([q[name] for q in slow.values()]), abs=1e-6)
        assert measure.low < measure.value < measure.high and measure.n == 12


def test_unrelated_vectors_do_as_well_as_permuted_documents_and_good_ones_better():
    rng = np.random.default_rng(0)
    docs = rng.normal(size=(400, 8))
    wanted = np.arange(200)
    qrels = Qrels(np.arange(201), wanted)
    noise = retrieval(rng.normal(size=(200, 8)), docs, qrels, metrics=["recall@100"])[0]
    assert noise.reference["permuted documents"] == pytest.approx(noise.value, abs=0.1)
    good = retrieval(3 * docs[:200], docs, qrels, metrics=["recall@100", "mrr"])
    assert [m.value for m in good] == pytest.approx([1, 1])
    assert retrieval(docs[:200], docs, qrels, similarity="dot", metrics=["mrr"])[0].value < 1


def test_documents_that_are_not_there_are_never_found_and_unknown_queries_are_named():
    qrels, note = judgments([("q", "b", 1), ("q", "gone", 1)], ["p", "q"], ["a", "b"])
    assert qrels.indptr.tolist() == [0, 0, 2] and note.startswith("1 judgments")
    x = np.eye(2)
    recall = retrieval(x, x, qrels, metrics=["recall@100"], note=note)[0]
    assert recall.value == 0.5 and recall.n == 1 and note in recall.note
    assert "1 queries without a relevant item left out." in recall.note
    with pytest.raises(UnknownIdError, match=r"query 'Q'.*2 queries"):
        judgments([("Q", "b", 1)], ["p", "q"], ["a", "b"])
    with pytest.raises(InputError, match="twice"):
        judgments([("q", "b", 1), ("q", "b", 0)], ["q"], ["b"])
    assert judgments([], ["q"], ["b"])[0].n == 1


def test_a_query_of_zeros_has_no_answer():
    qrels = Qrels([0, 1, 2], [0, 1])
    found = retrieval([[1.0, 0.0], [0.0, 0.0]], np.eye(2), qrels, metrics=["mrr"])[0]
    assert found.value == 0.5 and "1 queries of zeros have no answer." in found.note


def test_bad_input_is_refused():
    qrels = Qrels([0, 1], [0])
    with pytest.raises(InputError, match="2 queries, but judgments for 1"):
        retrieval(np.eye(2), np.eye(2), qrels)
    with pytest.raises(InputError, match="similarity is 'l2'"):
        retrieval(np.eye(2)[:1], np.eye(2), qrels, similarity="l2")
    with pytest.raises(InputError, match="depth is 0"):
        retrieval(np.eye(2)[:1], np.eye(2), qrels, depth=0)
    with pytest.raises(InputError, match="NaN"):
        retrieval([[np.nan, 0.0]], np.eye(2), qrels)

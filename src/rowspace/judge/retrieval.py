"""Retrieval with relevance judgments, as BEIR and TREC do it: all documents ranked for each query.

`judgments` turns (query, document, relevance) into `Qrels`; `retrieval` ranks the vectors of the
documents by those of the queries and gives nDCG@10, Recall@100, MAP or any other metric of
`ranking.py`. Called by the report and by benchmarks.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from rowspace.errors import InputError, UnknownIdError, nearest_names
from rowspace.judge.all_items import top_items
from rowspace.judge.measure import Measure
from rowspace.judge.ranking import RankedValues, parse, ranking_metrics
from rowspace.judge.rows import Floats, finite_rows
from rowspace.judge.runs import Qrels, Run
from rowspace.recipes.registry import Paper, published


def judgments(
    given: Iterable[tuple[Any, Any, float]], queries: Sequence[Any], docs: Sequence[Any]
) -> tuple[Qrels, str]:
    """Turn (query id, document id, relevance) into judgments by position.

    Args:
        given: the judgments. Relevant documents that are not among `docs` count as never found, as
            in trec_eval; they get positions from len(docs) on.
        queries: ids of the queries, in the order of their vectors.
        docs: ids of the documents, likewise.

    Returns:
        The judgments of each query, and a note on documents that are not there.

    Raises:
        UnknownIdError: a judgment is about a query that is not there.
        InputError: a query judges a document twice.

    Example:
        >>> qrels, note = judgments([("q", "b", 1), ("q", "z", 2)], ["q"], ["a", "b"])
        >>> qrels.items.tolist(), note
        ([1, 2], '1 judgments are of documents that are not there: these are never found.')
    """
    query_at = {one: i for i, one in enumerate(queries)}
    doc_at = {one: i for i, one in enumerate(docs)}
    known, rows = len(doc_at), list[tuple[int, int, float]]()
    missing = 0
    for query, doc, relevance in given:
        if query not in query_at:
            raise UnknownIdError(
                f"a judgment is about query {query!r}, which is not among the {len(query_at)} "
                f"queries{nearest_names(query, query_at)}"
            )
        at = doc_at.setdefault(doc, len(doc_at))
        missing += at >= known
        rows.append((query_at[query], at, float(relevance)))
    rows.sort(key=lambda row: row[0])
    starts = np.searchsorted([row[0] for row in rows], np.arange(len(queries) + 1))
    qrels = Qrels(starts, np.array([row[1] for row in rows], np.int64), [row[2] for row in rows])
    note = f"{missing} judgments are of documents that are not there: these are never found."
    return qrels, note if missing else ""


@published(
    kind="protocol",
    claim="Judges vectors of queries and documents by relevance judgments: all documents ranked, "
    "nDCG@10, Recall@100 and mean average precision.",
    papers=(
        Paper(
            "Thakur, Reimers, Rücklé, Srivastava, Gurevych",
            2021,
            "BEIR: a heterogeneous benchmark for zero-shot evaluation of information retrieval "
            "models",
            "NeurIPS Datasets and Benchmarks",
        ),
        Paper("Voorhees, Harman", 2005, "TREC: experiment and evaluation in IR", "MIT Press"),
    ),
    test="tests/judge/test_retrieval.py",
    benchmark="benchmarks/protocols.py",
)
def retrieval(
    queries: ArrayLike,
    docs: ArrayLike,
    qrels: Qrels,
    *,
    metrics: Sequence[str] = ("ndcg@10", "recall@100", "map"),
    similarity: Literal["cosine", "dot"] = "cosine",
    depth: int = 1000,
    seed: int = 0,
    note: str = "",
) -> tuple[Measure, ...]:
    """Rank all documents for every query and compare with what was judged relevant.

    Args:
        queries: (q, d) vectors; a query of zeros gets no answer and has found nothing.
        docs: (m, d) vectors.
        qrels: what is known, row i of query i; nDCG uses the grades, the others relevance > 0.
        metrics: names as in `ranking_metrics`.
        similarity: "cosine" or "dot".
        depth: results per query; metrics without a cut-off see that many (1000 in TREC).
        seed: of the bootstrap over queries, and of the permuted documents.
        note: a sentence to add.

    Returns:
        One measure per metric, over the queries with something relevant; its reference are the same
        results with the documents' names permuted.

    Raises:
        InputError: the shapes do not fit, or an option is unknown.

    Example:
        >>> ndcg, = retrieval([[1.0, 0.0]], [[0.0, 1.0], [1.0, 0.1]], Qrels([0, 1], [1]),
        ...                   metrics=["ndcg@10"])
        >>> print(ndcg)
        nDCG@10 1 [1, 1] n=1
    """
    values, permuted, said = ranked_documents(
        queries, docs, qrels, metrics=metrics, similarity=similarity, depth=depth, seed=seed
    )
    note = " ".join(s for s in (note, said) if s)
    return values.measures(seed=seed, reference={"permuted documents": permuted}, note=note)


def ranked_documents(
    queries: ArrayLike,
    docs: ArrayLike,
    qrels: Qrels,
    *,
    metrics: Sequence[str],
    similarity: Literal["cosine", "dot"],
    depth: int,
    seed: int,
) -> tuple[RankedValues, RankedValues, str]:
    """Return the metrics of every query, with the documents permuted too, and a note.

    For comparing systems query by query (`significance.compare`). Arguments as for `retrieval`.
    """
    a, b = finite_rows(queries, "queries"), finite_rows(docs, "docs")
    if len(a) != qrels.n:
        raise InputError(f"there are {len(a)} queries, but judgments for {qrels.n}; give one each")
    if similarity not in ("cosine", "dot"):
        raise InputError(f"similarity is {similarity!r}, but 'cosine' or 'dot' was expected")
    if depth < 1:
        raise InputError(f"depth is {depth}, but at least 1 was expected")
    if similarity == "cosine":
        a, b = _unit(a), _unit(b)
    deepest = max([depth, *(parse(m)[1] or 1 for m in metrics)])
    items, scores, counts = top_items(a, b, min(deepest, len(b)))
    answered = a.any(axis=1)
    counts[~answered] = 0
    run = Run.top(items, scores, counts)
    run = Run(run.indptr, run.items, run.scores, answered)
    values = ranking_metrics(run, qrels, metrics)
    name = np.random.default_rng([seed, 5]).permutation(len(b))
    shuffled = Run(run.indptr, name[run.items], run.scores, answered)
    said = "" if answered.all() else f"{int((~answered).sum())} queries of zeros have no answer."
    return values, ranking_metrics(shuffled, qrels, metrics), said


def _unit(x: Floats) -> Floats:
    norms = np.linalg.norm(x.astype(np.float64), axis=1, keepdims=True)
    unit: Floats = (x / np.where(norms > 0, norms, math.inf)).astype(np.float32)
    return unit

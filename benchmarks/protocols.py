"""The protocols of the literature on real data, with a plain recipe, beside published numbers.

Node classification: BlogCatalog, PPI and Wikipedia POS with the first 128 eigenvectors of the
normalised adjacency (recipe `svd`; a loop of weight 1 at each node makes all eigenvalues positive,
so that the largest are those of largest absolute value). Words: `ppmi` on the text corpora,
similarity and analogy. Retrieval: latent semantic analysis (recipe `svd`, tf-idf) on Cranfield and
MEDLINE, queries folded in. Published: CogDL's leaderboard for node classification, which does not
say beside its numbers what share was trained on, and the README of DeepWalk for BlogCatalog.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

TITLE = "The literature's protocols with plain recipes"
NOTE = """
Reference: the same number for vectors that mean nothing; most frequent labels, permuted scores, the
nearest word to the third, permuted documents. Published numbers are of the same data but of other
splits; for words there are none of a text this small. BM25 on MEDLINE was measured on the same
judgments with plain settings. Intervals of node classification allow for splits that share nodes
and are cautious at 10 %; those of retrieval and words are over queries, pairs or questions.
"""
PUBLISHED = {
    ("blogcatalog", "micro F1 @ 10 %"): "DeepWalk .3586",
    ("blogcatalog", "macro F1 @ 10 %"): "DeepWalk .2108",
    ("blogcatalog", "micro F1 @ 50 %"): "DeepWalk .4151; CogDL: Spectral .4141, NetMF .4247",
    ("blogcatalog", "macro F1 @ 50 %"): "DeepWalk .2768",
    ("blogcatalog", "micro F1 @ 90 %"): "DeepWalk .4240",
    ("blogcatalog", "macro F1 @ 90 %"): "DeepWalk .2821",
    ("ppi", "micro F1 @ 50 %"): "CogDL: Spectral .2248, NetMF .2373",
    ("wikipedia-pos", "micro F1 @ 50 %"): "CogDL: Spectral .4935, NetMF .5742",
    ("medline", "MAP"): "BM25 .495",
}


def run(data: Path, quick: bool) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for task in (nodes, words, retrieval):
        for name, measure, seconds in task(data, quick):
            rows.append(
                {
                    "data": name,
                    "measure": measure.name,
                    "value": f"{measure.value:.4f}",
                    "95 % interval": "-"
                    if measure.low is None
                    else f"{measure.low:.4f} to {measure.high:.4f}",
                    "n": measure.n,
                    "reference": next(iter(measure.reference.values()), "-"),
                    "published": PUBLISHED.get((name, measure.name), "-"),
                    "protocol, CPU s": seconds,
                }
            )
    return rows


def nodes(data: Path, quick: bool) -> Iterator[tuple]:
    import pyarrow.parquet as pq
    from scipy.sparse import coo_array, csr_array, diags_array, eye_array

    import rowspace as rs
    from rowspace.judge.node_classification import node_classification
    from rowspace.observe.observations import Observations

    for name in ("ppi",) if quick else ("blogcatalog", "ppi", "wikipedia-pos"):
        edges = pq.read_table(data / name / "edges.parquet")
        pairs = pq.read_table(data / name / "labels.parquet")
        source, target = (edges[c].to_numpy().astype(int) for c in ("source", "target"))
        node, label = (pairs[c].to_numpy().astype(int) for c in ("node", "label"))
        n = max(source.max(), target.max(), node.max()) + 1
        half = coo_array((np.ones(len(source)), (source, target)), shape=(n, n)).tocsr()
        graph = ((half + half.T) > 0).astype(float)
        degree = np.maximum(graph.sum(axis=0), 1)
        scale = diags_array(degree**-0.5)
        matrix = csr_array(scale @ graph @ scale + eye_array(n))
        cells = Observations.from_matrix(matrix, rows="node", cols="neighbor")
        x = rs.fit(cells, "svd", dim=128, power=0.5)["node"].vectors
        table = coo_array((np.ones(len(node)), (node, label))).tocsr()
        table.resize((n, table.shape[1]))
        start = time.process_time()
        found = node_classification(x, table, shares=(0.1, 0.5, 0.9), repeats=2 if quick else 10)
        seconds = time.process_time() - start
        for measure in found:
            yield name, measure, seconds


def words(data: Path, quick: bool) -> Iterator[tuple]:
    import pyarrow.parquet as pq

    import rowspace as rs
    from rowspace.judge.word_tasks import analogy, word_similarity
    from rowspace.observe.text import cooccurrence

    docs = pq.read_table(data / "text-corpora" / "docs.parquet")["text"].to_pylist()
    texts = [(str(i), text) for i, text in enumerate(docs[: 300 if quick else None])]
    space = rs.fit(cooccurrence(texts, window=5, min_count=5), "ppmi", dim=100)
    side = space["word"]
    known, x = list(side.ids), side.vectors
    name = f"text-corpora, {len(known)} words"
    pairs = pq.read_table(data / "word-similarity" / "pairs.parquet").to_pylist()
    for dataset in ("WS-353-SIM", "WS-353-REL", "MEN-TR-3k", "SIMLEX-999", "RW-STANFORD"):
        own = [(p["word1"], p["word2"], p["score"]) for p in pairs if p["dataset"] == dataset]
        start = time.process_time()
        measure = word_similarity(x, known, own, name=dataset)
        yield name, measure, time.process_time() - start
    asked = pq.read_table(data / "word-analogy" / "questions_words.parquet").to_pylist()
    questions = [(q["a"], q["b"], q["c"], q["d"]) for q in asked]
    groups = ["syntactic" if q["category"].startswith("gram") else "semantic" for q in asked]
    for method in ("add", "mul"):
        start = time.process_time()
        found = analogy(x, known, questions, groups=groups, method=method)
        seconds = time.process_time() - start
        for measure in found:
            yield name, measure, seconds


def retrieval(data: Path, quick: bool) -> Iterator[tuple]:
    import pyarrow.parquet as pq

    import rowspace as rs
    from rowspace.judge.retrieval import judgments
    from rowspace.judge.retrieval import retrieval as judge
    from rowspace.observe.text import counts, document_words

    for name in ("medline",) if quick else ("cranfield", "medline"):
        docs, queries, qrels = (
            pq.read_table(data / name / f"{part}.parquet").to_pylist()
            for part in ("docs", "queries", "qrels")
        )
        texts = [(d["id"], f"{d['title']} {d['text']}") for d in docs]
        space = rs.fit(document_words(texts, min_count=2), "lsa", dim=100)
        vocabulary = set(space["word"].ids)
        asked = [{w: c for w, c in counts(q["text"]).items() if w in vocabulary} for q in queries]
        folded = np.stack([space.fold_in("document", words) for words in asked])
        known = list(space["document"].ids)
        # Cranfield is judged by what is relevant at all, as published figures are.
        given = [(q["query"], q["doc"], float(q["score"] > 0)) for q in qrels]
        judged, note = judgments(given, [q["id"] for q in queries], known)
        start = time.process_time()
        found = judge(folded, space["document"].vectors, judged, note=note)
        seconds = time.process_time() - start
        for measure in found:
            yield name, measure, seconds

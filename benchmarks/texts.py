"""Vectors of texts: the groups of 20 Newsgroups from them, beside gensim's Doc2Vec.

The bydate split; a logistic regression on unit vectors of the training posts, accuracy on the test
posts. Posts of the test are part of what vectors are learned from, without labels.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np

TITLE = "Vectors of texts: 20 Newsgroups"
NOTE = (
    "CPU seconds of both threads for learning, without reading the text. gensim's Doc2Vec: the "
    "bag of words (dm=0), 5 negatives, 2 threads. The mean of skip-gram's vectors weighs every "
    "occurrence alike."
)


def run(data: Path, quick: bool) -> list[dict[str, object]]:
    import pyarrow.parquet as pq

    import rowspace as rs
    from rowspace.observe.stream import word_stream
    from rowspace.observe.text import document_words, tokens

    table = pq.read_table(data / "20newsgroups" / "docs.parquet").to_pydict()
    if quick:
        table = {name: values[::10] for name, values in table.items()}
    texts = table["text"]
    label, train = np.array(table["label"]), np.array(table["split"]) == "train"
    dim = 100
    plain = document_words(enumerate(texts), min_count=5)
    grams = document_words(enumerate(texts), min_count=5, ngrams=2)
    rs.fit(plain, "doc2vec", dim=4, epochs=1)
    rows: list[dict[str, object]] = []

    def add(name: str, vectors: Any, spent: float) -> None:
        rows.append({"method": name, "dim": vectors.shape[1], "accuracy": _accuracy(
            np.asarray(vectors), label, train), "CPU s": spent})  # fmt: skip
        print(rows[-1], flush=True)

    more = {"epochs": 1} if quick else {}
    for name, recipe, obs, options in (
        ("lsa", "lsa", plain, {}),
        ("lsa, words and bigrams", "lsa", grams, {}),
        ("doc2vec", "doc2vec", plain, more),
        ("sent2vec, words, 3 epochs", "sent2vec", plain, {"epochs": 3} | more),
        ("sent2vec, words and bigrams, 3 epochs", "sent2vec", grams, {"epochs": 3} | more),
    ):
        start = time.process_time()
        space = rs.fit(obs, recipe, dim=dim, keep_cells=False, **options)
        add(name, space["document"].vectors, time.process_time() - start)
    start = time.process_time()
    words = rs.fit(word_stream(enumerate(texts)), "skipgram", dim=dim, **more)
    spent = time.process_time() - start
    place = {w: i for i, w in enumerate(words["word"].ids)}
    at = np.array([place.get(w, -1) for w in plain.cols.ids])
    known = at >= 0
    x = np.zeros((len(at), dim), np.float32)
    x[known] = words["word"].vectors[at[known]]
    add("mean of skip-gram", plain.cells @ x, spent)
    try:
        from gensim.models.doc2vec import Doc2Vec, TaggedDocument
    except ImportError:
        return rows
    documents = [TaggedDocument(tokens(text), [i]) for i, text in enumerate(texts)]
    start = time.process_time()
    model = Doc2Vec(
        documents, vector_size=dim, dm=0, negative=5, min_count=5, workers=2, seed=0,
        epochs=1 if quick else 10, sample=1e-3,
    )  # fmt: skip
    add("gensim Doc2Vec", model.dv.vectors, time.process_time() - start)
    return rows


def _accuracy(vectors: Any, label: Any, train: Any) -> float:
    from sklearn.linear_model import LogisticRegression

    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    model = LogisticRegression(C=10.0, max_iter=300).fit(unit[train], label[train])
    return round(float(model.score(unit[~train], label[~train])), 4)

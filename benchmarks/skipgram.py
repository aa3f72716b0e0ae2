"""Skip-gram and bags of words against gensim: words a second, similarity, analogies.

Data: text-corpora and 20newsgroups (9.8 million words), the sets of `words.py`. 100 dimensions,
window 5, 5 negatives, 5 epochs, subsampling from 1e-3, two threads, gensim from a corpus file.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.words import _judge, _told

TITLE = "Skip-gram and bags of words against gensim"
NOTE = (
    "CPU seconds of both threads to train, without reading and counting the words; words are those "
    "that the vocabulary has, times the epochs, passed over or not. Similarity: Spearman "
    "correlation, mean over the six sets of `words.md`; analogies as there. One seed."
)


def run(data: Path, quick: bool) -> list[dict[str, object]]:
    import pyarrow.parquet as pq

    from rowspace.observe.stream import word_stream
    from rowspace.observe.text import tokens

    texts = pq.read_table(data / "text-corpora" / "docs.parquet")["text"].to_pylist()
    if not quick:
        texts += pq.read_table(data / "20newsgroups" / "docs.parquet")["text"].to_pylist()
    lines = [" ".join(tokens(t)) for t in texts[: 300 if quick else None]]
    obs = word_stream(enumerate(lines), tokenizer=str.split)
    judge, seeds = _judge(data), (0,)
    rows: list[dict[str, object]] = []
    for recipe in ("skipgram", "cbow"):
        for system, fit in (("rowspace", _ours), ("gensim", _theirs)):
            found = [fit(recipe, obs, lines, seed) for seed in seeds]
            if not found[0]:
                continue
            spent = float(np.mean([seconds for _, seconds in found]))
            row: dict[str, object] = {"recipe": recipe, "system": system, "CPU s": spent}
            row["words/CPU s"] = f"{5 * obs.cells.length / spent:,.0f}"
            rows.append(row | _told(judge([vectors for vectors, _ in found])))
            print(rows[-1], flush=True)
    return rows


def _ours(recipe: str, obs: Any, lines: list[str], seed: int) -> Any:
    import rowspace as rs

    rs.fit(obs, recipe, dim=4, epochs=1)  # the kernel is loaded
    start = time.process_time()
    space = rs.fit(obs, recipe, seed=seed)
    spent = time.process_time() - start
    side = space["word"]
    return dict(zip(side.ids, np.asarray(side.vectors))), spent


def _theirs(recipe: str, obs: Any, lines: list[str], seed: int) -> Any:
    try:
        from gensim.models import Word2Vec
    except ImportError:
        return None
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
        for line in lines:  # a line is cut after 10,000 words
            words = line.split()
            for top in range(0, len(words), 10_000):
                file.write(" ".join(words[top : top + 10_000]) + "\n")
        file.flush()
        more = {"alpha": 0.05} if recipe == "cbow" else {}
        model = Word2Vec(
            vector_size=100, window=5, negative=5, min_count=5, sample=1e-3, workers=2,
            sg=int(recipe == "skipgram"), seed=seed, epochs=5, **more,
        )  # fmt: skip
        model.build_vocab(corpus_file=file.name)
        start = time.process_time()
        model.train(
            corpus_file=file.name, total_words=model.corpus_total_words,
            total_examples=model.corpus_count, epochs=5,
        )  # fmt: skip
        spent = time.process_time() - start
    return {w: model.wv[w] for w in obs.rows.ids if w in model.wv}, spent

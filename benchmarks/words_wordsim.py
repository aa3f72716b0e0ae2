"""`ppmi` on ten million words of real text against gensim's skip-gram, judged by word similarity.

Data: text-corpora and 20newsgroups (9.8 M tokens) and thirteen word-similarity sets. Published, on
a text 150 times as long: neither method is better throughout (Levy, Goldberg, Dagan 2015). Both
sides get the same tokens, window 5, 100 dimensions, words seen five times or more.
"""

from __future__ import annotations

import time
from pathlib import Path

TITLE = "Words: PPMI + SVD against skip-gram (gensim), same tokens, word similarity"
NOTE = (
    "Spearman correlation with people's scores, over the pairs whose words are known (both systems "
    "know the same words); CPU seconds of both threads, after the text is tokenised."
)
SETS = ("WS-353-SIM", "WS-353-REL", "MEN-TR-3k", "SIMLEX-999", "MTurk-771", "RW-STANFORD")


def run(data: Path, quick: bool) -> list[dict[str, object]]:
    import pyarrow.parquet as pq

    import rowspace as rs
    from rowspace.judge.word_tasks import word_similarity
    from rowspace.observe.text import cooccurrence, tokens

    texts = pq.read_table(data / "text-corpora" / "docs.parquet")["text"].to_pylist()
    if not quick:
        texts += pq.read_table(data / "20newsgroups" / "docs.parquet")["text"].to_pylist()
    documents = [(i, tokens(t)) for i, t in enumerate(texts[: 300 if quick else None])]
    pairs = pq.read_table(data / "word-similarity" / "pairs.parquet").to_pylist()

    start = time.process_time()
    counts = cooccurrence(
        ((str(i), " ".join(t)) for i, t in documents), window=5, min_count=5, tokenizer=str.split
    )
    counted = time.process_time() - start
    space = rs.fit(counts, "ppmi", dim=100)
    spent = time.process_time() - start
    side = space["word"]
    ours = {w: side.vectors[i] for i, w in enumerate(side.ids)}
    results = [("rowspace ppmi", ours, spent)]

    try:
        from gensim.models import Word2Vec
    except ImportError:
        pass
    else:
        start = time.process_time()
        model = Word2Vec(
            [t for _, t in documents],
            vector_size=100, window=5, min_count=5, sg=1, negative=5, epochs=5, workers=2, seed=0,
        )  # fmt: skip
        theirs = {w: model.wv[w] for w in model.wv.index_to_key}
        results.append(("gensim skip-gram", theirs, time.process_time() - start))

    rows = []
    for name, vectors, seconds in results:
        row: dict[str, object] = {"system": name, "CPU s": seconds, "words": len(vectors)}
        for dataset in SETS:
            judged = [
                (p["word1"], p["word2"], p["score"]) for p in pairs if p["dataset"] == dataset
            ]
            found = word_similarity(list(vectors.values()), list(vectors), judged)
            row[dataset] = f"{found.value:.3f} ({found.n})"
        row["times our CPU s"] = seconds / spent
        rows.append(row)
    rows[0]["system"] = f"rowspace ppmi (counting {counted:.1f} CPU s)"
    return rows

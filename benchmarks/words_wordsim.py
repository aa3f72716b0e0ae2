"""`ppmi` on ten million words of real text against gensim's skip-gram, judged by word similarity.

Data: text-corpora and 20newsgroups (9.8 M tokens) and thirteen word-similarity sets. Published for
larger text (1.5 G words, Levy, Goldberg, Dagan 2015, table 2, window 5): WordSim-353 similarity
.755 for PPMI, .776 for its SVD, .773 for skip-gram; on text of this size all are lower.
Both sides get the same tokens, window 5, 100 dimensions, words seen five times or more.
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

TITLE = "Words: PPMI + SVD against skip-gram (gensim), same tokens, word similarity"
NOTE = (
    "Spearman correlation with people's scores, over the pairs whose words both systems know; "
    "CPU seconds of both threads, after the text is tokenised."
)
SETS = ("WS-353-SIM", "WS-353-REL", "MEN-TR-3k", "SIMLEX-999", "MTurk-771", "RW-STANFORD")


def run(data: Path, quick: bool) -> list[dict[str, object]]:
    import pyarrow.parquet as pq

    import rowspace as rs
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
        theirs = None
    else:
        start = time.process_time()
        model = Word2Vec(
            [t for _, t in documents],
            vector_size=100, window=5, min_count=5, sg=1, negative=5, epochs=5, workers=2, seed=0,
        )  # fmt: skip
        theirs = {w: model.wv[w] for w in model.wv.index_to_key}
        results.append(("gensim skip-gram", theirs, time.process_time() - start))

    known = set(ours) if theirs is None else set(ours) & set(theirs)
    rows = []
    for name, vectors, seconds in results:
        row: dict[str, object] = {"system": name, "CPU s": seconds, "words": len(vectors)}
        for dataset in SETS:
            row[dataset] = correlation(
                [p for p in pairs if p["dataset"] == dataset], vectors, known
            )
        row["times our CPU s"] = seconds / spent
        rows.append(row)
    rows[0]["system"] = f"rowspace ppmi (counting {counted:.1f} CPU s)"
    return rows


def correlation(pairs: list[dict], vectors: dict[str, np.ndarray], known: set[str]) -> str:
    """Spearman correlation of cosine and human score, with the number of pairs."""
    from scipy.stats import spearmanr

    both = [p for p in pairs if p["word1"].lower() in known and p["word2"].lower() in known]
    if len(both) < 3:
        return "-"
    cosines = []
    for p in both:
        a, b = vectors[p["word1"].lower()], vectors[p["word2"].lower()]
        cosines.append(a @ b / max(float(np.linalg.norm(a) * np.linalg.norm(b)), 1e-12))
    rho = spearmanr(cosines, [p["score"] for p in both]).statistic
    return f"{rho:.3f} ({len(both)})"

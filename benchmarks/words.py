"""Every recipe for words against gensim's skip-gram, on the same tokens of real text.

Data: text-corpora and 20newsgroups (9.8 million tokens), thirteen word-similarity sets, of which
six are large enough to tell systems apart, and Google's analogies. Window 5, 100 dimensions. Two
vocabularies: all words seen five times or more, and the 4,000 most frequent, since `swivel` and
`rand-walk` need few words. `lsa` reads documents x words. Published: neither mutual information nor
skip-gram is better throughout on a text 150 times as long (Levy, Goldberg, Dagan 2015); PU learning
beats both on a few million words (Jiang et al. 2018), Swivel on rare words (Shazeer et al. 2016).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

TITLE = "Words: every recipe and gensim's skip-gram on the same tokens"
NOTE = (
    "Spearman correlation with people's scores over the pairs whose words are known, their mean "
    "over the six sets, and the share of Google's analogies solved by 3CosAdd among the known "
    "words (n in the first line of each vocabulary). CPU seconds of both threads on a machine that "
    "did other things besides: `count` before the recipe, `fit` of the recipe; gensim counts "
    "itself, 5 negatives, 5 epochs, mean (standard deviation) over seeds. The vectors are those "
    "of the rows. All rows are the recipes' defaults, but `ppmi, subsampled`: subsample=1e-4 and "
    "power=0, chosen by the mean over MTurk-771, WS-353-REL and SIMLEX-999 among 18 settings, so "
    "judge it by the three others. The defaults of `pu-words`, `glove-ls` and "
    "`rand-walk` were chosen by MTurk-771 on a smaller vocabulary, so compare on the others."
)
SETS = ("WS-353-SIM", "WS-353-REL", "MEN-TR-3k", "SIMLEX-999", "MTurk-771", "RW-STANFORD")
ALL = ("ppmi", "ppmi, subsampled", "skipgram-closed", "pu-words", "glove-ls", "lsa")
FEW = ("ppmi", "skipgram-closed", "pu-words", "glove-ls", "swivel", "rand-walk")
SUBSAMPLED = ALL[1]
Vectors = dict[str, Any]


def run(data: Path, quick: bool) -> list[dict[str, object]]:
    import pyarrow.parquet as pq

    from rowspace.observe.text import tokens

    texts = pq.read_table(data / "text-corpora" / "docs.parquet")["text"].to_pylist()
    if not quick:
        texts += pq.read_table(data / "20newsgroups" / "docs.parquet")["text"].to_pylist()
    documents = [(str(i), tokens(t)) for i, t in enumerate(texts[: 300 if quick else None])]
    judge = _judge(data)
    cases = [(ALL, None, (0,) if quick else (0, 1, 2)), (FEW, 200 if quick else 4000, (0,))]
    rows: list[dict[str, object]] = []
    for recipes, most, seeds in cases:
        known: list[str] = []
        for name in recipes:
            vectors, counted, spent = _ours(name, documents, most)
            known = known or list(vectors)
            row = {"words": len(vectors), "system": name, "count": counted, "fit": spent}
            rows.append(row | _told(judge([vectors])))
        found = list(_theirs(documents, known, seeds))
        if found:
            spent = float(np.mean([seconds for _, seconds in found]))
            row = {"words": len(known), "system": "gensim skip-gram", "count": "", "fit": spent}
            rows.append(row | _told(judge([v for v, _ in found])))
    return rows


def _ours(name: str, documents, most) -> tuple[Vectors, float, float]:
    """Return vectors by word, most frequent first, and CPU seconds of counting and fitting."""
    import rowspace as rs
    from rowspace.observe.text import cooccurrence, document_words

    told = ((i, " ".join(words)) for i, words in documents)
    start = time.process_time()
    if name == "lsa":
        counts = document_words(told, min_count=5, tokenizer=str.split)
    else:
        counts = cooccurrence(
            told,
            window=5,
            min_count=5,
            max_words=most,
            subsample=1e-4 if name == SUBSAMPLED else 0.0,
            tokenizer=str.split,
        )
    counted = time.process_time()
    options = {"power": 0.0} if name == SUBSAMPLED else {}
    recipe = name.partition(",")[0]
    side = rs.fit(counts, recipe, dim=100, keep_cells=False, **options)["word"]
    spent = time.process_time() - counted
    return dict(zip(side.ids, side.vectors, strict=True)), counted - start, spent


def _theirs(documents, known, seeds) -> Iterator[tuple[Vectors, float]]:
    try:
        from gensim.models import Word2Vec
    except ImportError:
        return
    kept = set(known)
    texts = [[w for w in words if w in kept] for _, words in documents]
    for seed in seeds:
        start = time.process_time()
        model = Word2Vec(
            texts,
            vector_size=100, window=5, min_count=1, sg=1, negative=5, epochs=5, workers=2,
            seed=seed,
        )  # fmt: skip
        yield {w: model.wv[w] for w in known}, time.process_time() - start


def _judge(data: Path) -> Any:
    """Return a function: vectors by word of every seed -> {column: (values, n)}."""
    import pyarrow.parquet as pq

    from rowspace.judge.word_tasks import analogy, word_similarity

    pairs = pq.read_table(data / "word-similarity" / "pairs.parquet").to_pylist()
    asked = pq.read_table(data / "word-analogy" / "questions_words.parquet").to_pylist()
    kinds = {
        kind: [(q["a"], q["b"], q["c"], q["d"]) for q in asked if _syntactic(q) == (kind == SYN)]
        for kind in (SEM, SYN)
    }

    def scores(runs: list[Vectors]) -> dict[str, tuple[list[float], int]]:
        found: dict[str, tuple[list[float], int]] = {}
        for dataset in SETS:
            own = [(p["word1"], p["word2"], p["score"]) for p in pairs if p["dataset"] == dataset]
            measures = [word_similarity(list(v.values()), list(v), own) for v in runs]
            found[dataset] = [m.value for m in measures], measures[0].n
        means = np.mean([found[dataset][0] for dataset in SETS], axis=0)
        found["mean"] = means.tolist(), 0
        for kind, questions in kinds.items():
            measures = [analogy(list(v.values()), list(v), questions)[0] for v in runs]
            found[kind] = [m.value for m in measures], measures[0].n
        return found

    return scores


SEM, SYN = "semantic", "syntactic"


def _syntactic(question: dict[str, Any]) -> bool:
    return str(question["category"]).startswith("gram")


def _told(found: dict[str, tuple[list[float], int]]) -> dict[str, str]:
    """Write mean, standard deviation where there are several runs, and how many were asked."""
    told = {}
    for column, (values, n) in found.items():
        text = f"{np.mean(values):.3f}"
        if len(values) > 1:
            text += f" ({np.std(values, ddof=1):.3f})"
        told[column] = text + (f" n={n}" if n else "")
    return told

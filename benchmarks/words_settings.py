"""`ppmi`: which counts and which power of the singular values, by two halves of the tests.

Data: text-corpora and 20newsgroups (9.7 million words), words seen five times or more, 100
dimensions. Three similarity sets to choose settings by, three others to report on. One fit per
line of counts; the powers differ in a scaling of the same singular vectors.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.words import SEM, SYN, _judge

TITLE = "Mutual information of words: counts and powers"
NOTE = (
    "Mean Spearman correlation over the sets to choose by (MTurk-771, WS-353-REL, SimLex-999), "
    "over the others (MEN, WS-353-SIM, RW) and over all six; Google's analogies. CPU seconds of "
    "counting and factoring, on a machine that did other things besides."
)
CHOOSE = ("MTurk-771", "WS-353-REL", "SIMLEX-999")
REPORT = ("MEN-TR-3k", "WS-353-SIM", "RW-STANFORD")
COUNTS: tuple[tuple[str, dict[str, Any], float], ...] = (
    ("plain", {}, 1.0),
    ("plain, shift=2", {}, 2.0),
    ("dynamic window", {"weighting": "dynamic"}, 1.0),
    ("window 3", {"window": 3}, 1.0),
    ("subsample 1e-4", {"subsample": 1e-4}, 1.0),
    ("dynamic, subsample 1e-4", {"weighting": "dynamic", "subsample": 1e-4}, 1.0),
)


def run(data: Path, quick: bool) -> list[dict[str, object]]:
    import pyarrow.parquet as pq

    import rowspace as rs
    from rowspace.observe.text import cooccurrence, tokens

    texts = pq.read_table(data / "text-corpora" / "docs.parquet")["text"].to_pylist()
    if not quick:
        texts += pq.read_table(data / "20newsgroups" / "docs.parquet")["text"].to_pylist()
    documents = [(i, " ".join(tokens(t))) for i, t in enumerate(texts[: 300 if quick else None])]
    judge = _judge(data)
    rows = []
    for name, options, shift in COUNTS[:1] if quick else COUNTS:
        start = time.process_time()
        given = {"window": 5, "min_count": 5, "tokenizer": str.split, **options}
        counts = cooccurrence(documents, **given)
        side = rs.fit(counts, "ppmi", dim=100, power=0.5, shift=shift, keep_cells=False)["word"]
        seconds = time.process_time() - start
        roots = np.linalg.norm(side.vectors.astype(np.float64), axis=0)  # singular values to 1/2
        for power in (0.0, 0.25, 0.5):
            vectors = (side.vectors * roots ** (2 * power - 1)).astype(np.float32)
            found = judge([dict(zip(side.ids, vectors, strict=True))])
            row: dict[str, object] = {"counts": name, "power": power}
            for title, sets in (("chosen by", CHOOSE), ("held out", REPORT)):
                row[title] = f"{np.mean([found[s][0][0] for s in sets]):.3f}"
            row["all six"] = f"{found['mean'][0][0]:.3f}"
            row |= {kind: f"{found[kind][0][0]:.3f}" for kind in (SEM, SYN)}
            rows.append({**row, "CPU s": round(seconds, 1)})
    return rows

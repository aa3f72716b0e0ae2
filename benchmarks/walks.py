"""Random walks and skip-gram on them: steps a second, and node classification on BlogCatalog.

Protocol as in `node_classification.py`. The peer is gensim's skip-gram on walks of ours, as
PecanPy does not run on NumPy 2: 128 dimensions, window 10, 5 negatives.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.node_classification import graph, scores

TITLE = "Walks, DeepWalk and node2vec"
NOTE = (
    "CPU seconds of both threads. Steps: second-order walks with p 1 and q .5 on BlogCatalog, 80 "
    "nodes long, 10 from each node. F1 in per cent, 10 shuffles. DeepWalk's README on BlogCatalog: "
    "41.51 / 27.68 at 50 %."
)


def run(data: Path, quick: bool) -> list[dict[str, object]]:
    import rowspace as rs
    from rowspace.observe.walks import random_walks

    obs, labels = graph(data, "ppi" if quick else "blogcatalog")
    n = len(obs.rows)
    rows: list[dict[str, object]] = []
    for p, q in ((1.0, 1.0), (1.0, 0.5), (0.25, 4.0)):
        random_walks(obs.cells, np.ones(n, np.int64), 5, p, q)
        start = time.process_time()
        walks = random_walks(obs.cells, np.full(n, 10), 80, p, q)
        spent = time.process_time() - start
        speed = f"{walks[:, :-1].size / spent:,.0f} steps/CPU s"
        rows.append({"what": f"walks, p {p:g}, q {q:g}", "CPU s": spent, "speed": speed})
        print(rows[-1], flush=True)
    for name in ("deepwalk", "node2vec"):
        rs.fit(obs, name, dim=4, walks=1, epochs=1)
        start = time.process_time()
        space = rs.fit(obs, name, **({"epochs": 1, "walks": 2} if quick else {}))
        spent = time.process_time() - start
        found = scores(np.asarray(space["node"].vectors), labels, 2 if quick else 10)
        rows.append({"what": name, "CPU s": spent, **found})
        print(rows[-1], flush=True)
    if not quick:
        rows += _theirs(walks, rows)
    return rows


def _theirs(walks: Any, rows: Any) -> list[dict[str, object]]:
    try:
        from gensim.models import Word2Vec
    except ImportError:
        return []
    some = [[str(x) for x in walk if x >= 0] for walk in walks[::100]]
    start = time.process_time()
    Word2Vec(
        some, vector_size=128, window=10, negative=5, sg=1, min_count=1, workers=2, epochs=1
    )  # fmt: skip
    spent = time.process_time() - start
    count = sum(map(len, some))
    speed = f"{count / spent:,.0f} nodes/CPU s"
    return [{"what": "gensim skip-gram on such walks", "CPU s": spent, "speed": speed}]

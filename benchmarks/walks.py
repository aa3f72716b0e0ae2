"""Random walks and skip-gram on them: steps a second, and node classification on BlogCatalog.

Protocol as in `node_classification.py`. The peers are PecanPy's walks and gensim's skip-gram on
them, one after the other with two threads: 128 dimensions, window 10, 5 negatives. PecanPy 2.0.9
does not run on NumPy 2, so that it is run by another Python, which PECANPY_PYTHON names:
`pip install "numpy<2" pecanpy gensim` in an environment of its own.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.node_classification import graph, scores

TITLE = "Walks, DeepWalk and node2vec"
NOTE = (
    "CPU seconds of both threads. Steps: walks on BlogCatalog, 80 nodes long, 10 from each node. "
    "F1 in per cent, 10 shuffles. DeepWalk's README on BlogCatalog: 41.51 / 27.68 at 50 %; the "
    "paper of node2vec has macro 25.81 at 50 %, with p and q of .25 and ten walks of 80 nodes."
)
SAME = {"p": 0.25, "q": 0.25, "walks": 10, "length": 80, "epochs": 1}


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
    cases: list[tuple[str, dict[str, Any]]] = [
        ("deepwalk", {}),
        ("node2vec", {}),
        ("node2vec", SAME),
    ]
    for name, options in cases:
        rs.fit(obs, name, dim=4, walks=1, epochs=1)
        start = time.process_time()
        space = rs.fit(obs, name, **options | ({"epochs": 1, "walks": 2} if quick else {}))
        spent = time.process_time() - start
        found = scores(np.asarray(space["node"].vectors), labels, 2 if quick else 10)
        what = " ".join([name, *(f"{k}={v}" for k, v in options.items())])
        rows.append({"what": what, "CPU s": spent, **found})
        print(rows[-1], flush=True)
    return rows + _theirs(obs, labels, quick)


THEIRS = """
import sys, time
import numpy as np
from gensim.models import Word2Vec
from pecanpy.pecanpy import SparseOTF

edges, out, p, q, walks, length = sys.argv[1:]
graph = SparseOTF(float(p), float(q), 2, False)
graph.read_edg(edges, False, False)
graph.simulate_walks(1, 3)  # it is compiled
start = time.process_time()
made = graph.simulate_walks(int(walks), int(length))
walked = time.process_time()
model = Word2Vec(
    made, vector_size=128, window=10, negative=5, sg=1, min_count=0, workers=2, epochs=1, seed=0
)
learned = time.process_time()
np.savez(
    out, ids=np.array(model.wv.index_to_key), x=model.wv.vectors,
    told=[walked - start, learned - walked, sum(len(walk) for walk in made)],
)
"""


def _theirs(obs: Any, labels: Any, quick: bool) -> list[dict[str, object]]:
    """Return what PecanPy and gensim make of the same graph with the same settings."""
    python = os.environ.get("PECANPY_PYTHON")
    if python is None:
        return [{"what": "PecanPy + gensim: no PECANPY_PYTHON was named"}]
    p, q, walks, length, _ = SAME.values()
    with tempfile.TemporaryDirectory() as folder:
        edges, out = Path(folder) / "edges.tsv", Path(folder) / "out.npz"
        links = obs.cells.tocoo()
        once = links.row < links.col
        np.savetxt(edges, np.column_stack([links.row[once], links.col[once]]), "%d", "\t")
        asked = map(str, (edges, out, p, q, 2 if quick else walks, length))
        subprocess.run([python, "-c", THEIRS, *asked], check=True)
        made = np.load(out)
        x = np.zeros((len(obs.rows), 128), np.float32)
        x[made["ids"].astype(int)] = made["x"]
        walking, learning, nodes = made["told"]
    speed = f"{nodes / walking:,.0f} steps/CPU s, then {nodes / learning:,.0f} nodes/CPU s"
    what = "PecanPy + gensim, as the row above"
    found = scores(x, labels, 2 if quick else 10)
    return [{"what": what, "CPU s": walking + learning, "speed": speed, **found}]

"""Partitioned training: a limit on memory that the vectors do not fit under, and what it costs.

A graph with planted communities, whose degrees follow a power law, is written to a file and fitted
in one piece and in partitions. What a process has allocated (RssAnon of /proc, without the files
that it maps) is read while it runs, and one that takes more than the limit is killed. Then Gowalla
in 1 and 16 partitions, by Recall@20.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

TITLE = "Training in partitions"
NOTE = (
    "Memory: the most that a process had allocated (RssAnon of /proc, read every 10 ms; killed "
    "above the limit), Python, compiled kernels and ids included; vectors: what the vectors and "
    "the sums of AdaGrad take. AUC: 20,000 links that were left out against as many pairs drawn at "
    "random, by u . v. Gowalla: bpr with 64 dimensions, 10 epochs, two seeds each."
)

_FIT = """
import json, sys, time
source, out, partitions, dim, epochs = json.loads(sys.argv[1])
import rowspace as rs
start = time.process_time()
options = dict(sampled=True, epochs=epochs, negatives=5.0, dim=dim)
how = dict(rows="source", cols="target", format="edges")
if partitions:
    rs.fit_partitioned(source, "line", out, partitions=partitions, reading=how, **options)
else:
    rs.fit(rs.read(source, duplicates="count", **how), "line", keep_cells=False,
           **options).save(out)
print(json.dumps({"spent": time.process_time() - start}))
"""


def run(data: Path, quick: bool) -> list[dict[str, object]]:
    n, links, dim, epochs = (20_000, 100_000, 32, 1) if quick else (200_000, 1_000_000, 128, 8)
    limit = 0 if quick else 400
    rows: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        aside = _graph(here / "graph.parquet", n, links)
        cases: list[tuple[int, int]] = [(0, 0), (limit, 0), (limit, 8), (limit, 16)]
        for number, (most, partitions) in enumerate(cases[:1] + cases[2:] if quick else cases):
            out = here / f"space{number}"
            told = [str(here / "graph.parquet"), str(out), partitions, dim, epochs]
            found, memory = _watched([sys.executable, "-c", _FIT, json.dumps(told)], most)
            row: dict[str, object] = {
                "data": f"{n:,} nodes, {links:,} links, dim {dim}",
                "partitions": partitions or "none",
                "limit MB": most or "none",
                "vectors MB": round(n * dim * 4 * 2 * 2 / 2**20),
                "memory MB": round(memory),
            }
            if "spent" in found:
                row |= {"AUC": round(_auc(out, aside, n), 4), "CPU s": found["spent"]}
            else:
                row["AUC"] = found["failed"]
            rows.append(row)
            print(row, flush=True)
    return rows + _gowalla(data, quick)


def _graph(path: Path, n: int, links: int) -> Any:
    """Write links of communities of about 100 nodes; return 20,000 others, for the test."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rng = np.random.default_rng(0)
    odds = rng.pareto(2.0, n) + 1
    group = rng.integers(max(n // 100, 1), size=n)
    order = np.argsort(group, kind="stable")
    ends = np.searchsorted(group[order], np.arange(group.max() + 2))
    upto = np.cumsum(odds)
    total = links + 20_000
    u = np.searchsorted(upto, rng.random(total) * upto[-1])
    inside = rng.random(total) < 0.8
    v = np.searchsorted(upto, rng.random(total) * upto[-1])
    own = ends[group[u]] + (rng.random(total) * (ends[group[u] + 1] - ends[group[u]])).astype(int)
    v = np.where(inside, order[own], v)
    pq.write_table(pa.table({"source": u[:links], "target": v[:links]}), path)
    return np.column_stack([u, v])[links:]


def _watched(command: list[str], limit: int) -> tuple[dict[str, Any], float]:
    """Run a process; return what it printed and the most memory of its own, in MB.

    One that takes more than `limit` MB is killed, if that is not 0.
    """
    worker = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=Path.cwd()
    )
    most = 0
    while worker.poll() is None:
        try:
            status = Path(f"/proc/{worker.pid}/status").read_text()
        except OSError:
            break
        for line in status.splitlines():
            if line.startswith("RssAnon:"):
                most = max(most, int(line.split()[1]))
        if limit and most > limit * 1024:
            worker.kill()
        time.sleep(0.01)
    out, errors = worker.communicate()
    lines = out.strip().splitlines()
    if worker.returncode or not lines:
        last = errors.strip().splitlines()[-1:] or ["ended"]
        return {"failed": "killed" if worker.returncode < 0 else last[0]}, most / 1024
    return json.loads(lines[-1]), most / 1024


def _auc(out: Path, links: Any, n: int) -> float:
    """Return how often a link that was left out scores above a pair at random."""
    from sklearn.metrics import roc_auc_score

    import rowspace as rs

    space = rs.open(out)
    rows, cols = space.sides
    place = np.full(n, -1)
    place[np.asarray(list(rows.ids), np.int64)] = np.arange(len(rows.ids))
    rng = np.random.default_rng(1)
    other = rng.integers(n, size=(len(links), 2))
    pairs = np.concatenate([links, other])
    truth = np.repeat([1, 0], [len(links), len(other)])
    known = (place[pairs] >= 0).all(axis=1)
    at = place[pairs[known]]
    scores = np.concatenate([
        np.einsum("nd,nd->n", rows.vectors[part[:, 0]], cols.vectors[part[:, 1]])
        for part in np.array_split(at, 20)
    ])  # fmt: skip
    return float(roc_auc_score(truth[known], scores))


def _gowalla(data: Path, quick: bool) -> list[dict[str, object]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    import rowspace as rs
    from benchmarks.sampled_gowalla import judged, parts

    train, test = parts(data)
    coo = train.tocoo()
    rows: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "train.parquet"
        user, item = coo.coords
        pq.write_table(pa.table({"user": user, "item": item}), path)
        for partitions in (1, 4) if quick else (1, 16):
            recalls, spent = [], 0.0
            for seed in (0,) if quick else (0, 1):
                start = time.process_time()
                space = rs.fit_partitioned(
                    path, "bpr", Path(folder) / "s", partitions=partitions, seed=seed,
                    epochs=1 if quick else 10, dim=64,
                )  # fmt: skip
                spent += time.process_time() - start
                u, v = (np.zeros((size, 64), np.float32) for size in train.shape)
                for x, side in ((u, space["user"]), (v, space["item"])):
                    x[np.asarray(list(side.ids))] = side.vectors
                recalls.append(judged(u, v, train, test)["Recall@20"])
            rows.append({
                "data": "Gowalla", "partitions": partitions, "limit MB": "none",
                "Recall@20": " / ".join(f"{r:.4f}" for r in recalls),
                "CPU s": spent / len(recalls),
            })  # fmt: skip
            print(rows[-1], flush=True)
    return rows

"""Every sampler of negatives on Last.fm with a third of what is known hidden.

Data: lastfm-lightgcn, all listening of its train and test part; BPR with 64 dimensions.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

TITLE = "Samplers: false negatives and what they cost"
NOTE = (
    "30 % of the cells of every user are hidden. False: share of the weight of negatives on hidden "
    "cells. Recall@20 of hidden cells; told: the same fit where false negatives count nothing. "
    "Mean (standard deviation) of three seeds. Samplers with negatives of their own for every cell "
    "draw 16, shared ones 256. The guide is a truncated SVD of the visible cells, 64 dimensions."
)


def run(data: Path, quick: bool) -> list[dict[str, object]]:
    import pyarrow.parquet as pq
    from scipy.sparse import csr_array

    from rowspace.factor import grammar as g
    from rowspace.factor.solvers import solve
    from rowspace.judge.hidden_positives import hidden_positives
    from rowspace.observe.observations import Observations
    from rowspace.observe.split import split_rows

    table = pq.read_table(data / "lastfm-lightgcn" / "interactions.parquet").to_pydict()
    user, item = np.array(table["user"]), np.array(table["item"])
    user = np.unique(user, return_inverse=True)[1]
    cells = csr_array((np.ones(len(user), np.float32), (user, item)))
    keep = np.flatnonzero(np.diff(cells.indptr) > 4)
    obs = Observations.from_matrix(cells[keep], rows="user", cols="item")
    side = g.Lookup(g.Free(0.01, 1.0))
    f = g.Factorization(
        dim=64,
        loss=g.Bpr(),
        unobserved=g.Negatives(),
        rows=side,
        cols=side,
        solver=g.Sampled(epochs=2 if quick else 15, rate=0.05, batch=256),
    )
    hard = g.Hard(top=200)
    samplers = {
        "even": (g.Even(), 256),
        "frequent": (g.Frequent(0.75), 256),
        "in batch": (g.InBatch(), 256),
        "hard, top 200": (hard, 16),
        "hard, top 200 but 20": (g.Hard(top=200, skip=20), 16),
        "ambiguous": (g.Ambiguous(1.0, 0.0), 256),
        "positive-aware .95": (g.PositiveAware(0.95), 256),
        "positive-aware .95 among hard": (g.PositiveAware(0.95, among=hard), 16),
        "robust": (g.Robust(0.5), 256),
        "exposed": (g.Exposed(0.5), 256),
        "curriculum to .1": (g.Curriculum(0.1), 256),
        "same cluster of 64": (g.SameCluster(64), 16),
        "guided": (g.Guided(), 256),
    }
    seeds = (0,) if quick else (0, 1, 2)
    found = []
    for seed in seeds:
        train = split_rows(obs, test=0.3, seed=seed).train
        svd = solve(g.Factorization(dim=64, target=g.One()), train, seed)
        found.append(
            hidden_positives(obs, f, samplers, hide=0.3, seed=seed, guide=(svd.rows, svd.cols))
        )
    rows: list[dict[str, object]] = []
    for told in zip(*found, strict=True):
        row: dict[str, object] = {"sampler": told[0].sampler}
        for name in ("false", "chance", "recall", "recall_told"):
            values = np.array([getattr(one, name) for one in told])
            digits = 5 if name in ("false", "chance") else 4
            row[name.replace("_", ", ")] = f"{values.mean():.{digits}f} ({values.std():.4f})"
        rows.append(row)
    return rows

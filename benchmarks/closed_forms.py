"""Closed forms on Gowalla's canonical split: what a truncated SVD or a linear solve reaches.

Data: gowalla (29,858 users x 40,981 items, 810,128 train and 217,242 test cells; the split of NGCF
and LightGCN). All items are ranked for every test user, without those of the training split. What
`norm-svd` is given besides `dim` was chosen on a validation tenth of the training split.
"""

from __future__ import annotations

import time
from pathlib import Path

from benchmarks.ials_gowalla import row, split

TITLE = "Closed forms on Gowalla (all items ranked, train items left out)"


def run(data: Path, quick: bool) -> list[dict[str, object]]:
    import rowspace as rs

    train, test = split(data / "gowalla" / "interactions.parquet")
    obs = rs.Observations.from_matrix(train, rows="user", cols="item")
    rows = []
    for name in ("puresvd", "norm-svd"):
        for dim in (16,) if quick else (64, 128, 256, 512, 1024):
            start = time.process_time()
            space = rs.fit(obs, name, dim=dim)
            seconds = time.process_time() - start
            users, items = (side.vectors for side in space.sides)
            rows.append(row(name, dim, users, items, seconds, train, test))
    return rows

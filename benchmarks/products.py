"""Item vectors from sequences: next items with and without metadata, complements and what is alike.

Data: amazon-grocery-rechorus (121,892 purchases of 8,713 items with 1 category each, and which
items were bought or viewed together). Next item: the last purchase of everybody is held out; all
items are ranked by how well they go with the one before. Rare: the held-out item has at most 5
purchases left. Complement or substitute: pairs of the relations are ranked against random pairs
by u_i . v_j and by the cosine of u_i and u_j. Codes: no public data of that kind is at hand, so
2,000 patients are generated, whose two latent conditions draw codes in bouts of some days; the
first condition is foretold from sums of vectors by 100 labelled patients.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np

TITLE = "Item vectors from sequences"
NOTE = (
    "hit@10: share of held-out items among the ten best; mean over people. AUC: chance that a "
    "true pair scores above a random one. gensim: skip-gram on the same sequences, window 5, 20 "
    "epochs, ranked by the product of input and output vectors. CPU seconds of all threads, on a "
    "machine that did other things besides. Settings were not tuned but for the `weight` of "
    "metadata, for which 1 and 0.1 are shown. Purchases have days only: 29 % of neighbours in a "
    "sequence share one and stand in the order of the ids, as do 36 % of the held-out purchases "
    "with the one before: do not read small differences. gensim: one seed. Codes: mean (standard "
    "deviation) over 5 seeds."
)


def run(data: Path, quick: bool) -> list[dict[str, object]]:
    import rowspace as rs

    folder = data / "amazon-grocery-rechorus"
    obs, last = purchases(folder)
    counts = np.bincount(obs.cells.indices, minlength=len(obs.cols))
    rows: list[dict[str, object]] = []

    def next_item(system, seconds, score):
        places = np.array([rank_of(score(before), before, after) for before, after in last])
        rare = np.array([counts[after] <= 5 for _, after in last])
        rows.append(
            {
                "task": "next item",
                "system": system,
                "CPU s": seconds,
                "hit@10": float((places < 10).mean()),
                "hit@10, rare": float((places[rare] < 10).mean()),
            }
        )

    popular = counts.astype(float)
    next_item("popular items", 0.0, lambda before: popular)
    from rowspace.observe.sequences import Together

    together = Together(window=5).apply(obs)[0].cells
    next_item("counts of pairs", 0.0, lambda before: together[[before]].toarray()[0])
    for system, recipe, options in (
        ("prod2vec-mf", "prod2vec-mf", {}),
        ("metaprod2vec, weight 1", "metaprod2vec", {"weight": 1.0}),
        ("metaprod2vec, weight 0.1", "metaprod2vec", {"weight": 0.1}),
    ):
        start = time.process_time()
        space = rs.fit(obs, recipe, dim=100, **options)
        seconds = time.process_time() - start
        m = len(obs.cols)
        u, v = (side.vectors[:m] for side in space.sides)
        next_item(system, seconds, lambda before, u=u, v=v: v @ u[before])
    words = gensim_vectors(obs)
    if words is not None:
        u, v, seconds = words
        next_item("gensim skip-gram", seconds, lambda before: v @ u[before])
    rows += pairs(folder, obs)
    rows += codes(1 if quick else 5)
    names = list(dict.fromkeys(name for row in rows for name in row))
    return [{**dict.fromkeys(names, ""), **row} for row in rows]


def purchases(folder: Path) -> tuple[Any, list[tuple[int, int]]]:
    """Return what was bought before the last purchase, and (item before, last item) positions."""
    import pyarrow.parquet as pq

    import rowspace as rs

    table = pq.read_table(folder / "interactions.parquet")
    whole = rs.read(table, rows="user", cols="item", time="timestamp", duplicates="last")
    cells, times = whole.cells, whole.times
    last, keep = [], np.ones(cells.nnz, bool)
    for r in range(cells.shape[0]):
        part = np.arange(cells.indptr[r], cells.indptr[r + 1])
        if len(part) > 2:
            order = part[np.argsort(times[part], kind="stable")]
            keep[order[-1]] = False
            last.append((int(cells.indices[order[-2]]), int(cells.indices[order[-1]])))
    from scipy.sparse import csr_array

    ends = np.concatenate([[0], np.cumsum(keep)])[cells.indptr]
    left = csr_array((cells.data[keep], cells.indices[keep], ends), shape=cells.shape)
    obs = rs.Observations(whole.rows, whole.cols, left, times[keep])
    known = pq.read_table(folder / "items.parquet").to_pylist()
    category = {row["item"]: str(row["category"]) for row in known}
    import pyarrow as pa

    told = pa.table({"category": [category.get(i) for i in obs.cols.ids]})
    return obs.with_table("item", told), last


def rank_of(scores, before: int, after: int) -> float:
    """Return how many items other than the one before are ahead; ties count half."""
    scores = np.array(scores, float)
    scores[before] = -np.inf
    return float((scores > scores[after]).sum() + 0.5 * ((scores == scores[after]).sum() - 1))


def gensim_vectors(obs):
    try:
        from gensim.models import Word2Vec
    except ImportError:
        return None
    texts = []
    for r in range(len(obs.rows)):
        part = np.arange(obs.cells.indptr[r], obs.cells.indptr[r + 1])
        order = part[np.argsort(obs.times[part], kind="stable")]
        texts.append([str(j) for j in obs.cells.indices[order]])
    start = time.process_time()
    model = Word2Vec(
        texts,
        vector_size=100,
        window=5,
        min_count=1,
        sg=1,
        negative=5,
        epochs=20,
        workers=2,
        seed=0,
    )
    seconds = time.process_time() - start
    u, v = np.zeros((2, len(obs.cols), 100), np.float32)
    for j in range(len(obs.cols)):
        if str(j) in model.wv.key_to_index:
            at = model.wv.key_to_index[str(j)]
            u[j], v[j] = model.wv.vectors[at], model.syn1neg[at]
    return u, v, seconds


def pairs(folder: Path, obs) -> list[dict[str, object]]:
    """Return how well both vectors of `dual` tell complements and substitutes from random pairs."""
    import pyarrow.parquet as pq
    from sklearn.metrics import roc_auc_score

    import rowspace as rs

    start = time.process_time()
    space = rs.fit(obs, "dual", dim=100, window=5)
    seconds = time.process_time() - start
    u, v = (side.vectors for side in space.sides)
    unit = u / np.maximum(np.linalg.norm(u, axis=1, keepdims=True), 1e-12)
    at = {name: j for j, name in enumerate(obs.cols.ids)}
    table = pq.read_table(folder / "item_relations.parquet").to_pylist()
    rng = np.random.default_rng(0)
    rows = []
    for relation in ("complement", "substitute"):
        true = [
            (at[r["source"]], at[r["target"]])
            for r in table
            if r["relation"] == relation and r["source"] in at and r["target"] in at
        ]
        i, j = np.array(true).T
        a, b = np.concatenate([i, i]), np.concatenate([j, rng.permutation(j)])
        truth = np.repeat([1, 0], len(i))
        found = {
            "AUC, in . out": roc_auc_score(truth, np.einsum("ij,ij->i", u[a], v[b])),
            "AUC, in and in": roc_auc_score(truth, np.einsum("ij,ij->i", unit[a], unit[b])),
        }
        rows.append({"task": relation, "system": "dual", "CPU s": seconds, **found})
    return rows


def codes(seeds: int) -> list[dict[str, object]]:
    """Return the AUC of a generated condition from few labels, by three kinds of features."""
    from sklearn.linear_model import LogisticRegressionCV
    from sklearn.metrics import roc_auc_score

    import rowspace as rs

    found: dict[str, list[float]] = {"codes": [], "counts of codes": [], "svd of counts": []}
    for seed in range(seeds):
        obs, ill = patients(np.random.default_rng(seed))
        x = obs.cells.toarray()
        vectors = rs.fit(obs, "codes", dim=20, days=14)["code"].vectors
        features = {
            "codes": x @ vectors,
            "counts of codes": x,
            "svd of counts": np.asarray(rs.fit(obs, "svd", dim=20)["patient"].vectors),
        }
        for name, f in features.items():
            f = f / np.maximum(np.linalg.norm(f, axis=1, keepdims=True), 1e-12)
            model = LogisticRegressionCV(Cs=5, max_iter=2000).fit(f[:100], ill[:100])
            found[name].append(roc_auc_score(ill[100:], model.predict_proba(f[100:])[:, 1]))
    told = {
        n: f"{np.mean(v):.3f} ({np.std(v, ddof=1) if len(v) > 1 else 0:.3f})"
        for n, v in found.items()
    }
    return [
        {"task": "codes, generated", "system": name, "AUC, 100 labels": value}
        for name, value in told.items()
    ]


def patients(rng):
    """Return events of 2,000 patients and whether each has the first of two conditions."""
    import rowspace as rs

    n, bouts = 2000, 6
    ill = rng.random((n, 2)) < (0.3, 0.5)
    rows = {"patient": [], "code": [], "time": []}
    for i in range(n):
        for _ in range(bouts):
            day = rng.uniform(0, 1000)
            kinds = [c for c in (0, 1) if ill[i, c]]
            kind = rng.choice(kinds) if kinds and rng.random() < 0.4 else None
            for _ in range(4):  # of a condition 60 codes, all others 180
                code = rng.integers(60) + 60 * kind if kind is not None else 120 + rng.integers(180)
                rows["patient"].append(i)
                rows["code"].append(int(code))
                rows["time"].append(86400.0 * (day + rng.uniform(0, 5)))
    obs = rs.read(rows, rows="patient", cols="code", time="time", duplicates="last")
    order = [int(p) for p in obs.rows.ids]
    return obs, ill[order, 0]

"""Judging rankings: metrics of 100,000 result lists, and Gowalla ranked in full for every user.

Metrics: 100,000 queries x 100 results with some ten judgments each, made by a seed; nDCG@10 and
Recall@20 by rowspace, pytrec_eval and ranx, from arrays on (pytrec_eval and ranx need mappings or
their own tables first, which they get from the same arrays).
All items: the 29,858 users of Gowalla (NGCF's split) x 40,981 items, 256 dimensions of a singular
value decomposition of the degree-normalised training matrix; top 20 without training items.
Published for this split, Recall@20 / nDCG@20: NGCF .1570 / .1327, LightGCN .1830 / .1554 (He et al.
2020).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np

TITLE = "Ranking metrics and all-item ranking: CPU time against pytrec_eval, ranx and plain NumPy"
NOTE = """
CPU seconds of all threads, all kernels (ranx's too) compiled before; the fastest of three for
rowspace metrics and `top_items`, one run for the others. "CPU s ingest" is what a system needs to
take the arrays in, "CPU s" the rest. The synthetic lists repeat some items: by default the first
place of an item counts, in mode "trec" and in mappings its last score, hence the last digits.
"""
METRICS = ("ndcg@10", "recall@20")


def run(data: Path, quick: bool) -> list[dict[str, object]]:
    return metrics_rows(5_000 if quick else 100_000) + gowalla_rows(data, quick)


def metrics_rows(n: int) -> list[dict[str, object]]:
    """Measure nDCG@10 and Recall@20 of n queries x 100 results."""
    from rowspace.judge.ranking import ranking_metrics
    from rowspace.judge.runs import Qrels, Run, id_rank

    rng = np.random.default_rng(0)
    items = rng.integers(0, 20_000, (n, 100))
    scores = -np.sort(-rng.random((n, 100), np.float32), axis=1)
    found = items[np.arange(n)[:, None], rng.integers(0, 100, (n, 5))]
    judged = np.sort(np.concatenate([found, rng.integers(0, 20_000, (n, 5))], axis=1), axis=1)
    once = np.concatenate([np.ones((n, 1), bool), np.diff(judged, axis=1) > 0], axis=1)
    ptr, judged = np.concatenate([[0], np.cumsum(once.sum(axis=1))]), judged[once]
    task = f"nDCG@10, Recall@20 of {n:,} x 100"
    ids = [f"d{i}" for i in range(20_000)]
    rank = id_rank(ids)

    rows = []
    for ties in ("expected", "trec"):
        ingest, (lists, qrels) = fastest(lambda: (Run.top(items, scores), Qrels(ptr, judged)))

        def judge(lists=lists, qrels=qrels, ties=ties):
            return ranking_metrics(lists, qrels, METRICS, ties=ties, rank=rank)

        judge()
        seconds, values = fastest(judge)
        system = f"rowspace, ties={ties!r}"
        rows.append(row(task, system, ingest, seconds, list(values.means().values())))
    for system, measure in (("pytrec_eval", by_pytrec_eval), ("ranx", by_ranx)):
        try:
            ingest, seconds, values = measure(ids, items, scores, ptr, judged)
        except ImportError:
            rows.append(row(task, f"{system} (not installed)", None, None, []))
            continue
        rows.append(row(task, system, ingest, seconds, values))
    return compared(rows)


def mappings(ids, items, scores, ptr, judged) -> tuple[dict, dict]:
    """Return results and judgments as mappings by query."""
    results = {
        str(q): dict(zip([ids[i] for i in line], given))
        for q, (line, given) in enumerate(zip(items.tolist(), scores.tolist()))
    }
    wanted = {
        str(q): dict.fromkeys([ids[i] for i in judged[a:b].tolist()], 1)
        for q, (a, b) in enumerate(pairwise(ptr))
    }
    return results, wanted


def by_pytrec_eval(*arrays) -> tuple[float, float, list[float]]:
    import pytrec_eval

    start = time.process_time()
    results, wanted = mappings(*arrays)
    ingest = time.process_time() - start
    start = time.process_time()
    evaluator = pytrec_eval.RelevanceEvaluator(wanted, {"ndcg_cut.10", "recall.20"})
    values = list(evaluator.evaluate(results).values())
    means = [float(np.mean([v[m] for v in values])) for m in ("ndcg_cut_10", "recall_20")]
    return ingest, time.process_time() - start, means


def by_ranx(*arrays) -> tuple[float, float, list[float]]:
    import ranx

    ids, items, scores, ptr, judged = arrays
    results, wanted = mappings(ids, items[:9], scores[:9], ptr[:10], judged)
    ranx.evaluate(ranx.Qrels(wanted), ranx.Run(results), list(METRICS))  # compiles
    start = time.process_time()
    results, wanted = mappings(*arrays)
    qrels, lists = ranx.Qrels(wanted), ranx.Run(results)
    ingest = time.process_time() - start
    start = time.process_time()
    values = ranx.evaluate(qrels, lists, list(METRICS))
    return ingest, time.process_time() - start, [float(v) for v in values.values()]


def gowalla_rows(data: Path, quick: bool) -> list[dict[str, object]]:
    """Rank all items for Gowalla's users."""
    import pyarrow.parquet as pq
    from scipy.sparse import csr_array, diags_array
    from sklearn.utils.extmath import randomized_svd

    from rowspace.judge.all_items import recommendation, top_items

    table = pq.read_table(data / "gowalla" / "interactions.parquet")
    user, item = (table[c].to_numpy().astype(np.int64) for c in ("user", "item"))
    split = np.asarray(table["split"].to_pylist()) == "train"
    shape = (int(user.max()) + 1, int(item.max()) + 1)
    train, test = (
        csr_array((np.ones(s.sum(), np.float32), (user[s], item[s])), shape=shape)
        for s in (split, ~split)
    )
    by_user, by_item = (np.maximum(train.sum(axis=a), 1) for a in (1, 0))
    normal = (diags_array(by_user**-0.5) @ train @ diags_array(by_item**-0.5)).tocsr()
    dim = 32 if quick else 256
    left, sizes, right = randomized_svd(normal, dim, n_iter=3, random_state=0)
    rows = (left * sizes).astype(np.float32)
    cols = np.ascontiguousarray(right.T * by_item[:, None] ** 0.25, np.float32)

    task = f"top 20 of {shape[1]:,} items for {shape[0]:,} users, dim {dim}"
    top_items(rows[:300], cols, 20, seen=train[:300])
    seconds, _ = fastest(lambda: top_items(rows, cols, 20, seen=train))
    protocol, judged = fastest(lambda: recommendation(rows, cols, train, test), times=1)
    quality = list(judged.values.means().values())[::-1]
    start = time.process_time()
    by_numpy(rows, cols, train, 20)
    plain = time.process_time() - start
    return compared(
        [
            row(task, "rowspace top_items", 0.0, seconds, quality),
            row(task, "rowspace recommendation (all of the protocol)", 0.0, protocol, quality),
            row(task, "NumPy: product, mask, argpartition by blocks", 0.0, plain, []),
        ]
    )


def by_numpy(rows, cols, seen, k) -> np.ndarray:
    """Return the same as `top_items` the usual way, 512 rows at a time."""
    found = np.empty((len(rows), k), np.int64)
    for start in range(0, len(rows), 512):
        scores = rows[start : start + 512] @ cols.T
        part = seen[start : start + 512].tocoo()
        scores[part.row, part.col] = -np.inf
        best = np.argpartition(-scores, k, axis=1)[:, :k]
        order = np.argsort(-np.take_along_axis(scores, best, 1), axis=1)
        found[start : start + 512] = np.take_along_axis(best, order, 1)
    return found


def fastest(work: Callable[[], object], times: int = 3) -> tuple[float, object]:
    """Return the least CPU time of some runs, and the last result."""
    spent = []
    for _ in range(times):
        start = time.process_time()
        result = work()
        spent.append(time.process_time() - start)
    return min(spent), result


def row(task, system, ingest, seconds, values) -> dict[str, object]:
    ndcg, recall = values or ("", "")
    return {
        "task": task,
        "system": system,
        "CPU s ingest": "" if ingest is None else ingest,
        "CPU s": "" if seconds is None else seconds,
        "nDCG": ndcg and f"{ndcg:.6f}",
        "Recall": recall and f"{recall:.6f}",
    }


def compared(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    """Add how many times the first row's CPU time each needs."""
    first = rows[0]["CPU s ingest"] + rows[0]["CPU s"]
    for one in rows:
        known = one["CPU s"] != ""
        one["times ours"] = (one["CPU s ingest"] + one["CPU s"]) / first if known else ""
    return rows

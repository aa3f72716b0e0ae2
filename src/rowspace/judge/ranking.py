"""Ranking metrics: what was found against what should have been found, over many queries.

One pass over a `Run` (results) and `Qrels` (judgments) gives any of the metrics in `METRICS` for
every query (`RankedValues`), and those give `Measure`s.
Called by the protocols of the literature, by `rowspace judge` and by users with their own results.

Ties. Results of equal score have no order, so a metric that gives them one measures luck:

* `ties="expected"` (the default) gives the mean of the metric over all orders of tied results, in
  closed form (McSherry & Najork 2008);
* `ties="order"` takes the results as they come and does not look at scores;
* `ties="trec"` does what trec_eval does, to the last bit: float32 scores, of equal ones the larger
  document id (as bytes) first.

Which queries count. By default every query with something relevant; one that got no results has
found nothing. In mode "trec" every query that was answered and has judgments; one with nothing
relevant counts as zero.

Repetitions. By default an item counts where it comes first, later ones are dropped and counted. In
mode "trec" the last score given to a document is its score, as in the mappings that trec_eval's
Python interface reads.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import InputError
from rowspace.judge.measure import Measure
from rowspace.judge.runs import Qrels, Run
from rowspace.recipes.registry import Paper, published
from rowspace.workers import in_parts

Ties = Literal["expected", "order", "trec"]

METRICS = {
    "ndcg": "nDCG",
    "ndcg_exp": "nDCG (exponential gain)",
    "recall": "Recall",
    "precision": "Precision",
    "mrr": "MRR",
    "map": "MAP",
    "hit": "Hit rate",
    "unjudged": "Unjudged",
}
"""Metrics by the name that asks for them, in the order of the kernel's numbers."""
_NEEDS_CUT = {"precision", "hit", "unjudged"}
_NO_CUT = np.iinfo(np.int32).max


@dataclass(frozen=True, eq=False)
class RankedValues:
    """Metrics of single queries.

    Attributes:
        metrics: what was asked for, for example ("ndcg@10", "recall@20").
        values: (n, metrics) float64; NaN for queries that do not count.
        counted: (n,) bool, the queries that count (see the module).
        repeated: how many repeated results were dropped, of those that were read.
        note: which queries were left out, in words.
    """

    metrics: tuple[str, ...]
    values: NDArray[np.float64]
    counted: NDArray[np.bool_]
    repeated: int
    note: str

    def of(self, metric: str) -> NDArray[np.float64]:
        """Return the (n,) values of one of the metrics; raises `InputError` for another."""
        if metric not in self.metrics:
            raise InputError(f"no metric {metric!r} here; there are {', '.join(self.metrics)}")
        return self.values[:, self.metrics.index(metric)]

    def means(self) -> dict[str, float]:
        """Return the mean of each metric over the queries that count (NaN when none does)."""
        used = self.values[self.counted]
        means = used.mean(axis=0) if len(used) else np.full(len(self.metrics), np.nan)
        return dict(zip(self.metrics, means.tolist()))

    def measures(
        self,
        *,
        seed: int = 0,
        draws: int = 1000,
        reference: dict[str, RankedValues] | None = None,
        note: str = "",
    ) -> tuple[Measure, ...]:
        """Return the mean of each metric with its 95 % interval.

        Args:
            seed, draws: of the bootstrap over queries (percentile interval).
            reference: the same metrics of results that mean nothing, by what they are.
            note: a sentence to add to the note.
        """
        from rowspace.judge.significance import bootstrap_means

        used = self.values[self.counted]
        says = " ".join(s for s in (note, self.note) if s)
        names = [label(m) for m in self.metrics]
        if not len(used):
            return tuple(
                Measure(name, math.nan, 0, note=f"Undefined: no query counts. {says}".strip())
                for name in names
            )
        ends = np.quantile(bootstrap_means(used, draws=draws, seed=seed), [0.025, 0.975], axis=0)
        means = self.means()
        nulls = {k: r.means() for k, r in (reference or {}).items()}
        return tuple(
            Measure(
                name,
                value=means[self.metrics[j]],
                n=len(used),
                low=float(ends[0, j]),
                high=float(ends[1, j]),
                seed=seed,
                reference={k: r[self.metrics[j]] for k, r in nulls.items()},
                note=says,
            )
            for j, name in enumerate(names)
        )

    def by_group(
        self, groups: Sequence[Any] | NDArray[Any], *, seed: int = 0, draws: int = 1000
    ) -> dict[Any, tuple[Measure, ...]]:
        """Return the measures of each group of queries, groups in sorted order.

        Args:
            groups: (n,) labels, one per query.
            seed, draws: as in `measures`.
        """
        labels = np.asarray(groups)
        if labels.shape != (len(self.values),):
            raise InputError(f"{len(self.values)} queries need as many groups, not {labels.size}")
        found = {}
        for group in np.unique(labels):
            inside = labels == group
            part = RankedValues(
                self.metrics, self.values[inside], self.counted[inside], self.repeated, ""
            )
            found[group.item()] = part.measures(seed=seed, draws=draws)
        return found


def parse(metric: str) -> tuple[str, int | None]:
    """Split the name of a metric into its kind and its cut-off.

    Raises:
        InputError: there is no such metric, or its cut-off is no whole number of at least 1.

    Example:
        >>> parse("ndcg@10"), parse("map")
        (('ndcg', 10), ('map', None))
    """
    kind, at, cut = metric.partition("@")
    if kind not in METRICS:
        raise InputError(f"no ranking metric {metric!r}; there are {', '.join(METRICS)}")
    if not at and kind in _NEEDS_CUT:
        raise InputError(f"{kind} needs a number of places, for example {kind}@10")
    if at and not (cut.isascii() and cut.isdigit() and 1 <= int(cut) < _NO_CUT):
        raise InputError(f"the cut-off of {metric!r} is {cut!r}, but at least 1 was expected")
    return kind, int(cut) if at else None


def label(metric: str) -> str:
    """Return how a metric is written: "nDCG@10" for "ndcg@10"."""
    kind, cut = parse(metric)
    return METRICS[kind] if cut is None else f"{METRICS[kind]}@{cut}"


@published(
    kind="measure",
    claim="nDCG, Recall, Precision, MRR, MAP and hit rate at any cut-off, as their expected value "
    "over the orders of tied results, or as trec_eval gives them to the last bit.",
    papers=(
        Paper(
            "McSherry, Najork",
            2008,
            "Computing information retrieval performance measures efficiently in the presence of "
            "tied scores",
            "ECIR",
        ),
        Paper(
            "Järvelin, Kekäläinen", 2002, "Cumulated gain-based evaluation of IR techniques", "TOIS"
        ),
    ),
    test="tests/judge/test_ranking.py",
    benchmark="benchmarks/ranking.py",
)
def ranking_metrics(
    run: Run,
    qrels: Qrels,
    metrics: Sequence[str] = ("ndcg@10", "recall@20"),
    *,
    ties: Ties = "expected",
    rank: NDArray[np.int64] | None = None,
) -> RankedValues:
    """Compute ranking metrics of every query in one pass.

    With rel_i the relevance at place i (from 1), R the number of relevant items of the query:

    * ndcg@k: sum_{i<=k} rel_i / log2(i + 1), divided by the same of the best possible order of all
      judged items; ndcg_exp@k with 2^rel - 1 for rel. Without @k: over the whole list.
    * recall@k: relevant ones among the first k / R.
    * precision@k: relevant ones among the first k / k, however short the list.
    * mrr, mrr@k: 1 / place of the first relevant one (0 if there is none among the first k).
    * map, map@k: mean over the R relevant items of the precision at their place (0 if beyond k).
    * hit@k: 1 if a relevant one is among the first k.
    * unjudged@k: share without a judgment among the results in the first k places.

    Args:
        run: the results.
        qrels: the judgments, row q of the same query as row q of the run.
        metrics: names as above.
        ties: what to do with results of equal score (see the module).
        rank: (items,) for `ties="trec"`: the place of each item's id among all ids (`id_rank`).

    Returns:
        The values of every query; `.measures()` sums them up.

    Raises:
        InputError: a metric is unknown, run and judgments have different numbers of queries, a
            score is NaN, a relevance is negative (mode "trec" reads that as not judged) or, in mode
            "trec", not whole; or that mode lacks scores or ranks.

    Example:
        >>> run = Run([0, 3], [5, 6, 7], [0.9, 0.5, 0.5])
        >>> found = ranking_metrics(run, Qrels([0, 1], [7]), ["recall@2", "mrr"])
        >>> found.values.round(4)
        array([[0.5   , 0.4167]])
    """
    from rowspace.judge.kernels.ranking import evaluate

    names = tuple(metrics)
    kinds = np.array([list(METRICS).index(parse(m)[0]) for m in names], np.int64)
    cuts = np.array([parse(m)[1] or _NO_CUT for m in names], np.int64)
    if not names:
        raise InputError("no ranking metric was asked for; there are " + ", ".join(METRICS))
    if ties not in ("expected", "order", "trec"):
        raise InputError(f"ties is {ties!r}, but 'expected', 'order' or 'trec' was expected")
    if run.n != qrels.n:
        raise InputError(
            f"the run has {run.n} queries and the judgments {qrels.n}; give both the same rows"
        )
    _refuse_relevance(qrels, trec=ties == "trec")

    n_items = 1 + max(_largest(run.items), _largest(qrels.items))
    longest = int(np.diff(qrels.indptr).max(initial=0))
    values = np.zeros((run.n, len(names)))
    dropped = np.zeros(run.n, np.int64)
    if ties == "trec":
        run = _in_trec_order(run, rank, n_items)
    elif ties == "expected" and run.scores is not None:
        run = _in_order(run)
    scores = run.scores if ties == "expected" and run.scores is not None else _no_scores()
    places = max(int(np.diff(run.indptr).max(initial=0)), longest)
    logs = np.array([math.log2(i + 2) for i in range(min(places, int(cuts.max())))])

    def part(begin: int, stop: int) -> None:
        evaluate(
            begin, stop,
            run.indptr, run.items, scores, qrels.indptr, qrels.items, qrels.relevance,
            kinds, cuts, logs, np.zeros(n_items, np.int64), np.empty(longest), values, dropped,
        )  # fmt: skip

    in_parts(run.n, part)
    repeated = int(dropped.sum())
    counted, note = _counted(run, qrels, trec=ties == "trec")
    values[~counted] = np.nan
    if repeated:
        note = f"{note} {repeated} repeated results were dropped.".strip()
    return RankedValues(names, values, counted, repeated, note)


def _counted(run: Run, qrels: Qrels, *, trec: bool) -> tuple[NDArray[np.bool_], str]:
    """Return which queries count, and a sentence about those that do not."""
    missing = 0 if run.answered is None else int((~run.answered).sum())
    if trec:
        judged = np.diff(qrels.indptr) > 0
        counted = judged if run.answered is None else judged & run.answered
        left = int((~counted).sum())
        return counted, f"{left} queries without an answer or judgments left out." if left else ""
    relevant = np.concatenate([[0], np.cumsum(qrels.relevance > 0)])
    counted = np.diff(relevant[qrels.indptr]) > 0
    left = int((~counted).sum())
    note = f"{left} queries without a relevant item left out." if left else ""
    if missing:
        note = f"{note} {missing} queries without an answer count as nothing found.".strip()
    return counted, note


def _in_order(run: Run) -> Run:
    """Return the run with each query's results by descending score, ties as given."""
    from rowspace.judge.kernels.ranking import sort_rows, unordered_rows

    assert run.scores is not None
    scores = run.scores
    if not any(in_parts(run.n, lambda a, b: unordered_rows(a, b, run.indptr, scores))):
        return run
    _refuse_nan(run)
    lengths = np.diff(run.indptr)
    place = np.arange(len(run.items)) - np.repeat(run.indptr[:-1], lengths)
    keys = np.empty(len(run.items), np.uint64)
    bits, low = _bits(scores), place.astype(np.uint32)
    in_parts(run.n, lambda a, b: sort_rows(a, b, run.indptr, bits, low, keys))
    order = np.repeat(run.indptr[:-1], lengths) + (keys & np.uint64(0xFFFFFFFF)).astype(np.int64)
    return Run(run.indptr, run.items[order], scores[order], run.answered)


def _in_trec_order(run: Run, rank: NDArray[np.int64] | None, n_items: int) -> Run:
    """Return the run as trec_eval reads it: last scores, by score and then by id, descending."""
    from rowspace.judge.kernels.ranking import last_occurrences, sort_rows

    if run.scores is None or rank is None:
        what = "scores" if run.scores is None else "the rank of every item's id (id_rank)"
        raise InputError(f"ties='trec' needs {what}; give them or use another tie policy")
    places = np.asarray(rank, np.int64)
    m = len(places)
    if m < _largest(run.items) + 1 or not np.array_equal(np.sort(places), np.arange(m)):
        raise InputError(
            f"the ranks of ids must be the numbers 0 to {max(m, n_items) - 1}, each once, one for "
            "every item"
        )
    _refuse_nan(run)
    keep = np.empty(len(run.items), bool)
    in_parts(
        run.n,
        lambda a, b: last_occurrences(
            a, b, run.indptr, run.items, np.zeros(n_items, np.int64), keep
        ),
    )
    starts = np.concatenate([[0], np.cumsum(keep)])[run.indptr]
    items, bits = run.items[keep], _bits(run.scores[keep])
    low, keys = (m - 1 - places[items]).astype(np.uint32), np.empty(len(items), np.uint64)
    in_parts(run.n, lambda a, b: sort_rows(a, b, starts, bits, low, keys))
    by_place = np.empty(m, np.int32)
    by_place[m - 1 - places] = np.arange(m)
    order = (keys & np.uint64(0xFFFFFFFF)).astype(np.int64)
    return Run(starts, by_place[order], None, run.answered)


def _bits(scores: NDArray[np.float32]) -> NDArray[np.uint32]:
    return (scores + np.float32(0)).view(np.uint32)  # the sum turns -0 into 0


def _no_scores() -> NDArray[np.float32]:
    return np.empty(0, np.float32)


def _largest(positions: NDArray[np.int32]) -> int:
    return int(positions.max(initial=-1))


def _refuse_nan(run: Run) -> None:
    assert run.scores is not None
    bad = np.flatnonzero(np.isnan(run.scores))
    if len(bad):
        query = int(np.searchsorted(run.indptr, bad[0], side="right")) - 1
        raise InputError(
            f"the score of item {run.items[bad[0]]} for query {query} is NaN, so it has no place "
            "in an order; drop the result or score it"
        )


def _refuse_relevance(qrels: Qrels, *, trec: bool) -> None:
    grades = qrels.relevance
    bad = grades != np.floor(grades) if trec else grades < 0
    if not bad.any():
        return
    at = int(np.flatnonzero(bad)[0])
    query = int(np.searchsorted(qrels.indptr, at, side="right")) - 1
    wish = "a whole number" if trec else "at least 0"
    raise InputError(
        f"the relevance of item {qrels.items[at]} for query {query} is {grades[at]:g}, but {wish} "
        "was expected; set it to 0 for not relevant"
    )

"""Do groups found without labels match the labels?

`cluster_agreement` finds groups by k-means, `label_agreement` takes any two labellings of the same
rows; both give `Measure`s that do not grow by chance, beside what permuted labels give. Called by
the report and by benchmarks of clusterings.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rowspace.errors import InputError
from rowspace.judge.extras import require
from rowspace.judge.jackknife import jackknifed
from rowspace.judge.labels import codes_of, labelled, one_thread
from rowspace.judge.measure import Measure
from rowspace.recipes.registry import Paper, published


def cluster_agreement(
    x: ArrayLike,
    labels: Sequence[Any] | NDArray[Any],
    *,
    clusters: int | None = None,
    rows: int = 5000,
    seed: int = 0,
) -> tuple[Measure, ...]:
    """Agreement of k-means clusters with labels: AMI, ARI and accuracy.

    Args:
        x, labels, rows, seed: as for `probe`.
        clusters: how many; as many as there are labels where None.

    Returns:
        As from `label_agreement`.

    Raises:
        InputError: not one label per row, or `clusters` is not from 1 to the number of rows.
        UnsupportedError: scikit-learn is not installed.

    Example:
        >>> x = np.random.default_rng(0).normal(size=(60, 2)) + 9 * np.repeat([[0], [1]], 30, 0)
        >>> [m.value for m in cluster_agreement(x, ["red"] * 30 + ["blue"] * 30)]
        [1.0, 1.0, 1.0]
    """
    table, codes, note = labelled(x, labels, rows, seed, least=1)
    count = len(np.unique(codes)) if clusters is None else clusters
    if len(codes) and not 1 <= count <= len(codes):
        raise InputError(f"clusters is {clusters}, but 1 to {len(codes)} rows was expected")
    if not len(codes):
        return label_agreement([], [], seed=seed, note=note)
    with one_thread():
        means = require("sklearn.cluster").KMeans(count, n_init=4, random_state=seed)
        found = means.fit_predict(table)
    note = f"k-means with {count} clusters, best of 4 starts. {note}".strip()
    return label_agreement(found, codes, seed=seed, note=note)


@published(
    kind="measure",
    claim="Agreement of clusters with labels that does not grow by chance: adjusted mutual "
    "information, adjusted Rand index, and accuracy under the best matching.",
    papers=(
        Paper(
            "Vinh, Epps, Bailey",
            2010,
            "Information theoretic measures for clusterings comparison: variants, properties, "
            "normalization and correction for chance",
            "JMLR 11",
        ),
        Paper("Hubert, Arabie", 1985, "Comparing partitions", "Journal of Classification 2"),
    ),
    test="tests/judge/test_clusters.py",
)
def label_agreement(
    found: Sequence[Any] | NDArray[Any],
    labels: Sequence[Any] | NDArray[Any],
    *,
    seed: int = 0,
    note: str = "",
) -> tuple[Measure, ...]:
    """Agreement of two labellings of the same rows, whatever their labels are called.

    Adjusted mutual information and adjusted Rand index are 0 on average for unrelated labellings;
    accuracy is the share of rows in clusters matched one to one to labels (Hungarian method), which
    grows by chance: read it beside its reference. NMI is not offered: it grows with the number of
    clusters.

    Args:
        found: (n,) clusters.
        labels: (n,) labels.
        seed: of the groups of the jackknife and of 20 permutations of `labels`.
        note: a sentence to add.

    Returns:
        AMI, ARI and ACC, with intervals for the clusters as they are; NaN when fewer than two
        labels occur.

    Raises:
        InputError: the two have different lengths.
        UnsupportedError: scikit-learn is not installed.

    Example:
        >>> [m.value for m in label_agreement([7, 7, 3, 3], ["a", "a", "b", "b"])]
        [1.0, 1.0, 1.0]
    """
    metrics = require("sklearn.metrics")
    if len(found) != len(labels):
        raise InputError(f"there are {len(found)} clusters but {len(labels)} labels of rows")
    a, b = codes_of(found), codes_of(labels)
    n = len(b)
    ways: dict[str, Callable[[Any, Any], float]] = {
        "AMI": metrics.adjusted_mutual_info_score,
        "ARI": metrics.adjusted_rand_score,
        "ACC": _matched,
    }
    if len(np.unique(b)) < 2:
        note = f"Undefined: fewer than two labels. {note}".strip()
        return tuple(Measure(name, math.nan, n, note=note) for name in ways)
    rng = np.random.default_rng([seed, 3])
    orders = [rng.permutation(n) for _ in range(20)]
    out = []
    with one_thread():
        for name, way in ways.items():
            value, low, high = jackknifed(
                lambda at, way=way: float(way(b[at], a[at])),  # type: ignore[misc]
                n,
                seed=seed,
                bounds=(-math.inf, 1.0),
            )
            null = float(np.mean([way(b[o], a) for o in orders]))
            out.append(Measure(name, value, n, low, high, seed, {"permuted labels": null}, note))
    return tuple(out)


def _matched(truth: NDArray[np.int64], found: NDArray[np.int64]) -> float:
    from scipy.optimize import linear_sum_assignment

    table = np.zeros((truth.max() + 1, found.max() + 1))
    np.add.at(table, (truth, found), 1)
    return float(table[linear_sum_assignment(-table)].sum() / len(truth))

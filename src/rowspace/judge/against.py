"""The blocks that compare a space's rows with other spaces and with labels, matched by id.

Takes sides of spaces, gives `Block`s. Called by the report.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from rowspace.errors import InputError
from rowspace.judge.blocks import Block
from rowspace.judge.inputs import Labels, shared
from rowspace.judge.measure import Measure

if TYPE_CHECKING:
    from rowspace.space.side import Side
    from rowspace.space.space import Space

_PROBED_ROWS = 3000
_MATCHED_ROWS = 2000


def counterpart(space: Space, side: Side, at: int) -> Side:
    """Return the side of another space that holds the same things.

    It is the one of the same name, else the only one, else the one in the same place `at`.

    Raises:
        InputError: there is none.
    """
    for other in space.sides:
        if other.name == side.name:
            return other
    if len(space.sides) == 1 or at >= len(space.sides):
        return space.sides[0]
    return space.sides[at]


def agreement_block(side: Side, others: Mapping[str, Side], *, k: int, seed: int) -> Block:
    """Return how alike a side and its counterparts in other spaces are, on the ids they share.

    Args:
        side: the side.
        others: by the name of their space.
        k: depth of the neighbour lists.
        seed: of samples and permutations.

    Returns:
        CKA, Procrustes, correlation of cosines, Jaccard@k, RBO and matched factors with each.
        Series: "names" and "neighbours kept", (others, 3) value, low and high of Jaccard@k, and
        "by chance".

    Raises:
        InputError: fewer than five ids are shared.
    """
    from rowspace.judge.compare import debiased_cka, procrustes, similarity_correlation
    from rowspace.judge.identifiability import factor_match
    from rowspace.judge.overlap import neighbour_overlap

    measures: list[Measure] = []
    kept, chance = [], []
    for name, other in others.items():
        own, theirs = shared(side.ids, other.ids)
        if len(own) < 5:
            raise InputError(
                f"only {len(own)} of the {len(side):,} {side.name} ids are on side {other.name!r} "
                f"of {name!r}, but a comparison needs at least 5"
            )
        x, y = side.vectors[own], other.vectors[theirs]
        some = np.sort(np.random.default_rng(seed).permutation(len(x))[:_MATCHED_ROWS])
        found = [
            debiased_cka(x, y, seed=seed),
            procrustes(x, y, seed=seed),
            similarity_correlation(x, y, seed=seed),
            *neighbour_overlap(x, y, ks=(min(k, len(own) - 1),), seed=seed),
            *factor_match(x[some], y[some], seed=seed).measures,
        ]
        measures.append(Measure(f"shared ids, with {name}", float(len(own)), len(side)))
        measures += [replace(m, name=f"{m.name}, with {name}") for m in found]
        jaccard = found[3]
        kept.append([jaccard.value, jaccard.low, jaccard.high])
        chance.append(jaccard.reference.get("permuted rows", np.nan))
    series: dict[str, Any] = {
        "names": np.array(list(others)),
        "neighbours kept": np.array(kept, float),
        "by chance": np.array(chance, float),
    }
    return Block("Agreement", tuple(measures), series)


def labels_block(side: Side, labels: Labels, *, k: int, seed: int) -> Block:
    """Return what labels say about a side: probes, clusters beside the labels, and sharpness.

    Raises:
        InputError: nearly every row has a label of its own.
        UnsupportedError: scikit-learn is not installed.
    """
    from rowspace.judge.clusters import cluster_agreement
    from rowspace.judge.labels import probe
    from rowspace.judge.sharpness import label_sharpness

    classes = np.unique(labels.values)
    if len(classes) > max(2, len(labels.values) // 2):
        raise InputError(
            f"{labels.name!r} has {len(classes):,} different labels for {len(labels.values):,} "
            "rows, but labels are classes that several rows share; choose another column"
        )
    x, y = side.vectors[labels.positions], labels.values
    count = Measure(
        f"rows with a label in {labels.name!r}",
        float(len(y)),
        len(side),
        note=f"{len(classes):,} different labels. {labels.note}".strip(),
    )
    probes = [
        probe(x, y, kind=kind, repeats=5, neighbours=k, rows=_PROBED_ROWS, seed=seed)
        for kind in ("knn", "linear", "naive_bayes")
    ]
    clusters = cluster_agreement(x, y, rows=_PROBED_ROWS, seed=seed)
    told = [accuracy for accuracy, _ in probes]
    series: dict[str, Any] = {
        "probes": np.array([m.name for m in told]),
        "accuracy": np.array([[m.value, m.low, m.high] for m in told], float),
        "majority class": np.array([m.reference.get("majority class", np.nan) for m in told]),
    }
    pairs = [m for both in probes for m in both]
    sharpness = label_sharpness(x, y, seed=seed)
    return Block("Labels", (count, *pairs, *clusters, *sharpness), series)

"""The task block: held-out observations asked of one space, or of several side by side.

Takes spaces and `HeldOut` cells, gives `Block`s. All-item ranking as in `all_items.py`; several
spaces are compared on the rows and columns that all of them know, row by row. Called by the report.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import InputError
from rowspace.judge import catalogue
from rowspace.judge.all_items import Recommendation, recommendation
from rowspace.judge.blocks import Block
from rowspace.judge.inputs import HeldOut, shared
from rowspace.judge.measure import Measure
from rowspace.judge.ranking import label
from rowspace.judge.significance import Comparison, compare, holm

if TYPE_CHECKING:
    from rowspace.space.space import Space

Overlap = Literal["refuse", "drop"]


def recommendation_block(
    space: Space, held: HeldOut, *, k: int, overlap: Overlap, seed: int
) -> Block:
    """Return how well a space finds held-out cells, and what it does to the catalogue.

    Raises:
        InputError: the space did not keep its cells, its sides have no dot product, or the held-out
            cells overlap its own and `overlap` is "refuse".
    """
    train, everything = _train(space), (slice(None), slice(None))
    found = _recommend(space, everything, held.cells, train, _metrics(k), overlap)
    found = replace(found, note=" ".join(s for s in (found.note, held.note) if s))
    rows, cols = space.sides
    met = np.bincount(train.indices, minlength=len(cols))
    run, n = found.run, len(cols)
    shown = (
        catalogue.coverage(run, n, k=k),
        catalogue.gini(run, n, k=k),
        catalogue.novelty(run, met, len(rows), k=k),
    )
    return Block("Recommendation", (*found.measures(seed=seed), *shown))


def comparison_block(
    spaces: Mapping[str, Space], held: HeldOut, *, k: int, overlap: Overlap, seed: int
) -> Block:
    """Compare spaces on the same held-out cells; the first is the one that others are held against.

    Args:
        spaces: by name; the held-out cells are between the rows and columns of the first, whose own
            cells are left out of every ranking.
        held: what should be found.
        k: the cut-off of the metrics.
        overlap: what to do with held-out cells that any of the spaces was learned from.
        seed: of bootstrap and permutations.

    Returns:
        The measures of each space, then the paired differences to the first. Series, for each
        metric: "METRIC means" and "METRIC differences", (spaces, 3) value, low and high, the latter
        NaN for the first; and "names".
    """
    first, *others = spaces.values()
    names = list(spaces)
    at = [[_where(first, other, i) for i in (0, 1)] for other in others]
    rows, cols = (np.flatnonzero(np.all([own[i] >= 0 for own in at], axis=0)) for i in (0, 1))
    known = [(rows, cols), *((own[0][rows], own[1][cols]) for own in at)]
    cells, dropped = held.cells[rows][:, cols], 0
    for name, space, own in zip(names, spaces.values(), known):
        if space.has_cells:
            cells, n = _not_learned(cells, _train(space)[own[0]][:, own[1]], name, overlap)
            dropped += n
    if not (cells.data > 0).any():
        raise InputError("no held-out cell is between rows and columns that all spaces know")
    train = _train(first)[rows][:, cols]
    metrics = _metrics(k)[:2]
    found = {
        name: _recommend(space, own, cells, train, metrics)
        for name, space, own in zip(names, spaces.values(), known)
    }
    note = (
        f"On {len(rows):,} {first.sides[0].name} and {len(cols):,} {first.sides[1].name} ids that "
        f"all {len(spaces)} spaces have."
    )
    if dropped:
        note += f" {dropped} test cells that a space was learned from were dropped."
    measures: list[Measure] = []
    series: dict[str, NDArray[Any]] = {"names": np.array(names)}
    compared: list[Comparison] = []
    for metric in metrics:
        told = [
            replace(m, name=f"{m.name}, {name}")
            for name, values in found.items()
            for m in values.measures(seed=seed)
            if m.name == label(metric)
        ]
        measures += [replace(m, note=note) for m in told]
        series[f"{label(metric)} means"] = np.array([[m.value, m.low, m.high] for m in told], float)
        values = {name: f.values.of(metric) for name, f in found.items()}
        compared += compare(values, baseline=names[0], seed=seed)
    corrected = holm([c.p for c in compared])
    tested = f"p: paired permutation test, corrected for {len(compared)} comparisons (Holm)."
    each = len(others)
    for i, metric in enumerate(metrics):
        part = slice(i * each, (i + 1) * each)
        series[f"{label(metric)} differences"] = np.array(
            [[np.nan] * 3, *([c.difference, c.low, c.high] for c in compared[part])]
        )
        for c, p in zip(compared[part], corrected[part]):
            what = f"{label(metric)}, {c.name_a} minus {c.name_b}"
            null = {"no difference": 0.0}
            measures.append(Measure(what, c.difference, c.n, c.low, c.high, c.seed, null))
            measures.append(Measure(f"p of {what}", float(p), c.n, seed=c.seed, note=tested))
    return Block("Comparison", tuple(measures), series)


def _metrics(k: int) -> tuple[str, ...]:
    asked = [f"{kind}@{k}" for kind in ("ndcg", "recall", "precision", "hit", "mrr", "map")]
    return tuple(dict.fromkeys([*asked, "ndcg@20", "recall@20"]))


def _recommend(
    space: Space,
    at: tuple[Any, Any],
    test: Any,
    train: Any,
    metrics: tuple[str, ...],
    overlap: Overlap = "refuse",
) -> Recommendation:
    """Judge the vectors of the rows and columns `at` (positions, or a slice) of a space."""
    rows, cols = space.sides
    if rows.dim != cols.dim:
        raise InputError(
            f"the vectors of {rows.name} have {rows.dim} numbers and those of {cols.name} "
            f"{cols.dim}, so no dot product ranks one for the other"
        )
    return recommendation(
        rows.vectors[at[0]], cols.vectors[at[1]], train, test, metrics=metrics, overlap=overlap
    )


def _train(space: Space) -> Any:
    """Return the cells that a space was learned from; an error where every cell was observed."""
    observed = space.observations
    if not observed.is_sparse:
        raise InputError(
            f"every cell of {space!r} was observed in training, so nothing is left to recommend"
        )
    return observed.cells


def _where(first: Space, other: Space, i: int) -> NDArray[np.int64]:
    """Return where the rows of side i of the first space are in another one, -1 for nowhere."""
    if len(other.sides) != 2:
        raise InputError(f"{other!r} has one side, so it cannot be asked for held-out columns")
    here, there = first.sides[i], other.sides[i]
    own, at = shared(here.ids, there.ids)
    where = np.full(len(here), -1)
    where[own] = at
    return where


def _not_learned(test: Any, train: Any, name: str, overlap: Overlap) -> tuple[Any, int]:
    """Return the test cells that are not in a training matrix, and how many were; or refuse."""
    from scipy.sparse import csr_array

    n = test.shape[1]
    cells, known = test.tocoo(), train.tocoo()
    keys, taken = (c.coords[0].astype(np.int64) * n + c.coords[1] for c in (cells, known))
    both = np.isin(keys, taken) & (cells.data > 0)
    count = int(both.sum())
    if count and overlap == "refuse":
        raise InputError(
            f"{count} of {int((cells.data > 0).sum())} test cells are among those that {name!r} "
            "was learned from; split the data again, or drop them with overlap='drop'"
        )
    coords = tuple(c[~both] for c in cells.coords)
    return csr_array((cells.data[~both], coords), shape=test.shape), count

"""Which columns of a table say something about a target, and which of them say it again.

Ranking by plain mutual information puts identifiers first, because many categories fit anything.
Here a column counts only when its information stands out from that of the permuted target; those
that do are ordered by what each adds to any one column above it, the rest by their z-score. In
comes a table, out comes one `FeatureRank` per column. Called by the report.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np

from rowspace.errors import InputError, UnknownIdError, nearest_names
from rowspace.judge.binning import adaptive_bins
from rowspace.judge.information import (
    Codes,
    Information,
    against_chance,
    arrow_column,
    codes,
    conditional_information,
)
from rowspace.judge.measure import Measure
from rowspace.recipes.registry import Paper, published


@dataclass(frozen=True)
class FeatureRank:
    """One column's place among the columns of a table.

    Attributes:
        name: of the column.
        rank: 1 is the best.
        information: on the target, corrected for chance, in nats; its reference holds the plug-in
            value, the null's mean and sd, z and p.
        stands_out: whether it is more than chance, all columns taken together.
        new: what it adds, in nats, to the one column above it that leaves it least; equal to the
            information for the best column and for columns that do not stand out.
        explained_by: that column, or None.
        categories: how many values or bins it was judged by, a missing value included.
        pooled: how many rare values were put together into one of those categories.
        binned: whether it was numeric and therefore binned.
    """

    name: str
    rank: int
    information: Measure
    stands_out: bool
    new: float
    explained_by: str | None
    categories: int
    pooled: int
    binned: bool

    @property
    def redundancy(self) -> float:
        """The share of its information that `explained_by` already has, from 0 to 1."""
        if self.explained_by is None or self.information.value <= 0:
            return 0.0
        return min(1.0, max(0.0, 1.0 - self.new / self.information.value))


@published(
    kind="measure",
    claim="Ranks the columns of a table by what they say about a target without being fooled by "
    "identifiers, and names the column that already says it.",
    papers=(
        Paper(
            "Skrlj, Mramor",
            2023,
            "OutRank: speeding up AutoML-based model search for large sparse data sets with "
            "cardinality-aware feature ranking",
            "RecSys",
            literature=388,
        ),
        Paper(
            "Yang",
            2025,
            "Contributions to robust and efficient methods for analysis of high dimensional data",
            "PhD thesis",
            literature=77,
        ),
        Paper(
            "Fleuret",
            2004,
            "Fast binary feature selection with conditional mutual information",
            "JMLR 5",
        ),
    ),
    test="tests/judge/test_features.py",
    benchmark="benchmarks/information.py",
)
def rank_features(
    table: Any,
    target: str,
    *,
    permutations: int = 100,
    seed: int = 0,
    redundancy: bool = True,
    level: float = 0.01,
    categories: Collection[str] = (),
    bins: int | None = None,
    rare: int | None = None,
) -> list[FeatureRank]:
    """Rank the columns of a table by their mutual information with a target.

    Values with few rows are pooled into one category first: alone they carry mostly chance, while
    that a value is rare is often news. A column stands out when the p-value of its information,
    times the number of columns, is below `level` (Bonferroni). Columns that stand out come first.
    With `redundancy`, each next one is the column with the largest min_s I(x; y | s) over the
    columns s above it (Fleuret 2004), corrected for chance within each value of s and taken at the
    upper end of its chance interval, so that only what can be shown counts as said already;
    without, they are ordered by I(x; y) - E[I(x; y)]. Columns that do not stand out follow by z:
    between them there is no information to order by.

    Args:
        table: an Arrow table, a pandas, polars or other data frame, or a mapping of name to column.
        target: the column to predict; when numeric it is binned like the others.
        permutations, seed: of the null, see `mutual_information`.
        redundancy: whether a column counts for what it adds to those above it. Columns are compared
            two at a time: what only three together reveal is not seen.
        level: the chance, over the whole table, that any meaningless column stands out.
        categories: numeric columns to be taken as categories as they are (codes, identifiers).
        bins: for numeric columns, see `adaptive_bins`.
        rare: values of a category column with fewer rows are pooled; None for so many that 5 rows
            outside the target's commonest value are expected; 1 pools nothing.

    Returns:
        One `FeatureRank` per column other than the target, the best first.

    Raises:
        InputError: a target with one value, columns of different lengths, nothing to rank.
        UnknownIdError: no such column.

    Example:
        >>> rows = range(200)
        >>> table = {"id": [f"r{i}" for i in rows], "parity": [i % 2 for i in rows],
        ...          "again": ["eo"[i % 2] for i in rows], "y": [i % 2 > 0 for i in rows]}
        >>> [(f.name, f.explained_by) for f in rank_features(table, "y")]
        [('parity', None), ('again', 'parity'), ('id', None)]
    """
    columns = table_columns(table)
    for name in (target, *categories):
        if name not in columns:
            near = nearest_names(name, columns)
            raise UnknownIdError(
                f"the table has no column {name!r}{near or '; it has ' + ', '.join(columns)}"
            )
    names = [name for name in columns if name != target]
    if not names:
        raise InputError(f"the table has only the target {target!r}; there is nothing to rank")
    coded = {
        name: column_codes(values, name, name not in categories, bins)
        for name, values in columns.items()
    }
    y = coded[target][0]
    if len(y) == 0 or y.max() == 0:
        value = arrow_column(columns[target], target)[0].as_py() if len(y) else None
        raise InputError(
            f"the target {target!r} has no two different values"
            + (f" (every row is {value!r})" if len(y) else " (there are no rows)")
            + "; there is nothing to predict"
        )
    if rare is None:
        rare = ceil(5 * len(y) / (len(y) - int(np.bincount(y).max())))
    judged, pooled = {}, {}
    for name in names:
        column, binned = coded[name]
        judged[name], pooled[name] = (column, 0) if binned else pool_rare(column, rare)
    found = against_chance(list(judged.values()), y, names, permutations=permutations, seed=seed)
    by_name = dict(zip(names, found, strict=True))
    strong = [name for name in names if by_name[name].p * len(names) < level]
    weak = sorted((n for n in names if n not in set(strong)), key=lambda n: -by_name[n].z)
    ordered = select(strong, by_name, judged, y, redundancy)
    ordered += [(name, by_name[name].corrected, None) for name in weak]
    return [
        FeatureRank(
            name=name,
            rank=place,
            information=by_name[name].measure(f"mutual information with {target}", seed),
            stands_out=place <= len(strong),
            new=new,
            explained_by=by,
            categories=int(judged[name].max()) + 1,
            pooled=pooled[name],
            binned=coded[name][1],
        )
        for place, (name, new, by) in enumerate(ordered, 1)
    ]


def pool_rare(column: Codes, rare: int) -> tuple[Codes, int]:
    """Return the codes with all values of fewer than `rare` rows made one, and how many they were.

    Example:
        >>> pool_rare(np.array([0, 0, 1, 2, 3, 3], np.int32), 2)
        (array([0, 0, 2, 2, 1, 1], dtype=int32), 2)
    """
    few = np.bincount(column) < rare
    number = np.where(few, (~few).sum(), np.cumsum(~few) - 1).astype(np.int32)
    return number[column], int(few.sum())


def select(
    names: list[str],
    found: Mapping[str, Information],
    coded: Mapping[str, Codes],
    y: Codes,
    redundancy: bool,
) -> list[tuple[str, float, str | None]]:
    """Order columns by what each adds, and return (name, what it adds, to which column).

    What a column adds only falls as more are chosen, so a column is brought up to date only while
    it leads (Fleuret 2004, section 3.4): most pairs are never computed.
    """
    new = {name: found[name].corrected for name in names}
    by: dict[str, str | None] = dict.fromkeys(names)
    compared = dict.fromkeys(names, 0)
    chosen: list[str] = []
    left = list(names)
    while left:
        best = max(left, key=lambda name: new[name])
        if redundancy and compared[best] < len(chosen):
            other = chosen[compared[best]]
            compared[best] += 1
            adds, sd = conditional_information(coded[best], y, coded[other])
            adds += 1.959964 * sd  # between detailed columns chance hides much: in doubt, new
            if adds < new[best]:
                new[best], by[best] = adds, other
            continue
        left.remove(best)
        chosen.append(best)
    return [(name, new[name], by[name]) for name in chosen]


def table_columns(table: Any) -> dict[str, Any]:
    """Return the columns of a table or mapping by name."""
    if isinstance(table, Mapping):
        return {str(name): values for name, values in table.items()}
    import narwhals as nw

    try:
        frame = nw.from_native(table, eager_only=True)
    except TypeError as error:
        raise InputError(
            f"a table is a data frame, an Arrow table or a mapping, not {type(table).__name__}"
        ) from error
    return {name: arrow_column(frame[name].to_arrow(), name) for name in frame.columns}


def column_codes(values: Any, name: str, may_bin: bool, bins: int | None) -> tuple[Codes, bool]:
    """Return a column's codes and whether it was numeric and binned."""
    import pyarrow as pa
    import pyarrow.types as kinds

    column = arrow_column(values, name)
    numeric = kinds.is_integer(column.type) or kinds.is_floating(column.type)
    numeric |= kinds.is_decimal(column.type) or kinds.is_temporal(column.type)
    if not (numeric and may_bin):
        return codes(column, name), False
    if kinds.is_temporal(column.type) and not kinds.is_duration(column.type):
        column = column.cast(pa.timestamp("us") if kinds.is_date(column.type) else column.type)
    if kinds.is_temporal(column.type):
        wide = column.type.bit_width == 64
        column = column.cast(pa.int64() if wide else pa.int32())
    return adaptive_bins(np.asarray(column.cast(pa.float64(), safe=False)), bins), True

"""Sequences: which items stand together in the histories, sessions or patients of a matrix.

`Together` turns rows that are sequences of columns (who did what when, as `rowspace.read` gives
with `time=`) into items x items: how often two occur near each other, with what is known of the
items as further rows and columns. A step of `Factorization.matrix`, by the recipes `prod2vec-mf`,
`metaprod2vec`, `codes` and `dual`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import InputError, UnknownIdError, UnsupportedError, nearest_names
from rowspace.observe.ids import Ids
from rowspace.observe.observations import Mode, Observations
from rowspace.observe.steps import NewRow, SideOf, State, StepBase
from rowspace.observe.weighting import refuse_negative_row

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = ["Together"]


@dataclass(frozen=True)
class Together(StepBase):
    """Count how often two items occur together in one row, x_ij.

    Together are two items of one row that are at most `window` places apart in the order of time,
    or at most `within` apart in time, or anywhere in the row. Each pair counts 1 in both
    directions; directed, only x_(earlier, later), so that items of one moment are no pair: neither
    comes first. For `window`, items of one moment stand in the order of the columns. Values are not
    read. An item that a row has several times was merged into one event when the data were read
    (`duplicates=`), at its latest time.

    With `metadata`, a column of the table of the items, what is known of them joins as rows and
    columns "column:value" (Vasile, Smirnova, Conneau 2016, "Meta-Prod2Vec", equation 4): with F the
    items x values table and n_i how often item i occurs, the blocks are X, weight (X + N) F, its
    counterpart, and weight F'X F. The table of both sides gets a column "block".

    A new item is given by how often it occurs together with known ones.

    Attributes:
        window: how many places; None for no limit.
        within: how much time, in the unit of the time stamps; None for no limit.
        directed: rows are what came before, columns what came after.
        metadata: the column; several values of an item are separated by "|". None for items only.
        weight: of the blocks of metadata.

    Example:
        >>> from scipy.sparse import csr_array
        >>> plays = Observations.from_matrix(csr_array([[1, 1, 1]]), rows="user", cols="song")
        >>> Together().apply(plays)[0].cells.toarray().tolist()
        [[0.0, 1.0, 1.0], [1.0, 0.0, 1.0], [1.0, 1.0, 0.0]]
    """

    window: int | None = None
    within: float | None = None
    directed: bool = False
    metadata: str | None = None
    weight: float = 1.0

    def __post_init__(self) -> None:
        if self.window is not None and self.window < 1:
            raise InputError(f"Together.window is {self.window}, but at least 1 was expected")
        if self.within is not None and not 0 <= self.within < np.inf:
            raise InputError(
                f"Together.within is {self.within}, but a number of at least 0 was expected"
            )
        if self.window is not None and self.within is not None:
            raise InputError("Together takes a window or a time within, not both; set one to None")
        if not 0 < self.weight < np.inf:
            raise InputError(f"Together.weight is {self.weight}, but above 0 was expected")

    def apply(self, obs: Observations) -> tuple[Observations, State]:
        """Return items x contexts, square and with the same ids on both sides; no state.

        Raises:
            UnsupportedError: the matrix is no sparse one, so that nothing was left out of a row.
            InputError: time stamps are needed and missing, also of single events, or an id of
                metadata is taken.
            UnknownIdError: the table has no such column.
        """
        if not obs.is_sparse:
            raise UnsupportedError(
                "Together reads rows as sequences of what was observed, but here every cell was; "
                "give it a sparse matrix"
            )
        timed = self.directed or self.window is not None or self.within is not None
        if timed and obs.times is None:
            raise InputError(
                "the order of a row needs time stamps, which these observations lack; read them "
                "with time=COLUMN (--time), or count whole rows with window=None"
            )
        if timed and obs.times is not None and not np.isfinite(obs.times).all():
            lost = int((~np.isfinite(obs.times)).sum())
            raise InputError(
                f"{lost} of {len(obs.times)} events have no time stamp and so no place in "
                "the order of their row; leave them out, or count whole rows with window=None"
            )
        x = self._pairs(obs) if timed else _anywhere(obs)
        mode = obs.cols
        if self.metadata is not None:
            x, mode = self._with_metadata(x, obs)
        other = Mode("context" if mode.name != "context" else "other context", mode.ids, mode.table)
        return Observations(mode, other, x, None, obs.source), {}

    def new_row(
        self,
        state: State,
        side: SideOf,
        positions: NDArray[np.int64],
        values: NDArray[np.float32],
    ) -> NewRow:
        """Return the counts of one new item as they are."""
        refuse_negative_row(values, "Together")
        return positions, values

    def _pairs(self, obs: Observations) -> csr_array:
        from scipy.sparse import csr_array

        from rowspace.observe.kernels.within import pairs_within

        indptr = obs.cells.indptr.astype(np.int64)
        rows = np.repeat(np.arange(len(obs.rows)), np.diff(indptr))
        assert obs.times is not None
        order = np.lexsort((obs.cells.indices, obs.times, rows))  # items of one moment by position
        items = obs.cells.indices[order].astype(np.int32)
        places = np.arange(len(order)) - indptr[rows]
        # A limit in places is one in time where the times are the places.
        limits = [(obs.times[order], self.within), (places.astype(np.float64), self.window)]
        given = [(t, float(limit)) for t, limit in limits if limit is not None]
        times, limit = given[0] if given else (limits[1][0], np.inf)
        # Directed, what happens at one moment has no order; else no two events are equal.
        apart = obs.times[order] if self.directed else places.astype(np.float64)
        none = np.empty(0, np.int32)
        n = pairs_within(indptr, items, times, limit, apart, none, none)
        first, second = np.empty(n, np.int32), np.empty(n, np.int32)
        if n:
            pairs_within(indptr, items, times, limit, apart, first, second)
        m = len(obs.cols)
        x = csr_array((np.ones(n, np.float32), (first, second)), shape=(m, m))
        x.sum_duplicates()
        return x if self.directed else csr_array(x + x.T)

    def _with_metadata(self, x: csr_array, obs: Observations) -> tuple[csr_array, Mode]:
        import pyarrow as pa
        from scipy.sparse import block_array, csr_array, diags_array

        assert self.metadata is not None
        f, values = _known(obs.cols, self.metadata)
        often = np.bincount(obs.cells.indices, minlength=len(obs.cols)).astype(np.float64)
        own = diags_array(often)
        w = self.weight
        beside, below = w * ((x + own) @ f), w * (f.T @ (x + own))
        whole = csr_array(block_array([[x, beside], [below, w * (f.T @ x @ f)]], format="csr"))
        names = [str(i) for i in obs.cols.ids] + [f"{self.metadata}:{v}" for v in values]
        if len(set(names)) < len(names):
            raise InputError(
                f"an id of {obs.cols.name!r} is spelled like one of its {self.metadata}; rename it"
            )
        blocks = [obs.cols.name] * len(obs.cols) + [self.metadata] * len(values)
        columns = {"block": pa.array(blocks)}
        return whole, Mode(obs.cols.name, Ids(names), pa.table(columns))


def _anywhere(obs: Observations) -> csr_array:
    """Return X'X of ones, without its diagonal."""
    from scipy.sparse import csr_array

    ones = csr_array(
        (np.ones_like(obs.cells.data), obs.cells.indices, obs.cells.indptr), shape=obs.shape
    )
    x = csr_array(ones.T @ ones)
    x.setdiag(0)
    x.eliminate_zeros()
    return x


def _known(mode: Mode, column: str) -> tuple[csr_array, list[str]]:
    """Return which values of a metadata column every id has, (n, values) ones, and the values."""
    from scipy.sparse import csr_array

    names = [] if mode.table is None else mode.table.column_names
    if mode.table is None or column not in names:
        near = nearest_names(column, names) or "; there are: " + (", ".join(names) or "none")
        raise UnknownIdError(
            f"the table of {mode.name!r} has no column {column!r}{near}; give it with "
            "col_table= (--col-table)"
        )
    told: list[Any] = mode.table.column(column).to_pylist()
    cells = [
        (i, value)
        for i, text in enumerate(told)
        if text is not None
        for value in dict.fromkeys(map(str.strip, str(text).split("|")))
        if value
    ]
    values = sorted({value for _, value in cells})
    at = {value: j for j, value in enumerate(values)}
    places = ([i for i, _ in cells], [at[value] for _, value in cells])
    f = csr_array((np.ones(len(cells), np.float32), places), shape=(len(mode), len(values)))
    return f, values

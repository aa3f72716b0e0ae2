"""Blocks: two matrices about the same rows, side by side as one matrix.

Side information is more columns: what is known about a user (tags, words, answers, labels) stands
beside what the user did, and one factorization explains both. In go two `Observations` whose rows
are the same kind of thing, out comes one; `Given()` confidence says how much the second block
counts. Base of collective and supervised factorizations. Called by users and by recipes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import InputError, UnsupportedError
from rowspace.observe.ids import Ids, united
from rowspace.observe.observations import Mode, Observations

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["beside"]

_BLOCK = "block"


def beside(
    obs: Observations, other: Observations, weight: float = 1.0, *, name: str | None = None
) -> Observations:
    """Put a second matrix about the same rows to the right of the first.

    What is known about the *columns* of a matrix goes below it, which is the same turned over:
    `beside(obs.T, about_the_columns).T`. Put blocks together after a split, or side information
    goes to the test part too.

    Args:
        obs: n x m, sparse or dense.
        other: n' x q, sparse or dense; its row side has the same name.
        weight: how much a cell of `other` weighs under `Given()` confidence, where one of `obs`
            weighs 1; multiplies weights that are there already.
        name: of the second block; the name of the column side of `other` where None.

    Returns:
        A matrix with the rows of both (those of `obs` first, then those that only `other` has; a
        row is unobserved in a block that lacks it) and the columns of both. It is dense if both are
        and have the same rows, else sparse. The columns of `obs` keep their ids, as text; an id x
        of `other` becomes "name:x". The table of the columns gets a column "block" with the names
        of the blocks; those of the rows are joined, the first one's values before the second's.
        `weights` are set; time stamps are NaN in a block without.

    Raises:
        InputError: the rows are called differently, `weight` is not above 0, the name of the block
            is taken, or tables have columns of one name and two types.
        UnsupportedError: a matrix is an operator.

    Source: Singh, Gordon 2008, "Relational learning via collective matrix factorization"; Vasile,
    Smirnova, Conneau 2016, "Meta-Prod2Vec", where items and what is known of them are blocks.

    Example:
        >>> plays = Observations.from_matrix(np.eye(2), rows="user", cols="song")
        >>> tags = Observations.from_matrix(np.ones((2, 1)), rows="user", cols="tag",
        ...                                 col_ids=["jazz"])
        >>> both = beside(plays, tags, weight=0.5)
        >>> list(both.cols.ids), both.cols.table["block"].to_pylist()
        (['0', '1', 'tag:jazz'], ['song', 'song', 'tag'])
        >>> both.weights.tolist()
        [[1.0, 1.0, 0.5], [1.0, 1.0, 0.5]]
    """
    if obs.rows.name != other.rows.name:
        raise InputError(
            f"the rows of the two blocks are called {obs.rows.name!r} and {other.rows.name!r}, but "
            "blocks stand beside each other when they are about the same rows; read one with "
            "another name, or turn it over (.T)"
        )
    if not (np.isfinite(weight) and weight > 0):
        raise InputError(f"weight is {weight}, but a finite number above 0 was expected")
    for block in (obs, other):
        if not (block.is_sparse or block.is_dense):
            raise UnsupportedError(
                f"{block.rows.name} x {block.cols.name} is an operator, whose cells cannot be "
                "placed beside others; give it sparse or dense"
            )
    ids, (at, other_at) = united([obs.rows.ids, other.rows.ids])
    rows = Mode(obs.rows.name, ids, _joined_rows(obs.rows, other.rows, at, other_at, len(ids)))
    cols = _joined_cols(obs.cols, other.cols, name or other.cols.name)
    source = " + ".join(filter(None, (obs.source, other.source)))
    weights = _weights(obs), np.float32(weight) * _weights(other)
    if obs.is_dense and other.is_dense and len(ids) == len(obs.rows) == len(other.rows):
        turned = np.argsort(other_at)
        cells = np.hstack([obs.cells, other.cells[turned]])
        return Observations(
            rows, cols, cells, None, source, np.hstack([weights[0], weights[1][turned]])
        )
    return _sparse(obs, other, weights, at, other_at, rows, cols, source)


def _sparse(
    obs: Observations,
    other: Observations,
    weights: tuple[NDArray[np.float32], NDArray[np.float32]],
    at: NDArray[np.int64],
    other_at: NDArray[np.int64],
    rows: Mode,
    cols: Mode,
    source: str,
) -> Observations:
    from scipy.sparse import csr_array

    i, j, x = _triples(obs)
    k, l, y = _triples(other)  # noqa: E741
    i, j = np.concatenate([at[i], other_at[k]]), np.concatenate([j, l + len(obs.cols)])
    times = None
    if obs.times is not None or other.times is not None:
        parts = ((obs.times, len(x)), (other.times, len(y)))
        times = np.concatenate([np.full(n, np.nan) if t is None else t for t, n in parts])
    # Each part is sorted by column within its rows, and all columns of the first come first.
    order = np.argsort(i, kind="stable")
    indptr = np.concatenate(([0], np.cumsum(np.bincount(i, minlength=len(rows)))))
    cells = csr_array(
        (np.concatenate([x, y])[order], j[order], indptr), shape=(len(rows), len(cols))
    )
    w = np.concatenate([part.ravel() for part in weights])
    return Observations(
        rows, cols, cells, None if times is None else times[order], source, w[order]
    )


def _triples(obs: Observations) -> tuple[NDArray[Any], NDArray[Any], NDArray[np.float32]]:
    """Return row and column (int64) and value of every observed cell, by row and column."""
    n, m = obs.shape
    if obs.is_dense:
        return np.repeat(np.arange(n), m), np.tile(np.arange(m), n), obs.cells.ravel()
    cells = obs.cells
    i = np.repeat(np.arange(n), np.diff(cells.indptr))
    return i, cells.indices.astype(np.int64), cells.data


def _weights(obs: Observations) -> NDArray[np.float32]:
    if obs.weights is not None:
        return obs.weights
    return np.ones(obs.cells.nnz if obs.is_sparse else obs.shape, np.float32)


def _joined_rows(
    rows: Mode, more: Mode, at: NDArray[np.int64], more_at: NDArray[np.int64], n: int
) -> pa.Table | None:
    """Return what is known about n rows from two tables, the first one's word before the second."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if rows.table is None and more.table is None:
        return None
    columns: dict[str, pa.ChunkedArray] = {}
    for mode, places in ((rows, at), (more, more_at)):
        if mode.table is None:
            continue
        line = np.full(n, -1)
        line[places] = np.arange(len(mode))
        spread = mode.table.take(pa.array(line, mask=line < 0))
        for name in spread.column_names:
            new, known = spread.column(name), columns.get(name)
            if known is not None and known.type != new.type:
                raise _two_types(name, known.type, new.type)
            columns[name] = new if known is None else pc.coalesce(known, new)
    return pa.table(columns)


def _joined_cols(cols: Mode, more: Mode, block: str) -> Mode:
    """Return the columns of both; see `beside` for their ids and their table."""
    import pyarrow as pa
    import pyarrow.compute as pc

    first = cols.table
    if first is None or _BLOCK not in first.column_names:
        first = _blocked(cols, cols.name)
    if block in (cols.name, *pc.unique(first.column(_BLOCK)).to_pylist()):
        raise InputError(
            f"there is a block {block!r} already; call the second one something else with name="
        )
    second = _blocked(more, block)
    for name in set(first.column_names) & set(second.column_names):
        kinds = [table.column(name).type for table in (first, second)]
        if kinds[0] != kinds[1]:
            raise _two_types(name, *kinds)
    text, other_text = (mode.ids.array.cast(pa.large_string()) for mode in (cols, more))
    prefix, nothing = (pa.scalar(x, pa.large_string()) for x in (f"{block}:", ""))
    renamed = pc.binary_join_element_wise(prefix, other_text, nothing)
    return Mode(
        cols.name,
        Ids(pa.concat_arrays([text, renamed]), what=cols.name),
        pa.concat_tables([first, second], promote_options="default").combine_chunks(),
    )


def _blocked(mode: Mode, block: str) -> pa.Table:
    """Return the table of a mode with `block` in its column "block"."""
    import pyarrow as pa

    blocks = pa.array([block] * len(mode), pa.string())
    if mode.table is None:
        return pa.table({_BLOCK: blocks})
    kept = [name for name in mode.table.column_names if name != _BLOCK]
    return mode.table.select(kept).append_column(_BLOCK, blocks)


def _two_types(name: str, first: pa.DataType, second: pa.DataType) -> InputError:
    return InputError(
        f"both blocks have metadata called {name!r}, {first} in one and {second} in the other; "
        "rename one of them"
    )

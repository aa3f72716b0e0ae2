"""Scores of many rows by all columns, whichever of both sides has sparse vectors.

Vectors of histories and of linear item-to-item models are mostly zeros; ranking all items must
neither densify them nor multiply the zeros. Called by `all_items.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rowspace.errors import InputError

Vectors = Any
"""(n, d) float32: an array, or a SciPy CSR array."""

Tile = Callable[[int, int], NDArray[np.float32]]
"""(first, last) -> scores by the columns first .. last - 1, C order."""

Scores = Callable[[slice], Tile]
"""rows -> what gives their scores."""


def table(name: str, vectors: ArrayLike | Any) -> Vectors:
    """Return vectors as a float32 array or CSR array, or refuse them.

    Raises:
        InputError: no table, or a number that is not finite.
    """
    if hasattr(vectors, "tocsr"):
        from scipy.sparse import csr_array

        found = csr_array(vectors, dtype=np.float32)
        finite = np.isfinite(found.data)
        bad = np.unique(np.repeat(np.arange(found.shape[0]), np.diff(found.indptr))[~finite])
    else:
        found = np.ascontiguousarray(vectors, np.float32)
        if found.ndim != 2:
            raise InputError(f"{name} must be a table of vectors, but have shape {found.shape}")
        bad = np.flatnonzero(~np.isfinite(found).all(axis=1))
    if len(bad):
        raise InputError(
            f"{len(bad)} of the {found.shape[0]} vectors in {name} hold NaN or infinite numbers, "
            f"the first at position {bad[0]}; nothing can be ranked with them"
        )
    return found


def scorer(rows: Vectors, cols: Vectors) -> Scores:
    """Return what scores rows (n, d) by columns (m, d), for several threads at once.

    >>> from scipy.sparse import csr_array
    >>> score = scorer(csr_array([[0.0, 2.0]]), np.array([[1.0, 3.0], [1.0, 4.0]], np.float32))
    >>> score(slice(1))(0, 2).tolist()
    [[6.0, 8.0]]
    """
    if not (hasattr(rows, "tocsr") or hasattr(cols, "tocsr")):
        return lambda own: lambda first, last: rows[own] @ cols[first:last].T
    if not hasattr(cols, "tocsr"):
        return lambda own: _mixed(rows[own], cols)
    turned = cols.T.tocsr()
    if hasattr(rows, "tocsr"):
        return lambda own: _cut((rows[own] @ turned).toarray())
    return lambda own: _cut((cols @ rows[own].T).T)


def _cut(whole: NDArray[np.float32]) -> Tile:
    return lambda first, last: np.ascontiguousarray(whole[:, first:last])


def _mixed(rows: Any, cols: NDArray[np.float32]) -> Tile:
    from rowspace.judge.kernels.sparse_scores import sparse_scores

    def tile(first: int, last: int) -> NDArray[np.float32]:
        out = np.empty((rows.shape[0], last - first), np.float32)
        sparse_scores(rows.indptr, rows.indices, rows.data, cols[first:last], out)
        return out

    return tile

"""Fold-in: the vector of a row that was not there, with the other side as it is.

A new row solves the very problem that training solves for each of its rows (`gram.py`,
`rows.py`), so a row folded in again gets the vector that one more half sweep would give it. That
holds for every factorization with squared loss; for a truncated SVD it is the least-squares
projection. The new cells come after the steps of `Factorization.matrix`. Called by `Space.fold_in`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import InputError, UnsupportedError
from rowspace.factor.cells import Csr
from rowspace.factor.gram import constraint_of, row_problem, weigh
from rowspace.factor.grammar import Constant, Factorization, Squared
from rowspace.factor.kernels import blocked
from rowspace.factor.rows import solve_rows
from rowspace.threads import kernel_threads

if TYPE_CHECKING:
    from scipy.sparse import csr_array

SideOf = Literal["rows", "cols"]


def fold_in(
    factorization: Factorization,
    side: SideOf,
    partner: NDArray[np.float32],
    positions: NDArray[np.integer],
    values: NDArray[np.floating],
    gram: NDArray[np.float64] | None = None,
) -> NDArray[np.float32]:
    """Return the vector of one new row (side="rows") or column (side="cols").

    Args:
        factorization: the problem that was solved.
        side: where the new vector belongs.
        partner: (m, dim) float32, the vectors of the other side.
        positions: (p,) whole numbers below m, where the new row was observed, in any order; a
            position that occurs twice counts with the sum of its values.
        values: (p,) observed values, after the steps of `factorization.matrix`.
        gram: what `partner_gram(partner)` returned, to save its computation.

    Returns:
        (dim,) float32; zeros for a row without observations.

    Raises:
        InputError: a position beyond the partner, a value that is not finite or negative where
            `confidence` grows with the value.
        UnsupportedError: the loss is not squared.

    Example:
        >>> from rowspace.factor.grammar import Factorization
        >>> items = np.array([[1, 0], [0, 2]], np.float32)
        >>> fold_in(Factorization(dim=2), "rows", items, np.array([1]), np.array([4.0])).tolist()
        [0.0, 2.0]
    """
    from scipy.sparse import csr_array

    at, x = np.asarray(positions), np.asarray(values)
    if at.shape != x.shape or at.ndim != 1:
        raise InputError(
            f"a new row needs one value per position, but has {x.size} values for {at.size}"
        )
    if at.size and (at.min() < 0 or at.max() >= len(partner)):
        bad = at[(at < 0) | (at >= len(partner))][0]
        raise InputError(f"position {bad} is not among the {len(partner)} rows of the other side")
    row = csr_array(
        (x.astype(np.float32), (np.zeros(len(at), np.int64), at.astype(np.int64))),
        shape=(1, len(partner)),
    )
    vector: NDArray[np.float32] = fold_in_many(factorization, side, partner, row, gram)[0]
    return vector


def fold_in_many(
    factorization: Factorization,
    side: SideOf,
    partner: NDArray[np.float32],
    cells: csr_array,
    gram: NDArray[np.float64] | None = None,
) -> NDArray[np.float32]:
    """Return the vectors (r, dim) of r new rows or columns; see `fold_in`.

    Args:
        factorization, side, partner, gram: as for `fold_in`.
        cells: (r, m) SciPy CSR, one new row (or column) per row; a stored zero is an observed zero.
    """
    if not isinstance(factorization.loss, Squared):
        raise UnsupportedError(
            f"a new row cannot be folded in under the loss {factorization.loss}; fit again with it"
        )
    if cells.shape[1] != len(partner) or partner.shape[1] != factorization.dim:
        raise InputError(
            f"new rows with {cells.shape[1]} cells of dim {factorization.dim} do not fit a "
            f"partner of shape {partner.shape}"
        )
    if not cells.has_canonical_format:
        cells = cells.copy()
        cells.sum_duplicates()
    _refuse(~np.isfinite(cells.data), cells.data, "a finite number")
    if not isinstance(factorization.confidence, Constant):
        _refuse(
            cells.data < 0,
            cells.data,
            f"a value of at least 0 (for {type(factorization.confidence).__name__} confidence)",
        )
    constraint = constraint_of(factorization, side)
    with kernel_threads():
        problem = row_problem(weigh(factorization, Csr.of(cells)), partner, constraint, gram)
        return solve_rows(problem).vectors


def partner_gram(
    factorization: Factorization, partner: NDArray[np.float32]
) -> NDArray[np.float64] | None:
    """Return the part of a fold-in that all new rows share, V'V (dim, dim) float64, to be kept.

    None where the unobserved cells have no weight, so that nothing is shared.
    """
    from rowspace.factor.gram import background_weight

    if background_weight(factorization.unobserved) == 0:
        return None
    with kernel_threads():
        return blocked.gram(partner)


def _refuse(bad: NDArray[np.bool_], values: NDArray[np.floating], expected: str) -> None:
    if bad.any():
        raise InputError(f"a new row holds {values[bad][0]:g}, but {expected} was expected")

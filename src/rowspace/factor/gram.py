"""What the row problem is: the weights of the cells, and the Gram matrices made of them.

With one side (the partner, vectors v_j) fixed, row i of the other side minimises
1/2 x'G_i x - c_i'x with

    G_i = a_i V'DV + sum_{j observed} (w_ij - a_i d_j) v_j v_j' + l_i I
    c_i = sum_{j observed} w_ij t_ij v_j + linear_i

that is a Gram matrix which all rows share (background weights a_i d_j) plus a sparse correction;
where every cell is stored and the background weighs nothing, it is fully weighted. This file
builds that statement from weighted cells; `rows.py` and `constrained.py` solve it. Training
(`alternating.py`) and new rows (`fold_in.py`) both come here, so they cannot disagree.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import UnsupportedError
from rowspace.factor.basis import Basis
from rowspace.factor.grammar import Constraint, Factorization, GraphSmooth, Lookup, Mean, Ridge
from rowspace.linalg.csr import Csr
from rowspace.linalg.kernels import blocked

_WIDE = 256  # the dim from which Gram matrices are a large part of a sweep


@dataclass(frozen=True, eq=False)
class WeightedCells:
    """A matrix with the weights that a factorization gives its cells.

    Attributes:
        pull: n x m; per stored cell w_ij t_ij. Dense where every cell was observed and all weigh
            the same.
        extra: per stored cell w_ij - a_i d_j, (nnz,) float32, at least 0; None where that is 0
            throughout.
        own: a_i, the row's part of the weight of the background, (n,) float64.
        other: d_j, the column's part, (m,) float64.
        share: how much of a_i d_j is the background's own, where the weight of dense cells is in
            it too.
        constant: sum of w_ij t_ij^2 / 2, the objective at zero.
    """

    pull: Csr | NDArray[np.float32]
    extra: NDArray[np.float32] | None
    own: NDArray[np.float64]
    other: NDArray[np.float64]
    share: float
    constant: float

    @property
    def observed(self) -> NDArray[np.int64]:
        """How many cells of every row were observed, (n,)."""
        if isinstance(self.pull, Csr):
            return self.pull.lengths
        return np.full(self.pull.shape[0], self.pull.shape[1])


@dataclass(frozen=True, eq=False)
class RowProblem:
    """Minimise 1/2 x'G_i x - c_i'x for every row i (see the module).

    Attributes:
        cells: n x m, with `pull` and `extra`.
        partner: V, (m, k) float32, C order.
        shared: V'DV, (k, k) float64.
        scale: a_i, (n,) float64.
        ridge: l_i, (n,) float64.
        linear: what c_i has besides the pull of the cells, (n, k) float64; None for nothing.
        basis: the eigenbasis of `shared`, where the caller has it.
    """

    cells: WeightedCells
    partner: NDArray[np.float32]
    shared: NDArray[np.float64]
    scale: NDArray[np.float64]
    ridge: NDArray[np.float64]
    linear: NDArray[np.float64] | None = None
    basis: Basis | None = None


def row_problem(
    cells: WeightedCells,
    partner: NDArray[np.float32],
    constraint: Constraint,
    gram: Basis | None = None,
    linear: NDArray[np.float64] | None = None,
) -> RowProblem:
    """Return the problem of the rows of `cells`.

    Args:
        cells: n x m.
        partner: (m, k), the fixed side.
        constraint: of the rows.
        gram: V'DV of the partner in its eigenbasis, where the caller has it.
        linear: see `RowProblem`.
    """
    partner = np.ascontiguousarray(partner, np.float32)
    shared = weighted_gram(partner, cells.other) if gram is None else gram.shared
    background = cells.share * cells.other.sum() * cells.own
    ridge = charges(constraint, cells.observed, background)
    return RowProblem(cells, partner, shared, cells.own, ridge, linear, gram)


def weighted_gram(partner: NDArray[np.float32], weight: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return V'DV (k, k) float64 for the vectors V (m, k) and the diagonal D (m,) at least 0.

    >>> weighted_gram(np.array([[1, 2], [0, 1]], np.float32), np.array([1.0, 3.0])).tolist()
    [[1.0, 2.0], [2.0, 7.0]]
    """
    if not weight.any():
        return np.zeros((partner.shape[1],) * 2)
    alike = bool((weight == weight[0]).all())
    scaled = partner if alike else partner * np.sqrt(weight)[:, None]
    if partner.shape[1] < _WIDE:
        gram = blocked.gram(scaled)
    else:  # products in float32, sums over blocks in float64: half the time
        narrow = scaled.astype(np.float32, copy=False)
        gram = blocked.cross(narrow, narrow)
    return np.asarray(weight[0] * gram) if alike else gram


def charges(
    constraint: Constraint, observed: NDArray[np.int64], background: float | NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return l_i = l2 * (n_i + background)^frequency, (n,) float64, for n_i `observed` cells."""
    ridge = constraint.within if isinstance(constraint, GraphSmooth) else constraint
    if not isinstance(ridge, Ridge):
        return np.zeros(len(observed))
    weight = np.asarray(observed, np.float64) + background
    return np.asarray(ridge.l2 * weight**ridge.frequency)


def constraint_of(factorization: Factorization, side: str) -> Constraint:
    """Return the constraint of the vectors on side "rows" or "cols"."""
    encoder = factorization.rows if side == "rows" else factorization.cols
    if isinstance(encoder, Lookup | Mean):
        return encoder.constraint
    raise UnsupportedError(f"no row problem has {side}={encoder}; use Lookup(Free(...))")

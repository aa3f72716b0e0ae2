"""What the row problem is: the weights of the cells, and the Gram matrices made of them.

With one side (the partner, vectors v_j) fixed, row i of the other side minimises
1/2 x'G_i x - c_i'x with

    G_i = w0 V'V + sum_{j observed} (w_ij - w0) v_j v_j' + l_i I
    c_i = sum_{j observed} w_ij t_ij v_j

that is a Gram matrix which all rows share plus a sparse correction. This file builds that
statement from a `Factorization`; `rows.py` solves it. Training (`alternating.py`) and new rows
(`fold_in.py`) both come here, so they cannot disagree.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import UnsupportedError
from rowspace.factor.cells import Csr
from rowspace.factor.grammar import (
    Confidence,
    Constant,
    Constraint,
    Factorization,
    Free,
    Ignore,
    Linear,
    Log,
    Lookup,
    One,
    Uniform,
    Unobserved,
)
from rowspace.factor.kernels import blocked


@dataclass(frozen=True, eq=False)
class WeightedCells:
    """A matrix with the weights that a factorization gives its cells.

    Attributes:
        pull: n x m; per stored cell w_ij t_ij. Dense where every cell was observed and all weigh
            the same.
        extra: per stored cell w_ij - w0, (nnz,) float32; None where that is 0 throughout.
        background: w0, the weight of the shared Gram matrix.
        per_cell: what one cell of a row adds to the weight of its data, before confidence.
        constant: sum of w_ij t_ij^2 / 2, the objective at zero.
    """

    pull: Csr | NDArray[np.float32]
    extra: NDArray[np.float32] | None
    background: float
    per_cell: float
    constant: float

    @property
    def T(self) -> WeightedCells:
        """The same cells with rows and columns exchanged."""
        extra = self.extra
        if extra is not None and isinstance(self.pull, Csr):
            extra = extra[self.pull.transposing]
        return WeightedCells(self.pull.T, extra, self.background, self.per_cell, self.constant)


@dataclass(frozen=True, eq=False)
class RowProblem:
    """Minimise 1/2 x'G_i x - c_i'x for every row i (see the module).

    Attributes:
        cells: n x m, with `pull` and `extra`.
        partner: V, (m, k) float32, C order.
        shared: w0 V'V, (k, k) float64.
        ridge: l_i, (n,) float64.
    """

    cells: WeightedCells
    partner: NDArray[np.float32]
    shared: NDArray[np.float64]
    ridge: NDArray[np.float64]


def weigh(factorization: Factorization, cells: Csr | NDArray[np.float32]) -> WeightedCells:
    """Return the cells with their weights and targets.

    Args:
        factorization: says `target`, `confidence`, `unobserved`.
        cells: stored cells were observed; a dense matrix was observed throughout. Never changed.
    """
    w0 = background_weight(factorization.unobserved)
    confidence = factorization.confidence
    if isinstance(cells, np.ndarray):
        if isinstance(confidence, Constant):
            # All cells weigh the same, so all of it goes into the shared Gram matrix.
            w = w0 + confidence.weight
            t = np.ones_like(cells) if isinstance(factorization.target, One) else cells
            total = 0.5 * w * float(np.einsum("ij,ij->", t, t, dtype=np.float64))
            return WeightedCells(np.asarray(w * t, np.float32), None, w, w0, total)
        cells = Csr.full(cells)
    x: NDArray[np.float64] = cells.data.astype(np.float64)
    extra = confidence_weight(confidence, x)
    target = np.ones_like(x) if isinstance(factorization.target, One) else x
    pull = (w0 + extra) * target
    return WeightedCells(
        Csr(cells.indptr, cells.indices, pull.astype(np.float32), cells.shape),
        extra.astype(np.float32) if extra.any() else None,
        w0,
        w0,
        0.5 * float(pull @ target),
    )


def row_problem(
    cells: WeightedCells,
    partner: NDArray[np.float32],
    constraint: Constraint,
    gram: NDArray[np.float64] | None = None,
) -> RowProblem:
    """Return the problem of the rows of `cells`.

    Args:
        cells: n x m.
        partner: (m, k), the fixed side.
        constraint: of the rows.
        gram: V'V (k, k) of the partner, where the caller has it.
    """
    partner = np.ascontiguousarray(partner, np.float32)
    if cells.background == 0:
        shared = np.zeros((partner.shape[1],) * 2)
    else:
        shared = cells.background * (blocked.gram(partner) if gram is None else gram)
    n, m = cells.pull.shape
    observed = cells.pull.lengths if isinstance(cells.pull, Csr) else np.full(n, m)
    return RowProblem(cells, partner, shared, charges(constraint, observed, cells.per_cell * m))


def charges(
    constraint: Constraint, observed: NDArray[np.int64], background: float
) -> NDArray[np.float64]:
    """Return l_i = l2 * (n_i + background)^frequency, (n,) float64, for n_i `observed` cells."""
    free = _free(constraint)
    weight = np.asarray(observed, np.float64) + background
    return np.asarray(free.l2 * weight**free.frequency)


def background_weight(unobserved: Unobserved) -> float:
    """Return w0, the weight of an unobserved cell."""
    if isinstance(unobserved, Uniform):
        return unobserved.weight
    if isinstance(unobserved, Ignore):
        return 0.0
    raise UnsupportedError(f"no row problem has unobserved={unobserved}; use Uniform or Ignore")


def confidence_weight(confidence: Confidence, x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the weight of observed values x beyond the background's, in their shape.

    >>> confidence_weight(Linear(alpha=40), np.array([0.0, 2.0])).tolist()
    [0.0, 80.0]
    """
    if isinstance(confidence, Constant):
        return np.full_like(x, confidence.weight)
    if isinstance(confidence, Linear):
        return confidence.alpha * x
    if isinstance(confidence, Log):
        return np.asarray(confidence.alpha * np.log1p(x / confidence.eps))
    raise UnsupportedError(
        f"no row problem has confidence={confidence}; use Constant, Linear or Log"
    )


def constraint_of(factorization: Factorization, side: str) -> Constraint:
    """Return the constraint of the vectors on side "rows" or "cols"."""
    encoder = factorization.rows if side == "rows" else factorization.cols
    if isinstance(encoder, Lookup):
        return encoder.constraint
    raise UnsupportedError(f"no row problem has {side}={encoder}; use Lookup(Free(...))")


def _free(constraint: Constraint) -> Free:
    if isinstance(constraint, Free):
        return constraint
    raise UnsupportedError(f"no row problem has the constraint {constraint}; use Free(...)")

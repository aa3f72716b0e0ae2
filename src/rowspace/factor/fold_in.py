"""Fold-in: the vector of a row that was not there, with the other side as it is.

A new row solves the very problem that training solves for each of its rows (`statement.py`,
`halves.py`), so a row folded in again gets the vector that one more half sweep would give it. For a
truncated SVD it is the least-squares projection, for a `Sketch` the random one. The new cells come
after the steps of `Factorization.matrix`. Called by `Space.fold_in`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import InputError, UnsupportedError
from rowspace.factor.basis import Basis
from rowspace.factor.constrained import initial
from rowspace.factor.gram import constraint_of, weighted_gram
from rowspace.factor.grammar import (
    Biases,
    Degrees,
    Factorization,
    Free,
    Given,
    GraphSmooth,
    Margins,
    NoisyLabel,
    NoOffset,
    Orthogonal,
    Popularity,
    Propensity,
    Sketch,
    Spectral,
    Uniform,
)
from rowspace.factor.halves import Side, objective, solve_half
from rowspace.factor.policies import Background, background_of, degree_weight, needs_counts
from rowspace.factor.sketch import projected
from rowspace.factor.statement import Statement, state
from rowspace.linalg.csr import Csr
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
    gram: Basis | None = None,
    extras: Mapping[str, NDArray[Any]] | None = None,
    facts: Mapping[str, Any] | None = None,
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
        extras, facts: as for `fold_in_many`.

    Returns:
        (dim,) float32; zeros for a row without observations.

    Raises:
        InputError: a position beyond the partner, a value that is not finite or negative where
            `confidence` grows with the value.
        UnsupportedError: the side is `Orthogonal()`.

    Example:
        >>> from rowspace.factor.grammar import Factorization
        >>> items = np.array([[1, 0], [0, 2]], np.float32)
        >>> fold_in(Factorization(dim=2), "rows", items, np.array([1]), np.array([4.0])).tolist()
        [0.0, 2.0]
    """
    row = as_row(positions, values, len(partner))
    return np.asarray(fold_in_many(factorization, side, partner, row, gram, extras, facts)[0])


def as_row(positions: NDArray[np.integer], values: NDArray[np.floating], m: int) -> Csr:
    """Return one new row of m cells, (1, m), for `fold_in_many`; refuses what does not fit."""
    at, x = np.asarray(positions), np.asarray(values)
    if at.shape != x.shape or at.ndim != 1:
        raise InputError(
            f"a new row needs one value per position, but has {x.size} values for {at.size}"
        )
    if at.size and (at.min() < 0 or at.max() >= m):
        bad = at[(at < 0) | (at >= m)][0]
        raise InputError(f"position {bad} is not among the {m} rows of the other side")
    unique, where = np.unique(at.astype(np.int32), return_inverse=True)
    sums = np.bincount(where, x, minlength=len(unique)).astype(np.float32)
    return Csr(np.array([0, len(unique)]), unique, sums, (1, m))


def fold_in_many(
    factorization: Factorization,
    side: SideOf,
    partner: NDArray[np.float32],
    cells: csr_array | Csr,
    gram: Basis | None = None,
    extras: Mapping[str, NDArray[Any]] | None = None,
    facts: Mapping[str, Any] | None = None,
) -> NDArray[np.float32]:
    """Return the vectors (r, dim) of r new rows or columns; see `fold_in`.

    Args:
        factorization, side, partner, gram: as for `fold_in`.
        cells: (r, m) SciPy CSR or `Csr`, one new row (or column) per row; a stored zero is an
            observed zero.
        extras: what training stored for each row of the partner ("bias", "background", "lift").
        facts: what training stored for all ("mean", "log_total", "popularity", "most").
    """
    return fold_in_side(factorization, side, partner, cells, gram, extras, facts).vectors


def fold_in_side(
    factorization: Factorization,
    side: SideOf,
    partner: NDArray[np.float32],
    cells: csr_array | Csr,
    gram: Basis | None = None,
    extras: Mapping[str, NDArray[Any]] | None = None,
    facts: Mapping[str, Any] | None = None,
    weights: NDArray[np.float32] | None = None,
) -> Side:
    """Return r new rows or columns as a side: the vectors of `fold_in_many` and their biases."""
    statement, own, other, mean = posed(factorization, side, partner, cells, extras, facts, weights)
    if isinstance(factorization.solver, Sketch):
        return replace(own, vectors=projected(side, partner, statement.cells))
    with kernel_threads():
        return _stressed(factorization, _solved(statement, own, other, mean, gram), facts or {})


def _stressed(f: Factorization, side: Side, facts: Mapping[str, Any]) -> Side:
    """Return new rows with the power of the singular values that those of training have.

    Least squares gives S^(1 - the partner's power), which is theirs unless `col_power` is set.
    """
    if not isinstance(f.solver, Spectral) or sum(f.solver.powers) == 1:
        return side
    s = np.asarray(facts["spectrum"], np.float64)
    by = np.where(s > 0, s, 1) ** (sum(f.solver.powers) - 1)
    return replace(side, vectors=(side.vectors * by).astype(np.float32))


def posed(
    factorization: Factorization,
    side: SideOf,
    partner: NDArray[np.float32],
    cells: csr_array | Csr,
    extras: Mapping[str, NDArray[Any]] | None = None,
    facts: Mapping[str, Any] | None = None,
    weights: NDArray[np.float32] | None = None,
    vectors: NDArray[np.float32] | None = None,
) -> tuple[Statement, Side, Side, float]:
    """Return what there is to solve for r new rows: a statement, both sides and the mean.

    Args:
        factorization, side, partner, cells, extras, facts: as for `fold_in_many`.
        weights: what `Given()` confidence takes, (nnz,); 1 for every cell where None.
        vectors: where the rows stand, (r, dim) float32; None for new ones.
    """
    f = factorization
    if side == "cols" and isinstance(f.solver, Spectral) and f.solver.by_block:
        raise UnsupportedError(
            "a new column does not say which block it belongs to, and blocks are factored each on "
            "its own; fit again with it"
        )
    if cells.shape[1] != len(partner) or partner.shape[1] != f.dim:
        raise InputError(
            f"new rows with {cells.shape[1]} cells of dim {f.dim} do not fit a "
            f"partner of shape {partner.shape}"
        )
    if not isinstance(cells, Csr):
        if not cells.has_canonical_format:
            cells = cells.copy()
            cells.sum_duplicates()
        cells = Csr.of(cells)
    _refuse(~np.isfinite(cells.data), cells.data, "a finite number")
    purpose = needs_counts(f)
    if purpose is not None:
        _refuse(cells.data < 0, cells.data, f"a value of at least 0 (for {purpose})")
    if weights is None and isinstance(f.confidence, Given):
        weights = np.ones(len(cells.data), np.float32)
    extras, facts = extras or {}, facts or {}
    statement = state(f, cells, weights, _background(f, side, cells, extras, facts))
    own, other = _sides(f, side, partner, cells, extras, facts, vectors)
    return statement, own, other, float(facts.get("mean", 0.0))


def _solved(
    statement: Statement, own: Side, partner: Side, mean: float, gram: Basis | None
) -> Side:
    """Solve once where that is exact, else until the objective stands still."""
    if not statement.reweights and isinstance(own.constraint, Free):
        return solve_half(statement, own, partner, mean, True, gram).side
    before = np.inf
    for _ in range(_MOST_STEPS):
        half = solve_half(statement, own, partner, mean, True, gram)
        own = half.side
        value = objective(statement, half, partner, mean)
        if before - value <= _STILL * abs(value):
            break
        before = value
    return own


_MOST_STEPS = 200
_STILL = 1e-9


def _background(
    f: Factorization,
    side: SideOf,
    cells: Csr,
    extras: Mapping[str, NDArray[Any]],
    facts: Mapping[str, Any],
) -> Background:
    """Return the background of the new rows or columns.

    The policies are stated for the columns of the matrix: a new row takes what training stored for
    them, a new column what follows from its own number of observed cells.
    """
    r, m = cells.shape
    own = cells.lengths.astype(np.float64)
    if side == "cols" and isinstance(f.unobserved, Popularity | Propensity | NoisyLabel):
        return background_of(f.unobserved, own, np.ones(m), facts).T
    if isinstance(f.unobserved, Degrees):
        exponent, mean = (
            (f.unobserved.rows, facts["row_degree"])
            if side == "rows"
            else (f.unobserved.cols, facts["col_degree"])
        )
        other = np.asarray(extras.get("background", np.ones(m)), np.float64)
        return Background(degree_weight(own, exponent, mean), other, np.ones(r), np.ones(m))
    known = background_of(f.unobserved, np.ones(m), own, {"popularity": 1.0, "most": 1.0})
    stored = {"other": extras.get("background"), "lift": extras.get("lift")}
    given = {k: np.asarray(v, np.float64) for k, v in stored.items() if v is not None}
    return replace(known, **given)


def _sides(
    f: Factorization,
    side: SideOf,
    partner: NDArray[np.float32],
    cells: Csr,
    extras: Mapping[str, NDArray[Any]],
    facts: Mapping[str, Any],
    vectors: NDArray[np.float32] | None = None,
) -> tuple[Side, Side]:
    """Return the new rows before they are solved (or at `vectors`), and the partner."""
    constraint = constraint_of(f, side)
    there = constraint_of(f, "cols" if side == "rows" else "rows")
    if isinstance(constraint, GraphSmooth):
        constraint = constraint.within  # a new row has no neighbours
    if isinstance(constraint, Orthogonal) and vectors is None:
        raise UnsupportedError(
            f"a new row cannot join the {side} without moving the others, which are Orthogonal(); "
            "fit again with it"
        )
    r = cells.shape[0]
    if vectors is None:
        vectors = initial(constraint, r, f.dim, np.random.default_rng(0), 1.0)
    offset = bias = None
    learned = isinstance(f.offset, Biases)
    if not isinstance(f.offset, NoOffset):
        bias = np.asarray(extras["bias"], np.float64)
        offset = np.zeros(r)
    if isinstance(f.offset, Margins):
        sums = np.maximum(np.bincount(cells.row_of, cells.data, r), facts["least_count"])
        offset = np.log(sums) - (facts["log_total"] if side == "rows" else 0.0)
    return (
        Side(constraint, vectors, offset, learned),
        Side(there, np.ascontiguousarray(partner, np.float32), bias, learned),
    )


def partner_gram(
    factorization: Factorization,
    partner: NDArray[np.float32],
    extras: Mapping[str, NDArray[Any]] | None = None,
) -> Basis | None:
    """Return the part of a fold-in that all new rows share, V'DV in its eigenbasis, to be kept.

    None where it is not the same for all of them, or nothing.
    """
    unobserved = factorization.unobserved
    if not isinstance(unobserved, Uniform) or not isinstance(factorization.offset, NoOffset):
        return None
    with kernel_threads():
        partner = np.ascontiguousarray(partner, np.float32)
        shared = weighted_gram(partner, np.full(len(partner), unobserved.weight))
        return Basis.of(shared, partner)


def _refuse(bad: NDArray[np.bool_], values: NDArray[np.floating], expected: str) -> None:
    if bad.any():
        raise InputError(f"a new row holds {values[bad][0]:g}, but {expected} was expected")

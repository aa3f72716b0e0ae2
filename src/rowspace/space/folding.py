"""Folding: the vector of a row that is not in a space, from what was observed of it.

By position (`new_row.py`), through the matrix steps of training, into the row problem that training
solves (`factor/fold_in.py`). What all new rows of a side share is kept in `Space.derived`. Called
by `Space.fold_in` and `Space.placed`, and by `explain/`, which reads the cells of a row as the
solver saw them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import UnsupportedError
from rowspace.observe.ids import Id
from rowspace.space.new_row import new_row
from rowspace.space.vector import Vector

if TYPE_CHECKING:
    from rowspace.factor.grammar import Factorization
    from rowspace.observe.steps import SideOf
    from rowspace.space.side import Side
    from rowspace.space.space import Space


def folded(space: Space, side: str, observed: Mapping[Id, float]) -> tuple[Vector, float]:
    """Return the vector (dim,) float32 of a new row of a side, and its bias (0 without any).

    Args:
        space: where it joins.
        side: the side that it belongs to.
        observed: {id on the other side: value}.

    Raises:
        UnknownIdError: an id is not on the other side; the message names the nearest.
        InputError: a value is not a finite number.
        UnsupportedError: the space was imported, so nothing says how to fold in.
    """
    from rowspace.factor.fold_in import as_row, fold_in_side, partner_gram
    from rowspace.factor.grammar import History, Mean, Negatives
    from rowspace.factor.histories import history

    here, there = space.pair(side)
    given = new_row(there.ids, there.name, observed, space.where)
    positions, values, weights = as_solved(space, side, *given)
    f, partner = space.factorization, there.vectors
    assert f is not None
    role = role_of(space, here)
    if isinstance(f.rows, History):
        if role == "cols":
            raise UnsupportedError(
                f"a new {side} has no place in the histories that the vectors are made of; fit "
                "again with it"
            )
        return Vector(history(f, positions, values), here.encoder), 0.0
    if isinstance(f.rows, Mean):
        return Vector(mean_of(f, role, side, there, positions), here.encoder), 0.0
    if isinstance(f.unobserved, Negatives):
        raise UnsupportedError(
            f"a new {side} has no vector but by the steps of a fit, which {space.where} was made "
            "by; go on from it with data that have the new one too, rowspace.fit(data, space), or "
            "use a recipe that folds in, such as ials"
        )
    if role not in space.derived:
        space.derived[role] = partner_gram(f, partner, there.extras)
    row = as_row(positions, values, len(partner))
    facts, kept = space.manifest["facts"], space.derived[role]
    solved = fold_in_side(f, role, partner, row, kept, there.extras, facts, weights)
    bias = 0.0 if solved.offset is None else float(solved.offset[0])
    return Vector(solved.vectors[0], here.encoder), bias


def mean_of(
    f: Factorization, role: str, side: str, there: Side, positions: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Return the vector of a new row that is the mean of what was observed of it.

    Raises:
        UnsupportedError: rows have vectors of their own besides, or it is a column.
    """
    from rowspace.factor.grammar import Cosine, Mean

    rows = f.rows
    assert isinstance(rows, Mean)
    if role == "cols" or rows.own > 0:
        raise UnsupportedError(
            f"a new {side} has a vector of its own, which steps on many cells have to find; fit "
            "again with it"
        )
    vectors = there.extras["bag"] if rows.apart else there.vectors
    if len(positions) == 0:
        return np.zeros(vectors.shape[1], np.float32)
    mean = np.asarray(vectors[positions], np.float32).mean(axis=0)
    length = np.linalg.norm(mean) if isinstance(f.geometry, Cosine) else 1.0
    return np.asarray(mean / max(length, 1e-12), np.float32)


def as_solved(
    space: Space,
    side: str,
    positions: NDArray[np.int64],
    values: NDArray[np.float32],
    weights: NDArray[np.float32] | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.float32] | None]:
    """Return the cells of a row as the solver saw them: after the matrix steps, by position.

    Args:
        space: where the row is or joins.
        side: the side that the row belongs to.
        positions, values: (p,), where it was observed on the other side, and what.
        weights: (p,), of those cells, unless a step weighs them.

    Raises:
        UnsupportedError: the space was imported, so nothing says what was solved.
    """
    from rowspace.observe.steps import stepped

    if space.factorization is None:
        raise UnsupportedError(
            f"{space.where} was imported without a factorization, so it cannot fold in a new "
            f"{side}; pass a vector of {space[side].dim} numbers"
        )
    steps, role = space.factorization.matrix, role_of(space, space[side])
    at, x, given = stepped(steps, space.states, role, (positions, values), weights)
    order = np.argsort(at, kind="stable")
    return at[order], x[order], None if given is None else given[order]


def role_of(space: Space, side: Side) -> SideOf:
    """Return whether a side was the rows or the columns of the matrix."""
    return "rows" if side is space.sides[0] else "cols"

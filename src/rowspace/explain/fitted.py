"""A space beside the problem that its vectors solve: what reasons and error bars are read from.

`fitted` states the whole problem again from the kept cells (once per space, kept in
`Space.derived`); `line` states the problem of one row, known or new, as fold-in would solve it.
Called by `reasons.py` and `uncertainty.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import InputError, UnsupportedError
from rowspace.factor.basis import Basis
from rowspace.factor.covariance import Fitted
from rowspace.factor.factors import Factors
from rowspace.factor.fold_in import as_row, fold_in_side, posed
from rowspace.factor.gram import RowProblem, weighted_gram
from rowspace.factor.grammar import Poisson
from rowspace.factor.halves import Side as Half
from rowspace.factor.halves import problem_of
from rowspace.factor.statement import Statement
from rowspace.observe.steps import applied
from rowspace.space.folding import as_solved, role_of
from rowspace.space.new_row import new_row
from rowspace.space.side import Side, is_id
from rowspace.space.space import Space
from rowspace.threads import kernel_threads


@dataclass(frozen=True, eq=False)
class Line:
    """One row (or column) beside its problem.

    Attributes:
        name: its id, or None for a new one.
        statement: seen by it: one row.
        own, partner: the sides; `own` has one row, as stored or, for a new one, as folded in.
        mean: what every score has besides.
        problem: of `own`, with the bias as the last coordinate where it is learned.
        x: (k,) float64, where the row stands in those coordinates.
    """

    name: Any
    statement: Statement
    own: Half
    partner: Half
    mean: float
    problem: RowProblem
    x: NDArray[np.float64]


def line(space: Space, side: Side, given: Any) -> Line:
    """Return a row of a side beside its problem.

    Args:
        space: whose row it is.
        side: where it belongs.
        given: an id, whose kept cells are read; or {id on the other side: value}, a new row.

    Raises:
        InputError: the cells were not kept, or `given` is neither.
        UnsupportedError: the space was imported, or its loss has no Gram matrices.
    """
    f, role = space.factorization, role_of(space, side)
    _, there = space.pair(side.name)
    weights = None
    if isinstance(given, Mapping):
        at, x = new_row(there.ids, there.name, given, str(space.path or "this space"))
        name = None
    elif is_id(given):
        at, x, weights = space.line(given, side.name)
        name = given
    else:
        raise InputError(
            "only a row of the space, by its id, or a new one as a mapping {id: value} has "
            f"observations, but {type(given).__name__} was given"
        )
    at, x, weights = as_solved(space, side.name, at, x, weights)
    assert f is not None
    if isinstance(f.loss, Poisson):
        raise UnsupportedError(
            f"{f.loss} has no Gram matrix to read reasons or error bars from; use Squared()"
        )
    row = as_row(at, x, len(there))
    facts, extras = space.manifest["facts"], there.extras
    vectors = None if name is None else np.array(side[name], np.float32)[None]
    statement, own, partner, mean = posed(
        f, role, there.vectors, row, extras, facts, weights, vectors
    )
    if name is None:
        own = fold_in_side(f, role, there.vectors, row, None, extras, facts, weights)
    else:
        i = side.position(name)
        offset = own.offset if "bias" not in side.extras else side.extras["bias"][[i]]
        own = replace(own, offset=None if offset is None else np.asarray(offset, np.float64))
    basis = space.derived.get(role)  # what fold-in keeps, where all rows share it
    if basis is None and statement.has_background:
        key = f"basis of {role}"
        if key not in space.derived:
            wide = partner.vectors
            if own.learned:
                wide = np.concatenate([wide, np.ones((len(wide), 1), np.float32)], axis=1)
            with kernel_threads():
                space.derived[key] = Basis.of(weighted_gram(wide, statement.other), wide)
        basis = space.derived[key]
    problem, start = problem_of(statement, own, partner, mean, basis)
    return Line(name, statement, own, partner, mean, problem, start[0].astype(np.float64))


def fitted(space: Space) -> Fitted:
    """Return all vectors of a space beside the problem that they solve.

    Raises:
        InputError: the cells were not kept.
        UnsupportedError: the space was imported, or its vectors have no covariance.
    """
    if "fitted" not in space.derived:
        f = space.factorization
        if f is None:
            raise UnsupportedError(
                "an imported space says nothing of how its vectors were made, so they have no "
                "error bars; fit them with rowspace"
            )
        if not space.has_cells:
            raise InputError(
                "this space stored no error bars and kept no cells to compute them from; fit with "
                "error_bars='full', or with keep_cells=True"
            )
        obs = space.observations
        for step in f.matrix:
            obs, _ = applied(step, obs)
        rows, cols = space.sides
        factors = Factors(
            rows.vectors,
            cols.vectors,
            extras={"rows": rows.extras, "cols": cols.extras},
            facts=space.manifest["facts"],
        )
        space.derived["fitted"] = Fitted.of(f, obs, factors)
    found: Fitted = space.derived["fitted"]
    return found

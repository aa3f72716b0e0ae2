"""Starts: factors to go on from, fitted to other rows and columns or to a larger rank.

In: factors that a solver returned and the matrix that is to be solved next; out: factors of its
shape, in which whatever is new starts as in any fit. Called when a saved space is continued, and
when a rank is tried after a smaller one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rowspace.factor.alternating import cells_of
from rowspace.factor.constrained import initial
from rowspace.factor.factors import Factors
from rowspace.factor.gram import constraint_of
from rowspace.factor.grammar import Factorization, Sampled
from rowspace.factor.statement import state

if TYPE_CHECKING:
    from rowspace.observe.observations import Observations

Places = tuple[NDArray[np.int64], NDArray[np.int64]]


def moved(
    factorization: Factorization,
    obs: Observations,
    known: Factors,
    places: dict[str, Places],
    seed: int,
) -> Factors:
    """Return known factors in the order of other observations.

    Args:
        factorization: what will be solved; of the dim of `known`.
        obs: its matrix, n x m.
        known: the factors so far.
        places: per side ("rows", "cols") where in `obs`, and where in `known`, the ids are that
            both have.
        seed: of the vectors of ids that `known` lacks.

    Returns:
        (n, dim) and (m, dim): the vectors (and biases) of known ids, and those that a fit starts
        from (and biases of 0) for new ones.
    """
    fresh = _fresh(factorization, obs, {side: len(own) for side, (own, _) in places.items()}, seed)
    vectors: dict[str, NDArray[np.float32]] = {}
    extras: dict[str, dict[str, NDArray[Any]]] = {}
    for side, (own, theirs) in places.items():
        vectors[side] = fresh[side]
        vectors[side][own] = getattr(known, side)[theirs]
        for name in {"bias", "inverse", "head", "bag"} & set(known.extras.get(side, {})):
            before = known.extras[side][name]
            new = np.zeros((len(fresh[side]), *before.shape[1:]), np.float32)
            new[own] = before[theirs]
            extras.setdefault(side, {})[name] = new
    return replace(known, rows=vectors["rows"], cols=vectors["cols"], extras=extras)


def grown(factorization: Factorization, obs: Observations, known: Factors, seed: int) -> Factors:
    """Return factors with more columns, those that are new as small as a fit starts from.

    Args:
        factorization: what will be solved; of a dim of at least that of `known`.
        obs: its matrix, n x m.
        known: factors of the same rows and columns.
        seed: of the new columns.
    """
    fresh = _fresh(factorization, obs, {}, seed)
    for side, vectors in fresh.items():
        vectors[:, : known.dim] = getattr(known, side)
    return replace(known, rows=fresh["rows"], cols=fresh["cols"])


def _fresh(
    f: Factorization, obs: Observations, known: dict[str, int], seed: int
) -> dict[str, NDArray[np.float32]]:
    """Return what a fit starts from, per side; zeros where all `known` rows will be replaced."""
    rng = np.random.default_rng(seed)
    sizes = dict(zip(("rows", "cols"), obs.shape))
    new = [side for side, n in sizes.items() if known.get(side, 0) < n]
    if isinstance(f.solver, Sampled):
        scale = np.float32(f.solver.spread / np.sqrt(f.dim))
        return {
            side: scale * rng.standard_normal((n, f.dim), np.float32) for side, n in sizes.items()
        }
    level = state(f, cells_of(obs), obs.weights).level if new else 0.0
    return {
        side: initial(constraint_of(f, side), n, f.dim, rng, level)
        if side in new
        else np.zeros((n, f.dim), np.float32)
        for side, n in sizes.items()
    }

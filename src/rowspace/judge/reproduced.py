"""Reproduced factors: whether perturbed data give the same factors again (NMFk).

In: a factorization whose factors are meant to be found, not only their products, and observations;
out: for every dim one number, how well the worst factor is found again. Called by `masked_rank.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rowspace.factor.grammar import Binary, Factorization, Lookup, NonNegative, Simplex
from rowspace.observe.observations import Observations
from rowspace.progress import stage

Array = NDArray[np.float64]

STABLE = 0.8
"""From which silhouette on factors count as found again."""
_NOISE = 0.03
_MOST_ROUNDS = 50


def reproduced(
    factorization: Factorization,
    obs: Observations,
    dims: Sequence[int],
    *,
    fits: int = 8,
    seed: int = 0,
) -> Array:
    """Return how well factors are found again at every dim.

    Every observed value is multiplied by a random number from 0.97 to 1.03, and factored from
    another start, `fits` times. The factors of all fits are clustered by cosine, each cluster
    taking one of every fit; the number is the silhouette of the worst cluster (Truong et al. 2020,
    section 3, there for non-negative RESCAL), 1 for factors that are always the same, near 0 or
    below where they could as well be others. With a single factor: its mean cosine.

    Args:
        factorization: whose `rows` or `cols` are non-negative; those sides are compared.
        obs: sparse or dense, after any matrix steps.
        dims: at least 1 each.
        fits: at least 2.
        seed: of the noise and the starts.

    Returns:
        (dims,) from -1 to 1.

    Example:
        >>> from rowspace.factor.grammar import Alternating
        >>> side = Lookup(NonNegative())
        >>> f = Factorization(rows=side, cols=side, solver=Alternating(sweeps=50))
        >>> x = np.kron(np.eye(2), np.ones((10, 8)))
        >>> obs = Observations.from_matrix(x, rows="a", cols="b")
        >>> (reproduced(f, obs, [2, 3], fits=4) > STABLE).tolist()
        [True, False]
    """
    from rowspace.factor.solvers import settled, solve

    out = np.empty(len(dims))
    sides = [side for side in ("rows", "cols") if is_pinned(factorization, side)]
    with stage("perturbed fits", total=len(dims) * fits) as step:
        for at, dim in enumerate(dims):
            found = []
            for fit in range(fits):
                noisy = _perturbed(obs, np.random.default_rng([seed, 14, dim, fit]))
                f = settled(replace(factorization, dim=dim), noisy)
                factors = solve(f, noisy, seed + fit + 1)
                found.append(_columns([getattr(factors, side) for side in sides]))
                step()
            out[at] = worst_silhouette(np.array(found))
    return out


def worst_silhouette(found: Array) -> float:
    """Return the silhouette of the worst cluster of factors.

    Args:
        found: (fits, dim, n) unit vectors.
    """
    fits, dim, _ = found.shape
    cluster = _clustered(found)
    points = found.reshape(fits * dim, -1)
    distance = 1 - points @ points.T
    if dim == 1:
        return float(1 - distance.sum() / max(fits * (fits - 1), 1))
    member = np.eye(dim)[cluster.ravel()]
    toward = distance @ member  # the sum of distances of every point to every cluster
    own = (toward * member).sum(axis=1) / max(fits - 1, 1)
    other = np.where(member > 0, np.inf, toward / fits).min(axis=1)
    width = (other - own) / np.maximum(np.maximum(own, other), 1e-12)
    return float((width @ member / fits).min())


def _clustered(found: Array) -> NDArray[np.int64]:
    """Return the cluster of every factor, (fits, dim); every cluster has one of each fit."""
    from scipy.optimize import linear_sum_assignment

    centres = found[0].copy()
    cluster = np.full(found.shape[:2], -1, np.int64)
    for _ in range(_MOST_ROUNDS):
        before = cluster.copy()
        for fit, factors in enumerate(found):
            rows, cols = linear_sum_assignment(factors @ centres.T, maximize=True)
            cluster[fit, rows] = cols
        if (cluster == before).all():
            break
        for c in range(len(centres)):
            centre = found[cluster == c].mean(axis=0)
            centres[c] = centre / (np.linalg.norm(centre) or 1.0)
    return cluster


def _columns(sides: list[NDArray[np.float32]]) -> Array:
    """Return the factors as (dim, n) unit vectors, each side with the same share."""
    parts = []
    for vectors in sides:
        columns = vectors.T.astype(np.float64)
        lengths = np.linalg.norm(columns, axis=1, keepdims=True)
        parts.append(columns / np.where(lengths > 0, lengths, 1.0))
    return np.asarray(np.concatenate(parts, axis=1) / np.sqrt(len(parts)))


def _perturbed(obs: Observations, rng: np.random.Generator) -> Observations:
    cells: Any = obs.cells.copy()
    values = cells.data if obs.is_sparse else cells
    values *= rng.uniform(1 - _NOISE, 1 + _NOISE, values.shape).astype(np.float32)
    return replace(obs, cells=cells)


def is_pinned(f: Factorization, side: str) -> bool:
    """Say whether the factors of a side, not only their products, are meant to be found."""
    encoder = getattr(f, side)
    pinned = (NonNegative, Simplex, Binary)
    return isinstance(encoder, Lookup) and isinstance(encoder.constraint, pinned)

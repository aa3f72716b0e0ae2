"""The gauge: of all factors that give the same scores at the same cost, the canonical ones.

Scores u_i . v_j do not change when U becomes U M and V becomes V M^-T, but cosines within a side
do (Steck, Ekanadham, Kallus 2024). Which M also leave the objective alone depends on what the
sides are charged for; among those, this fixes one, so that the same solution is always stored as
the same numbers:

* *balanced singular vectors*: free sides without charges, where any M is allowed. U = P S^1/2 and
  V = Q S^1/2 of the singular value decomposition P S Q' of the scores. This one decides cosines,
  alike for both sides.
* *principal axes*: sides whose constraint and charge see only lengths and angles. Only rotations
  are allowed, which change no cosine: the charges fixed those already. Axes are the eigenvectors
  of the two Gram matrices together, in descending order.
* *equal norms*: both sides non-negative and uncharged. Axes may be scaled: both sides of an axis
  get the same norm, and the axes descend by it.
* *by weight*: all else that treats axes alike. Axes descend by the product of their two norms.

In the first two, the largest entry of every axis on the column side is positive. Called by
`alternating.py` with what it found; a truncated singular value decomposition is canonical already.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from rowspace.factor.factors import Factors
from rowspace.factor.gram import constraint_of
from rowspace.factor.grammar import (
    Constraint,
    Factorization,
    Free,
    GraphSmooth,
    GroupSparse,
    NonNegative,
    Orthogonal,
    UnitNorm,
)
from rowspace.linalg.kernels import blocked

Floats = NDArray[np.float64]


def canonical(factorization: Factorization, factors: Factors) -> Factors:
    """Return the factors in the canonical gauge (see the module).

    Scores and objective stay what they are, up to rounding in float32. `facts["gauge"]` names the
    gauge.

    Args:
        factorization: whose factors they are; says what may be changed.
        factors: what the solver found; to be called inside `kernel_threads()`.

    Example:
        >>> from rowspace.factor.grammar import Lookup
        >>> f = Factorization(dim=1, rows=Lookup(Free()), cols=Lookup(Free()))
        >>> x = np.array([[4.0], [0.0]], np.float32)
        >>> found = canonical(f, Factors(x, -np.ones((1, 1), np.float32)))
        >>> found.rows.tolist(), found.cols.tolist(), found.facts["gauge"]
        ([[-2.0], [0.0]], [[2.0]], 'balanced singular vectors')
    """
    sides = tuple(constraint_of(factorization, side) for side in ("rows", "cols"))
    rows, cols = factors.rows, factors.cols
    if not rows.size or not cols.size:
        return factors
    if all(isinstance(c, Free) and c.l2 == 0 for c in sides):
        name, (left, right) = "balanced singular vectors", _balancing(rows, cols)
    elif all(_is_round(c) for c in sides):
        name = "principal axes"
        left = right = _principal(rows, cols)
    elif any(isinstance(_within(c), GroupSparse) for c in sides):
        return factors
    elif all(isinstance(c, NonNegative) and c.l1 == c.l2 == 0 for c in sides):
        name, (left, right) = "equal norms", _equalizing(rows, cols)
    else:
        name = "by weight"
        left = right = np.eye(factors.dim)[:, _order(*_norms(rows, cols))]
    if name in ("balanced singular vectors", "principal axes"):
        turned = blocked.product(cols, right.astype(np.float32))
        largest = np.abs(turned).argmax(axis=0)
        signs = np.where(turned[largest, np.arange(turned.shape[1])] < 0, -1.0, 1.0)
        left, right = left * signs, right * signs
    return replace(
        factors,
        rows=blocked.product(rows, left.astype(np.float32)),
        cols=blocked.product(cols, right.astype(np.float32)),
        facts={**factors.facts, "gauge": name},
    )


def _within(constraint: Constraint) -> Constraint:
    return constraint.within if isinstance(constraint, GraphSmooth) else constraint


def _is_round(constraint: Constraint) -> bool:
    """Say whether a side looks the same from every direction."""
    return isinstance(_within(constraint), Free | UnitNorm | Orthogonal)


def _principal(rows: NDArray[np.float32], cols: NDArray[np.float32]) -> Floats:
    """Return the rotation (k, k) onto the axes of both Gram matrices together."""
    both = np.zeros((rows.shape[1],) * 2)
    for side in (rows, cols):
        gram = blocked.gram(side)
        both += gram / max(float(np.trace(gram)), np.finfo(np.float64).tiny)
    return np.ascontiguousarray(np.linalg.eigh(both)[1][:, ::-1])


def _balancing(rows: NDArray[np.float32], cols: NDArray[np.float32]) -> tuple[Floats, Floats]:
    """Return L and R with U L = P S^1/2 and V R = Q S^1/2, where P S Q' = U V'.

    With U'U = A A' and V'V = B B' (symmetric roots), A B = X S Y' gives U A^-1 X = P.
    """
    roots = [_root(blocked.gram(side)) for side in (rows, cols)]
    (a, a_inverse), (b, b_inverse) = roots
    x, s, y = np.linalg.svd(a @ b)
    half = np.sqrt(s)
    return (a_inverse @ x) * half, (b_inverse @ y.T) * half


def _root(gram: Floats) -> tuple[Floats, Floats]:
    """Return the symmetric root of a Gram matrix and its pseudo-inverse."""
    values, turn = np.linalg.eigh(gram)
    values = np.where(values > 1e-12 * max(float(values[-1]), 0.0), values, 0.0)
    half = np.sqrt(values)
    inverse = np.divide(1.0, half, out=np.zeros_like(half), where=half > 0)
    return (turn * half) @ turn.T, (turn * inverse) @ turn.T


def _equalizing(rows: NDArray[np.float32], cols: NDArray[np.float32]) -> tuple[Floats, Floats]:
    """Return the scalings that give both sides of every axis one norm, axes descending."""
    u, v = _norms(rows, cols)
    there = (u > 0) & (v > 0)
    ratio = np.sqrt(np.divide(v, u, out=np.ones_like(u), where=there))
    order = _order(u, v)
    return np.diag(ratio)[:, order], np.diag(1 / ratio)[:, order]


def _norms(rows: NDArray[np.float32], cols: NDArray[np.float32]) -> tuple[Floats, Floats]:
    u, v = (np.sqrt(np.einsum("ij,ij->j", s, s, dtype=np.float64)) for s in (rows, cols))
    return u, v


def _order(u: Floats, v: Floats) -> NDArray[np.int64]:
    return np.argsort(-u * v, kind="stable")

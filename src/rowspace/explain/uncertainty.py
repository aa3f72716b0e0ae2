"""How sure a number is: standard errors and intervals of scores, cosines, differences, ranks.

In: a `Space` whose vectors were solved row by row, with stored error bars
(`fit(..., error_bars=...)`) or kept cells, from which the few covariances that are needed are
computed. Out: an `Interval`.

What is conditional on what (see `factor/covariance.py`):

* A score is estimated from both sides, and its variance is the sum of both,
  v'Cov(u) v + u'Cov(v) u, and a little more for cells that the fit did not see
  (`score_variance`), whatever rotation the factors stand in.
* A cosine within one side is that of vectors with the other side as it is, fixed and known
  (GloVe-V, literature 285): another fit would turn and stretch both sides, and its cosines are
  other quantities, not other estimates of these (literature 129).
* All of it takes the weights for inverse variances of independent cells, up to one factor, and
  the model for true; error bars do not know what the model does not. Beside a background every
  unobserved cell is an observation of 0, n m of them, so that sigma^2 is small: there error bars
  say which score is surer than another, not how often an interval covers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import InputError
from rowspace.explain.fitted import fitted, line
from rowspace.factor.covariance import inverses, refuse, score_variance
from rowspace.factor.grammar import Biases
from rowspace.factor.support import support
from rowspace.observe.ids import Id
from rowspace.recipes.registry import Paper, published
from rowspace.space.folding import role_of
from rowspace.space.side import Side, is_id
from rowspace.space.space import Space
from rowspace.threads import kernel_threads

__all__ = ["Interval", "cosine", "cosine_difference", "rank", "score", "standard_errors"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Interval:
    """A number with its standard error and the interval that covers it.

    Attributes:
        value: the estimate.
        se: its standard error; infinite where the cells do not determine it.
        low, high: the ends of the interval.
        level: how often such an interval covers the truth, if the model holds.

    Example:
        >>> print(Interval(0.5, 0.1, 0.304, 0.696, 0.95))
        0.5 +- 0.1 (95 %: 0.304 to 0.696)
    """

    value: float
    se: float
    low: float
    high: float
    level: float

    def __str__(self) -> str:
        ends = f"{self.low:.4g} to {self.high:.4g}"
        return f"{self.value:.4g} +- {self.se:.2g} ({100 * self.level:g} %: {ends})"


@published(
    kind="explanation",
    name="error_bars",
    claim="Gives scores, cosines, their differences and ranks a standard error and an interval.",
    papers=(
        Paper(
            "Vallebueno, Handan-Nader, Manning, Ho",
            2024,
            "Statistical uncertainty in word embeddings: GloVe-V",
            "EMNLP",
            literature=285,
        ),
        Paper(
            "Chen, Fan, Ma, Yan",
            2019,
            "Inference and uncertainty quantification for noisy matrix completion",
            "PNAS 116(46)",
        ),
    ),
    test="tests/explain/test_uncertainty.py",
    benchmark="benchmarks/error_bars.py",
)
def score(space: Space, row: Any, col: Any, level: float = 0.95) -> Interval:
    """Return the score of a row and a column with its interval.

    Args:
        space: with two sides.
        row: an id on the first side, or {id on the second: value}, a new row.
        col: an id on the second side, or {id on the first: value}.
        level: of the interval, between 0 and 1.

    Raises:
        UnknownIdError: there is no such id.
        InputError: neither error bars nor cells were kept, or the level is not between 0 and 1.
        UnsupportedError: these vectors have no covariance; the message says which do.

    Example:
        >>> import rowspace as rs
        >>> from rowspace.observe.observations import Observations
        >>> cells = np.array([[1, 2, 3, 4], [2, 4, 6, 9], [1, 2, 3, 3]], np.float32)
        >>> obs = Observations.from_matrix(cells, rows="user", cols="item")
        >>> print(score(rs.fit(obs, rs.Factorization(dim=1)), 1, 3))
        8.742 +- 0.42 (95 %: 7.924 to 9.559)
    """
    here = space.sides[0]
    _, there = space.pair(here.name)
    u, v = _point(space, here, row), _point(space, there, col)
    a = _quadratic(u.covariance, _facing(space, v))
    b = _quadratic(v.covariance, _facing(space, u))
    unseen = True
    if is_id(row) and is_id(col) and space.has_cells:
        unseen = there.position(col) not in space.line(row)[0]
    variance = score_variance(a, b, _noise(space), unseen)
    return _normal(space.score(row, col), float(np.sqrt(variance)), level)


def standard_errors(space: Space, row: Any, cols: Sequence[Id], side: str | None = None) -> Floats:
    """Return the standard error of the score of a row with each of many columns, (len(cols),).

    Args:
        space: with two sides.
        row: an id, or a mapping, a new row.
        cols: ids on the other side.
        side: the side that `row` is on; the first where None.
    """
    here = space.sides[0] if side is None else space[side]
    _, there = space.pair(here.name)
    at = there.ids.positions(cols, there.name)
    return np.sqrt(_of_scores(space, here, row, _point(space, here, row), at)[1])


def cosine(space: Space, side: str, a: Id, b: Id, level: float = 0.95) -> Interval:
    """Return the cosine of two rows of one side, the other side as it is (see the module).

    Args:
        space: as for `score`.
        side: the side that both are on.
        a, b: ids.
        level: of the interval.
    """
    return _linear(space, side, {(a, b): 1.0}, level, 1.0)


def cosine_difference(
    space: Space, side: str, first: tuple[Id, Id], second: tuple[Id, Id], level: float = 0.95
) -> Interval:
    """Return cos(first) - cos(second) with its interval, by the joint gradient in all vectors.

    An id that is in both pairs moves both cosines, which the interval knows: cos(a, b) - cos(a, c)
    is often surer than either.

    Args:
        space, side, level: as for `cosine`.
        first, second: two ids each.
    """
    return _linear(space, side, {first: 1.0, second: -1.0}, level, 2.0)


def rank(
    space: Space,
    row: Any,
    col: Id,
    among: Sequence[Id] | None = None,
    level: float = 0.95,
    draws: int = 1000,
    seed: int = 0,
) -> Interval:
    """Return the rank of a column in the list of a row, 1 for the best, with its interval.

    The scores are drawn from their normal approximation, in which the row's vector moves all of
    them together and each column its own; low and high are quantiles of the ranks drawn.

    Args:
        space, row, level: as for `score`.
        col: an id on the second side.
        among: the ids that are ranked (`col` is one of them or joins them); None for the whole
            side.
        draws: how many times.
        seed: the same gives the same interval.
    """
    _z(level)  # refuses what is no level
    here = space.sides[0]
    _, there = space.pair(here.name)
    j = there.position(col)
    at = np.arange(len(there)) if among is None else there.ids.positions(among, there.name)
    at = np.concatenate([[j], np.setdiff1d(at, [j])])
    u = _point(space, here, row)
    v = _wide(space, there.vectors[at].astype(np.float64))
    scores = v[:, : len(u.vector)] @ u.vector
    if "bias" in there.extras:
        scores += there.extras["bias"][at]
    root = _root(u.covariance)
    shared, whole = _of_scores(space, here, row, u, at)
    own = np.sqrt(np.maximum(whole - shared, 0.0))
    rng = np.random.default_rng(seed)
    found = np.empty(draws)
    for top in range(0, draws, 64):
        n = min(64, draws - top)
        drawn = scores + (rng.standard_normal((n, len(root))) @ root) @ v.T
        drawn += rng.standard_normal((n, len(at))) * own
        found[top : top + n] = 1 + (drawn[:, 1:] > drawn[:, :1]).sum(axis=1)
    ends = np.quantile(found, [0.5 - level / 2, 0.5 + level / 2], method="inverted_cdf")
    value = 1.0 + float((scores[1:] > scores[0]).sum())
    return Interval(value, float(found.std()), float(ends[0]), float(ends[1]), level)


@dataclass(frozen=True, eq=False)
class _Point:
    """A vector (dim,) and the covariance of its coordinates (k, k), the learned bias last."""

    vector: Floats
    covariance: Floats


def _point(space: Space, side: Side, given: Any) -> _Point:
    if is_id(given):
        at = np.array([side.position(given)])
        vector = np.asarray(side[given], np.float64)
        return _Point(vector, _covariances(space, side, at)[0])
    row = line(space, side, given)
    assert space.factorization is not None
    refuse(space.factorization)
    vector = row.own.vectors[0].astype(np.float64)
    free = support(row.own.constraint, row.x[None].astype(np.float32))
    with kernel_threads():
        inverse, _ = inverses(row.problem, lambda rows, c: c, free)
    return _Point(vector, _noise(space)["noise"] * inverse[0])


def _of_scores(
    space: Space, here: Side, row: Any, u: _Point, at: NDArray[np.int64]
) -> tuple[Floats, Floats]:
    """Return the variance of the scores of a row with columns: of its own vector's share, of all.

    Args:
        space: whose `here` has the row.
        row, u: the row as it was given, and its vector.
        at: (p,) the columns.
    """
    _, there = space.pair(here.name)
    toward = _wide(space, there.vectors[at].astype(np.float64))
    with np.errstate(invalid="ignore"):
        own = np.einsum("pa,ab,pb->p", toward, u.covariance, toward)
    own = np.where(np.isfinite(own), np.maximum(own, 0.0), np.inf)
    unseen = np.ones(len(at), bool)
    if is_id(row) and space.has_cells:
        unseen = ~np.isin(at, space.line(row, here.name)[0])
    others = _variances(space, there, at, _facing(space, u))
    return own, np.asarray(score_variance(own, others, _noise(space), unseen))


def _covariances(space: Space, side: Side, at: NDArray[np.int64]) -> Floats:
    """Return the covariances (p, k, k) of rows: stored ones, or computed from the kept cells."""
    kept = side.extras
    if "covariance" in kept:
        return np.asarray(kept["covariance"][at], np.float64)
    if "variance" in kept:
        return _diagonals(np.asarray(kept["variance"][at], np.float64))
    if "covariance_factor" in kept:
        factor = kept["covariance_factor"][at].astype(np.float64)
        rest = _diagonals(kept["covariance_rest"][at].astype(np.float64))
        return np.asarray(np.einsum("pra,prb->pab", factor, factor) + rest)
    whole = fitted(space)
    with kernel_threads():
        inverse, _ = whole.inverses(role_of(space, side), lambda rows, c: c, at)
    return np.asarray(_noise(space)["noise"] * inverse)


def _variances(space: Space, side: Side, at: NDArray[np.int64], toward: Floats) -> Floats:
    """Return the variance of the product of each row with a vector (k,), (p,)."""
    out = np.empty(len(at))
    if any(name in side.extras for name in ("covariance", "variance", "covariance_factor")):
        for top in range(0, len(at), 1024):
            part = slice(top, top + 1024)
            out[part] = _quadratic(_covariances(space, side, at[part]), toward)
        return out
    whole = fitted(space)
    with kernel_threads():
        found, _ = whole.inverses(role_of(space, side), lambda rows, c: _quadratic(c, toward), at)
    return np.asarray(_noise(space)["noise"] * found)


def _noise(space: Space) -> dict[str, float]:
    """Return what `Fitted.noise` says: stored, or estimated once from the kept cells."""
    stored: dict[str, Any] = space.manifest["facts"]
    if "noise" in stored:
        return stored
    if "noise" not in space.derived:
        whole = fitted(space)
        with kernel_threads():
            used = {}
            for role in ("rows", "cols"):
                _, each = whole.inverses(role, lambda rows, c: rows)
                used[role] = float(each.sum())
            space.derived["noise"] = whole.noise(used)
    found: dict[str, float] = space.derived["noise"]
    return found


def _linear(
    space: Space, side: str, pairs: dict[tuple[Id, Id], float], level: float, most: float
) -> Interval:
    """Return a sum of cosines with factors, and the interval that its gradient gives."""
    of = space[side]
    value = 0.0
    slopes: dict[int, Floats] = {}
    for (a, b), factor in pairs.items():
        i, j = of.position(a), of.position(b)
        x, y = (np.asarray(of[name], np.float64) for name in (a, b))
        lengths = np.linalg.norm(x), np.linalg.norm(y)
        if not all(lengths):
            raise InputError(f"a vector of zeros ({a!r} or {b!r}) has no direction, so no cosine")
        x, y = x / lengths[0], y / lengths[1]
        cos = float(x @ y)
        value += factor * cos
        if i == j:
            continue
        for at, own, there, length in ((i, x, y, lengths[0]), (j, y, x, lengths[1])):
            slope = factor * (there - cos * own) / length
            slopes[at] = slopes.get(at, 0.0) + slope
    variance = 0.0
    for at, slope in slopes.items():
        covariance = _covariances(space, of, np.array([at]))[0]
        variance += _quadratic(covariance[: of.dim, : of.dim], slope)
    found = _normal(value, float(np.sqrt(variance)), level)
    low, high = max(found.low, -most), min(found.high, most)
    return Interval(found.value, found.se, low, high, level)


def _quadratic(covariance: Floats, toward: Floats) -> Any:
    """Return d'C d for one C (k, k) or many (p, k, k); infinite where C is."""
    with np.errstate(invalid="ignore"):
        found = np.einsum("a,...ab,b->...", toward, covariance, toward)
    out: Any = np.where(np.isfinite(found), np.maximum(found, 0.0), np.inf)
    return out


def _facing(space: Space, point: _Point) -> Floats:
    """Return what the coordinates of the other side are multiplied by in a score."""
    return np.asarray(_wide(space, point.vector[None])[0])


def _wide(space: Space, vectors: Floats) -> Floats:
    """Return vectors with the 1 that a learned bias is multiplied by."""
    if not _learned(space):
        return vectors
    return np.concatenate([vectors, np.ones((len(vectors), 1))], axis=1)


def _learned(space: Space) -> bool:
    return space.factorization is not None and isinstance(space.factorization.offset, Biases)


def _root(covariance: Floats) -> Floats:
    """Return R (k, k) with R'R = C; directions that nothing determines are refused."""
    if not np.isfinite(covariance).all():
        raise InputError("the cells of this row do not determine its vector, so it has no rank")
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray((vectors * np.sqrt(np.maximum(values, 0.0))).T)


def _diagonals(variance: Floats) -> Floats:
    """Return (p, k, k) with the given diagonals (p, k)."""
    out = np.zeros((*variance.shape, variance.shape[1]))
    np.einsum("paa->pa", out)[...] = variance
    return out


def _normal(value: float, se: float, level: float) -> Interval:
    z = _z(level)
    return Interval(float(value), se, value - z * se, value + z * se, level)


def _z(level: float) -> float:
    if not 0 < level < 1:
        raise InputError(f"level is {level!r}, but a number between 0 and 1 was expected")
    return NormalDist().inv_cdf(0.5 + level / 2)

"""Policies: what the choices of `weights.py` mean in numbers.

Targets and confidences of observed values, and what each policy for the unobserved cells says of
every cell, as products of a row's and a column's part. Called by `statement.py` at training and by
`fold_in.py` for new rows, so that both read a policy alike; by `solvers.py` before either.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import InputError, UnsupportedError
from rowspace.factor.grammar import (
    Confidence,
    Constant,
    Degrees,
    Factorization,
    Given,
    Ignore,
    Linear,
    Log,
    LogValue,
    Margins,
    NoisyLabel,
    One,
    Poisson,
    Popularity,
    Power,
    Propensity,
    Relative,
    SoftHinge,
    Sqrt,
    Target,
    Uniform,
    Unobserved,
)

if TYPE_CHECKING:
    from rowspace.observe.observations import Observations

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Background:
    """What a policy says of every cell of an n x m matrix, as products.

    Attributes:
        own, other: the background weighs own_i other_j, (n,) and (m,) float64.
        lift_own, lift: observed targets are multiplied by lift_own_i lift_j.
    """

    own: Floats
    other: Floats
    lift_own: Floats
    lift: Floats

    @property
    def T(self) -> Background:
        """The same background with rows and columns exchanged."""
        return Background(self.other, self.own, self.lift, self.lift_own)


def resolved(factorization: Factorization, obs: Observations) -> Factorization:
    """Return the factorization with what follows from the data put into numbers (`Relative`).

    Args:
        factorization: whose `unobserved` may be `Relative`.
        obs: its matrix, after the steps of `factorization.matrix`.

    Raises:
        UnsupportedError: the cells of an operator cannot be weighed.
    """
    relative = factorization.unobserved
    if not isinstance(relative, Relative):
        return factorization
    if not (obs.is_sparse or obs.is_dense):
        raise UnsupportedError(
            f"the cells of an operator have no weights for {relative}; use unobserved=Uniform(1)"
        )
    x = np.asarray(obs.cells.data if obs.is_sparse else obs.cells.ravel(), np.float64)
    weights = None if obs.weights is None else obs.weights.ravel()
    total = float(confidence_weight(factorization.confidence, x, weights).sum())
    n, m = obs.shape
    weight = relative.ratio * total / (n * m) if total > 0 else 1.0
    policy: Any = relative.policy
    return replace(factorization, unobserved=replace(policy, weight=weight))


def background_of(
    unobserved: Unobserved,
    counts: Floats,
    row_counts: Floats,
    memory: Mapping[str, float] | None = None,
) -> Background:
    """Return the background of an n x m matrix, stated for its columns.

    Args:
        unobserved: the policy.
        counts: how many cells of every column were observed, (m,).
        row_counts: how many cells of every row were observed, (n,).
        memory: what `memory_of` returned at training; taken from the counts where None.
    """
    memory = memory_of(unobserved, counts, row_counts) if memory is None else memory
    m, ones, plain = len(counts), np.ones(len(row_counts)), np.ones(len(counts))
    if isinstance(unobserved, Ignore | SoftHinge):
        return Background(ones, np.zeros(m), ones, plain)
    if isinstance(unobserved, Uniform | NoisyLabel):
        return Background(ones, np.full(m, unobserved.weight), ones, plain)
    if isinstance(unobserved, Popularity):
        share = counts**unobserved.exponent / memory["popularity"]
        return Background(ones, unobserved.weight * share, ones, plain)
    if isinstance(unobserved, Degrees):
        own = degree_weight(row_counts, unobserved.rows, memory["row_degree"])
        other = degree_weight(counts, unobserved.cols, memory["col_degree"])
        return Background(own, other, ones, plain)
    if isinstance(unobserved, Propensity):
        seen = np.maximum((counts / memory["most"]) ** unobserved.exponent, unobserved.clip)
        return Background(ones, np.full(m, unobserved.weight), ones, 1 / seen)
    raise UnsupportedError(f"no row problem has unobserved={unobserved}; use Uniform or Ignore")


def degree_weight(counts: Floats, exponent: float, mean: float) -> Floats:
    """Return (n_i / mean n)^exponent of rows with n_i observed cells, as `Degrees` has it."""
    return np.asarray((np.maximum(counts, 1.0) / mean) ** exponent)


def memory_of(unobserved: Unobserved, counts: Floats, row_counts: Floats) -> dict[str, float]:
    """Return the numbers of training that the background of a new row or column needs."""
    if isinstance(unobserved, Degrees):
        means = [float(np.maximum(n, 1.0).mean()) if len(n) else 1.0 for n in (row_counts, counts)]
        return {"row_degree": means[0], "col_degree": means[1]}
    if isinstance(unobserved, Popularity):
        mean = float((counts**unobserved.exponent).mean()) if len(counts) else 1.0
        return {"popularity": mean or 1.0}
    if isinstance(unobserved, Propensity):
        return {"most": max(float(counts.max(initial=0)), 1.0)}
    return {}


def target_of(
    target: Target, x: NDArray[np.float32], hinge: NDArray[np.bool_] | None = None
) -> NDArray[np.float32]:
    """Return the targets of observed values x; 0 where `hinge` marks an unobserved cell."""
    if isinstance(target, One):
        return np.ones_like(x)
    if isinstance(target, LogValue):
        bad = x <= 0 if hinge is None else (x <= 0) & ~hinge
        if bad.any():
            raise InputError(
                f"LogValue needs values above 0, but an observed cell holds {x[bad][0]:g}; "
                "leave such cells unobserved"
            )
        return np.log(np.where(x > 0, x, 1)).astype(np.float32)
    return x


def confidence_weight(
    confidence: Confidence, x: Floats, weights: NDArray[np.float32] | None = None
) -> Floats:
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
    if isinstance(confidence, Power):
        return np.asarray(np.minimum(1.0, x / confidence.x_max) ** confidence.exponent)
    if isinstance(confidence, Sqrt):
        return np.asarray(confidence.base + confidence.scale * np.sqrt(x))
    if isinstance(confidence, Given):
        given = np.asarray(weights_of(confidence, weights), np.float64)
        if given.shape != x.shape or not (np.isfinite(given) & (given >= 0)).all():
            raise InputError("Given() needs one finite weight of at least 0 per observed cell")
        return np.asarray(confidence.scale * given)
    raise UnsupportedError(
        f"no row problem has confidence={confidence}; use Constant, Linear or Log"
    )


def needs_counts(factorization: Factorization) -> str | None:
    """Return what of a factorization has no meaning for values below 0; None where nothing has.

    >>> needs_counts(Factorization(confidence=Linear(40)))
    'Linear confidence'
    """
    if not isinstance(factorization.confidence, Constant | Given):
        return f"{type(factorization.confidence).__name__} confidence"
    if isinstance(factorization.loss, Poisson):
        return "Poisson loss"
    return "Margins offset" if isinstance(factorization.offset, Margins) else None


def refuse_negative(factorization: Factorization, obs: Observations) -> None:
    """Raise `InputError` naming the first value below 0, where it has no meaning."""
    purpose = needs_counts(factorization)
    if purpose is not None:
        obs.refuse_negative(purpose)


def weights_of(confidence: Confidence, weights: NDArray[np.float32] | None) -> NDArray[np.float32]:
    """Return the weights that came with the cells; `InputError` where there are none."""
    if weights is None:
        raise InputError(
            f"confidence={confidence} needs weights, but these observations have none; "
            "read them with weights='COLUMN' or set another confidence"
        )
    return np.asarray(weights, np.float32)

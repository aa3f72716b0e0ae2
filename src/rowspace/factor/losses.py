"""Losses: how a score that misses its target is punished, and how each becomes least squares.

A loss other than `Squared` is solved by reweighting: at the present score s0 it is touched from
above by w (z - s)^2 / 2 plus a constant, so that lowering the touching parabola lowers the loss
(majorization-minimization; Hunter, Lange 2004). Each class provides

* `value(s, t)`: the loss of a score s at the target t;
* `touching(s, t) -> (w, z)`: the parabola at s.

Both take and give float64 arrays of one shape. `Poisson` is majorized by a product instead and has
its own row solver (`poisson.py`). Used by `alternating.py` and `fold_in.py`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import UnsupportedError
from rowspace.factor.axis import Axis, above

Floats = NDArray[np.float64]


class Loss(Axis, ABC):
    """How a score that misses its target is punished."""

    @abstractmethod
    def value(self, s: Floats, t: Floats) -> Floats:
        """Return the loss of every score s at its target t."""

    def touching(self, s: Floats, t: Floats) -> tuple[Floats, Floats]:
        """Return weight and centre of the parabola that touches the loss from above at s.

        Raises:
            UnsupportedError: no parabola lies above the loss everywhere.
        """
        raise UnsupportedError(
            f"no parabola lies above {self} everywhere, so it has no weights to read; use Squared()"
        )


@dataclass(frozen=True)
class Squared(Loss):
    """(t - s)^2 / 2."""

    def value(self, s: Floats, t: Floats) -> Floats:
        """Return (t - s)^2 / 2."""
        return 0.5 * (t - s) ** 2

    def touching(self, s: Floats, t: Floats) -> tuple[Floats, Floats]:
        """Return 1 and t: the loss is its own parabola."""
        return np.ones_like(s), t


@dataclass(frozen=True)
class Huber(Loss):
    """(t - s)^2 / 2 up to |t - s| = delta, beyond it delta |t - s| - delta^2 / 2 (Huber 1964)."""

    delta: float = 1.0

    def __post_init__(self) -> None:
        above(self, delta=self.delta)

    def value(self, s: Floats, t: Floats) -> Floats:
        """Return the loss."""
        miss = np.abs(t - s)
        far = self.delta * (miss - 0.5 * self.delta)
        return np.where(miss <= self.delta, 0.5 * miss**2, far)

    def touching(self, s: Floats, t: Floats) -> tuple[Floats, Floats]:
        """Return min(1, delta / |t - s|) and t."""
        miss = np.abs(t - s)
        return np.minimum(1.0, self.delta / np.maximum(miss, self.delta)), t


@dataclass(frozen=True)
class Correntropy(Loss):
    """sigma^2 (1 - exp(-(t - s)^2 / (2 sigma^2))): bounded, so that a wild cell has no say.

    Liu, Pokharel, Principe 2007, "Correntropy"; solved half-quadratically (Nikolova, Ng 2005).
    """

    sigma: float = 1.0

    def __post_init__(self) -> None:
        above(self, sigma=self.sigma)

    def value(self, s: Floats, t: Floats) -> Floats:
        """Return the loss."""
        return -(self.sigma**2) * np.expm1(-((t - s) ** 2) / (2 * self.sigma**2))

    def touching(self, s: Floats, t: Floats) -> tuple[Floats, Floats]:
        """Return exp(-(t - s)^2 / (2 sigma^2)) and t."""
        return np.exp(-((t - s) ** 2) / (2 * self.sigma**2)), t


@dataclass(frozen=True)
class Logistic(Loss):
    """log(1 + e^s) - t s, for targets t from 0 (no) to 1 (yes).

    The parabola is the bound of Jaakkola, Jordan 2000, which is also the mean of the
    Polya-Gamma variable of Polson, Scott, Windle 2013: w = tanh(s/2) / (2 s).
    """

    def value(self, s: Floats, t: Floats) -> Floats:
        """Return the loss."""
        return np.logaddexp(0.0, s) - t * s

    def touching(self, s: Floats, t: Floats) -> tuple[Floats, Floats]:
        """Return w = tanh(s/2) / (2 s) and (t - 1/2) / w."""
        w = jaakkola(s)
        return w, (t - 0.5) / w


_TINY = 1e-200  # a score of 0 where something was counted costs much, but not infinitely much


@dataclass(frozen=True)
class Poisson(Loss):
    """s - t log s (generalized Kullback-Leibler up to a constant), for t >= 0 and vectors >= 0."""

    def value(self, s: Floats, t: Floats) -> Floats:
        """Return s - t log s + (t log t - t), which is 0 at s = t."""
        return s - t + t * np.log(np.maximum(t, _TINY) / np.maximum(s, _TINY))


def jaakkola(s: Floats) -> Floats:
    """Return tanh(s/2) / (2 s), 1/4 at 0: the curvature of the touching parabola of log(1 + e^s).

    >>> jaakkola(np.array([0.0, 4.0])).round(4).tolist()
    [0.25, 0.1205]
    """
    small = np.abs(s) < 1e-4
    at = np.where(small, 1.0, s)
    return np.where(small, 0.25 - s**2 / 48, np.tanh(0.5 * at) / (2 * at))

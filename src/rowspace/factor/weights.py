"""Targets and weights: what the score of a cell should be, and how much the cell counts.

Every cell is *observed*, *background* (unobserved, with a small structured weight and target 0) or
*missing* (no weight). `Target` and `Confidence` speak of observed cells, `Unobserved` of the
others; an observed cell weighs the background's weight at its place plus its confidence. These
are only the choices; `gram.py` turns them into numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from rowspace.errors import InputError
from rowspace.factor.axis import Axis, above, at_least, between


class Target(Axis):
    """What the score of an observed cell should be."""


@dataclass(frozen=True)
class Value(Target):
    """The observed value itself: t = x."""


@dataclass(frozen=True)
class One(Target):
    """That it was observed at all: t = 1; the value only speaks through `confidence`."""


@dataclass(frozen=True)
class LogValue(Target):
    """The logarithm of the value: t = log x, for x > 0 (co-occurrence counts)."""


class Confidence(Axis):
    """The weight of an observed cell beyond that of an unobserved one."""


@dataclass(frozen=True)
class Constant(Confidence):
    """The same for every observed cell.

    `Constant(0.0)` beside `Uniform(1.0)` weighs all cells alike: plain least squares on the
    matrix with its zeros, which is what a truncated SVD solves.
    """

    weight: float = 1.0

    def __post_init__(self) -> None:
        at_least(self, weight=self.weight)


@dataclass(frozen=True)
class Linear(Confidence):
    """alpha * x (Hu, Koren, Volinsky 2008, section 4)."""

    alpha: float = 40.0

    def __post_init__(self) -> None:
        at_least(self, alpha=self.alpha)


@dataclass(frozen=True)
class Log(Confidence):
    """alpha * log(1 + x / eps) (Hu, Koren, Volinsky 2008, equation 6)."""

    alpha: float = 40.0
    eps: float = 1.0

    def __post_init__(self) -> None:
        at_least(self, alpha=self.alpha)
        above(self, eps=self.eps)


@dataclass(frozen=True)
class Power(Confidence):
    """min(1, x / x_max)^exponent (GloVe: Pennington, Socher, Manning 2014, equation 9)."""

    x_max: float = 100.0
    exponent: float = 0.75

    def __post_init__(self) -> None:
        above(self, x_max=self.x_max)
        at_least(self, exponent=self.exponent)


@dataclass(frozen=True)
class Sqrt(Confidence):
    """base + scale * sqrt(x) (Swivel: Shazeer et al. 2016, section 3.2)."""

    base: float = 0.1
    scale: float = 0.25

    def __post_init__(self) -> None:
        at_least(self, base=self.base, scale=self.scale)


@dataclass(frozen=True)
class Given(Confidence):
    """scale * the weight that came with the cell (`Observations.weights`)."""

    scale: float = 1.0

    def __post_init__(self) -> None:
        above(self, scale=self.scale)


class Unobserved(Axis):
    """What to do with the cells that were not observed."""


@dataclass(frozen=True)
class Ignore(Unobserved):
    """They are missing: no weight, no target."""


@dataclass(frozen=True)
class Uniform(Unobserved):
    """They are background: target 0, each with the same small weight."""

    weight: float = 1.0

    def __post_init__(self) -> None:
        above(self, weight=self.weight)


@dataclass(frozen=True)
class Popularity(Unobserved):
    """They are background: target 0, and the surer a no the more popular the column.

    Column j weighs weight * n_j^exponent / mean_j(n_j^exponent), with n_j observed cells: who
    did not take what everybody knows did not want it (He et al. 2016, equation 8).
    """

    weight: float = 1.0
    exponent: float = 0.5

    def __post_init__(self) -> None:
        above(self, weight=self.weight)
        between(self, 0, 2, exponent=self.exponent)


@dataclass(frozen=True)
class Degrees(Unobserved):
    """They are background: target 0, and every cell weighs by how often its row and column occur.

    The weight is (n_i / mean n)^rows (n_j / mean n)^cols, with n_i and n_j observed cells of row
    i and column j (one without any counts as one). Negative exponents let the long rows and
    columns, which have most of the cells, not have most of the say. With `Constant(0)` confidence
    these are the weights of the truncated SVD of the degree-normalized matrix.
    """

    rows: float = -0.6
    cols: float = -1.0

    def __post_init__(self) -> None:
        between(self, -2, 2, rows=self.rows, cols=self.cols)


@dataclass(frozen=True)
class Propensity(Unobserved):
    """Every cell is part yes and part no: an observed one is a yes 1/theta_j times, a no 1 - that.

    theta_j = max((n_j / max n)^exponent, clip) is the chance that a yes of column j was seen at
    all. The unbiased loss t/theta (1 - s)^2 + (1 - t/theta) s^2 of every cell (Saito et al. 2020,
    equation 9, with clipping as in section 3.3) is (t/theta - s)^2 up to a constant: background of
    weight `weight`, and observed targets raised to t / theta_j.
    """

    weight: float = 1.0
    exponent: float = 0.5
    clip: float = 0.1

    def __post_init__(self) -> None:
        above(self, weight=self.weight)
        between(self, 0, 2, exponent=self.exponent)
        if not 0 < self.clip <= 1:
            raise InputError(f"Propensity.clip is {self.clip}, but above 0 to 1 was expected")


@dataclass(frozen=True)
class NoisyLabel(Unobserved):
    """They are background, but some are yes that came out as no; the share is estimated.

    `hidden` is the share of yes cells that were not observed, at the start. Between sweeps the
    chance q_j that an unobserved cell of column j is a yes is taken from the mean score m_j of the
    column (0 to 1) by Bayes' rule, q_j = hidden m_j / (hidden m_j + 1 - m_j), and `hidden` anew
    from those chances; column j weighs weight * (1 - q_j) (after Yu, Qin 2020, pointwise).
    """

    weight: float = 1.0
    hidden: float = 0.5

    def __post_init__(self) -> None:
        above(self, weight=self.weight)
        between(self, 0, 1, hidden=self.hidden)


@dataclass(frozen=True)
class SoftHinge(Unobserved):
    """They were too rare to be seen: a score s costs weight * log(1 + e^s), little below 0.

    For logarithms of counts, where 0 stands for having been seen once (Swivel: Shazeer et al.
    2016, equation 4). Every cell is visited, so the matrix must be small enough to be dense.
    """

    weight: float = 1.0

    def __post_init__(self) -> None:
        above(self, weight=self.weight)


@dataclass(frozen=True)
class Relative(Unobserved):
    """A policy whose weight follows from the data: `ratio` times as much background as confidence.

    The weight of an unobserved cell becomes ratio * (sum of the confidences of the observed cells)
    / (number of all cells), so that the same ratio suits sparse and dense data. Resolved before
    anything is solved: a space stores the policy with its number.
    """

    ratio: float = 30.0
    policy: Unobserved = field(default_factory=Uniform)

    def __post_init__(self) -> None:
        above(self, ratio=self.ratio)
        if not hasattr(self.policy, "weight"):
            raise InputError(
                f"Relative.policy is {self.policy!r}, which has no weight; use Uniform() or "
                "Popularity()"
            )

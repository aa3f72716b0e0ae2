"""Constraints: what the vectors of one side must satisfy, and what they are charged for.

Row i always pays l_i |x|^2 / 2 with l_i = l2 * (n_i + background)^frequency (`Ridge`); a
constraint adds a set that x must lie in, or a penalty r(x). These are only the choices: the row
solvers for them are in `prox/` and `kernels/`, and `constrained.py` picks. The row problem is

    minimise 1/2 x'G_i x - c_i'x + r(x)    over x in the set.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from rowspace.errors import InputError
from rowspace.factor.axis import Axis, above, at_least, between, counting


class Constraint(Axis):
    """What the vectors of one side must satisfy, and what they are charged for."""


@dataclass(frozen=True)
class Ridge(Constraint):
    """What all constraints below have in common: a charge on the squared length.

    Row i pays l_i |x|^2 / 2 with l_i = l2 * (n_i + w)^frequency. n_i is how many cells of the row
    were observed and w what its background weighs: the total weight of the row's data up to
    confidence. `frequency=0` charges every row alike (Hu et al. 2008), `frequency=1` as much as the
    data of the row weigh, so that one `l2` fits every size of data (Rendle et al. 2022, "Revisiting
    the performance of iALS").
    """

    l2: float = 0.0
    frequency: float = 0.0

    def __post_init__(self) -> None:
        at_least(self, l2=self.l2, frequency=self.frequency)


@dataclass(frozen=True)
class Free(Ridge):
    """Any vector (see `Ridge` for the charge)."""


@dataclass(frozen=True)
class NonNegative(Ridge):
    """x >= 0, paying l1 * sum(x) besides, which makes it sparse."""

    l1: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        at_least(self, l1=self.l1)


@dataclass(frozen=True)
class L1(Ridge):
    """Any vector, paying l1 * sum(|x|) besides (lasso)."""

    l1: float = 0.1

    def __post_init__(self) -> None:
        super().__post_init__()
        at_least(self, l1=self.l1)


@dataclass(frozen=True)
class Box(Ridge):
    """low <= x <= high, number by number."""

    low: float = 0.0
    high: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.low < self.high:
            raise InputError(f"Box(low={self.low:g}, high={self.high:g}) is empty; set low < high")


@dataclass(frozen=True)
class Binary(Ridge):
    """x in {0, 1}^dim."""


@dataclass(frozen=True)
class Simplex(Ridge):
    """x >= 0 with sum(x) = 1: a mixture."""


@dataclass(frozen=True)
class UnitNorm(Ridge):
    """|x| = 1."""


@dataclass(frozen=True)
class TopK(Ridge):
    """At most `count` numbers other than 0 (matching pursuit); with `nonnegative`, none below 0."""

    count: int = 1
    nonnegative: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        counting(self, count=self.count)


@dataclass(frozen=True)
class GroupSparse(Ridge):
    """Groups of `size` neighbouring numbers vanish together: l1 * sqrt(size) * sum_g |x_g|."""

    l1: float = 0.1
    size: int = 4

    def __post_init__(self) -> None:
        super().__post_init__()
        at_least(self, l1=self.l1)
        counting(self, size=self.size)


@dataclass(frozen=True)
class GraphSmooth(Constraint):
    """Rows that are neighbours in a graph should be alike: weight / 4 sum_ij a_ij |x_i - x_j|^2.

    That is weight / 2 tr(X'LX) with the graph's Laplacian L. The graph is the one given to the
    solver for that side, or else joins every row to its `neighbours` nearest rows by cosine.

    Attributes:
        weight: of the penalty.
        neighbours: of a row, where no graph is given.
        within: the constraint that the vectors obey besides.
    """

    weight: float = 1.0
    neighbours: int = 5
    within: Constraint = field(default_factory=Free)

    def __post_init__(self) -> None:
        above(self, weight=self.weight)
        counting(self, neighbours=self.neighbours)
        if not isinstance(self.within, Ridge):
            raise InputError(f"GraphSmooth.within is {self.within!r}, but a Ridge was expected")

    @property
    def l2(self) -> float:
        """That of the constraint within."""
        return self.within.l2 if isinstance(self.within, Ridge) else 0.0

    @property
    def frequency(self) -> float:
        """That of the constraint within."""
        return self.within.frequency if isinstance(self.within, Ridge) else 0.0


@dataclass(frozen=True)
class Cubic(Constraint):
    """Every vector of an observed triple is charged `weight` / 3 * sum_c |x_c|^3.

    The nuclear 3-norm of Lacroix, Usunier, Obozinski 2018 ("N3"), with their weight three times
    this one; |x_c| is the modulus where numbers are complex.
    """

    weight: float = 0.0

    def __post_init__(self) -> None:
        at_least(self, weight=self.weight)


@dataclass(frozen=True)
class Entailment(Constraint):
    """Relations that imply others should score below them, number by number.

    Where (h, p, t) is seldom without (h, q, t), c being the share of the former beside which the
    latter stands, the pair is charged weight * c * sum_k (max(0, Re p_k - Re q_k) +
    (Im p_k - Im q_k)^2) for every observed triple of p. With entities whose numbers are all in
    [0, 1] (`Box`) p then scores at most as high as q (Ding, Wang, Wang, Guo 2018, "Improving
    knowledge graph embedding using simple constraints", equations 3 to 5).

    Attributes:
        weight: of the charge.
        confidence: pairs of relations with a lower c are left alone.
        within: what relations are charged besides.
    """

    weight: float = 0.1
    confidence: float = 0.8
    within: Constraint = field(default_factory=Free)

    def __post_init__(self) -> None:
        at_least(self, weight=self.weight)
        between(self, 0, 1, confidence=self.confidence)
        if not isinstance(self.within, Free | Cubic):
            raise InputError(
                f"Entailment.within is {self.within!r}, but Free(...) or Cubic(...) was expected"
            )


@dataclass(frozen=True)
class Orthogonal(Constraint):
    """X'X = I: the columns of the whole side are orthonormal, so it needs at least `dim` rows."""

    l2: float = 0.0
    frequency: float = 0.0

    def __post_init__(self) -> None:
        if self.l2:
            raise InputError(f"Orthogonal.l2 is {self.l2}, but its length is fixed; leave it at 0")

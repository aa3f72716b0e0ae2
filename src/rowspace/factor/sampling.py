"""The choices of the sampled solver: negatives instead of zeros, and steps.

`Negatives` says what stands for the unobserved cells, an `Update` what a step does with a gradient.
The samplers themselves are in `samplers/`. Part of the grammar (`grammar.py` exports the names).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from rowspace.errors import InputError
from rowspace.factor.axis import Axis, above, between, counting
from rowspace.factor.samplers.even import Even
from rowspace.factor.samplers.sampler import Sampler
from rowspace.factor.weights import Unobserved


@dataclass(frozen=True)
class Negatives(Unobserved):
    """They are seldom looked at: every observed cell is compared with `count` of them.

    Which are taken says the sampler `by`.

    Attributes:
        count: negatives per observed cell, or per batch where the sampler shares them.
        by: the sampler: `Even()`, `Frequent()`, `InBatch()`, ...
        weight: how much all negatives of a cell count together, for losses that add them up
            (`Logistic`); as many as there are where None.
        unseen: a cell that turns out to be observed is no negative. False takes it all the same, as
            skip-gram does, so that the two sorts are told apart by how often they come.
    """

    count: int = 256
    by: Sampler = field(default_factory=Even)
    weight: float | None = None
    unseen: bool = True

    def __post_init__(self) -> None:
        counting(self, count=self.count)
        if self.weight is not None:
            above(self, weight=self.weight)
        if not isinstance(self.by, Sampler):
            raise InputError(
                f"Negatives.by is {self.by!r}, but a sampler such as Even() or Frequent() was "
                "expected"
            )


class Update(Axis):
    """What a step does with a gradient; only the rows of a batch take one."""


@dataclass(frozen=True)
class Sgd(Update):
    """x - rate * g."""


@dataclass(frozen=True)
class AdaGrad(Update):
    """x - rate * g / sqrt(sum of all g^2 so far), number by number (Duchi, Hazan, Singer 2011)."""


@dataclass(frozen=True)
class Adam(Update):
    """x - rate * m / (sqrt(v) + 1e-8), with running means m of g and v of g^2 (Kingma, Ba 2015).

    A row that is not in a batch keeps its m and v (lazy, row-sparse), and corrects their start by
    the steps that it took itself.

    Attributes:
        first, second: how much of m and v is kept in a step.
        radial: False takes the part along x out of the step where x and g stand at right angles,
            as they do where only the direction of x counts, so that vectors do not grow and
            thereby slow down (Heo et al. 2021, "AdamP").
    """

    first: float = 0.9
    second: float = 0.999
    radial: bool = True

    def __post_init__(self) -> None:
        between(self, 0, 0.99999, first=self.first, second=self.second)

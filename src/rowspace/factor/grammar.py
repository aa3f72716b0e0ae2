"""The grammar: what is factored, how the zeros count, what the factors must satisfy, who solves it.

A `Factorization` is a value with independent axes. Each choice on an axis is a small frozen
dataclass below one of the axis classes (`Loss`, `Target`, ...); writing a new one is enough to make
it printable, storable and readable. Which combinations can be solved, and by whom, is the table in
`factor/abilities.py`. Recipes build these values, spaces store them.

The problem that a `Factorization` states, for squared loss and the dot product:

    minimise  1/2 sum_ij w_ij (t_ij - u_i . v_j)^2
              + 1/2 sum_i l_i |u_i|^2 + 1/2 sum_j l_j |v_j|^2

where an observed cell has target t_ij (`target`) and weight w_ij (`unobserved.weight` +
`confidence`), and an unobserved cell has target 0 and the weight that `unobserved` gives it.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from typing import Any, Self

from rowspace.errors import InputError
from rowspace.factor.axis import Axis, between, short
from rowspace.factor.constraints import (
    L1,
    Binary,
    Box,
    Constraint,
    Cubic,
    Entailment,
    Free,
    GraphSmooth,
    GroupSparse,
    NonNegative,
    Orthogonal,
    Ridge,
    Simplex,
    TopK,
    UnitNorm,
)
from rowspace.factor.contrast import Bpr, CosineContrastive, Hinge, Softmax, Warp
from rowspace.factor.losses import Correntropy, Huber, Logistic, Loss, Poisson, Squared
from rowspace.factor.methods import (
    Alternating,
    Auto,
    GraphFilter,
    Inverse,
    Neighbourhood,
    Sampled,
    Sketch,
    Solver,
    Spectral,
)
from rowspace.factor.relations import Complex, Diagonal, Geometry, Relational, Translation
from rowspace.factor.samplers.ambiguous import Ambiguous
from rowspace.factor.samplers.curriculum import Curriculum
from rowspace.factor.samplers.even import Even
from rowspace.factor.samplers.exposed import Exposed
from rowspace.factor.samplers.frequent import Frequent
from rowspace.factor.samplers.guided import Guided
from rowspace.factor.samplers.hard import Hard
from rowspace.factor.samplers.in_batch import InBatch
from rowspace.factor.samplers.positive_aware import PositiveAware
from rowspace.factor.samplers.robust import Robust
from rowspace.factor.samplers.same_cluster import SameCluster
from rowspace.factor.samplers.sampler import Sampler
from rowspace.factor.sampling import AdaGrad, Adam, Negatives, Sgd, Update
from rowspace.factor.weights import (
    Confidence,
    Constant,
    Degrees,
    Given,
    Ignore,
    Linear,
    Log,
    LogValue,
    NoisyLabel,
    One,
    Popularity,
    Power,
    Propensity,
    Relative,
    SoftHinge,
    Sqrt,
    Target,
    Uniform,
    Unobserved,
    Value,
)
from rowspace.observe.steps import Step, step_from_dict, step_to_dict

__all__ = [
    "L1",
    "AdaGrad",
    "Adam",
    "Alternating",
    "Ambiguous",
    "Auto",
    "Axis",
    "Biases",
    "Binary",
    "Box",
    "Bpr",
    "Complex",
    "Confidence",
    "Constant",
    "Constraint",
    "Correntropy",
    "Cosine",
    "CosineContrastive",
    "Cubic",
    "Curriculum",
    "Degrees",
    "Diagonal",
    "Dot",
    "Encoder",
    "Entailment",
    "Euclidean",
    "Even",
    "Exposed",
    "Factorization",
    "Free",
    "Frequent",
    "Geometry",
    "Given",
    "GraphFilter",
    "GraphSmooth",
    "GroupSparse",
    "Guided",
    "Hard",
    "Hinge",
    "History",
    "Huber",
    "Ignore",
    "InBatch",
    "Inverse",
    "Linear",
    "Log",
    "LogValue",
    "Logistic",
    "Lookup",
    "Lorentz",
    "Loss",
    "Margins",
    "Mean",
    "Negatives",
    "Neighbourhood",
    "NoOffset",
    "NoisyLabel",
    "NonNegative",
    "Offset",
    "One",
    "Orthogonal",
    "Poincare",
    "Poisson",
    "Popularity",
    "PositiveAware",
    "Power",
    "Propensity",
    "Relational",
    "Relative",
    "Ridge",
    "Robust",
    "SameCluster",
    "Sampled",
    "Sampler",
    "Sgd",
    "Simplex",
    "Sketch",
    "SoftHinge",
    "Softmax",
    "Solver",
    "Spectral",
    "Sqrt",
    "Squared",
    "Target",
    "Tied",
    "TopK",
    "Translation",
    "Uniform",
    "UnitNorm",
    "Unobserved",
    "Update",
    "Value",
    "Warp",
]


class Offset(Axis):
    """What a score has besides the product of the vectors."""


@dataclass(frozen=True)
class NoOffset(Offset):
    """Nothing: s_ij = u_i . v_j."""


@dataclass(frozen=True)
class Biases(Offset):
    """A mean and a number for every row and column: s_ij = mu + b_i + b_j + u_i . v_j.

    mu is the weighted mean of the targets of the observed cells; b_i is solved for together with
    u_i and pays the same charge.
    """


@dataclass(frozen=True)
class Margins(Offset):
    """The logarithm of what independence would give: s_ij = log(r_i c_j / total) + u_i . v_j.

    r_i, c_j and the total are the sums of the observed values (counts), so that beside the target
    log x the product is a pointwise mutual information.
    """


class Encoder(Axis):
    """How the vectors of one side are made."""


@dataclass(frozen=True)
class Lookup(Encoder):
    """One vector of its own for every row."""

    constraint: Constraint = field(default_factory=Free)


@dataclass(frozen=True)
class History(Encoder):
    """Nothing is learned: a row's vector is what was observed of it, one number per column.

    The vector v_j of a column then says how much every other column speaks for it, and no column
    speaks for itself (v_jj = 0): a linear model from items to items. `dim` is the number of
    columns, and the vectors of rows, mostly zeros, are kept sparse.
    """


@dataclass(frozen=True)
class Mean(Encoder):
    """A row's own vector, and the mean of the vectors of the columns that were observed of it.

    u_i = own x_i + (1 - own) mean_(j of i) v_j; with `own` 0 a new row needs nothing but its
    history.

    Attributes:
        own: the share of the own vector.
        constraint: of the own vectors.
        apart: columns have second vectors, of which the mean is taken.
        without: the mean that an observed cell is compared with leaves out its column, and whatever
            contains it: n-grams of which it is a word.
    """

    own: float = 0.5
    constraint: Constraint = field(default_factory=Free)
    apart: bool = False
    without: bool = False

    def __post_init__(self) -> None:
        between(self, 0, 1, own=self.own)


@dataclass(frozen=True)
class Tied(Encoder):
    """The vectors of the rows: both sides are the same things, one vector for each."""


@dataclass(frozen=True)
class Dot(Geometry):
    """The inner product."""


@dataclass(frozen=True)
class Cosine(Geometry):
    """The cosine of the angle between the vectors, which are kept at length 1."""


@dataclass(frozen=True)
class Euclidean(Geometry):
    """Minus half the squared distance, -|u_i - v_j|^2 / 2 = u_i . v_j - |u_i|^2/2 - |v_j|^2/2.

    The two halves besides the product are kept as the biases of rows and columns.
    """


@dataclass(frozen=True)
class Poincare(Geometry):
    """Minus cosh of the distance in hyperbolic space, where trees have room.

    Vectors have dim + 1 numbers, those of the hyperboloid: u = (x_0, x) with x_0^2 = 1 + |x|^2 and
    v = (-y_0, y), so that u . v = -cosh d (Nickel, Kiela 2017; 2018).
    """


@dataclass(frozen=True)
class Lorentz(Poincare):
    """The same scores and vectors as `Poincare`, with steps along geodesics of the hyperboloid.

    Steps in the ball go straight and are pulled back from its boundary; these have no boundary
    (Nickel, Kiela 2018, "Learning continuous hierarchies in the Lorentz model", algorithm 1).
    """


@dataclass(frozen=True)
class Factorization:
    """A complete statement of what to factor and how.

    Attributes:
        dim: the rank, at least 1.
        matrix: what is done to the observed values first, in order: `TfIdf()`, `PPMI()`,
            `Center()`, ... from `rowspace.observe`. Empty: the values as they are.
        loss, target, confidence, unobserved, rows, cols, geometry, offset, solver: one choice
            per axis.

    Example:
        >>> f = Factorization(dim=8, target=One(), confidence=Linear(40), unobserved=Uniform(1))
        >>> print(f)
        dim=8 Squared One Linear(alpha=40) Uniform(weight=1) rows=Lookup(Free(l2=0, frequency=0)) \
cols=Lookup(Free(l2=0, frequency=0)) Dot Auto
        >>> Factorization.from_json(f.to_json()) == f
        True
    """

    dim: int = 64
    matrix: tuple[Step, ...] = ()
    loss: Loss = field(default_factory=Squared)
    target: Target = field(default_factory=Value)
    confidence: Confidence = field(default_factory=lambda: Constant(0.0))
    unobserved: Unobserved = field(default_factory=Uniform)
    rows: Encoder = field(default_factory=Lookup)
    cols: Encoder = field(default_factory=Lookup)
    geometry: Geometry = field(default_factory=Dot)
    offset: Offset = field(default_factory=NoOffset)
    solver: Solver = field(default_factory=Auto)

    def __post_init__(self) -> None:
        if isinstance(self.dim, bool) or not isinstance(self.dim, int) or self.dim < 1:
            raise InputError(f"dim is {self.dim!r}, but a whole number of at least 1 was expected")
        for f in dataclasses.fields(self)[2:]:
            value, base = getattr(self, f.name), _AXES[f.name]
            if not isinstance(value, base):
                choices = ", ".join(c.__name__ for c in base.__subclasses__())
                raise InputError(f"{f.name} is {value!r}, but one of {choices} was expected")

    def __str__(self) -> str:
        parts = [f"dim={self.dim}", *(short(step) for step in self.matrix)]
        for f in dataclasses.fields(self)[2:]:
            if f.name == "offset" and isinstance(self.offset, NoOffset):
                continue
            label = f"{f.name}=" if f.name in ("rows", "cols") else ""
            parts.append(label + short(getattr(self, f.name)))
        return " ".join(parts)

    def to_dict(self) -> dict[str, Any]:
        """Return the factorization as plain values for JSON."""
        out: dict[str, Any] = {"dim": self.dim, "matrix": [step_to_dict(s) for s in self.matrix]}
        for f in dataclasses.fields(self)[2:]:
            out[f.name] = getattr(self, f.name).to_dict()
        return out

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> Self:
        """Return the factorization that `to_dict` described."""
        values: dict[str, Any] = {k: Axis.from_dict(v) for k, v in stored.items() if k in _AXES}
        matrix = tuple(step_from_dict(s) for s in stored.get("matrix", []))
        return cls(dim=stored["dim"], matrix=matrix, **values)

    def to_json(self) -> str:
        """Return the factorization as one line of JSON."""
        return json.dumps(self.to_dict(), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the factorization that `to_json` wrote."""
        return cls.from_dict(json.loads(text))


_AXES: dict[str, type[Axis]] = {
    "loss": Loss,
    "target": Target,
    "confidence": Confidence,
    "unobserved": Unobserved,
    "rows": Encoder,
    "cols": Encoder,
    "geometry": Geometry,
    "offset": Offset,
    "solver": Solver,
}

"""The grammar: what is factored, how the zeros count, what the factors must satisfy, who solves it.

A `Factorization` is a value with independent axes. Each choice on an axis is a small frozen
dataclass below one of the axis classes (`Loss`, `Target`, ...); writing a new one is enough to make
it printable, storable and readable. Which combinations can be solved, and by whom, is the table in
`factor/solvers.py`. Recipes build these values, spaces store them.

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
from typing import Any, ClassVar, Self

from rowspace.errors import InputError
from rowspace.observe.steps import Step, step_from_dict, step_to_dict

__all__ = [
    "Alternating",
    "Auto",
    "Axis",
    "Confidence",
    "Constant",
    "Constraint",
    "Dot",
    "Encoder",
    "Factorization",
    "Free",
    "Geometry",
    "Ignore",
    "Linear",
    "Log",
    "Lookup",
    "Loss",
    "One",
    "Solver",
    "Spectral",
    "Squared",
    "Target",
    "Uniform",
    "Unobserved",
    "Value",
]


class Axis:
    """The base of every choice on an axis; a subclass is a frozen dataclass of plain values."""

    _choices: ClassVar[dict[str, type[Axis]]] = {}

    def __init_subclass__(cls) -> None:
        Axis._choices[cls.__name__] = cls

    def to_dict(self) -> dict[str, Any]:
        """Return the choice as plain values: its class name under "kind", then its fields."""
        out: dict[str, Any] = {"kind": type(self).__name__}
        for f in dataclasses.fields(self):  # type: ignore[arg-type]
            value = getattr(self, f.name)
            out[f.name] = value.to_dict() if isinstance(value, Axis) else value
        return out

    @staticmethod
    def from_dict(stored: dict[str, Any]) -> Axis:
        """Return the choice that `to_dict` described; raises `InputError` for an unknown kind."""
        kind = stored.get("kind", "")
        cls = Axis._choices.get(kind)
        if cls is None:
            raise InputError(
                f"this version of rowspace does not know {kind!r}, which a newer one may; "
                "upgrade rowspace to read it"
            )
        values = {
            k: Axis.from_dict(v) if isinstance(v, dict) else v
            for k, v in stored.items()
            if k != "kind"
        }
        return cls(**values)


class Loss(Axis):
    """How a score that misses its target is punished."""


@dataclass(frozen=True)
class Squared(Loss):
    """w (t - s)^2 / 2."""


class Target(Axis):
    """What the score of an observed cell should be."""


@dataclass(frozen=True)
class Value(Target):
    """The observed value itself: t = x."""


@dataclass(frozen=True)
class One(Target):
    """That it was observed at all: t = 1; the value only speaks through `confidence`."""


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
        _at_least("Constant.weight", self.weight, 0.0)


@dataclass(frozen=True)
class Linear(Confidence):
    """alpha * x (Hu, Koren, Volinsky 2008, section 4)."""

    alpha: float = 40.0

    def __post_init__(self) -> None:
        _at_least("Linear.alpha", self.alpha, 0.0)


@dataclass(frozen=True)
class Log(Confidence):
    """alpha * log(1 + x / eps) (Hu, Koren, Volinsky 2008, equation 6)."""

    alpha: float = 40.0
    eps: float = 1.0

    def __post_init__(self) -> None:
        _at_least("Log.alpha", self.alpha, 0.0)
        _above("Log.eps", self.eps, 0.0)


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
        _above("Uniform.weight", self.weight, 0.0)


class Constraint(Axis):
    """What the vectors of one side must satisfy, and what they are charged for."""


@dataclass(frozen=True)
class Free(Constraint):
    """Any vector; row i pays l_i |u_i|^2 / 2 with l_i = l2 * (n_i + w0 m)^frequency.

    n_i is how many cells of the row were observed, m how many cells it has and w0 the weight of
    an unobserved one: the total weight of the row's data up to confidence. `frequency=0` charges
    every row alike (Hu et al. 2008), `frequency=1` as much as the data of the row weigh, so that
    one `l2` fits every size of data (Rendle et al. 2022, "Revisiting the performance of iALS").
    """

    l2: float = 0.0
    frequency: float = 0.0

    def __post_init__(self) -> None:
        _at_least("Free.l2", self.l2, 0.0)
        _at_least("Free.frequency", self.frequency, 0.0)


class Encoder(Axis):
    """How the vectors of one side are made."""


@dataclass(frozen=True)
class Lookup(Encoder):
    """One vector of its own for every row."""

    constraint: Constraint = field(default_factory=Free)


class Geometry(Axis):
    """How two vectors give a score."""


@dataclass(frozen=True)
class Dot(Geometry):
    """The inner product."""


class Solver(Axis):
    """Who solves the problem."""


@dataclass(frozen=True)
class Auto(Solver):
    """The first solver of the table in `factor/solvers.py` that can."""


@dataclass(frozen=True)
class Spectral(Solver):
    """Truncated singular value decomposition; exact for equally weighted cells.

    The factors are U S^power and V S^(1-power), so that their product does not depend on `power`.
    Iterates until the residual of every kept triplet, |A v - s u| / s_1, is below `tolerance`.
    """

    power: float = 0.5
    tolerance: float = 1e-3

    def __post_init__(self) -> None:
        if not 0 <= self.power <= 1:
            raise InputError(f"Spectral.power is {self.power}, but 0 to 1 was expected")
        _above("Spectral.tolerance", self.tolerance, 0.0)


@dataclass(frozen=True)
class Alternating(Solver):
    """Alternating least squares: solve all rows exactly, then all columns, and again."""

    sweeps: int = 15

    def __post_init__(self) -> None:
        if self.sweeps < 1:
            raise InputError(f"Alternating.sweeps is {self.sweeps}, but at least 1 was expected")


@dataclass(frozen=True)
class Factorization:
    """A complete statement of what to factor and how.

    Attributes:
        dim: the rank, at least 1.
        matrix: what is done to the observed values first, in order: `TfIdf()`, `PPMI()`,
            `Center()`, ... from `rowspace.observe`. Empty: the values as they are.
        loss, target, confidence, unobserved, rows, cols, geometry, solver: one choice per axis.

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
        parts = [f"dim={self.dim}", *(_short(step) for step in self.matrix)]
        for f in dataclasses.fields(self)[2:]:
            label = f"{f.name}=" if f.name in ("rows", "cols") else ""
            parts.append(label + _short(getattr(self, f.name)))
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
    "solver": Solver,
}


def _short(choice: Any) -> str:
    """Write a choice as its name and its values, leaving out the parentheses of a bare one."""
    values = [
        _short(v)
        if isinstance(v, Axis)
        else f"{f.name}={v:g}"
        if isinstance(v, float)
        else f"{f.name}={v!r}"
        for f in dataclasses.fields(choice)
        for v in [getattr(choice, f.name)]
    ]
    return f"{type(choice).__name__}({', '.join(values)})" if values else type(choice).__name__


def _at_least(name: str, value: float, low: float) -> None:
    if not low <= value < float("inf"):
        raise InputError(f"{name} is {value}, but a number of at least {low:g} was expected")


def _above(name: str, value: float, low: float) -> None:
    if not low < value < float("inf"):
        raise InputError(f"{name} is {value}, but a number above {low:g} was expected")

"""What each solver can do: the table that a problem is held against.

An `Entry` lists the choices that a solver knows on every axis, and a `Need` what must hold besides,
with the words to say so. Read by `solvers.py`, which chooses and refuses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rowspace.factor.contrast import ContrastLoss
from rowspace.factor.grammar import (
    L1,
    Alternating,
    Auto,
    Axis,
    Biases,
    Box,
    Complex,
    Constant,
    Constraint,
    Correntropy,
    Cosine,
    Cubic,
    Degrees,
    Dot,
    Entailment,
    Euclidean,
    Even,
    Factorization,
    Free,
    Frequent,
    Given,
    GraphFilter,
    GraphSmooth,
    History,
    Huber,
    Ignore,
    Inverse,
    Linear,
    Log,
    Logistic,
    LogValue,
    Lookup,
    Margins,
    Mean,
    Negatives,
    Neighbourhood,
    NoisyLabel,
    NonNegative,
    NoOffset,
    One,
    Orthogonal,
    Poincare,
    Poisson,
    Popularity,
    Power,
    Propensity,
    Relational,
    Ridge,
    Sampled,
    Sgd,
    Sketch,
    SoftHinge,
    Softmax,
    Solver,
    Spectral,
    Sqrt,
    Squared,
    Tied,
    Uniform,
    Value,
)
from rowspace.factor.spectral import cell_weight, weighs_separably

if TYPE_CHECKING:
    from rowspace.observe.observations import Observations


@dataclass(frozen=True)
class Need:
    """Something that a problem must fulfil beyond the axes taken one by one.

    Attributes:
        holds: whether it does.
        cannot: what the solver cannot do otherwise, to stand after its name.
        nearest: what it can do instead, an imperative.
    """

    holds: Callable[[Factorization, Observations], bool]
    cannot: Callable[[Factorization, Observations], str]
    nearest: str


@dataclass(frozen=True)
class Entry:
    """What one solver can do.

    Attributes:
        solver: its class on the solver axis.
        axes: the choices that it knows, by axis.
        needs: what must hold besides.
        module: has `solve(factorization, obs, seed) -> Factors`; imported when it is used.
    """

    solver: type[Solver]
    axes: Mapping[str, tuple[type[Axis], ...]]
    needs: tuple[Need, ...]
    module: str


def _sides(factorization: Factorization) -> list[Free]:
    sides = (factorization.rows, factorization.cols)
    return [
        side.constraint
        for side in sides
        if isinstance(side, Lookup | Mean) and isinstance(side.constraint, Free)
    ]


def _constraints(factorization: Factorization) -> list[Constraint]:
    sides = (factorization.rows, factorization.cols)
    return [side.constraint for side in sides if isinstance(side, Lookup | Mean)]


def _charged(factorization: Factorization) -> bool:
    return any(side.l2 > 0 for side in _sides(factorization))


TABLE: tuple[Entry, ...] = (
    Entry(
        Spectral,
        axes={
            "loss": (Squared,),
            "target": (Value, One),
            "confidence": (Constant, Linear, Log),
            "unobserved": (Uniform, Ignore, Degrees),
            "rows": (Lookup, Free),
            "cols": (Lookup, Free),
            "geometry": (Dot,),
            "offset": (NoOffset,),
        },
        needs=(
            Need(
                weighs_separably,
                lambda f, obs: f"weigh cells unequally ({f.confidence} beside {f.unobserved})",
                "set confidence=Constant(0), unobserved=Uniform(1)",
            ),
            Need(
                lambda f, obs: (
                    not isinstance(f.unobserved, Degrees) or obs.is_sparse or obs.is_dense
                ),
                lambda f, obs: "count the cells of an operator",
                "set unobserved=Uniform(1)",
            ),
            Need(
                lambda f, obs: not (isinstance(f.unobserved, Degrees) and _charged(f)),
                lambda f, obs: "charge l2 where cells weigh by degree",
                "set l2=0",
            ),
            Need(
                lambda f, obs: obs.is_sparse or obs.is_dense or isinstance(f.target, Value),
                lambda f, obs: "replace the cells of an operator by One()",
                "set target=Value()",
            ),
            Need(
                lambda f, obs: all(s.frequency == 0 or s.l2 == 0 for s in _sides(f)),
                lambda f, obs: "charge rows by their frequency",
                "set frequency=0",
            ),
            Need(
                lambda f, obs: len({s.l2 > 0 for s in _sides(f)}) == 1,
                lambda f, obs: "charge one side only, which has no best solution",
                "charge both sides or neither",
            ),
            Need(
                lambda f, obs: (
                    not _charged(f)
                    or not isinstance(f.solver, Spectral)
                    or f.solver.powers == Spectral().powers
                ),
                lambda f, obs: f"take {f.solver} when l2 is charged, which fixes the balance",
                f"set power={Spectral().power}",
            ),
        ),
        module="rowspace.factor.spectral",
    ),
    Entry(
        Alternating,
        axes={
            "loss": (Squared, Huber, Correntropy, Logistic, Poisson),
            "target": (Value, One, LogValue),
            "confidence": (Constant, Linear, Log, Power, Sqrt, Given),
            "unobserved": (Uniform, Ignore, Popularity, Propensity, NoisyLabel, SoftHinge, Degrees),
            "rows": (Lookup, Ridge, GraphSmooth, Orthogonal),
            "cols": (Lookup, Ridge, GraphSmooth, Orthogonal),
            "geometry": (Dot,),
            "offset": (NoOffset, Biases, Margins),
        },
        needs=(
            Need(
                lambda f, obs: obs.is_sparse or obs.is_dense,
                lambda f, obs: "read the cells of an operator one by one",
                "set confidence=Constant(0), unobserved=Uniform(1), solver=Spectral()",
            ),
            Need(
                lambda f, obs: (
                    isinstance(f.loss, Squared | Poisson)
                    or obs.is_dense
                    or isinstance(f.unobserved, Ignore)
                ),
                lambda f, obs: f"weigh cells that were not observed under {f.loss}",
                "set unobserved=Ignore(), or give the matrix dense, with its zeros observed",
            ),
            Need(
                lambda f, obs: (
                    not isinstance(f.loss, Poisson)
                    or (
                        isinstance(f.unobserved, Ignore | Uniform | Popularity)
                        and isinstance(f.offset, NoOffset)
                        and all(isinstance(c, NonNegative) for c in _constraints(f))
                    )
                ),
                lambda f, obs: "do Poisson loss with vectors below 0, offsets or other policies",
                "set rows and cols to Lookup(NonNegative()), unobserved to Ignore() or Uniform()",
            ),
            Need(
                lambda f, obs: (
                    not isinstance(f.offset, Biases)
                    or all(isinstance(c, Free) for c in _constraints(f))
                ),
                lambda f, obs: "learn biases beside constrained vectors",
                "set rows and cols to Lookup(Free()), or offset=NoOffset()",
            ),
            Need(
                lambda f, obs: (
                    not any(isinstance(c, Orthogonal) for c in _constraints(f))
                    or cell_weight(f, obs) is not None
                ),
                lambda f, obs: "keep a side orthogonal where cells weigh differently",
                "set confidence=Constant(0), unobserved=Uniform(1)",
            ),
        ),
        module="rowspace.factor.alternating",
    ),
    Entry(
        Sketch,
        axes={
            "loss": (Squared,),
            "target": (Value,),
            "confidence": (Constant,),
            "unobserved": (Uniform, Ignore),
            "rows": (Lookup, Free),
            "cols": (Lookup, Free),
            "geometry": (Dot,),
            "offset": (NoOffset,),
        },
        needs=(
            Need(
                lambda f, obs: cell_weight(f, obs) is not None,
                lambda f, obs: f"weigh cells unequally ({f.confidence} beside {f.unobserved})",
                "set confidence=Constant(0), unobserved=Uniform(1)",
            ),
            Need(
                lambda f, obs: not _charged(f),
                lambda f, obs: "charge the length of vectors that it does not fit",
                "set rows and cols to Lookup(Free())",
            ),
        ),
        module="rowspace.factor.sketch",
    ),
)


def streams(obs: Observations) -> bool:
    """Say whether the cells of observations are a stream."""
    return hasattr(obs.cells, "parts")


def _special(f: Factorization, obs: Observations) -> bool:
    """Say whether a loop of its own trains it, not the one of cells of a matrix."""
    return streams(obs) or isinstance(f.geometry, Poincare | Relational)


def _plain_sides(f: Factorization, obs: Observations) -> bool:
    """Say whether cells count alike and sides are looked up, or are bags of windows of a stream."""
    bags = streams(obs) and isinstance(f.rows, Mean) and not (f.rows.apart or f.rows.without)
    looked_up = isinstance(f.cols, Lookup) and (isinstance(f.rows, Lookup) or bags)
    return looked_up and isinstance(f.confidence, Constant)


def _count(f: Factorization) -> int:
    return f.unobserved.count if isinstance(f.unobserved, Negatives) else 1


def _exponent(f: Factorization) -> float:
    by = f.unobserved.by if isinstance(f.unobserved, Negatives) else None
    return by.exponent if isinstance(by, Frequent) else 0.75


TABLE += (
    Entry(
        Sampled,
        axes={
            "loss": (Logistic, ContrastLoss),
            "target": (Value, One),
            "confidence": (Constant, Linear, Log, Power, Sqrt, Given),
            "unobserved": (Negatives,),
            "rows": (Lookup, Mean, Free, NonNegative, Box, Cubic),
            "cols": (Lookup, Tied, Free, NonNegative, Box, Cubic, Entailment),
            "geometry": (Dot, Cosine, Euclidean, Poincare, Relational),
            "offset": (NoOffset,),
        },
        needs=(
            Need(
                lambda f, obs: obs.is_sparse or streams(obs),
                lambda f, obs: "tell observed cells from others in a matrix that has them all",
                "give the matrix sparse",
            ),
            Need(
                lambda f, obs: all(
                    c.frequency == 1 or c.l2 == 0 for c in _constraints(f) if isinstance(c, Ridge)
                ),
                lambda f, obs: "charge rows alike that are seen more or less often",
                "set frequency=1",
            ),
            Need(
                lambda f, obs: all(getattr(c, "l1", 0) == 0 for c in _constraints(f)),
                lambda f, obs: "charge the sum of numbers",
                "set l1=0",
            ),
            Need(
                lambda f, obs: not _special(f, obs) or _plain_sides(f, obs),
                lambda f, obs: (
                    f"take {f.confidence}, rows={f.rows}, cols={f.cols} for streams, hierarchies "
                    "or triples"
                ),
                "set confidence=Constant(0) and rows and cols to Lookup(), or give it a matrix",
            ),
            Need(
                lambda f, obs: (
                    isinstance(f.geometry, Relational)
                    or not any(isinstance(c, Cubic | Entailment) for c in _constraints(f))
                ),
                lambda f, obs: "charge relations where there are none",
                "set rows and cols to Lookup(Free(...))",
            ),
            Need(
                lambda f, obs: (
                    not (streams(obs) or isinstance(f.geometry, Poincare))
                    or all(isinstance(c, Free) for c in _constraints(f))
                ),
                lambda f, obs: "keep the vectors of streams or hierarchies within bounds",
                "set rows and cols to Lookup(Free())",
            ),
            Need(
                lambda f, obs: isinstance(f.geometry, Relational) == hasattr(obs, "triples"),
                lambda f, obs: (
                    f"learn {f.geometry} from a matrix of two sides"
                    if isinstance(f.geometry, Relational)
                    else f"take relations apart by {f.geometry}"
                ),
                "give triples to recipes for knowledge graphs, and a matrix to others",
            ),
            Need(
                lambda f, obs: (
                    not streams(obs)
                    or (
                        isinstance(f.loss, Logistic)
                        and isinstance(f.geometry, Dot)
                        and f.unobserved == Negatives(_count(f), Frequent(_exponent(f)))
                        and isinstance(f.solver, Sampled | Auto)
                        and isinstance(getattr(f.solver, "update", Sgd()), Sgd)
                        and not _charged(f)
                    )
                ),
                lambda f, obs: "read a stream with other losses, scores, samplers or updates",
                "set loss=Logistic(), geometry=Dot(), unobserved=Negatives(5, Frequent(0.75)), "
                "solver=Sampled(update=Sgd())",
            ),
            Need(
                lambda f, obs: (
                    not isinstance(f.geometry, Poincare)
                    or (
                        f.loss == Softmax(corrected=False)
                        and isinstance(f.unobserved, Negatives)
                        and isinstance(f.unobserved.by, Even | Frequent)
                        and isinstance(getattr(f.solver, "update", Sgd()), Sgd)
                        and not _charged(f)
                    )
                ),
                lambda f, obs: "move on a curved space by other losses, samplers or updates",
                "set loss=Softmax(corrected=False), unobserved=Negatives(10, Even()), "
                "solver=Sampled(update=Sgd())",
            ),
            Need(
                lambda f, obs: not isinstance(f.geometry, Complex) or f.dim % 2 == 0,
                lambda f, obs: f"make complex numbers of {f.dim}",
                "set dim to an even number",
            ),
        ),
        module="rowspace.factor.sampled.solve",
    ),
)


_HISTORIES = (
    Need(
        lambda f, obs: obs.is_sparse or obs.is_dense,
        lambda f, obs: "read histories from an operator",
        "give the matrix sparse or dense",
    ),
    Need(
        lambda f, obs: cell_weight(f, obs) is not None,
        lambda f, obs: f"weigh cells unequally ({f.confidence} beside {f.unobserved})",
        "set confidence=Constant(0), unobserved=Uniform(1)",
    ),
    Need(
        lambda f, obs: all(not isinstance(c, Ridge) or c.frequency == 0 for c in _constraints(f)),
        lambda f, obs: "charge columns by their frequency",
        "set frequency=0",
    ),
)


def _most(factorization: Factorization) -> int:
    solver = factorization.solver
    if isinstance(solver, GraphFilter) and solver.neighbours is not None:
        return int(np.iinfo(np.int32).max)
    return solver.most if isinstance(solver, Inverse | GraphFilter) else Inverse().most


_DENSE = Need(
    lambda f, obs: len(obs.cols) <= _most(f),
    lambda f, obs: (
        f"hold a dense matrix of {len(obs.cols):,} columns, which takes "
        f"{4 * len(obs.cols) ** 2 / 2**30:.1f} GiB and is above the limit of {_most(f):,}"
    ),
    "raise most",
)


def _item_to_item(
    solver: type[Solver], constraints: tuple[type[Constraint], ...], module: str, *needs: Need
) -> Entry:
    """Return what a solver of a linear model from columns to columns can do."""
    axes: dict[str, tuple[type[Axis], ...]] = {
        "loss": (Squared,),
        "target": (Value, One),
        "confidence": (Constant,),
        "unobserved": (Uniform, Ignore),
        "rows": (History,),
        "cols": (Lookup, *constraints),
        "geometry": (Dot,),
        "offset": (NoOffset,),
    }
    return Entry(solver, axes, (*_HISTORIES, *needs), module)


TABLE += (
    _item_to_item(Inverse, (Free,), "rowspace.factor.inverse", _DENSE),
    _item_to_item(Neighbourhood, (Free, NonNegative, L1, Box), "rowspace.factor.neighbourhood"),
    _item_to_item(GraphFilter, (Free,), "rowspace.factor.graph_filter", _DENSE),
)

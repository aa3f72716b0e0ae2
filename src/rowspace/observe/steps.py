"""Steps: matrix builders that turn observed values into the matrix that is factored.

A step is a frozen dataclass (`TfIdf()`, `PPMI(shift=1.0)`, `Center()`) of plain values with

* `apply(obs) -> (Observations, state)`: the new matrix, and the few arrays (column weights, means,
  totals) that say how a row that was not there would have been treated;
* `new_row(state, side, positions, values) -> (positions, values)`: that treatment, for a new row
  (`side="rows"`) or a new column (`side="cols"`) given by the positions of its observed cells on
  the other side (int64, each once, in any order) and their values (float32). What comes back may
  have more cells than went in (`Center`) or fewer (`PPMI`).

A step that weighs cells (`Weigh`) also has `weigh(values) -> weights`, which `stepped` calls. One
that walks from row to row says `needs_graph = True` and is given a graph of the rows besides,
`apply(obs, graph)`: n x n SciPy sparse, `graphs={side: ...}` of `fit`. One that cannot treat a new
row raises `UnsupportedError` in `new_row`, with the way out. One that stands for others until the
data have been seen has `choose(obs) -> (steps, facts)`; `fit` takes those steps instead of it.

State is a dict of NumPy arrays, so that a space can store it beside the vectors and fold in new
rows years later. Called by the fit pipeline and by fold-in; steps are named in
`Factorization.matrix`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, ClassVar, Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import InputError
from rowspace.observe.observations import Observations
from rowspace.progress import stage

SideOf = Literal["rows", "cols"]
State = dict[str, NDArray[Any]]
NewRow = tuple[NDArray[np.int64], NDArray[np.float32]]


@runtime_checkable
class Step(Protocol):
    """What a matrix builder provides (see the module)."""

    def apply(self, obs: Observations) -> tuple[Observations, State]:
        """Return the new matrix and the state for rows to come."""
        ...

    def new_row(
        self,
        state: State,
        side: SideOf,
        positions: NDArray[np.int64],
        values: NDArray[np.float32],
    ) -> NewRow:
        """Treat one new row or column as `apply` would have."""
        ...


class StepBase:
    """Registers the steps by class name, so that stored ones can be read back."""

    choices: ClassVar[dict[str, type[StepBase]]] = {}
    needs_graph: ClassVar[bool] = False

    def __init_subclass__(cls) -> None:
        StepBase.choices[cls.__name__] = cls


def chosen(step: Step, obs: Observations) -> tuple[tuple[Step, ...], dict[str, Any]]:
    """Return the steps to take for a step on these data (itself, mostly), and facts to keep."""
    choose = getattr(step, "choose", None)
    if choose is None:
        return (step,), {}
    with stage("choosing") as told:
        steps, found = choose(obs)
        told(note=", ".join(f"{name} {value}" for name, value in found.items()))
    return steps, {"chosen": found}


def applied(step: Step, obs: Observations, graph: Any = None) -> tuple[Observations, State]:
    """Return the matrix after a step, and its state.

    Args:
        step: one of `Factorization.matrix`.
        obs: the matrix before it.
        graph: n x n SciPy sparse about the rows of `obs`; read by steps that need one.

    Raises:
        InputError: the step needs a graph and there is none, or one of another size.
    """
    if not getattr(step, "needs_graph", False):
        return step.apply(obs)
    name, n = obs.rows.name, len(obs.rows)
    if graph is None:
        raise InputError(
            f"{type(step).__name__} walks on a graph of the {name} side; pass "
            f"graphs={{{name!r}: ...}}, an n x n sparse matrix or edges as they are read (--graph "
            "EDGES on the command line)"
        )
    if tuple(graph.shape) != (n, n):
        raise InputError(
            f"the graph of {name!r} is {graph.shape[0]} x {graph.shape[1]}, but there are {n} rows"
        )
    return step.apply(obs, graph)  # type: ignore[call-arg]


def stepped(
    steps: Sequence[Step],
    states: Sequence[State],
    side: SideOf,
    row: NewRow,
    weights: NDArray[np.float32] | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.float32] | None]:
    """Return one new row after all steps: positions, values, and weights where there are some.

    Args:
        steps: of `Factorization.matrix`; states: what they gave at training.
        side: "rows" or "cols".
        row: positions and values before the steps.
        weights: of the cells, where they came with some; a step that weighs multiplies them.
    """
    positions, values = row
    for step, state in zip(steps, states, strict=True):
        weigh = getattr(step, "weigh", None)
        if weigh is not None:
            weights = weigh(values) if weights is None else weights * weigh(values)
        before = positions
        positions, values = step.new_row(state, side, positions, values)
        if weights is not None:
            # Cells that a step added have no weight, and then no cell has.
            known = dict(zip(before.tolist(), weights.tolist(), strict=True))
            kept = [known.get(at) for at in positions.tolist()]
            weights = None if None in kept else np.array(kept, np.float32)
    return positions, values, weights


def step_to_dict(step: Step) -> dict[str, Any]:
    """Return a step as plain values: its class name under "kind", then its fields."""
    return {"kind": type(step).__name__, **dataclasses.asdict(step)}  # type: ignore[call-overload]


def step_from_dict(stored: dict[str, Any]) -> Step:
    """Return the step that `step_to_dict` described.

    Raises:
        InputError: this version knows no such step, or not one of its settings.
    """
    import rowspace.observe.association
    import rowspace.observe.attributed
    import rowspace.observe.auto
    import rowspace.observe.bandpass
    import rowspace.observe.cores
    import rowspace.observe.documents
    import rowspace.observe.eigenpairs
    import rowspace.observe.graphlets
    import rowspace.observe.graphs
    import rowspace.observe.hyperbolic
    import rowspace.observe.nonlinear
    import rowspace.observe.propagate
    import rowspace.observe.proximity
    import rowspace.observe.roles
    import rowspace.observe.sequences
    import rowspace.observe.stream
    import rowspace.observe.subsample
    import rowspace.observe.walks
    import rowspace.observe.weighting  # noqa: F401  (all of these define steps)

    kind, settings = stored["kind"], {k: v for k, v in stored.items() if k != "kind"}
    step = StepBase.choices.get(kind)
    if step is None:
        raise InputError(
            f"this version of rowspace does not know the matrix {kind!r}, which a newer one may; "
            "upgrade rowspace to read it"
        )
    known = {f.name for f in dataclasses.fields(step)}  # type: ignore[arg-type]
    for name in settings:
        if name not in known:
            raise InputError(
                f"the matrix {kind!r} has no setting {name!r} in this version of rowspace, which "
                "it may in a newer one; upgrade rowspace to read it"
            )
    return step(**settings)  # type: ignore[return-value]

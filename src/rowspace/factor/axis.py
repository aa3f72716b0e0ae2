"""The base of every choice on an axis of the grammar: a frozen dataclass of plain values.

Writing a new one below one of the axis classes (`Loss`, `Confidence`, ...) is enough to make it
printable, storable and readable; `solvers.py` says who can solve it. Used by `losses.py`,
`weights.py`, `constraints.py` and `grammar.py`.
"""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar

from rowspace.errors import InputError


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


def short(choice: Any) -> str:
    """Write a choice as its name and its values, without the parentheses of a bare one.

    What is None is left out.
    """
    values = [
        short(v)
        if isinstance(v, Axis)
        else f"{f.name}={v:g}"
        if isinstance(v, float)
        else f"{f.name}={v!r}"
        for f in dataclasses.fields(choice)
        for v in [getattr(choice, f.name)]
        if v is not None
    ]
    return f"{type(choice).__name__}({', '.join(values)})" if values else type(choice).__name__


def at_least(choice: Axis, **values: float) -> None:
    """Refuse a field that is below 0 or not finite; `at_least(self, l2=self.l2)`."""
    for name, value in values.items():
        if not 0 <= value < float("inf"):
            raise InputError(
                f"{type(choice).__name__}.{name} is {value}, but a number of at least 0 was "
                "expected"
            )


def above(choice: Axis, **values: float) -> None:
    """Refuse a field that is not a finite number above 0."""
    for name, value in values.items():
        if not 0 < value < float("inf"):
            raise InputError(
                f"{type(choice).__name__}.{name} is {value}, but a number above 0 was expected"
            )


def between(choice: Axis, low: float, high: float, **values: float) -> None:
    """Refuse a field outside [low, high]."""
    for name, value in values.items():
        if not low <= value <= high:
            raise InputError(
                f"{type(choice).__name__}.{name} is {value}, but {low:g} to {high:g} was expected"
            )


def counting(choice: Axis, **values: int) -> None:
    """Refuse a field that is not a whole number of at least 1."""
    for name, value in values.items():
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise InputError(
                f"{type(choice).__name__}.{name} is {value!r}, but a whole number of at least 1 "
                "was expected"
            )

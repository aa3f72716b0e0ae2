"""`Block`: measures that belong together, with the numbers that a figure is drawn from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from rowspace.judge.measure import Measure


@dataclass(frozen=True, eq=False)
class Block:
    """One part of a report.

    Attributes:
        title: what it is about: "Spectrum", "Hubness".
        measures: its numbers.
        series: arrays by name that its figure is drawn from.
    """

    title: str
    measures: tuple[Measure, ...]
    series: dict[str, NDArray[Any]] = field(default_factory=dict)

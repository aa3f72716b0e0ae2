"""`Block`: measures that belong together, with the numbers to plot beside them.

What every label-free part of the judge returns and the report draws; it holds no logic.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from rowspace.judge.measure import Measure

__all__ = ["Block"]


@dataclass(frozen=True, eq=False)
class Block:
    """One section of a report.

    Attributes:
        title: a word or two: "Spectrum".
        measures: the numbers, the most telling first.
        series: arrays to plot or to look rows up in, by what they are; positions are positions
            in the array that was judged.

    Example:
        >>> block = Block("Health", (Measure("zero rows", 0.0, n=10),))
        >>> block["zero rows"].value
        0.0
    """

    title: str
    measures: tuple[Measure, ...]
    series: Mapping[str, NDArray[Any]] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Measure:
        """Return the measure of that name."""
        return next(m for m in self.measures if m.name == name)

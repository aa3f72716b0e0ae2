"""`Measure`: one number with everything that is needed to believe it; every measure is one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

__all__ = ["Measure"]


@dataclass(frozen=True)
class Measure:
    """A number, its interval, and what it is on data that mean nothing.

    Attributes:
        name: the field's name for it, with its cut-off or unit: "nDCG@10", "participation ratio".
        value: the number; NaN when it is not defined for the data (`note` says why).
        n: how many things it was taken over (queries, rows, pairs).
        low, high: the ends of a 95 % interval; None where the value is exact for the data given.
        seed: of the sampling behind value or interval; None where nothing was sampled.
        reference: the same number on data that mean nothing, by what those data are: "Gaussian of
            the same shape", "PCA of the data", "permuted labels".
        note: one sentence on what to read from it, or why it is undefined.

    Example:
        >>> print(Measure("hit@10", 0.5, n=40, low=0.35, high=0.65))
        hit@10 0.5 [0.35, 0.65] n=40
    """

    name: str
    value: float
    n: int
    low: float | None = None
    high: float | None = None
    seed: int | None = None
    reference: Mapping[str, float] = field(default_factory=dict)
    note: str = ""

    def __str__(self) -> str:
        interval = "" if self.low is None else f" [{self.low:.4g}, {self.high:.4g}]"
        return f"{self.name} {self.value:.4g}{interval} n={self.n}"

    def to_dict(self) -> dict[str, Any]:
        """Return the measure as plain values for JSON."""
        return asdict(self)

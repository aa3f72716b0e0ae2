"""How a measure is written in a line of a table, for terminals and pages alike.

Takes a `Measure`, gives short texts. Called by the report, its page and `rowspace judge`.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from rowspace.judge.measure import Measure

COLUMNS = ("measure", "value", "95 % interval", "n", "on data that mean nothing")
"""The heads of the columns that `cells` fills."""

_SPREAD = ", sd"


def cells(measure: Measure) -> tuple[str, str, str, str, str]:
    """Return one text per column of `COLUMNS`.

    Example:
        >>> cells(Measure("hit@10", 0.5, 4000, low=0.35, high=0.65, reference={"random": 0.01}))
        ('hit@10', '0.5', '0.35 to 0.65', '4,000', '0.01 random')
    """
    nulls = "; ".join(f"{value} {what}" for value, what in references(measure))
    return measure.name, number(measure.value), interval(measure), f"{measure.n:,}", nulls


def interval(measure: Measure) -> str:
    """Return the interval of a measure, "" where its value is exact or nothing gives one.

    >>> interval(Measure("purity", 0.5, 10))
    ''
    """
    low, high = measure.low, measure.high
    if low is None or high is None or math.isnan(low) or math.isnan(high):
        return ""
    return f"{number(low)} to {number(high)}"


def references(measure: Measure) -> list[tuple[str, str]]:
    """Return what the number is on data that mean nothing, and what those data are.

    A spread, named as the value and ", sd", is written beside its value.

    >>> references(Measure("CKA", 0.5, 9, reference={"permuted": 0.01, "permuted, sd": 0.2}))
    [('0.01 ± 0.2', 'permuted')]
    """
    told = measure.reference
    return [
        (number(value) + (f" ± {number(told[what + _SPREAD])}" if what + _SPREAD in told else ""),
         what)
        for what, value in told.items()
        if not (what.endswith(_SPREAD) and what.removesuffix(_SPREAD) in told)
    ]  # fmt: skip


def notes(measures: Sequence[Measure]) -> tuple[dict[str, str], list[str]]:
    """Return the notes that are about one measure, by its name, and those about several.

    >>> notes([Measure("a", 1, 5, note="x"), Measure("b", 1, 5, note="x"), Measure("c", 1, 5)])
    ({}, ['x'])
    """
    counts = Counter(m.note for m in measures if m.note)
    own = {m.name: m.note for m in measures if m.note and counts[m.note] == 1}
    return own, [note for note, count in counts.items() if count > 1]


def number(value: float) -> str:
    """Return a number with four significant digits, larger ones as whole numbers.

    >>> [number(x) for x in (0.123456, 1234567.8, 12.3456, -0.00001234, 7.0, 0.0, 2e12)]
    ['0.1235', '1,234,568', '12.35', '-1.234e-05', '7', '0', '2e+12']
    >>> number(float("nan"))
    'not defined'
    """
    if math.isnan(value):
        return "not defined"
    if math.isinf(value) or abs(value) >= 1e9:
        return f"{value:.4g}"
    return f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:,.4g}"

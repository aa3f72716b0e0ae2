"""How a measure is written in a line of a table, for terminals and pages alike.

Takes a `Measure`, gives short texts. Called by the report and its page.
"""

from __future__ import annotations

import math

from rowspace.judge.measure import Measure

COLUMNS = ("measure", "value", "95 % interval", "n", "on data that mean nothing")
"""The heads of the columns that `cells` fills."""

_SIGNIFICANT = 4


def cells(measure: Measure) -> tuple[str, str, str, str, str]:
    """Return one text per column of `COLUMNS`.

    Example:
        >>> cells(Measure("hit@10", 0.5, 4000, low=0.35, high=0.65, reference={"random": 0.01}))
        ('hit@10', '0.5', '0.35 to 0.65', '4,000', '0.01 random')
    """
    return (
        measure.name,
        number(measure.value) if not math.isnan(measure.value) else "not defined",
        interval(measure),
        f"{measure.n:,}",
        "; ".join(f"{number(value)} {what}" for what, value in measure.reference.items()),
    )


def interval(measure: Measure) -> str:
    """Return the interval of a measure, "" where its value is exact.

    >>> interval(Measure("purity", 0.5, 10))
    ''
    """
    if measure.low is None or measure.high is None:
        return ""
    return f"{number(measure.low)} to {number(measure.high)}"


def number(value: float) -> str:
    """Return a number with four significant digits, whole numbers in full.

    >>> [number(x) for x in (0.123456, 12345, 12.3456, -0.00001234, 7.0, float("nan"), 1e9, 0)]
    ['0.1235', '12,345', '12.35', '-1.234e-05', '7', 'not defined', '1e+09', '0']
    """
    if math.isnan(value):
        return "not defined"
    if value == int(value) if math.isfinite(value) else False:
        return f"{int(value):,}" if abs(value) < 1e9 else f"{value:.{_SIGNIFICANT}g}"
    return f"{value:,.{_SIGNIFICANT}g}" if abs(value) < 10_000 else f"{value:,.0f}"

"""Intervals for numbers that are no means: leave out a group of rows at a time, and look.

The bootstrap draws rows twice, and a row beside its copy looks like agreement; leaving rows out
has no such fault. Called by measures of whole tables: agreement of spaces, of clusterings, ranks.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from rowspace.judge.rows import left_out_interval


def jackknifed(
    statistic: Callable[[NDArray[np.int64]], float],
    n: int,
    *,
    seed: int | None = 0,
    bounds: tuple[float, float] = (-math.inf, math.inf),
    groups: int = 20,
) -> tuple[float, float | None, float | None]:
    """Return a statistic of n rows and the ends of its 95 % interval (`left_out_interval`).

    Args:
        statistic: takes the positions of the rows to use, ascending.
        n: how many rows there are; with fewer than `groups` each row is a group.
        seed: draws the groups; None cuts them in order, for rows that follow each other in time.
        bounds: the interval is cut to these.
        groups: how many.

    Returns:
        Value, low, high; low and high are None with fewer than five rows, or when the statistic is
        undefined without some group.

    Example:
        >>> x = np.arange(40.0)
        >>> value, low, high = jackknifed(lambda rows: x[rows].mean(), 40)
        >>> value, low < value < high
        (19.5, True)
    """
    rows = np.arange(n)
    value = float(statistic(rows))
    groups = min(groups, n)
    group = rows * groups // max(n, 1)
    if seed is not None:
        group = np.random.default_rng([seed, 1]).permutation(group)
    without = [statistic(rows[group != j]) for j in range(groups)] if n >= 5 else []
    interval = left_out_interval(value, np.array(without, np.float64))
    if interval is None:
        return value, None, None
    return value, max(interval[0], bounds[0]), min(interval[1], bounds[1])

"""Intervals for numbers that are no means: leave out a group of rows at a time, and look.

The bootstrap draws rows twice, and a row beside its copy looks like agreement; leaving rows out
has no such fault. Called by measures of whole tables: agreement of spaces, of clusterings, ranks.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

GROUPS = 20


def jackknife_interval(
    statistic: Callable[[NDArray[np.int64]], float],
    n: int,
    *,
    seed: int | None = 0,
    groups: int = GROUPS,
) -> tuple[float, float, float]:
    """Return a statistic of n rows and the ends of its 95 % interval.

    With t_j the statistic without group j of g: standard error^2 = (g - 1)/g sum (t_j - mean t)^2
    and the interval is value -+ t quantile with g - 1 degrees of freedom (delete-a-group jackknife;
    Shao & Wu 1989).

    Args:
        statistic: takes the positions of the rows to use, ascending.
        n: how many rows there are.
        seed: draws the groups; None cuts them in order, for rows that follow each other in time.
        groups: at most n.

    Returns:
        Value, low, high; low and high are NaN when the statistic is undefined without some group.

    Example:
        >>> x = np.arange(40.0)
        >>> value, low, high = jackknife_interval(lambda rows: x[rows].mean(), 40)
        >>> value, low < value < high
        (19.5, True)
    """
    from scipy.special import stdtrit

    rows = np.arange(n)
    value = float(statistic(rows))
    groups = min(groups, n)
    if groups < 2:
        return value, np.nan, np.nan
    group = rows * groups // n
    if seed is not None:
        group = np.random.default_rng([seed, 1]).permutation(group)
    left = np.array([statistic(rows[group != j]) for j in range(groups)])
    spread = float(((left - left.mean()) ** 2).sum()) * (groups - 1) / groups
    half = float(stdtrit(groups - 1, 0.975)) * spread**0.5
    return value, value - half, value + half

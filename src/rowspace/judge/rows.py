"""What the label-free measures start from: checked vectors, unit vectors, and noise like them.

Also how they turn values that left out one group of rows at a time into an interval. Takes and
gives arrays (n, d); called by every label-free measure.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rowspace.errors import InputError

Floats = NDArray[np.float32]
_BLOCK = 4096
GAUSSIAN = "Gaussian of the same shape"


def finite_rows(vectors: ArrayLike, name: str = "vectors") -> Floats:
    """Return the vectors as (n, d) float32 in C order.

    Args:
        vectors: (n, d) numbers.
        name: what to call them in errors.

    Raises:
        InputError: it is not a table of numbers with at least one column, or a row is not finite.

    Example:
        >>> finite_rows([[1, 2]]).dtype
        dtype('float32')
    """
    try:
        with np.errstate(over="ignore"):
            x = np.ascontiguousarray(vectors, np.float32)
    except (TypeError, ValueError) as error:
        raise InputError(f"{name} do not hold numbers ({error}); give one vector per row") from None
    if np.ndim(vectors) != 2 or x.shape[1] == 0:
        raise InputError(
            f"{name} have shape {np.shape(vectors)}, but a table of n rows and at least one column "
            "was expected"
        )
    bad = [
        start + int(at)
        for start in range(0, len(x), _BLOCK)
        for at in np.flatnonzero(~np.isfinite(x[start : start + _BLOCK]).all(axis=1))
    ]
    if bad:
        raise InputError(
            f"{len(bad)} of the {len(x)} rows of {name} hold NaN or infinite numbers, the first at "
            f"position {bad[0]}; leave such rows out"
        )
    return x


def row_norms(x: Floats) -> NDArray[np.float64]:
    """Return the length of every row of (n, d) float32, as (n,) float64."""
    out = np.empty(len(x))
    for start in range(0, len(x), _BLOCK):
        wide = x[start : start + _BLOCK].astype(np.float64)
        out[start : start + _BLOCK] = np.sqrt(np.vecdot(wide, wide))
    return out


def unit_rows(x: Floats, name: str = "vectors") -> Floats:
    """Return every row at length 1.

    Args:
        x: (n, d) float32, finite.
        name: what to call them in errors.

    Raises:
        InputError: a row is zero and so has no direction.

    Example:
        >>> unit_rows(np.array([[3, 4]], np.float32)).round(1).tolist()
        [[0.6000000238418579, 0.800000011920929]]
    """
    norms = row_norms(x)
    zero = np.flatnonzero(norms == 0)
    if len(zero):
        raise InputError(
            f"{len(zero)} of the {len(x)} rows of {name} are zero and have no direction, the first "
            f"at position {zero[0]}; leave such rows out"
        )
    out = np.empty_like(x)
    for start in range(0, len(x), _BLOCK):
        own = slice(start, start + _BLOCK)
        out[own] = x[own] / norms[own, None]
    return out


def gaussian_like(x: Floats, seed: int, rows: int | None = None) -> Floats:
    """Return data that mean nothing: independent Gaussian columns with the scales of x.

    Args:
        x: (n, d) float32.
        seed: of the draws.
        rows: how many rows; None for n.

    Returns:
        (rows, d) float32 with mean 0 and the columns' standard deviations.
    """
    n, d = x.shape
    total, squares = np.zeros(d), np.zeros(d)
    for start in range(0, n, _BLOCK):
        wide = x[start : start + _BLOCK].astype(np.float64)
        total += wide.sum(axis=0)
    mean = total / n
    for start in range(0, n, _BLOCK):
        wide = x[start : start + _BLOCK] - mean
        squares += np.einsum("ij,ij->j", wide, wide)
    noise = np.random.default_rng(seed).standard_normal((rows or n, d), dtype=np.float32)
    noise *= np.sqrt(squares / n).astype(np.float32)
    return noise


def groups_of(n: int, seed: int, groups: int = 20) -> list[NDArray[np.int64]]:
    """Return positions 0 .. n-1 in random groups of equal size, each in ascending order.

    With fewer than two rows a group there is one group, and no interval can come of it.
    """
    if groups < 2 or n < 2 * groups:
        return [np.arange(n)]
    order = np.random.default_rng([seed, 20]).permutation(n)
    return [np.sort(part) for part in np.array_split(order, groups)]


def left_out_interval(value: float, without: NDArray[np.float64]) -> tuple[float, float] | None:
    """Return the 95 % jackknife interval of a value from those without one group each.

    Var = (g - 1) / g sum_b (v_b - mean v)^2 with g - 1 degrees of freedom (Tukey 1958; Shao & Wu
    1989 for groups). None with fewer than five groups.

    Example:
        >>> low, high = left_out_interval(0.0, np.array([-1.0, 1.0, -1.0, 1.0, 0.0]))
        >>> round(high, 2) == -round(low, 2) == 4.97
        True
    """
    from scipy.special import stdtrit

    g = len(without)
    if g < 5 or not (math.isfinite(value) and np.isfinite(without).all()):
        return None
    spread = math.sqrt((g - 1) / g * float(((without - without.mean()) ** 2).sum()))
    reach = float(stdtrit(g - 1, 0.975)) * spread
    return value - reach, value + reach

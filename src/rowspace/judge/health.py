"""Health: rows that are broken, empty or repeated, before anything else is measured.

A copy of a row looks like a perfect neighbour, and a zero row has no direction: both spoil every
other number, so they are counted and their positions named. In: any (n, d) array; out: a `Block`
and the rows that the other measures can use. Called by `judge/label_free.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rowspace.errors import InputError
from rowspace.judge.blocks import Block
from rowspace.judge.measure import Measure
from rowspace.judge.rows import Floats, row_norms

_BLOCK = 4096
_NAMED = 5


def health(vectors: ArrayLike) -> Block:
    """Count the rows that are not finite, zero or copies, and look at the lengths of the others.

    A row is a copy when an earlier row holds the same numbers (0 and -0 are the same). Notes name
    the first positions of each kind. All numbers are exact for the rows given.

    Args:
        vectors: (n, d) numbers; unlike elsewhere, NaN and infinite ones are allowed.

    Returns:
        `Block` "Health" with the measures "rows with NaN or infinite numbers", "zero rows",
        "copies of earlier rows", "constant columns", "median length" and "spread of lengths" (sd /
        mean), and the series "usable" (positions of rows that are none of the three), "not finite",
        "zero", "copies" and "originals" (positions; copy i repeats original i), "lengths" (of the
        finite rows) and "bits" (of a number as it was given).

    Raises:
        InputError: it is not a table of numbers with at least one column.

    Example:
        >>> block = health([[1.0, 0.0], [0.0, 0.0], [1.0, 0.0], [np.nan, 1.0]])
        >>> block["copies of earlier rows"].note
        'At position 2.'
        >>> block.series["usable"].tolist()
        [0]
    """
    given = np.asarray(vectors)
    if given.ndim != 2 or given.shape[1] == 0 or given.dtype.kind not in "fiub":
        raise InputError(
            f"vectors are an array of {given.dtype} of shape {given.shape}, but a table of numbers "
            "with n rows and at least one column was expected"
        )
    with np.errstate(over="ignore"):
        x = np.ascontiguousarray(given, np.float32)
    n, d = x.shape
    finite = np.ones(n, bool)
    low, high = np.full(d, np.inf, np.float32), np.full(d, -np.inf, np.float32)
    for start in range(0, n, _BLOCK):
        part = x[start : start + _BLOCK]
        ok = np.isfinite(part).all(axis=1)
        finite[start : start + _BLOCK] = ok
        part = part if ok.all() else part[ok]
        np.minimum(low, part.min(axis=0, initial=np.inf), out=low)
        np.maximum(high, part.max(axis=0, initial=-np.inf), out=high)
    at = np.flatnonzero(finite)
    lengths = row_norms(x if len(at) == n else x[at])
    zero = at[lengths == 0]
    copies, originals = _copies(x, at[lengths > 0])
    usable = np.setdiff1d(at[lengths > 0], copies, assume_unique=True)
    constant = int((low == high).sum()) if len(at) else 0
    mean = float(lengths.mean()) if len(at) else 0.0
    measures = (
        Measure(
            "rows with NaN or infinite numbers",
            float(n - len(at)),
            n,
            note=_positions(np.flatnonzero(~finite)),
        ),
        Measure("zero rows", float(len(zero)), n, note=_positions(zero)),
        Measure("copies of earlier rows", float(len(copies)), n, note=_positions(copies)),
        Measure("constant columns", float(constant), d),
        Measure(
            "median length",
            float(np.median(lengths)) if len(at) else np.nan,
            len(at),
            note="" if len(at) else "No row is finite.",
        ),
        Measure(
            "spread of lengths",
            float(lengths.std() / mean) if mean else np.nan,
            len(at),
            reference={"Gaussian of the same shape": _gaussian_spread(x, at)} if mean else {},
            note="sd / mean; the larger, the more dot product and cosine differ."
            if mean
            else "No row has a length.",
        ),
    )
    series: dict[str, NDArray[Any]] = {
        "usable": usable,
        "not finite": np.flatnonzero(~finite),
        "zero": zero,
        "copies": copies,
        "originals": originals,
        "lengths": lengths,
        "bits": np.array([given.dtype.itemsize * 8]),
    }
    return Block("Health", measures, series)


def _copies(x: Floats, at: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows among `at` that repeat an earlier one, ascending, and the first of each.

    Rows are first compared by a sum of their bits with random odd weights, then for real.
    """
    weights = np.random.default_rng(0).integers(0, 2**63, x.shape[1], np.uint64) * np.uint64(2)
    weights += np.uint64(1)
    keys = np.empty(len(at), np.uint64)
    for start in range(0, len(at), _BLOCK):
        part = x[at[start : start + _BLOCK]] + np.float32(0)  # -0 becomes 0
        bits = part.view(np.uint32).astype(np.uint64)
        # The upper bits of a product say most about all bits below.
        bits ^= bits >> np.uint64(15)
        keys[start : start + _BLOCK] = (bits * weights).sum(axis=1, dtype=np.uint64)
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    alike = np.flatnonzero(ordered[1:] == ordered[:-1]) + 1
    first: dict[int, list[int]] = {}
    copies, originals = [], []
    for i in alike:
        key = int(ordered[i])
        if key not in first:
            first[key] = [int(at[order[i - 1]])]
        row = int(at[order[i]])
        same = next((o for o in first[key] if np.array_equal(x[o], x[row])), None)
        if same is None:
            first[key].append(row)
        else:
            copies.append(row)
            originals.append(same)
    by_row = np.argsort(copies, kind="stable")
    return np.array(copies, np.int64)[by_row], np.array(originals, np.int64)[by_row]


def _gaussian_spread(x: Floats, at: NDArray[np.int64]) -> float:
    """Return sd / mean of the lengths of 2,000 Gaussian rows with the column scales of x."""
    from rowspace.judge.rows import gaussian_like

    lengths = row_norms(gaussian_like(x if len(at) == len(x) else x[at], seed=0, rows=2000))
    return float(lengths.std() / lengths.mean()) if lengths.any() else 0.0


def _positions(rows: NDArray[np.int64]) -> str:
    if not len(rows):
        return ""
    named = ", ".join(str(r) for r in rows[:_NAMED])
    more = f" and {len(rows) - _NAMED:,} more" if len(rows) > _NAMED else ""
    return f"At position{'s' if len(rows) > 1 else ''} {named}{more}."

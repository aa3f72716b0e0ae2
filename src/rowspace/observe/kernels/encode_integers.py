"""Number integers in the order of their first appearance: the hot loop of reading integer ids.

An open-addressing hash table: a slot is 0 (free) or the code + 1 of an integer in `keys`. As in
`encode_text`, the reads of a group of values are begun together, since they mostly wait for memory.
Called by `rowspace.observe.vocabulary`.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

_GROUP = 32
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_HALF, _ONE = np.uint64(32), np.uint64(1)


@njit(cache=True, nogil=True, inline="always")
def _first_slot(value: int, mask: np.uint64) -> np.uint64:
    return np.uint64(((np.uint64(value) * _GOLDEN) >> _HALF) & mask)


@njit(cache=True, nogil=True)
def encode_integers(
    values: NDArray[np.int64],
    slots: NDArray[np.int32],
    keys: NDArray[np.int64],
    count: int,
    codes: NDArray[np.int32],
    start: int,
) -> tuple[int, int, int]:
    """Write the codes of values start, start + 1, ... until done or until the tables are full.

    Args:
        values: (n,) int64.
        slots: int32, a power of two (at most 2^32) of them; at most half are used.
        keys: int64, the known integers.
        count: how many are known.
        codes: (n,) int32, written.
        start: the first value to encode.

    Returns:
        The first value that was not encoded (n when all were), the new count, and a number without
        meaning, which keeps the compiler from dropping the early reads.
    """
    mask = np.uint64(len(slots) - 1)
    n = len(codes)
    early = 0
    for begin in range(start, n, _GROUP):
        end = min(begin + _GROUP, n)
        for e in range(begin, end):
            early ^= slots[_first_slot(values[e], mask)]
        for e in range(begin, end):
            early ^= keys[max(slots[_first_slot(values[e], mask)] - 1, 0)]
        for e in range(begin, end):
            value = values[e]
            slot = _first_slot(value, mask)
            code = -1
            while slots[slot] != 0:
                if keys[slots[slot] - 1] == value:
                    code = slots[slot] - 1
                    break
                slot = (slot + _ONE) & mask
            if code < 0:
                if count >= len(keys):
                    return e, count, early
                keys[count] = value
                code = count
                count += 1
                slots[slot] = count
            codes[e] = code
    return n, count, early


@njit(cache=True, nogil=True)
def refill_integers(slots: NDArray[np.int32], keys: NDArray[np.int64], count: int) -> None:
    """Enter the first `count` keys into empty `slots`."""
    mask = np.uint64(len(slots) - 1)
    for c in range(count):
        slot = _first_slot(keys[c], mask)
        while slots[slot] != 0:
            slot = (slot + _ONE) & mask
        slots[slot] = c + 1

"""Number texts in the order of their first appearance: the hot loop of reading text ids.

An open-addressing hash table. A text is taken eight bytes at a time as little-endian words, its
last word padded with zero bytes. Each known text lies in `arena`: a head, (length in bytes) << 32 |
code, then its words. A slot is 0 (free) or the upper 24 bits of the hash and, below them, where in
the arena the head is (never at 0), so that almost every probe is decided by the slot alone.

With many ids the tables exceed the caches, and a lookup mostly waits for memory. Texts are
therefore handled in groups: the slots of a whole group are read, then the heads they point to, so
that these waits overlap; only then is anything decided. Called by `rowspace.observe.vocabulary`.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

GROUP = 32

_ZERO, _ONE = np.uint64(0), np.uint64(1)
_HALF, _FULL = np.uint64(32), np.uint64(63)
_LOW32 = np.uint64(0xFFFFFFFF)
_PLACE = np.uint64((1 << 40) - 1)
_TAG = np.uint64(((1 << 24) - 1) << 40)
_ONES = np.uint64(0xFFFFFFFFFFFFFFFF)
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


@njit(cache=True, nogil=True, inline="always")
def _word(words: NDArray[np.uint64], at: int) -> np.uint64:
    """Return the 8 bytes from byte `at`, which two aligned words hold between them."""
    shift = np.uint64((at & 7) << 3)
    i = at >> 3
    # Shifted by 1 and by 63 - shift, since a shift by 64 is undefined.
    return np.uint64((words[i] >> shift) | ((words[i + 1] << _ONE) << (_FULL - shift)))


@njit(cache=True, nogil=True, inline="always")
def _rest(words: NDArray[np.uint64], at: int, left: int) -> np.uint64:
    """Return the 1 to 7 bytes from byte `at`, padded with zeros."""
    return np.uint64(_word(words, at) & (_ONES >> np.uint64(64 - 8 * left)))


@njit(cache=True, nogil=True, inline="always")
def _hash(words: NDArray[np.uint64], at: int, length: int) -> np.uint64:
    h = np.uint64(length)
    left = length
    while left >= 8:
        h = (h ^ _word(words, at)) * _GOLDEN
        h ^= h >> _HALF
        at += 8
        left -= 8
    if left > 0:
        h = (h ^ _rest(words, at, left)) * _GOLDEN
        h ^= h >> _HALF
    return h


@njit(cache=True, nogil=True)
def encode_text(
    offsets: NDArray[np.int64],
    words: NDArray[np.uint64],
    slots: NDArray[np.uint64],
    arena: NDArray[np.uint64],
    count: int,
    used: int,
    codes: NDArray[np.int32],
    start: int,
    hashes: NDArray[np.uint64],
) -> tuple[int, int, int, np.uint64]:
    """Write the codes of texts start, start + 1, ... until done or until the tables are full.

    Args:
        offsets: (n + 1,) int64, text e is the bytes offsets[e] .. offsets[e + 1] of `words`.
        words: uint64, the bytes of all texts and at least one word more.
        slots: uint64, a power of two of them; at most half are used.
        arena: uint64, see the module; the first word is not used.
        count: how many texts are known.
        used: how many words of the arena are used, at least 1.
        codes: (n,) int32, written.
        start: the first text to encode.
        hashes: (GROUP,) uint64, scratch.

    Returns:
        The first text that was not encoded (n when all were), the new count, the new number of used
        words, and a number without meaning, which keeps the compiler from dropping the early reads.
    """
    mask = np.uint64(len(slots) - 1)
    n = len(codes)
    early = _ZERO
    for begin in range(start, n, GROUP):
        end = min(begin + GROUP, n)
        for e in range(begin, end):
            h = _hash(words, offsets[e], offsets[e + 1] - offsets[e])
            hashes[e - begin] = h
            early ^= slots[h & mask]
        for e in range(begin, end):
            early ^= arena[np.int64(slots[hashes[e - begin] & mask] & _PLACE)]
        for e in range(begin, end):
            length = offsets[e + 1] - offsets[e]
            h = hashes[e - begin]
            slot = h & mask
            code = np.int64(-1)
            while slots[slot] != _ZERO:
                if slots[slot] & _TAG == h & _TAG:
                    x = np.int64(slots[slot] & _PLACE)
                    head = arena[x]
                    same = head >> _HALF == np.uint64(length)
                    at, left = offsets[e], length
                    while same and left >= 8:
                        x += 1
                        same = arena[x] == _word(words, at)
                        at += 8
                        left -= 8
                    if same and left > 0:
                        same = arena[x + 1] == _rest(words, at, left)
                    if same:
                        code = np.int64(head & _LOW32)
                        break
                slot = (slot + _ONE) & mask
            if code < 0:
                if 2 * count >= len(slots) or used + 2 + length // 8 > len(arena):
                    return e, count, used, early
                code = np.int64(count)
                slots[slot] = (h & _TAG) | np.uint64(used)
                arena[used] = (np.uint64(length) << _HALF) | np.uint64(code)
                count += 1
                used += 1
                at, left = offsets[e], length
                while left >= 8:
                    arena[used] = _word(words, at)
                    used += 1
                    at += 8
                    left -= 8
                if left > 0:
                    arena[used] = _rest(words, at, left)
                    used += 1
            codes[e] = code
    return n, count, used, early


@njit(cache=True, nogil=True)
def refill_text(slots: NDArray[np.uint64], arena: NDArray[np.uint64], used: int) -> None:
    """Enter the texts in the first `used` words of the arena into empty `slots`."""
    mask = np.uint64(len(slots) - 1)
    x = np.int64(1)
    while x < used:
        length = np.int64(arena[x] >> _HALF)
        h = _hash(arena, 8 * (x + 1), length)
        slot = h & mask
        while slots[slot] != _ZERO:
            slot = (slot + _ONE) & mask
        slots[slot] = (h & _TAG) | np.uint64(x)
        x += 1 + (length + 7) // 8


@njit(cache=True, nogil=True)
def unpack_text(
    arena: NDArray[np.uint64],
    arena_bytes: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    out: NDArray[np.uint8],
) -> None:
    """Lay the texts of `arena` end to end into `out`.

    Args:
        arena: uint64; arena_bytes: uint8, the same memory.
        offsets: (n + 1,) int64, written: where each text lies in `out`.
        out: uint8, written; long enough for all of them.
    """
    x, to = np.int64(1), np.int64(0)
    offsets[0] = 0
    for c in range(len(offsets) - 1):
        length = np.int64(arena[x] >> _HALF)
        for k in range(length):
            out[to + k] = arena_bytes[8 * (x + 1) + k]
        to += length
        offsets[c + 1] = to
        x += 1 + (length + 7) // 8

"""A vocabulary numbers ids in the order of their first appearance, batch after batch.

In go Arrow arrays of ids, out come int32 codes; at the end, the ids in the order of their codes.
The memory is that of the distinct ids, whatever the number of lines. Called by
`rowspace.observe.assemble`, one vocabulary per side, each in its own thread.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pyarrow as pa

_FIRST_SIZE = 1 << 12


class IntegerVocabulary:
    """Integers and their codes; see the module."""

    def __init__(self) -> None:
        self._keys = np.empty(_FIRST_SIZE, np.int64)
        self._slots = np.zeros(2 * _FIRST_SIZE, np.int32)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def encode(self, ids: pa.Array) -> NDArray[np.int32]:
        """Return the codes of an int64 array without nulls; new ids get the next codes."""
        from rowspace.observe.kernels.encode_integers import encode_integers, refill_integers

        values = ids.to_numpy()
        codes = np.empty(len(values), np.int32)
        done = 0
        while True:
            done, self._count, _ = encode_integers(
                values, self._slots, self._keys, self._count, codes, done
            )
            if done == len(values):
                return codes
            self._keys = _doubled(self._keys)
            self._slots = np.zeros(2 * len(self._keys), np.int32)
            refill_integers(self._slots, self._keys, self._count)

    def finish(self) -> pa.Array:
        """Return the ids in the order of their codes as an int64 array; the vocabulary is over."""
        import pyarrow as pa

        keys = self._keys[: self._count].copy()
        del self._keys, self._slots
        return pa.array(keys)


class TextVocabulary:
    """Texts and their codes; see the module."""

    def __init__(self) -> None:
        self._slots = np.zeros(2 * _FIRST_SIZE, np.uint64)
        self._arena = np.zeros(4 * _FIRST_SIZE, np.uint64)
        self._count = 0
        self._used = 1

    def __len__(self) -> int:
        return self._count

    def encode(self, ids: pa.Array) -> NDArray[np.int32]:
        """Return the codes of a large_string array without nulls; new ids get the next codes."""
        from rowspace.observe.kernels.encode_text import GROUP, encode_text, refill_text

        offsets, words = _words(ids)
        codes = np.empty(len(ids), np.int32)
        scratch = np.empty(GROUP, np.uint64)
        done = 0
        while True:
            done, self._count, self._used, _ = encode_text(
                offsets,
                words,
                self._slots,
                self._arena,
                self._count,
                self._used,
                codes,
                done,
                scratch,
            )
            if done == len(ids):
                return codes
            if 2 * self._count == len(self._slots):
                self._slots = np.zeros(2 * len(self._slots), np.uint64)
                refill_text(self._slots, self._arena, self._used)
            else:
                need = 2 + int(offsets[done + 1] - offsets[done]) // 8
                self._arena = _doubled(self._arena, at_least=self._used + need)

    def finish(self) -> pa.Array:
        """Return the ids in the order of their codes as a large_string array; it is over then."""
        import pyarrow as pa

        from rowspace.observe.kernels.encode_text import unpack_text

        del self._slots
        offsets = np.zeros(self._count + 1, np.int64)
        text = np.empty(8 * self._used, np.uint8)
        unpack_text(self._arena, self._arena.view(np.uint8), offsets, text)
        del self._arena
        text = text[: offsets[-1]].copy()
        return pa.LargeStringArray.from_buffers(
            len(offsets) - 1, pa.py_buffer(offsets), pa.py_buffer(text)
        )


def _doubled(array: NDArray[Any], at_least: int = 0) -> NDArray[Any]:
    """Return the array with at least twice the room; what is new is not set."""
    bigger = np.empty(max(2 * len(array), at_least), array.dtype)
    bigger[: len(array)] = array
    return bigger


def _words(ids: pa.Array) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """Return the offsets of a large_string array, from 0, and its bytes as padded words."""
    buffers = ids.buffers()
    if len(ids) == 0 or buffers[1] is None:
        return np.zeros(len(ids) + 1, np.int64), np.zeros(2, np.uint64)
    offsets = np.frombuffer(buffers[1], np.int64)[ids.offset : ids.offset + len(ids) + 1]
    first, last = int(offsets[0]), int(offsets[-1])
    words = np.zeros((last - first) // 8 + 2, np.uint64)
    if last > first:
        data = np.frombuffer(buffers[2], np.uint8)
        words.view(np.uint8)[: last - first] = data[first:last]
    return offsets - first, words

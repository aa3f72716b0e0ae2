"""N-grams: sequences of neighbouring words as columns of their own, beside the words.

Called by `text.document_words`; `parts_of` says for solvers which columns a column consists of.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import InputError

if TYPE_CHECKING:
    from rowspace.observe.observations import Mode

Numbers = NDArray[np.int64]


def ngrams_of(
    stream: NDArray[np.int32], words: Sequence[str], longest: int, min_count: int
) -> tuple[list[str], Numbers, Numbers, Numbers, Numbers]:
    """Find the n-grams of 2 to `longest` words that occur often enough.

    Args:
        stream: word numbers, a negative number after each document.
        words: what the numbers stand for.
        longest: words of an n-gram, at most.
        min_count: n-grams that occur fewer times are left out.

    Returns:
        Their names (the words with blanks between), counts and lengths in words, by length, falling
        count and name; then the document and the n-gram of every occurrence.

    Example:
        >>> names, counts, *_ = ngrams_of(np.array([0, 1, 0, 1, -1], np.int32), ["a", "b"], 2, 2)
        >>> names, counts.tolist()
        (['a b'], [2])
    """
    document: Numbers = np.cumsum(stream < 0)
    begins = np.flatnonzero(stream >= 0)
    # What each n-gram that begins at a place is, and its name; words to begin with.
    number, names = stream[begins].astype(np.int64), list(words)
    found = list[str]()
    often, lengths = list[int](), list[int]()
    rows, cols = list[Numbers](), list[Numbers]()
    for n in range(2, longest + 1):
        last = begins + n - 1
        inside = last < len(stream)
        inside[inside] = stream[last[inside]] >= 0
        begins, number, last = begins[inside], number[inside], last[inside]
        # A boundary in the middle ended the shorter n-gram already.
        code = number * len(words) + stream[last]
        kinds, at, counts = np.unique(code, return_inverse=True, return_counts=True)
        kept = np.flatnonzero(counts >= min_count)
        named = {int(k): f"{names[kinds[k] // len(words)]} {words[kinds[k] % len(words)]}"
                 for k in kept}  # fmt: skip
        order = sorted(named, key=lambda k: (-int(counts[k]), named[k]))
        place = np.full(len(kinds), -1)
        place[order] = np.arange(len(order))
        number = place[at]
        begins, number = begins[number >= 0], number[number >= 0]
        names = [named[k] for k in order]
        rows.append(document[begins])
        cols.append(number + len(found))
        found += names
        often += [int(counts[k]) for k in order]
        lengths += [n] * len(names)
    return (
        found,
        np.array(often, np.int64),
        np.array(lengths, np.int64),
        np.concatenate(rows) if rows else np.zeros(0, np.int64),
        np.concatenate(cols) if cols else np.zeros(0, np.int64),
    )


def parts_of(mode: Mode) -> NDArray[np.int32]:
    """Return the words of every column, as positions, -1 after the last: (m, longest) int32.

    Columns without a number of `words`, or with 1, have none.

    Raises:
        InputError: words and n-grams are mixed, or a word of an n-gram is no column.
    """
    table = mode.table
    if table is None or "words" not in table.column_names:
        return np.full((len(mode.ids), 1), -1, np.int32)
    lengths = np.asarray(table["words"].to_numpy(), np.int64)
    if (np.diff(lengths) < 0).any():
        raise InputError(
            f"the {mode.name} side has words after n-grams; read it by document_words(ngrams=...)"
        )
    parts = np.full((len(lengths), max(int(lengths.max(initial=1)), 1)), -1, np.int32)
    ids = list(mode.ids)
    for j in np.flatnonzero(lengths > 1):
        for place, word in enumerate(str(ids[j]).split(" ")):
            if word not in mode.ids:
                raise InputError(
                    f"{word!r} of the n-gram {ids[j]!r} is no {mode.name}; read them by "
                    "document_words(ngrams=...)"
                )
            parts[j, place] = mode.ids.position(word)
    return parts

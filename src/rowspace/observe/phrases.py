"""Phrases: words that stand together more often than by chance become one word.

`phrases(documents)` reads documents and gives them back with pairs such as "new york" joined to
"new_york"; several passes join longer ones. What comes out goes where documents go
(`document_words`, `cooccurrence`), with `str.split` as the tokenizer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import pairwise

from rowspace.errors import InputError
from rowspace.observe.ids import Id
from rowspace.observe.text import Tokenizer, tokens

__all__ = ["phrases"]


def phrases(
    documents: Iterable[tuple[Id, str]],
    *,
    passes: int = 1,
    min_count: int = 5,
    threshold: float = 10.0,
    tokenizer: Tokenizer = tokens,
) -> list[tuple[Id, str]]:
    """Join the words of frequent collocations by an underscore.

    A pair a b scores (n_ab - min_count) n / (n_a n_b) for counts n_a, n_b, n_ab and n words in all;
    above `threshold` it is joined wherever it stands, from left to right (Mikolov et al. 2013,
    "Distributed representations of words and phrases and their compositionality", equation 6).

    Args:
        documents: (id, text) pairs, kept in memory as words.
        passes: how often; the second joins pairs of pairs, "new_york_times".
        min_count: discounted from every pair, so that rare ones are not joined.
        threshold: lower for more phrases.
        tokenizer: cuts a text into words.

    Returns:
        (id, text) pairs; the words of a text are separated by single spaces.

    Raises:
        InputError: an argument that cannot be.

    Example:
        >>> told = [(i, f"{i} went to new york by {i}") for i in range(9)]
        >>> phrases(told, min_count=2, threshold=5.0)[0]
        (0, '0 went_to new_york by 0')
    """
    if passes < 1 or min_count < 1 or not threshold > 0:
        raise InputError(
            f"passes={passes}, min_count={min_count}, threshold={threshold:g}: at least 1, at "
            "least 1 and a number above 0 were expected"
        )
    texts = [(name, tokenizer(text)) for name, text in documents]
    for _ in range(passes):
        alone: Counter[str] = Counter()
        pairs: Counter[tuple[str, str]] = Counter()
        for _, words in texts:
            alone.update(words)
            pairs.update(pairwise(words))
        n = alone.total()
        joined = {
            (a, b)
            for (a, b), count in pairs.items()
            if (count - min_count) * n > threshold * alone[a] * alone[b]
        }
        texts = [(name, _joined(words, joined)) for name, words in texts]
    return [(name, " ".join(words)) for name, words in texts]


def _joined(words: list[str], pairs: set[tuple[str, str]]) -> list[str]:
    out, at = [], 0
    while at < len(words):
        if tuple(words[at : at + 2]) in pairs:
            out.append("_".join(words[at : at + 2]))
            at += 2
        else:
            out.append(words[at])
            at += 1
    return out

"""Text to matrices: which word stands in which document, and which word stands beside which.

`documents(path)` yields (id, text) pairs from a file of lines or a folder of files, `tokens` cuts
a text into words, and `document_words` or `cooccurrence` count them into `Observations`;
`read_text` is these in one call, and what `rowspace.read` uses for text. The text is read once and
streamed into one array of word numbers (4 bytes a word), which is all that is kept of it. The
word sides carry a `count` column: how often each word occurs.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import InputError
from rowspace.observe.ids import Id, Ids
from rowspace.observe.observations import Mode, Observations
from rowspace.observe.pairs import BOUNDARY, count_pairs
from rowspace.observe.text_files import documents as documents
from rowspace.progress import stage

if TYPE_CHECKING:
    pass

__all__ = ["cooccurrence", "counts", "document_words", "documents", "read_text", "tokens"]

Tokenizer = Callable[[str], list[str]]
"""Cuts a text into words; `tokens` is one."""

_DROPPED = -2
_DOCUMENTS_PER_REPORT = 1000


def tokens(text: str, *, lower: bool = True, min_length: int = 1) -> list[str]:
    r"""Cut a text into words, in order.

    A word is a longest run of letters, digits and underscores of any script, with the marks that
    combine with them and single apostrophes inside: `\w+('\w+|[marks]+\w*)*`. Text is
    brought to Unicode form NFC first, so that both spellings of an accented letter are one, and
    the typographic apostrophe to the plain one. A script that writes no spaces (Chinese, Thai)
    needs a tokenizer of its own: every counting function takes one.

    Args:
        text: any text.
        lower: whether to turn capitals into small letters.
        min_length: words of fewer characters are left out.

    Returns:
        The words, with repetitions.

    Example:
        >>> tokens("Don't call os.path_join: it's Ünïcode, 2 words")
        ["don't", 'call', 'os', 'path_join', "it's", 'ünïcode', '2', 'words']
        >>> tokens("a big Cat", lower=False, min_length=2)
        ['big', 'Cat']
    """
    if text.isascii():
        pattern = _ASCII_WORD
    else:
        text = unicodedata.normalize("NFC", text).replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
        pattern = _unicode_word()
    words = pattern.findall(text.lower() if lower else text)
    return words if min_length <= 1 else [w for w in words if len(w) >= min_length]


def counts(text: str, *, ngrams: int = 1, tokenizer: Tokenizer = tokens) -> dict[str, int]:
    """Count the words of one text: the query that folds a new document into a space.

    Args:
        text: any text.
        ngrams: as the documents were read: sequences of up to so many words are counted as well.
        tokenizer: the one that the documents were read with.

    Returns:
        How often each word, and each n-gram, occurs, most frequent first.

    Example:
        >>> counts("the cat and the dog")
        {'the': 2, 'cat': 1, 'and': 1, 'dog': 1}
    """
    words = tokenizer(text)
    found = Counter(words)
    for n in range(2, ngrams + 1):
        found.update(" ".join(words[i : i + n]) for i in range(len(words) - n + 1))
    return dict(found.most_common())


def document_words(
    documents: Iterable[tuple[Id, str]],
    *,
    rows: str = "document",
    cols: str = "word",
    min_count: int = 1,
    max_words: int | None = None,
    stop_words: Collection[str] = (),
    ngrams: int = 1,
    tokenizer: Tokenizer = tokens,
) -> Observations:
    """Count how often each word occurs in each document.

    Args:
        documents: (id, text) pairs, for example from `documents(path)` or `enumerate(texts)`;
            read once, one at a time. A document without words is a row without cells.
        rows, cols: what the two sides are called.
        min_count: words that occur fewer times in all documents together are left out.
        max_words: keep so many at most, the most frequent.
        stop_words: words to leave out, spelled as the tokenizer gives them.
        ngrams: count sequences of up to so many neighbouring words as well, as columns "new york"
            after the words, where they occur `min_count` times; words that are left out are no
            place. The column `words` of the table then has their lengths.
        tokenizer: cuts a text into words.

    Returns:
        Sparse counts, documents x words; words by falling count, then alphabetically.

    Raises:
        InputError: no document, no word left, `max_words` or `ngrams` below 1, an id twice, or
            something that is no (id, text).

    Example:
        >>> obs = document_words([("a", "red fish blue fish"), ("b", "one fish")])
        >>> list(obs.cols.ids), obs.value("a", "fish")
        (['fish', 'blue', 'one', 'red'], 2.0)
    """
    from scipy.sparse import csr_array

    if isinstance(ngrams, bool) or not isinstance(ngrams, int) or ngrams < 1:
        raise InputError(f"ngrams is {ngrams!r}, but a number of words from 1 on was expected")
    text = _encode(documents, tokenizer)
    vocabulary = _vocabulary(text, min_count, stop_words, max_words)
    kept = _renumber(text, vocabulary)
    if ngrams > 1:
        return _with_ngrams(kept, vocabulary, text.names, ngrams, min_count, rows, cols)
    ends = np.flatnonzero(kept == BOUNDARY)
    # The k-th boundary has k boundaries before it; everything else before it is a word.
    indptr = np.concatenate(([0], ends - np.arange(len(ends))))
    indices = kept[kept >= 0]
    # One cell of value 1 per occurrence; int32, since float32 stops counting at 2^24.
    cells = csr_array(
        (np.ones(len(indices), np.int32), indices, indptr),
        shape=(len(text.names), len(vocabulary.words)),
    )
    cells.sum_duplicates()
    return Observations(Mode(rows, Ids(text.names, what=rows)), vocabulary.mode(cols), cells)


def _with_ngrams(
    kept: NDArray[np.int32],
    vocabulary: _Vocabulary,
    names: list[Id],
    longest: int,
    min_count: int,
    rows: str,
    cols: str,
) -> Observations:
    """Return documents x (words, then n-grams)."""
    import pyarrow as pa
    from scipy.sparse import csr_array

    from rowspace.observe.ngrams import ngrams_of

    found, often, lengths, where, which = ngrams_of(kept, vocabulary.words, longest, min_count)
    words = len(vocabulary.words)
    at = np.concatenate(((np.cumsum(kept < 0))[kept >= 0], where))
    what = np.concatenate((kept[kept >= 0].astype(np.int64), which + words))
    cells = csr_array(
        (np.ones(len(at), np.int32), (at, what)), shape=(len(names), words + len(found))
    )
    table = pa.table({
        "count": np.concatenate((vocabulary.counts, often)),
        "words": np.concatenate((np.ones(words, np.int64), lengths)),
    })  # fmt: skip
    mode = Mode(cols, Ids([*vocabulary.words, *found], unique=True), table)
    return Observations(Mode(rows, Ids(names, what=rows)), mode, cells)


def cooccurrence(
    documents: Iterable[tuple[Id, str]],
    *,
    window: int = 5,
    min_count: int = 5,
    max_words: int | None = None,
    stop_words: Collection[str] = (),
    weighting: Literal["harmonic", "flat", "dynamic"] = "harmonic",
    direction: Literal["both", "after"] = "both",
    subsample: float = 0.0,
    memory: int | None = None,
    rows: str = "word",
    cols: str = "context",
    tokenizer: Tokenizer = tokens,
) -> Observations:
    """Count how often each word stands near each other word of the same document.

    x_wc is the sum, over all pairs of a w and a c at most `window` words apart, of 1 / distance
    (harmonic: Pennington, Socher, Manning 2014, "GloVe", section 3.1), of 1 (flat), or of
    (window - distance + 1) / window (dynamic: what the windows of random size of word2vec give on
    average). Words that are left out are taken out before distances are measured, as word2vec and
    GloVe do. With `subsample` t, x_wc is multiplied by s_w s_c, s_w = min(1, sqrt(t / f_w)) for a
    share f_w of all words: the expectation of word2vec's subsampling (Mikolov et al. 2013,
    "Distributed representations", equation 5) without its wider windows (Levy, Goldberg, Dagan
    2015 call that clean).

    Args:
        documents: (id, text) pairs, read once, one at a time; no window reaches across documents.
        window: how many words to either side are near.
        min_count: words that occur fewer times are left out.
        max_words: keep so many at most, the most frequent.
        stop_words: words to leave out, spelled as the tokenizer gives them.
        weighting: "harmonic", "flat" or "dynamic".
        direction: "both", or "after": c counts only where it follows w, which makes the matrix
            directed (its transpose has what comes before).
        subsample: t above, for example 1e-4; 0 for none.
        memory: bytes that the cells may take; where there are more, they are counted some rows at
            a time into a temporary file, from which the matrix is mapped. The result is the same.
        rows, cols: what the two sides are called.
        tokenizer: cuts a text into words.

    Returns:
        Sparse, words x words, symmetric unless directed; both sides have the same ids, by falling
        count, then alphabetically.

    Raises:
        InputError: no document, no word left, or an argument that cannot be.

    Example:
        >>> obs = cooccurrence([(1, "a b c")], window=2, min_count=1)
        >>> obs.value("a", "b"), obs.value("a", "c"), obs.value("a", "a")
        (1.0, 0.5, 0.0)
    """
    if window < 1:
        raise InputError(f"window is {window}, but at least 1 was expected")
    if weighting not in _WEIGHTINGS:
        raise InputError(
            f"weighting is {weighting!r}, but 'harmonic', 'flat' or 'dynamic' was expected"
        )
    if direction not in ("both", "after"):
        raise InputError(f"direction is {direction!r}, but 'both' or 'after' was expected")
    if not 0 <= subsample < np.inf:
        raise InputError(f"subsample is {subsample}, but a number of at least 0 was expected")
    if memory is not None and memory < 1:
        raise InputError(f"memory is {memory}, but a number of bytes was expected")
    weights = _WEIGHTINGS[weighting](np.arange(1, window + 1))
    text = _encode(documents, tokenizer)
    vocabulary = _vocabulary(text, min_count, stop_words, max_words)
    stream = _renumber(text, vocabulary)
    del text
    mode = vocabulary.mode(rows)
    kept = None
    if subsample:
        share = vocabulary.counts / vocabulary.counts.sum()
        kept = np.minimum(1, np.sqrt(subsample / share)).astype(np.float32)
    cells = count_pairs(stream, vocabulary.counts, weights, direction == "both", memory, kept)
    return Observations(mode, Mode(cols, mode.ids, mode.table), cells)


def encoded(
    documents: Iterable[tuple[Id, str]],
    min_count: int,
    stop_words: Collection[str],
    max_words: int | None,
    name: str,
    tokenizer: Tokenizer,
) -> tuple[Mode, NDArray[np.int32], NDArray[np.int64]]:
    """Return the words as a side, the text as their numbers (-1 after each document), and counts.

    Args:
        documents, min_count, stop_words, max_words, tokenizer: as in `cooccurrence`.
        name: what the side is called.
    """
    text = _encode(documents, tokenizer)
    vocabulary = _vocabulary(text, min_count, stop_words, max_words)
    return vocabulary.mode(name), _renumber(text, vocabulary), vocabulary.counts


_WEIGHTINGS: dict[str, Callable[[NDArray[np.int64]], NDArray[np.float64]]] = {
    "harmonic": lambda distance: 1 / distance,
    "flat": lambda distance: np.ones(len(distance)),
    "dynamic": lambda distance: 1 - (distance - 1) / len(distance),
}


def read_text(
    path: str | Path,
    *,
    rows: str | None = None,
    cols: str | None = None,
    window: int | None = None,
    min_count: int | None = None,
    max_words: int | None = None,
    stream: bool = False,
    ngrams: int | None = None,
) -> Observations:
    """Read a text file or a folder of them as a matrix of counts.

    Args:
        path: what `documents` takes: a file with one document per line, or a folder.
        rows, cols: what the two sides are called: "document" and "word", or "word" and "context".
        window: None for documents x words; a number of words for words x contexts.
        min_count: words that occur fewer times are left out; 1, or 5 with a window.
        max_words: keep so many at most, the most frequent.
        stream: read words x contexts without counting them (`stream.word_stream`).
        ngrams: for documents x words: the longest sequence of words that is a column.

    Returns:
        What `document_words`, `word_stream` or `cooccurrence` return.

    Raises:
        InputError: the path has no text or is not UTF-8, or no word is left.
    """
    if ngrams is not None and (stream or window is not None):
        raise InputError("n-grams are counted in documents; leave window= and stream= out")
    found = documents(path)
    if stream:
        from rowspace.observe.stream import word_stream

        obs = word_stream(
            found,
            min_count=5 if min_count is None else min_count,
            max_words=max_words,
            rows="word" if rows is None else rows,
            cols="context" if cols is None else cols,
        )
    elif window is None:
        obs = document_words(
            found,
            rows="document" if rows is None else rows,
            cols="word" if cols is None else cols,
            min_count=1 if min_count is None else min_count,
            max_words=max_words,
            ngrams=1 if ngrams is None else ngrams,
        )
    else:
        obs = cooccurrence(
            found,
            window=window,
            min_count=5 if min_count is None else min_count,
            max_words=max_words,
            rows="word" if rows is None else rows,
            cols="context" if cols is None else cols,
        )
    return replace(obs, source=str(path))


@dataclass(frozen=True, eq=False)
class _Text:
    """A text as numbers: `stream` (int32) holds a word number per token, `BOUNDARY` after each
    document; `words` the word of each number, by first occurrence; `names` the document ids.
    """

    stream: NDArray[np.int32]
    words: list[str]
    names: list[Id]


@dataclass(frozen=True, eq=False)
class _Vocabulary:
    """The words that are kept, in their final order, their counts (int64), and the map from the
    numbers of a `_Text` to final ones (`_DROPPED` where left out; last entry for `BOUNDARY`).
    """

    words: list[str]
    counts: NDArray[np.int64]
    renumber: NDArray[np.int32]

    def mode(self, name: str) -> Mode:
        """Return the words as a side with its `count` column."""
        import pyarrow as pa

        return Mode(name, Ids(self.words, unique=True), pa.table({"count": self.counts}))


def _encode(documents: Iterable[tuple[Id, str]], tokenizer: Tokenizer) -> _Text:
    numbers: defaultdict[str, int] = defaultdict(lambda: len(numbers))
    stream = array("i")
    names: list[Id] = []
    with stage("read text") as step:
        for document in documents:
            name, text = _pair(document, len(names))
            stream.extend(map(numbers.__getitem__, tokenizer(text)))
            stream.append(BOUNDARY)
            names.append(name)
            if len(names) % _DOCUMENTS_PER_REPORT == 0:
                step(_DOCUMENTS_PER_REPORT, f"{len(numbers):,} different words")
    if not names:
        raise InputError("there is no document to count words in")
    return _Text(np.frombuffer(stream, np.int32), list(numbers), names)


def _pair(document: object, at: int) -> tuple[Id, str]:
    if isinstance(document, tuple) and len(document) == 2 and isinstance(document[1], str):
        return document
    raise InputError(
        f"document {at} is {str(document)[:60]!r}, but a pair (id, text) was expected; "
        "number bare texts with enumerate(texts)"
    )


def _vocabulary(
    text: _Text, min_count: int, stop_words: Collection[str], max_words: int | None = None
) -> _Vocabulary:
    if isinstance(stop_words, str):
        raise InputError(f"stop_words is the text {stop_words!r}, but a list of words was expected")
    # Boundaries are -1: shifted by one they are counted in front.
    counts = np.bincount(text.stream + 1, minlength=len(text.words) + 1)[1:]
    wanted = counts >= min_count
    if stop_words:
        stop = set(stop_words)
        wanted &= np.array([w not in stop for w in text.words], bool)
    often = counts.tolist()
    order = sorted(np.flatnonzero(wanted).tolist(), key=lambda w: (-often[w], text.words[w]))
    if max_words is not None:
        if max_words < 1:
            raise InputError(f"max_words is {max_words}, but at least 1 was expected")
        order = order[:max_words]
    if not order:
        most = int(counts.max(initial=0))
        raise InputError(
            "the documents have no word"
            if most == 0
            else f"no word is left: the most frequent occurs {most} times and min_count is "
            f"{min_count}, stop words aside; lower min_count"
        )
    renumber = np.full(len(text.words) + 1, _DROPPED, np.int32)
    renumber[order] = np.arange(len(order), dtype=np.int32)
    renumber[-1] = BOUNDARY
    return _Vocabulary([text.words[w] for w in order], counts[order].astype(np.int64), renumber)


def _renumber(text: _Text, vocabulary: _Vocabulary) -> NDArray[np.int32]:
    """Return the stream in final word numbers, without the words that are left out."""
    stream: NDArray[np.int32] = vocabulary.renumber[text.stream]
    kept: NDArray[np.int32] = stream[stream != _DROPPED]
    return kept


_ASCII_WORD = re.compile(r"\w+(?:'\w+)*", re.ASCII)


@functools.cache
def _unicode_word() -> re.Pattern[str]:
    r"""Return the word pattern with combining marks, which `\w` of the `re` module leaves out."""
    common, rare = _marks(0x300, 0xFFFF), _marks(0x10000, 0x1FFFF)
    # `re` looks up characters below 0x10000 in a table and others one range after the other, so
    # that the rare marks are asked for only where such a character stands.
    rare = f"(?=[\U00010000-\U0001ffff])[{rare}]"
    return re.compile(rf"\w+(?:'\w+|[{common}]+\w*|{rare}+\w*)*")


def _marks(first: int, last: int) -> str:
    """Return the combining marks among the code points `first` to `last` as ranges "a-b"."""
    marks = [c for c in range(first, last + 1) if unicodedata.category(chr(c)).startswith("M")]
    starts = [c for c, before in zip(marks, [-1, *marks]) if c != before + 1]
    ends = [c for c, after in zip(marks, [*marks[1:], -1]) if c != after - 1]
    return "".join(f"{chr(a)}-{chr(b)}" for a, b in zip(starts, ends))

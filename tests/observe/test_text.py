"""Words are found and counted as a slow and obvious program would."""

from __future__ import annotations

import gzip
import mmap
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rowspace as rs
from rowspace.errors import InputError
from rowspace.observe.text import cooccurrence, counts, document_words, read_text, tokens

WORDS = st.sampled_from(["a", "b", "c", "dd", "é", "ß", "word", "日本"])
TEXTS = st.lists(st.lists(WORDS, max_size=12).map(" ".join), min_size=1, max_size=6)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        ("  \t\n…—!?", []),
        ("The cat's 'hat', isn't it?", ["the", "cat's", "hat", "isn't", "it"]),
        ("don’t", ["don't"]),
        ("snake_case camelCase __init__", ["snake_case", "camelcase", "__init__"]),
        ("rock'n'roll ''x'' y'", ["rock'n'roll", "x", "y"]),
        ("e\u0301té", ["été"]),
        ("कुत्ता बिल्ली", ["कुत्ता", "बिल्ली"]),
        ("𑄌𑄋𑄴𑄟𑄳𑄦 𑄇𑄧", ["𑄌𑄋𑄴𑄟𑄳𑄦", "𑄇𑄧"]),
        ("Ünïcode СЛОВО ΛΌΓΟΣ 12 ½", ["ünïcode", "слово", "λόγος", "12", "½"]),
        ("mail@host.org e-mail 3.14", ["mail", "host", "org", "e", "mail", "3", "14"]),
    ],
)
def test_a_word_is_a_run_of_letters_marks_digits_and_underscores(text, words):
    assert tokens(text) == words


def test_capitals_and_short_words_stay_or_go_as_asked():
    assert tokens("A big Ärger", lower=False) == ["A", "big", "Ärger"]
    assert tokens("A big Ärger", min_length=2) == ["big", "ärger"]


@given(st.text(st.characters(max_codepoint=127), max_size=60))
@settings(deadline=None, max_examples=30)
def test_plain_text_is_cut_alike_whether_or_not_other_letters_stand_near(text):
    assert tokens(text + " é") == [*tokens(text), "é"]


def test_counts_are_those_that_the_documents_were_counted_with():
    text = "The cat and the dog and THE end"
    obs = document_words([("x", text)])
    assert counts(text) == {w: obs.value("x", w) for w in obs.cols.ids}
    assert list(counts(text)) == ["the", "and", "cat", "dog", "end"]


@settings(deadline=None, max_examples=30)
@given(TEXTS, st.integers(1, 3), st.sets(WORDS, max_size=2))
def test_documents_by_words_agrees_with_counting_one_at_a_time(texts, min_count, stop):
    total = Counter(w for t in texts for w in tokens(t))
    kept = sorted(
        (w for w in total if total[w] >= min_count and w not in stop),
        key=lambda w: (-total[w], w),
    )
    if not kept:
        with pytest.raises(InputError, match="no word"):
            document_words(enumerate(texts), min_count=min_count, stop_words=stop)
        return
    obs = document_words(enumerate(texts), min_count=min_count, stop_words=stop)
    assert list(obs.rows.ids) == list(range(len(texts)))
    assert list(obs.cols.ids) == kept
    assert obs.cols.table.column("count").to_pylist() == [total[w] for w in kept]
    expected = [[tokens(t).count(w) for w in kept] for t in texts]
    np.testing.assert_array_equal(obs.cells.toarray(), expected)
    assert (obs.cells.data > 0).all()


def slow_pairs(texts, window, min_count, weight):
    """(word, context) -> weight, by looking at every pair of every document."""
    total = Counter(w for t in texts for w in tokens(t))
    pairs: Counter = Counter()
    for text in texts:
        kept = [w for w in tokens(text) if total[w] >= min_count]
        for p, w in enumerate(kept):
            for q, c in enumerate(kept):
                if p != q and abs(p - q) <= window:
                    pairs[w, c] += weight(abs(p - q))
    words = sorted((w for w in total if total[w] >= min_count), key=lambda w: (-total[w], w))
    return words, np.array([[pairs[w, c] for c in words] for w in words], float)


@settings(deadline=None, max_examples=30)
@given(TEXTS, st.integers(1, 6), st.integers(1, 3), st.sampled_from(["harmonic", "flat"]))
def test_cooccurrence_agrees_with_looking_at_every_pair(texts, window, min_count, weighting):
    weight = (lambda d: 1 / d) if weighting == "harmonic" else (lambda d: 1.0)
    words, expected = slow_pairs(texts, window, min_count, weight)
    options = {"window": window, "min_count": min_count, "weighting": weighting}
    if not words:
        with pytest.raises(InputError, match="no word"):
            cooccurrence(enumerate(texts), **options)
        return
    obs = cooccurrence(enumerate(texts), **options)
    assert list(obs.rows.ids) == list(obs.cols.ids) == words
    np.testing.assert_allclose(obs.cells.toarray(), expected, rtol=1e-6)
    assert obs.cells.nnz == np.count_nonzero(expected)


def many_words(n_documents=40, length=200, n_words=300):
    rng = np.random.default_rng(0)
    draw = (rng.pareto(1.0, (n_documents, length)) * 3).astype(int) % n_words
    return [(f"d{i}", " ".join(f"w{x}" for x in row)) for i, row in enumerate(draw)]


def test_pairs_do_not_depend_on_the_number_of_threads(monkeypatch):
    prints = set()
    for threads in ("1", "2"):
        monkeypatch.setenv("ROWSPACE_THREADS", threads)
        prints.add(cooccurrence(many_words(), window=4, min_count=1).fingerprint)
    assert len(prints) == 1


def test_pairs_are_symmetric_and_carry_the_counts_on_both_sides():
    obs = cooccurrence(many_words(), window=4, min_count=2, rows="w", cols="c")
    dense = obs.cells.toarray()
    np.testing.assert_allclose(dense, dense.T, rtol=1e-6)
    assert (obs.rows.name, obs.cols.name) == ("w", "c")
    count = obs.rows.table.column("count").to_numpy()
    assert count.dtype == np.int64 and (np.diff(count) <= 0).all()
    assert obs.cols.table.equals(obs.rows.table)


def test_a_word_alone_in_its_document_has_no_context():
    obs = cooccurrence([(1, "a"), (2, "b"), (3, "")], min_count=1)
    assert obs.shape == (2, 2) and obs.n_observed == 0


def test_documents_without_words_are_empty_rows():
    obs = document_words([("x", "--"), ("y", "a a"), ("z", "")])
    np.testing.assert_array_equal(obs.cells.toarray(), [[0], [2], [0]])


def test_another_tokenizer_is_used_as_it_is():
    obs = document_words([("x", "AbA")], tokenizer=list)
    assert list(obs.cols.ids) == ["A", "b"]


def test_documents_are_read_once_and_one_at_a_time():
    given_out = []

    def stream():
        for i in range(3):
            given_out.append(i)
            yield i, f"word{i} word"

    assert document_words(stream()).shape == (3, 4)
    assert given_out == [0, 1, 2]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: document_words([]), "there is no document"),
        (lambda: document_words([("a", "?!")]), "the documents have no word"),
        (lambda: document_words([("a", "x x")], min_count=3), "most frequent occurs 2 times"),
        (lambda: document_words([("a", "x")], stop_words=["x"]), "no word is left"),
        (lambda: document_words([("a", "x")], stop_words="the"), "stop_words is the text 'the'"),
        (lambda: document_words([("a", "x"), ("a", "y")]), "document 'a' occurs 2 times"),
        (lambda: document_words(["some text"]), "document 0 is 'some text', but a pair"),
        (lambda: document_words([(1, b"bytes")]), "a pair .id, text. was expected"),
        (lambda: document_words([(1, "x"), ("b", "y")]), "mix text and numbers"),
        (lambda: cooccurrence([("a", "x")], window=0), "window is 0"),
        (lambda: cooccurrence([("a", "x")], weighting="linear"), "weighting is 'linear'"),
        (lambda: cooccurrence([("a", "x y")]), "min_count is 5, .*lower min_count"),
        (lambda: cooccurrence([("a", "x y")], min_count=1, cols="word"), "both called 'word'"),
    ],
)
def test_what_cannot_be_counted_is_refused_in_one_sentence(call, message):
    with pytest.raises(InputError, match=message):
        call()


def test_a_text_file_is_read_as_documents_or_with_a_window_as_contexts(tmp_path):
    path = tmp_path / "lines.txt"
    path.write_text("red fish blue fish\n\none fish\n", encoding="utf-8")
    obs = read_text(path)
    assert list(obs.rows.ids) == ["lines.txt:1", "lines.txt:3"]
    assert obs.value("lines.txt:1", "fish") == 2 and obs.source == str(path)
    assert (obs.rows.name, obs.cols.name) == ("document", "word")
    pairs = read_text(path, window=1, min_count=1)
    assert pairs.value("red", "fish") == 1 and pairs.value("one", "fish") == 1
    assert (pairs.rows.name, pairs.cols.name) == ("word", "context")
    assert read_text(path, rows="line", cols="term", min_count=3).shape == (2, 1)


def test_a_folder_gives_the_same_as_its_gzipped_copy(tmp_path):
    plain, zipped = tmp_path / "plain", tmp_path / "zipped"
    for name, text in (("b/ü.md", "zwei zwei"), ("a.txt", "eins zwei")):
        for folder, suffix in ((plain, ""), (zipped, ".gz")):
            path = folder / (name + suffix)
            path.parent.mkdir(parents=True, exist_ok=True)
            data = text.encode()
            path.write_bytes(gzip.compress(data) if suffix else data)
    a, b = read_text(plain), read_text(zipped)
    assert list(a.rows.ids) == ["a.txt", "b/ü.md"]
    np.testing.assert_array_equal(a.cells.toarray(), b.cells.toarray())


def pairs_slowly(text, window, weight, after=False):
    """Every pair of one document, the obvious way."""
    words, found = text.split(), {}
    for i, w in enumerate(words):
        for j, c in enumerate(words):
            if i != j and abs(i - j) <= window and (j > i or not after):
                found[w, c] = found.get((w, c), 0) + weight(abs(i - j))
    return found


@pytest.mark.parametrize("direction", ["both", "after"])
def test_dynamic_windows_and_directions(direction):
    text = "a b c a d b b e a c"
    obs = cooccurrence([(1, text)], window=3, min_count=1, weighting="dynamic", direction=direction)
    expected = pairs_slowly(text, 3, lambda d: (3 - d + 1) / 3, direction == "after")
    for w in obs.rows.ids:
        for c in obs.cols.ids:
            assert obs.value(w, c) == pytest.approx(expected.get((w, c), 0.0), abs=1e-6)


def test_subsampling_is_an_expectation():
    text = "the cat the dog the cat the end"
    plain = cooccurrence([(1, text)], window=2, min_count=1)
    obs = cooccurrence([(1, text)], window=2, min_count=1, subsample=0.2)
    keep = {"the": np.sqrt(0.2 / 0.5), "cat": np.sqrt(0.2 / 0.25), "dog": 1.0, "end": 1.0}
    for w in keep:
        for c in keep:
            expected = plain.value(w, c) * keep[w] * keep[c]
            assert obs.value(w, c) == pytest.approx(expected, rel=1e-5)


def test_with_little_memory_the_counts_are_the_same_to_the_bit():
    rng = np.random.default_rng(0)
    words = [f"w{int(x)}" for x in rng.zipf(1.4, 3000) if x < 400]
    documents = [(i, " ".join(words[i * 100 : i * 100 + 100])) for i in range(30)]
    whole = cooccurrence(documents, window=4, min_count=1).cells
    for memory in (1, 1000, 20_000, 10**9):
        some = cooccurrence(documents, window=4, min_count=1, memory=memory).cells
        for name in ("indptr", "indices", "data"):
            np.testing.assert_array_equal(getattr(some, name), getattr(whole, name))


def test_the_cells_stay_in_the_file_that_they_were_counted_into():
    words = [f"w{int(x)}" for x in np.random.default_rng(0).zipf(1.4, 3000) if x < 400]
    told = [(1, " ".join(words))]
    for subsample in (0.0, 1e-3):
        obs = cooccurrence(told, min_count=1, memory=1000, subsample=subsample)
        assert in_file(obs.cells.indices) and in_file(obs.cells.data)
        whole = cooccurrence(told, min_count=1, subsample=subsample).cells
        assert whole.indices.dtype == whole.indptr.dtype == np.int32
        np.testing.assert_array_equal(obs.cells.data, whole.data)
        np.testing.assert_array_equal(whole.toarray(), whole.toarray().T)


def in_file(array):
    while isinstance(array, np.ndarray):
        array = array.base
    return isinstance(array, mmap.mmap)


def test_the_most_frequent_words_are_kept_and_stop_words_left_out():
    documents = [(1, "the cat saw the dog and the cat ran")]
    assert list(cooccurrence(documents, min_count=1, max_words=2).rows.ids) == ["the", "cat"]
    left = cooccurrence(documents, min_count=1, stop_words=["the", "and"]).rows.ids
    assert "the" not in left and "cat" in left
    # Words that are left out do not count as distance.
    near = cooccurrence(documents, window=1, min_count=1, stop_words=["the"])
    assert near.value("saw", "dog") == 1.0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"direction": "left"}, "direction is 'left', but 'both' or 'after'"),
        ({"subsample": -1.0}, "subsample is -1.0"),
        ({"memory": 0}, "memory is 0"),
        ({"max_words": 0}, "max_words is 0"),
    ],
)
def test_options_of_counting_that_cannot_be_are_refused(options, message):
    with pytest.raises(InputError, match=message):
        cooccurrence([(1, "a b")], min_count=1, **options)


def test_read_text_keeps_the_most_frequent_words(tmp_path):
    path = tmp_path / "lines.txt"
    path.write_text("the cat the dog\nthe cat ran\n", encoding="utf-8")
    assert list(read_text(path, max_words=2).cols.ids) == ["the", "cat"]
    near = rs.read(path, window=1, min_count=1, max_words=2)
    assert list(near.rows.ids) == ["the", "cat"]
    # "the cat the" | "the cat" once the others are out.
    assert near.value("the", "cat") == 3.0
    with pytest.raises(InputError, match="max_words= says nothing about"):
        rs.read({"user": ["a"], "item": ["b"]}, max_words=2)

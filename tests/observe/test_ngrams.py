"""N-grams beside words: against a count by hand, and what they consist of."""

from collections import Counter

import numpy as np
import pytest

import rowspace as rs
from rowspace.errors import InputError
from rowspace.observe.ngrams import parts_of
from rowspace.observe.text import counts, document_words

TEXTS = ["a b c a b", "b c", "", "c", "a b é é é"]


def test_words_and_ngrams_are_counted_as_by_hand():
    obs = document_words(enumerate(TEXTS), ngrams=3)
    for d, text in enumerate(TEXTS):
        words = text.split()
        expected = Counter(
            " ".join(words[i : i + n]) for n in (1, 2, 3) for i in range(len(words) - n + 1)
        )
        assert expected == counts(text, ngrams=3)
        for name in obs.cols.ids:
            assert obs.value(d, name) == expected.get(name, 0)
    lengths = obs.cols.table["words"].to_pylist()
    assert lengths == sorted(lengths) == [len(name.split()) for name in obs.cols.ids]
    assert obs.cols.table["count"].to_pylist() == obs.cells.sum(axis=0).tolist()


def test_rare_ngrams_are_left_out_and_dropped_words_are_no_place():
    obs = document_words(enumerate(["x rare1 y", "x rare2 y", "z"]), ngrams=2, min_count=2)
    assert list(obs.cols.ids) == ["x", "y", "x y"]


def test_parts_are_the_words_of_ngrams():
    obs = document_words(enumerate(TEXTS), ngrams=3)
    parts = parts_of(obs.cols)
    ids = list(obs.cols.ids)
    for name, of in zip(ids, parts, strict=True):
        words = name.split()
        assert [ids[p] for p in of if p >= 0] == (words if len(words) > 1 else [])
    plain = document_words(enumerate(TEXTS))
    assert (parts_of(plain.cols) == -1).all()


def test_no_ngram_is_frequent_enough():
    obs = document_words(enumerate(["a b", "b a"]), ngrams=2, min_count=2)
    assert list(obs.cols.ids) == ["a", "b"]
    assert (parts_of(obs.cols) == -1).all()


@pytest.mark.parametrize("wrong", [0, True, 1.5])
def test_a_wrong_length_is_refused(wrong):
    with pytest.raises(InputError, match="ngrams is"):
        document_words(enumerate(TEXTS), ngrams=wrong)


def test_files_are_read_with_ngrams(tmp_path):
    path = tmp_path / "texts.txt"
    path.write_text("new york\nnew york city\n")
    obs = rs.read(path, format="text", ngrams=2)
    assert obs.value(obs.rows.ids[0], "new york") == 1
    with pytest.raises(InputError, match="n-grams are counted in documents"):
        rs.read(path, format="text", ngrams=2, window=2)


def test_subsample_scales_frequent_columns_and_new_rows_alike():
    from rowspace.observe.subsample import Subsample

    counts_ = np.array([[90.0, 5.0], [0.0, 5.0]])
    obs = rs.Observations.from_matrix(counts_, rows="d", cols="w")
    step = Subsample(0.05)
    done, state = step.apply(obs)
    share = np.array([0.9, 0.1])
    kept = np.minimum(1, np.sqrt(0.05 / share) + 0.05 / share)
    np.testing.assert_allclose(done.cells, counts_ * kept, rtol=1e-6)
    _, values = step.new_row(state, "rows", np.array([0, 1]), np.array([90, 5], np.float32))
    np.testing.assert_allclose(values, done.cells[0], rtol=1e-6)
    with pytest.raises(InputError, match="above 0"):
        Subsample(0)

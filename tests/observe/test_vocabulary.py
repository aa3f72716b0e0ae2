"""Vocabularies number ids in the order of their first appearance, whatever the batches."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rowspace.observe.vocabulary import IntegerVocabulary, TextVocabulary


def numbered(values):
    """The slow twin: a dict."""
    codes = {}
    for value in values:
        codes.setdefault(value, len(codes))
    return [codes[v] for v in values], list(codes)


def encoded(vocabulary, batches):
    codes = [vocabulary.encode(batch) for batch in batches]
    assert all(c.dtype == np.int32 for c in codes)
    return np.concatenate(codes).tolist(), vocabulary.finish().to_pylist()


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
similar = st.text("ab\0", max_size=18)  # lengths around the word border, and zero bytes


@settings(max_examples=30, deadline=None)
@given(st.lists(st.one_of(texts, similar), max_size=60), st.integers(1, 20))
def test_texts_are_numbered_as_a_dict_would(values, size):
    parts = [values[i : i + size] for i in range(0, len(values), size)] or [[]]
    batches = [pa.array(p, pa.large_string()) for p in parts]
    assert encoded(TextVocabulary(), batches) == numbered(values)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(-(2**63), 2**63 - 1), max_size=60), st.integers(1, 20))
def test_integers_are_numbered_as_a_dict_would(values, size):
    parts = [values[i : i + size] for i in range(0, len(values), size)] or [[]]
    batches = [pa.array(p, pa.int64()) for p in parts]
    assert encoded(IntegerVocabulary(), batches) == numbered(values)


@pytest.mark.parametrize("stride", [1, 2**32, 2**40])
def test_tables_grow_past_their_first_size_in_the_middle_of_a_batch(stride):
    values = [(i * 7919 % 20_011) * stride for i in range(30_000)]
    codes, ids = encoded(IntegerVocabulary(), [pa.array(values)])
    assert (codes, ids) == numbered(values)
    names = [f"the number {v}" for v in values]
    codes, ids = encoded(TextVocabulary(), [pa.array(names, pa.large_string())])
    assert (codes, ids) == numbered(names)


def test_one_text_longer_than_the_whole_table_fits():
    values = ["x" * 1_000_000, "y", "x" * 1_000_000, "x" * 999_999]
    batch = pa.array(values, pa.large_string())
    assert encoded(TextVocabulary(), [batch]) == numbered(values)


def test_a_slice_of_an_array_is_read_from_where_it_starts():
    batch = pa.array(["zero", "one", "two", "one"], pa.large_string()).slice(1)
    assert encoded(TextVocabulary(), [batch]) == ([0, 1, 0], ["one", "two"])
    assert encoded(IntegerVocabulary(), [pa.array([9, 8, 7]).slice(1)]) == ([0, 1], [8, 7])

"""Layout: batches of coded cells become sorted CSR arrays; repeated cells are joined."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rowspace.observe import layout
from rowspace.observe.layout import Chunk, Pile, merged, to_csr

cells = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 3), st.integers(-9, 9), st.integers(0, 3)),
    min_size=1,
    max_size=60,
)


def chunks_of(lines, size, valued=True, timed=True, weighted=True):
    array = np.array(lines)
    return [
        Chunk(
            part[:, 0].astype(np.int32),
            part[:, 1].astype(np.int32),
            part[:, 2].astype(np.float32) if valued else None,
            part[:, 3].astype(np.float64) if timed else None,
            np.abs(part[:, 2]).astype(np.float32) if weighted else None,
        )
        for part in (array[i : i + size] for i in range(0, len(array), size))
    ]


@settings(max_examples=30, deadline=None)
@given(cells, st.integers(1, 30), st.integers(1, 7))
def test_cells_are_sorted_by_row_and_column_and_stay_in_the_order_of_reading(lines, size, block):
    whole, layout._BLOCK = layout._BLOCK, block
    try:
        indptr, indices, data, times, weights = to_csr(chunks_of(lines, size), (5, 4))
    finally:
        layout._BLOCK = whole
    rows = np.repeat(np.arange(5), np.diff(indptr))
    got = list(zip(rows.tolist(), indices.tolist(), data.tolist(), times.tolist()))
    assert got == sorted(lines, key=lambda line: line[:2])
    assert weights.tolist() == [abs(value) for _, _, value, _ in got]


@settings(max_examples=20, deadline=None)
@given(cells, st.integers(1, 30))
def test_a_pile_keeps_the_cells_in_the_order_of_reading(lines, size):
    before = layout._SMALLEST, layout._LARGEST
    layout._SMALLEST, layout._LARGEST = 2, 7
    try:
        pile = Pile()
        for chunk in chunks_of(lines, size):
            pile.add(chunk)
        blocks = pile.chunks()
    finally:
        layout._SMALLEST, layout._LARGEST = before
    assert max(len(b.rows) for b in blocks) <= 7
    kept = [list(zip(*(part.tolist() for part in b.parts()[:4]))) for b in blocks]
    assert [line for block in kept for line in block] == lines


def twin(lines, how, timed):
    """The slow twin: one dict entry of value, time and weight per cell."""
    out = {}
    for i, j, value, time in lines:
        old, weight = out.get((i, j)), abs(value)
        if old is None:
            out[i, j] = (1 if how == "count" else value, time, weight)
        elif how == "last":
            out[i, j] = (value, time, weight) if not timed or time >= old[1] else old
        else:
            more = 1 if how == "count" else value
            out[i, j] = (old[0] + more, max(time, old[1]), old[2] + weight)
    return {key: out[key] for key in sorted(out)}


@pytest.mark.parametrize("how", ["sum", "count", "last"])
@pytest.mark.parametrize("timed", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
@settings(max_examples=20, deadline=None)
@given(lines=cells)
def test_repeated_cells_are_joined_as_a_dict_would(how, timed, weighted, lines):
    chunks = chunks_of(lines, 7, valued=how != "count", timed=timed, weighted=weighted)
    indptr, *arrays = to_csr(chunks, (5, 4))
    indices, data, times, weights = merged(how, indptr, *arrays)
    rows = np.repeat(np.arange(5), np.diff(indptr))
    want = twin(lines, how, timed)
    assert list(zip(rows.tolist(), indices.tolist())) == list(want)
    assert data.tolist() == [value for value, _, _ in want.values()]
    assert (times is None) is not timed and (weights is None) is not weighted
    if timed:
        assert times.tolist() == [time for _, time, _ in want.values()]
    if weighted:
        assert weights.tolist() == [weight for _, _, weight in want.values()]


def test_sums_are_taken_in_float64():
    lines = [(0, 0, 2**24, 0)] + [(0, 0, 1, 0)] * 101
    indptr, *arrays = to_csr(chunks_of(lines, 50), (1, 1))
    _, data, _, weights = merged("sum", indptr, *arrays)
    # Each stored sum is rounded once, from the exact one; in float32 all ones would be lost.
    assert data.tolist() == weights.tolist() == [np.float32(2**24 + 101)]

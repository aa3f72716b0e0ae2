"""Hits read as a small table and travel as Arrow."""

import dataclasses

import numpy as np
import pytest

from rowspace.space.hits import Hits


def test_hits_are_pairs_a_table_and_an_arrow_table():
    hits = Hits([30, 4], np.array([2.5, -1], np.float32), "dot product", "user")
    assert list(hits) == [(30, 2.5), (4, -1.0)] and len(hits) == 2
    assert repr(hits) == "user  dot product\n30    2.5000\n4     -1.0000"
    assert hits.to_arrow().to_pydict() == {"id": [30, 4], "score": [2.5, -1.0]}
    with pytest.raises(dataclasses.FrozenInstanceError):
        hits.ids = []


def test_no_hits_are_fine():
    hits = Hits([], np.empty(0, np.float32), "cosine", "item")
    assert not hits and list(hits) == [] and repr(hits) == "item  cosine"
    assert hits.to_arrow().num_rows == 0

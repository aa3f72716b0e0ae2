"""Work in parts covers every row once, whatever the number of threads."""

from __future__ import annotations

import pytest

from rowspace.judge.parts import in_parts


@pytest.mark.parametrize("threads", ["1", "2", "7"])
@pytest.mark.parametrize("n", [0, 1, 100, 5000])
def test_parts_cover_every_row_once_in_order(monkeypatch, threads, n):
    monkeypatch.setenv("ROWSPACE_THREADS", threads)
    rows = [i for part in in_parts(n, lambda a, b: list(range(a, b))) for i in part]
    assert rows == list(range(n))


def test_an_error_in_a_part_reaches_the_caller():
    with pytest.raises(ZeroDivisionError):
        in_parts(5000, lambda a, b: 1 // (a * 0))

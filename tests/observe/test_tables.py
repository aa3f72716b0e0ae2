"""Tables on disk: only what is asked for is read, batch by batch."""

from __future__ import annotations

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rowspace.errors import InputError
from rowspace.observe import tables
from rowspace.observe.columns import Roles
from rowspace.observe.tables import open_table

COLUMNS = {"x": ["no", "use", "of"], "item": [3, 1, 2], "user": ["a", "b", "ü"], "n": [0.5, 1, 2]}


def write(folder, format):
    path = folder / format
    table = pa.table(COLUMNS)
    if format == "parquet":
        pq.write_table(table, path, row_group_size=2)
    elif format == "arrow":
        with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.schema) as out:
            out.write_table(table, max_chunksize=2)
    elif format == "jsonl":
        path.write_text("\n\n".join(json.dumps(r) for r in table.to_pylist()))
    else:
        rows = [",".join(map(str, r)) for r in zip(*COLUMNS.values())]
        path.write_text("\n".join([",".join(COLUMNS), *rows]))
    return path


@pytest.mark.parametrize("format", ["parquet", "arrow", "jsonl", "csv"])
def test_batches_hold_the_columns_in_the_order_of_their_parts(tmp_path, monkeypatch, format):
    monkeypatch.setattr(tables, "_BLOCK", 8)
    table = open_table(write(tmp_path, format), format)
    assert table.columns == tuple(COLUMNS) and table.named
    batches = list(table.batches(Roles(rows=2, cols=1, values=3)))
    lines = [line for b in batches for line in zip(*(c.to_pylist() for c in b.columns))]
    ids = [str(i) for i in COLUMNS["item"]] if table.text else COLUMNS["item"]
    assert lines == list(zip(COLUMNS["user"], ids, COLUMNS["n"]))
    assert table.place(2) == {"jsonl": "line 5", "csv": "line 4"}.get(format, "row 3")
    assert table.whole(2).column("n").to_pylist() == COLUMNS["n"]


@pytest.mark.parametrize("format", ["parquet", "arrow"])
def test_a_truncated_file_is_named(tmp_path, format):
    path = write(tmp_path, format)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(InputError, match=f"{format} is truncated or damaged"):
        open_table(path, format)


def test_json_ids_keep_their_kind_and_dates_are_not_guessed(tmp_path):
    path = tmp_path / "x.jsonl"
    path.write_text('{"user": "2024-01-01", "item": "7"}\n{"user": "x", "item": "8"}\n')
    batch = next(iter(open_table(path, "jsonl").batches(Roles(0, 1))))
    assert batch.column(0).to_pylist() == ["2024-01-01", "x"]
    assert batch.column(1).to_pylist() == ["7", "8"]


def test_nested_and_unexpected_keys_do_not_matter(tmp_path):
    path = tmp_path / "x.jsonl"
    path.write_text(
        '{"user": 1, "item": 2, "deep": {"er": [1]}}\n{"item": 3, "new": 1, "user": 4}\n'
    )
    batch = next(iter(open_table(path, "jsonl").batches(Roles(0, 1))))
    assert batch.to_pydict() == {"user": [1, 4], "item": [2, 3]}

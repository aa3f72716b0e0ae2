"""Tables, facts and JSON: what they make of awkward values."""

import datetime
import json

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from rowspace.cli import output


def test_a_piped_table_is_plain_complete_and_has_no_trailing_blanks(capsys):
    long = "x" * 300
    output.table(["id", "score"], [["[red]a[/red] :smile:", 0.25], [long, -1.0]])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["id", "score"]
    assert "[red]a[/red] :smile:" in lines[1] and lines[1].endswith("0.2500")
    assert long in lines[2] and len(lines) == 3
    assert all(line == line.rstrip() and "\x1b" not in line for line in lines)


def test_an_empty_table_still_names_its_columns(capsys):
    output.table(["id", "score"], [])
    assert capsys.readouterr().out.split() == ["id", "score"]


@given(st.text())
@settings(deadline=None, max_examples=30)
def test_a_cell_is_always_one_printable_line(text):
    assert output.shown(text).isprintable()


def test_escape_sequences_in_ids_do_not_reach_the_terminal():
    assert output.shown("a\x1b[31mb\n") == "a\\x1b[31mb\\n"


def test_json_has_no_numpy_dates_or_nan_left(capsys):
    output.emit(
        {
            "a": np.float32(0.5),
            "b": np.arange(2),
            "c": float("nan"),
            "d": datetime.date(2020, 1, 2),
            3: ("é", None, True, np.int64(7)),
        }
    )
    assert json.loads(capsys.readouterr().out) == {
        "a": 0.5,
        "b": [0, 1],
        "c": None,
        "d": "2020-01-02",
        "3": ["é", None, True, 7],
    }


def test_sizes_and_durations_read_well():
    assert [output.size(n) for n in (0, 999, 1000, 1_500_000, 10**15)] == [
        *("0 B", "999 B", "1.0 kB", "1.5 MB", "1000.0 TB"),
    ]
    assert [output.seconds(s) for s in (0.001, 59.5, 60, 3661)] == [
        *("0.00 s", "59.50 s", "1 min 0 s", "61 min 1 s"),
    ]

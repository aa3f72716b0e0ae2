"""Delimited text: what a file looks like is found out, and every line keeps its number."""

from __future__ import annotations

import csv
import gzip

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rowspace.errors import InputError
from rowspace.observe import delimited
from rowspace.observe.columns import Roles
from rowspace.observe.delimited import open_delimited

fields = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n"), min_size=1
)


def read_all(table, roles):
    lines = []
    for batch in table.batches(roles):
        lines += list(zip(*(column.to_pylist() for column in batch.columns)))
    return lines


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(fields, fields), min_size=1, max_size=20), st.sampled_from(",;\t|"))
def test_what_pythons_csv_writes_is_read_back(tmp_path_factory, records, separator):
    path = tmp_path_factory.mktemp("csv") / "x.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter=separator, quoting=csv.QUOTE_ALL)
        writer.writerow(["r", "c"])
        writer.writerows(records)
    table = open_delimited(path, separator=separator, header=True)
    assert read_all(table, Roles(0, 1)) == records


@pytest.mark.parametrize(
    ("text", "separator", "named", "columns"),
    [
        ("user,item\na,b\n", ",", True, 2),
        ("a,b\nc,d\n", ",", False, 2),
        ("a\tb c\nd\te f\n", "\t", False, 2),
        ("1::2::5::9\n", "::", False, 4),
        ("1 2\n3  4\n", " ", False, 2),
        ("name,score x\nann,3\n", ",", True, 2),
        ("who;what\nann;3,5\n", ";", False, 2),
        ("ann,1\nbob,2\n", ",", False, 2),
        ("person,n\nann,1\nbob,2\n", ",", True, 2),
        ("a,a\n1,2\n", ",", False, 2),
    ],
)
def test_separator_and_header_are_found_out(tmp_path, text, separator, named, columns):
    (tmp_path / "x.csv").write_text(text)
    table = open_delimited(tmp_path / "x.csv")
    assert (table.separator, table.named, len(table.columns)) == (separator, named, columns)


def test_a_named_column_in_the_first_line_makes_it_a_header(tmp_path):
    (tmp_path / "x.csv").write_text("who,what\nann,heat\n")
    assert not open_delimited(tmp_path / "x.csv").named
    assert open_delimited(tmp_path / "x.csv", names=("what", None)).columns == ("who", "what")


def test_the_user_decides_about_the_header(tmp_path):
    (tmp_path / "x.csv").write_text("1,2\n3,4\n")
    assert len(read_all(open_delimited(tmp_path / "x.csv"), Roles(0, 1))) == 2
    assert open_delimited(tmp_path / "x.csv", header=True).columns == ("1", "2")
    assert read_all(open_delimited(tmp_path / "x.csv", header=True), Roles(0, 1)) == [("3", "4")]


@pytest.mark.parametrize("separator", ["::", " ", "<>", "\t"])
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("block", [1, 7, 1 << 20])
def test_lines_are_rewritten_whole_whatever_the_blocks(
    tmp_path, monkeypatch, separator, packed, block
):
    monkeypatch.setattr(delimited, "_BLOCK", max(block, 64))
    lines = [f"u{i}{separator}i{i % 7}{separator}{i}" for i in range(200)]
    text = "# head\n" + "\n% note\n".join(lines) + "\n"
    path = tmp_path / "x.edges"
    path.write_bytes(gzip.compress(text.encode()) if packed else text.encode())
    table = open_delimited(path, separator=separator, comments=True)
    assert read_all(table, Roles(0, 1, 2)) == [(f"u{i}", f"i{i % 7}", i) for i in range(200)]
    assert table.place(0) == "line 2" and table.place(3) == "line 8"


def test_line_numbers_count_blank_comment_and_quoted_lines(tmp_path):
    (tmp_path / "x.csv").write_text('user,item\n\n"a\nb",c\nd,e\n')
    table = open_delimited(tmp_path / "x.csv")
    assert [table.place(i) for i in (0, 1)] == ["line 4", "line 5"]
    assert read_all(table, Roles(0, 1)) == [("a\nb", "c"), ("d", "e")]


def test_a_bad_line_far_into_the_file_is_found(tmp_path):
    lines = [f"u{i},i{i},{i}" for i in range(300_000)]
    lines[234_567] = "u,i,oops"
    (tmp_path / "x.csv").write_text("user,item,n\n" + "\n".join(lines))
    table = open_delimited(tmp_path / "x.csv")
    with pytest.raises(InputError, match="line 234569: column 'n' is 'oops'"):
        read_all(table, Roles(0, 1, 2))


def test_only_the_columns_that_are_asked_for_must_be_good(tmp_path):
    (tmp_path / "x.csv").write_text("user,note,item\na,oops,b\n")
    table = open_delimited(tmp_path / "x.csv")
    assert read_all(table, Roles(2, 0)) == [("b", "a")]


def test_the_older_movielens_files_are_latin_1_and_the_newer_ones_utf_8(tmp_path):
    for encoding in ("latin-1", "utf-8"):
        path = tmp_path / encoding
        path.write_bytes("1::Amélie::Comedy\n".encode(encoding))
        table = open_delimited(path, separator="::")
        assert read_all(table, Roles(0, 1)) == [("1", "Amélie")]


def test_all_columns_are_inferred_but_ids_stay_text(tmp_path):
    (tmp_path / "x.csv").write_text("id,year,title\n007,1999,Heat\n")
    whole = open_delimited(tmp_path / "x.csv").whole(0)
    assert whole.to_pylist() == [{"id": "007", "year": 1999, "title": "Heat"}]

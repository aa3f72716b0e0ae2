"""Text files become documents, and whatever is wrong with one is said with its place."""

from __future__ import annotations

import gzip

import pytest

from rowspace.errors import InputError
from rowspace.observe.text_files import documents


def test_every_non_empty_line_of_a_file_is_a_document_named_by_its_line(tmp_path):
    path = tmp_path / "poem.txt"
    path.write_bytes("\ufeffone\r\n  \r\ntwo ü\n\nthree".encode())
    assert list(documents(path)) == [
        ("poem.txt:1", "one"),
        ("poem.txt:3", "two ü"),
        ("poem.txt:5", "three"),
    ]


def test_a_gzipped_file_is_read_whatever_its_name(tmp_path):
    for name in ("poem.txt.gz", "poem.txt"):
        (tmp_path / name).write_bytes(gzip.compress(b"one\ntwo\n"))
        assert list(documents(tmp_path / name)) == [(f"{name}:1", "one"), (f"{name}:2", "two")]


def test_a_folder_is_walked_in_order_and_leaves_out_what_is_hidden_or_no_text(tmp_path):
    for name in ("z.txt", "sub/a.md", "sub/b.RST", "x.py", ".git/c.txt", ".d.txt", "no/e.bin"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"text of {name}\n", encoding="utf-8")
    (tmp_path / "empty.text").write_bytes(b"")
    assert list(documents(str(tmp_path))) == [
        ("empty.text", ""),
        ("sub/a.md", "text of sub/a.md\n"),
        ("sub/b.RST", "text of sub/b.RST\n"),
        ("z.txt", "text of z.txt\n"),
    ]


def refusal(path) -> str:
    with pytest.raises(InputError) as caught:
        list(documents(path))
    assert str(path) in str(caught.value)
    return str(caught.value)


def test_a_byte_that_is_not_utf8_is_named_by_its_offset_in_the_file(tmp_path):
    path = tmp_path / "latin.txt"
    path.write_bytes(b"fine\ncaf\xe9 noir\n")
    assert "byte 8 (0xe9) is not UTF-8" in refusal(path)
    path.write_bytes(b"\xef\xbb\xbfcaf\xe9")
    assert "byte 6 (0xe9) is not UTF-8" in refusal(path)


def test_utf16_and_binary_files_are_refused(tmp_path):
    path = tmp_path / "wide.txt"
    path.write_bytes("wide".encode("utf-16-le"))
    assert "byte 1 is zero" in refusal(path)
    path.write_bytes("wide".encode("utf-16"))
    assert "is not UTF-8" in refusal(path)


def test_a_broken_gzip_stream_is_refused(tmp_path):
    path = tmp_path / "cut.txt.gz"
    whole = gzip.compress(b"some lines of text\n" * 1000)
    path.write_bytes(whole[:-20])
    assert "broken or cut off" in refusal(path)
    path.write_bytes(whole[:30] + b"\xff" * 20 + whole[50:])
    assert "broken or cut off" in refusal(path)
    path.write_bytes(b"plain text")
    assert "not gzipped" in refusal(path)


@pytest.mark.parametrize("name", ["empty.txt", "empty.txt.gz"])
def test_files_without_text_are_refused(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(b"")
    assert "the file is empty" in refusal(path)
    path.write_bytes(gzip.compress(b"\n \n"))
    assert "the file is empty" in refusal(path)


def test_missing_paths_and_folders_without_text_are_refused(tmp_path):
    assert "no such file or folder" in refusal(tmp_path / "nowhere")
    assert "no text file in this folder; files that end in .txt" in refusal(tmp_path)

"""word2vec and GloVe files: exact both ways, and what is wrong with one is said with its place."""

import gzip

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from rowspace.errors import InputError
from rowspace.space.space import Space
from rowspace.space.word2vec import read_word2vec, write_word2vec

IDS = st.lists(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters=" \t\n\r\v\f"), min_size=1),
    unique=True,
    max_size=6,
)


@given(IDS, st.integers(2, 5), st.booleans(), st.booleans(), st.data())
@settings(deadline=None, max_examples=30)
def test_ids_and_numbers_come_back_to_the_bit(tmp_path_factory, ids, dim, binary, zipped, data):
    finite = st.floats(width=32, allow_nan=False, allow_infinity=False)
    vectors = data.draw(hnp.arrays(np.float32, (len(ids), dim), elements=finite))
    path = tmp_path_factory.mktemp("t") / ("v.bin.gz" if zipped else "v.bin")
    write_word2vec(Space.from_vectors({"word": (ids, vectors)})["word"], path, binary)
    assert (path.read_bytes()[:2] == b"\x1f\x8b") is zipped
    side = read_word2vec(path, binary, side="token")["token"]
    assert list(side.ids) == ids and side.vectors.tobytes() == vectors.tobytes()


@pytest.mark.parametrize("binary", [True, False])
def test_the_form_is_found_out_from_the_file(tmp_path, binary):
    vectors = np.random.default_rng(0).standard_normal((5000, 4), np.float32)
    vectors[0] = 0
    side = Space.from_vectors({"word": ([f"é{i}" for i in range(5000)], vectors)})["word"]
    write_word2vec(side, tmp_path / "v", binary)
    again = read_word2vec(tmp_path / "v")["word"]
    assert again.ids == side.ids and again.vectors.tobytes() == vectors.tobytes()


def test_the_text_is_what_others_read(tmp_path):
    side = Space.from_vectors({"word": (["a", "b"], [[0.1, -2], [3e-9, 1e10]])})["word"]
    write_word2vec(side, tmp_path / "v.txt")
    text = (tmp_path / "v.txt").read_text()
    assert text == "2 2\na 0.100000001 -2\nb 3.00000003e-09 1e+10\n"
    write_word2vec(side, tmp_path / "v.bin", binary=True)
    raw = b"".join(n + side[n.decode()[0]].tobytes() for n in (b"a ", b"b "))
    assert (tmp_path / "v.bin").read_bytes() == b"2 2\n" + raw


def read(tmp_path, content, **options):
    path = tmp_path / "v.vec"
    path.write_bytes(content)
    side = read_word2vec(path, **options)["word"]
    return dict(zip(side.ids, side.vectors.tolist()))


@pytest.mark.parametrize(
    "content",
    [
        b"2 2\na 1 2\nb 3 4\n",
        b"a 1 2\nb 3 4\n",
        b"a 1 2\nb 3 4",
        b"2 2\r\na 1 2\r\nb 3 4\r\n",
        b"2 2\na 1 2 \nb 3 4 \n\n",
        b"2\t2\na\t1\t2\nb\t3\t4\n",
        gzip.compress(b"2 2\na 1.0 2e0\nb 3 4\n", mtime=0),
        b"2 2\na \0\0\x80?\0\0\0@b \0\0@@\0\0\x80@",
        b"2 2\na \0\0\x80?\0\0\0@\nb \0\0@@\0\0\x80@\n",
        gzip.compress(b"2 2\na \0\0\x80?\0\0\0@b \0\0@@\0\0\x80@", mtime=0),
    ],
)
def test_every_common_spelling_is_read(tmp_path, content):
    assert read(tmp_path, content) == {"a": [1, 2], "b": [3, 4]}


def test_glove_ids_may_hold_blanks_and_be_numbers(tmp_path):
    content = b"7 1 2\n. . . 3 4\nat a@b.c 5 6\n\xc2\xa0 7 8\n"
    assert list(read(tmp_path, content)) == ["7", ". . .", "at a@b.c", "\xa0"]


def test_no_vectors_are_no_vectors(tmp_path):
    assert read(tmp_path, b"0 3\n") == {}
    assert read(tmp_path, b"0 3\n", binary=True) == {}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "line 1 is missing"),
        (b"PAR1\x15\x04\x15\n", "line 1 is 'PAR1"),
        (b"word\n", "this is no word2vec or GloVe file"),
        (b"id,x,y\n1,2,3\n", "line 1 is 'id,x,y'"),
        (b"2 2\na 1 2\n", "line 1 promises 2 vectors, but there are 1"),
        (b"1 2\na 1 2\nb 3 4\n", "line 3 is one more than the 1 that line 1 says"),
        (b"2 2\na 1 2\nb 3\n", "line 3 has 1 numbers after the id, but 2 were expected"),
        (b"2 2\na 1 2\nb 3 4 5\n", "line 3 has 3 numbers after the id, but 2 were expected"),
        (b"a 1 2\nb 3 4 5\n", "line 2 has 3 numbers"),
        (b"a 1 2\n\nb x 4\n", "line 3 has 'x' where a finite number was expected"),
        (b"a 1 2\nb nan 4\n", "line 2 has 'nan' where a finite number"),
        (b"a 1 2\nb 3 1e39\n", "line 2 has '1e39' where a finite number"),
        (b"a 1 2\n\xff 3 4\n", r"line 2 has the id '\\xff', which is not UTF-8"),
        (b"a 1 2\na 3 4\n", "word 'a' occurs 2 times"),
        (b"2 0\na\nb\n", "the vectors have 0 numbers"),
        (b"9999999 300\na 1 2\n", "too many for 18 bytes"),
        (b"2 2\na \0\0\x80?\0\0\0@b \0\0@@\0\0\x80", "line 1 promises 2 vectors, but there are 1"),
        (b"2 2\na \0\0\x80?\0\0\0@b", "line 1 promises 2 vectors, but there are 1"),
        (b"1 2\na \0\0\x80?\0\0\0@b \0\0@@\0\0\x80@", "there is more after the 1 vectors"),
        (b"1 2\na \0\0\x80?\0\0\xc0\x7f", "number 1 of the vector of word 'a' is nan"),
        (b"1 2\n\xff \0\0\x80?\0\0\0@", "row 1 has the id"),
        (gzip.compress(b"1 2\na 1 2\n", mtime=0)[:-9], "the gzip data are truncated or damaged"),
        (b"\x1f\x8bnot gzip at all", "the gzip data are truncated or damaged"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path, content, message):
    with pytest.raises(InputError) as caught:
        read(tmp_path, content)
    assert str(tmp_path / "v.vec") in str(caught.value)
    assert message in str(caught.value)


def test_a_header_that_fits_into_no_memory_is_refused(tmp_path):
    content = gzip.compress(b"99999999999999 99999\na 1\n")
    path = tmp_path / "v.txt.gz"
    path.write_bytes(content)
    with pytest.raises(InputError, match="more than fit into memory"):
        read_word2vec(path)


def test_a_text_read_as_binary_or_a_missing_file_is_a_sentence(tmp_path):
    with pytest.raises(InputError, match="pass binary=False if this is text"):
        read(tmp_path, b"a 1 2\n", binary=True)
    with pytest.raises(InputError, match="nothing: No such file"):
        read_word2vec(tmp_path / "nothing")
    with pytest.raises(InputError, match="Is a directory"):
        read_word2vec(tmp_path)


@pytest.mark.parametrize("name", ["Toy Story", "a\tb", "a\nb", ""])
@pytest.mark.parametrize("binary", [True, False])
def test_ids_that_would_not_come_back_are_refused_with_the_way_out(tmp_path, name, binary):
    side = Space.from_vectors({"item": (["ok", name], [[1, 2], [3, 4]])})["item"]
    (tmp_path / "v.txt").write_text("precious")
    with pytest.raises(InputError, match=r"the id .* of side 'item' .*; export as parquet"):
        write_word2vec(side, tmp_path / "v.txt", binary)
    assert (tmp_path / "v.txt").read_text() == "precious"


def test_integer_ids_are_written_and_come_back_as_text(tmp_path):
    side = Space.from_vectors({"user": ([10, -3], [[1, 2], [3, 4]])})["user"]
    write_word2vec(side, tmp_path / "v.txt")
    assert list(read_word2vec(tmp_path / "v.txt", side="user")["user"].ids) == ["10", "-3"]

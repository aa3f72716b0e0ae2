"""Columns: which is which, by the user's word or by their usual names."""

from __future__ import annotations

import pytest

from rowspace.errors import InputError
from rowspace.observe.columns import announce, choose, is_usual, stem
from rowspace.observe.frames import open_frame


def chosen(columns, rows=None, cols=None, values=None, time=None, graph=False):
    table = open_frame({c: [1] for c in columns.split()})
    roles, sides = choose(table, rows, cols, values, time, graph)
    names = [table.columns[at] for _, at in roles.used()]
    return " ".join(names), sides


@pytest.mark.parametrize(
    ("columns", "used", "sides"),
    [
        ("userId movieId rating timestamp", "userId movieId rating timestamp", ("user", "movie")),
        ("ts sku customer_id quantity", "customer_id sku quantity ts", ("customer", "sku")),
        ("rating tag userId movieId", "userId movieId rating", ("user", "movie")),
        ("userID artistID weight", "userID artistID weight", ("user", "artist")),
        ("reviewerID asin overall unixReviewTime x",
         "reviewerID asin overall unixReviewTime", ("reviewer", "asin")),
        ("User-ID ISBN Book-Rating", "User-ID ISBN", ("User", "ISBN")),
        ("doc word count", "doc word count", ("doc", "word")),
        ("Source Target Weight", "Source Target Weight", ("Source", "Target")),
        ("session_id user_id track_id plays", "user_id track_id plays", ("user", "track")),
    ],
)  # fmt: skip
def test_usual_names_are_recognised(columns, used, sides):
    assert chosen(columns) == (used, sides)


def test_the_users_word_comes_before_any_guess():
    assert chosen("user item rating n", values="n")[0] == "user item n"
    assert chosen("user item rating", cols="rating") == ("user rating", ("user", "rating"))
    assert chosen("user item rating time", values=False, time=False)[0] == "user item"
    assert chosen("item user", rows="item", cols="user")[1] == ("item", "user")
    assert chosen("user item", rows=0, cols=1)[1] == ("row", "col")


def test_a_graph_takes_the_first_two_columns_when_no_name_is_usual():
    assert chosen("here there weight", graph=True) == ("here there weight", ("node", "neighbor"))


@pytest.mark.parametrize(
    ("columns", "options", "words"),
    [
        ("a b", {}, "none of the columns 'a', 'b' is a usual name for the rows"),
        ("user b", {}, "usual name for the cols; say cols=COLUMN"),
        ("user item", {"rows": "usr"}, "no column 'usr'.*nearest: 'user'"),
        ("user item", {"rows": -1}, "no column -1, there are 2"),
        ("user item", {"rows": 1.5}, "rows is 1.5"),
        ("user item", {"values": True}, "values is True"),
        ("user item", {"rows": "item", "cols": "item"}, "both column 'item'"),
    ],
)
def test_what_cannot_be_found_is_named(columns, options, words):
    with pytest.raises(InputError, match=words):
        chosen(columns, **options)


def test_only_guesses_are_announced(capsys):
    table = open_frame({"user": [1], "item": [1]})
    announce(table, choose(table, "user", "item", False, False)[0])
    assert capsys.readouterr().err == ""
    announce(table, choose(table, "user", None, None, None)[0])
    assert capsys.readouterr().err == (
        "rowspace: read rows from column 'user', cols from column 'item', 1 for every line of "
        "dict of columns\n"
    )


def test_words_that_only_end_in_id_stay_whole():
    assert [stem(c) for c in ("uid", "grid", "orchid", "Id", "_id")] == [
        "uid", "grid", "orchid", "Id", "_id",
    ]  # fmt: skip
    assert is_usual("UserID") and not is_usual("grid")

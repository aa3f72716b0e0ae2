"""Errors are one sentence and also the built-in error that a caller would expect."""

import pytest

from rowspace.errors import InputError, RowspaceError, SpaceError, UnknownIdError, nearest_names


@pytest.mark.parametrize(
    ("error", "builtin"),
    [(InputError, ValueError), (UnknownIdError, LookupError), (SpaceError, OSError)],
)
def test_every_error_is_a_rowspace_error_and_a_builtin_one(error, builtin):
    assert issubclass(error, RowspaceError) and issubclass(error, builtin)
    assert str(error("no row 'a'")) == "no row 'a'"


def test_the_nearest_names_prefer_those_that_begin_alike():
    assert nearest_names("heat", ["Wheat", "Heat (1995)"]) == "; nearest: 'Heat (1995)'"
    assert nearest_names(41, [42, 410]) == "; nearest: 410"

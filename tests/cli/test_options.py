"""Texts after an option become values of the right type, or a sentence."""

from typing import Literal

import pyarrow as pa
import pytest
import typer

from rowspace.cli import options
from rowspace.recipes import registry
from rowspace.space.space import Space


def test_recipe_options_take_the_types_of_the_signature():
    ials, svd = registry.get("ials"), registry.get("svd")
    assert options.recipe_options(ials, ["alpha=1e1", "sweeps=3"]) == {"alpha": 10.0, "sweeps": 3}
    got = options.recipe_options(svd, ["center=yes", "power=0"])
    assert got == {"center": True, "power": 0.0}
    lsa = registry.get("lsa")
    assert options.recipe_options(lsa, ["weighting=bm25"]) == {"weighting": "bm25"}
    assert options.recipe_options(ials, []) == {}


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        (
            "alhpa=1",
            "ials has no option 'alhpa'; its options are confidence, alpha, ratio, unobserved, l2, "
            "frequency, sweeps",
        ),
        ("alpha", "'alpha' is not of the form NAME=VALUE"),
        ("alpha=much", "option alpha is 'much', but a number was expected"),
        ("sweeps=1.5", "option sweeps is '1.5', but a whole number was expected"),
        ("dim=8", "use --dim 8"),
    ],
)
def test_a_recipe_option_that_cannot_be_is_refused_in_a_sentence(setting, sentence):
    with pytest.raises(typer.BadParameter, match=sentence):
        options.recipe_options(registry.get("ials"), [setting])


def test_a_recipe_option_is_given_once():
    with pytest.raises(typer.BadParameter, match="--set alpha is given twice"):
        options.recipe_options(registry.get("ials"), ["alpha=1", "alpha=2"])


def test_optional_and_literal_types_are_understood():
    assert options._typed("none", int | None) is None
    assert options._typed("3", int | None) == 3
    assert options._typed("a", Literal["a", "b"]) == "a"
    with pytest.raises(ValueError, match="one of a, b"):
        options._typed("c", Literal["a", "b"])


def test_observations_are_split_at_the_last_equals_sign():
    given = ["Heat (1995)=4", "a=b=2.5", "x=-1e3"]
    assert options.observations(given) == {"Heat (1995)": 4.0, "a=b": 2.5, "x": -1000.0}
    assert options.observations([]) == {}


@pytest.mark.parametrize("text", ["Heat", "Heat=", "Heat=good", "Heat=nan", "Heat=inf"])
def test_an_observation_without_a_finite_value_is_refused(text):
    with pytest.raises(typer.BadParameter, match="ID=VALUE"):
        options.observations([text])


def test_an_observation_is_given_once():
    with pytest.raises(typer.BadParameter, match="given twice"):
        options.observations(["a=1", "a=2"])


SPACE = Space.from_vectors(
    {"film": (["a", "b", "c"], [[1], [2], [3]])},
    tables={
        "film": pa.table(
            {
                "year": pa.array([1990, 2000, None]),
                "score": pa.array([0.5, 1.5, 2.5]),
                "new": pa.array([True, False, True]),
                "title": pa.array(["x = 1", "y", "z"]),
                "kind": pa.array(["p", "q", "p"]).dictionary_encode(),
                "day": pa.array([0, 1, 2], pa.date32()),
                "a>b": pa.array([1, 2, 3]),
            }
        )
    },
)


@pytest.mark.parametrize(
    ("conditions", "found"),
    [
        (["year=1990"], "a"),
        (["year != 1990"], "b"),
        (["year>1989.5", "year<2001"], "ab"),
        (["year >= 1990", "year<=1990"], "a"),
        (["score>1"], "bc"),
        (["new=yes"], "ac"),
        (["new=false"], "b"),
        (["title=x = 1"], "a"),
        (["kind=p", "score>1"], "c"),
        (["day>=1970-01-02"], "bc"),
        (["id!=b"], "ac"),
        (["year=3000"], ""),
    ],
)
def test_filters_take_the_type_of_the_column_and_all_must_hold(conditions, found):
    rule = options.filters(conditions, SPACE["film"])
    assert sorted(SPACE.near("film", [1.0], k=3, filter=rule).ids) == sorted(found)


def test_no_filter_is_none():
    assert options.filters([], SPACE["film"]) is None


@pytest.mark.parametrize(
    ("condition", "sentence"),
    [
        ("year", "COLUMN OP VALUE"),
        (">1990", "COLUMN OP VALUE"),
        ("year>soon", "'soon', but a number was expected"),
        ("new=maybe", "true or false"),
        ("day=tomorrow", "a date"),
    ],
)
def test_a_filter_that_makes_no_sense_is_refused(condition, sentence):
    with pytest.raises(typer.BadParameter, match=sentence):
        options.filters([condition], SPACE["film"])


def test_a_column_is_a_name_a_number_or_none():
    assert options.column("0") == 0 and options.column("user") == "user"
    assert options.column(None) is None and options.column(None, none=True) is False
    with pytest.raises(typer.BadParameter, match="--time and --no-time"):
        options.column("t", none=True, name="time")


def test_a_space_is_not_written_over_something_else(tmp_path):
    (tmp_path / "letter.txt").write_text("dear", encoding="utf-8")
    for path in (tmp_path, tmp_path / "letter.txt"):
        with pytest.raises(typer.BadParameter, match="is not a space"):
            options.space_to_write(path, "x.csv")
    with pytest.raises(typer.BadParameter, match="no folder"):
        options.space_to_write(tmp_path / "none" / "x.space", "x.csv")
    assert options.space_to_write(tmp_path / "x.space", "x.csv") == tmp_path / "x.space"

"""How measures are written: nothing is lost that a reader needs, nothing pretends to be exact."""

import math

from rowspace.judge.measure import Measure
from rowspace.judge.words import cells, interval, notes, number, references


def test_a_number_that_is_not_defined_is_said_so():
    assert number(math.nan) == "not defined"
    assert cells(Measure("AMI", math.nan, 0))[1:] == ("not defined", "", "0", "")


def test_very_large_and_very_small_numbers_keep_four_digits():
    assert number(123456789.0) == "123,456,789"
    assert number(-1.23456e-9) == "-1.235e-09"
    assert number(math.inf) == "inf" and number(-0.5) == "-0.5"


def test_an_interval_with_an_undefined_end_is_left_out():
    assert interval(Measure("x", 1.0, 3, low=math.nan, high=2.0)) == ""
    assert interval(Measure("x", 1.0, 3, low=0.0, high=2.0)) == "0 to 2"


def test_a_spread_stands_beside_its_null_and_alone_without_it():
    both = Measure("x", 1.0, 3, reference={"noise": 0.1, "noise, sd": 0.02})
    assert references(both) == [("0.1 ± 0.02", "noise")]
    alone = Measure("x", 1.0, 3, reference={"noise, sd": 0.02})
    assert references(alone) == [("0.02", "noise, sd")]


def test_a_note_of_several_measures_is_told_once():
    told = [Measure(n, 1.0, 1, note=note) for n, note in zip("abcd", ["s", "s", "own", ""])]
    assert notes(told) == ({"c": "own"}, ["s"])

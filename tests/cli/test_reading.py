"""The options of reading DATA are the same wherever a command learns from a file."""

import inspect

import pytest

from rowspace.cli.fit import fit
from rowspace.cli.rank import rank
from rowspace.cli.reading import AS_TYPED, Reader, reading
from rowspace.cli.tune import tune


@pytest.mark.parametrize("command", [fit, tune, rank])
def test_every_command_that_learns_has_them_and_hides_the_reader(command):
    names = set(inspect.signature(command).parameters)
    assert {"data", "rows", "cols", "values", "weights", "window", "col_table"} < names
    assert "reader" not in names


def test_a_command_is_handed_what_was_typed():
    seen = []

    @reading
    def command(data: str, reader: Reader = AS_TYPED, seed: int = 0) -> None:
        """Say what was typed."""
        seen.append((data, reader.wishes, seed))

    defaults = {n: p.default for n, p in inspect.signature(command).parameters.items()}
    command(
        **{**defaults, "data": "x.csv", "rows": "user", "cols": "1", "no_time": True, "seed": 3}
    )
    assert seen == [("x.csv", {"rows": "user", "cols": 1, "time": False}, 3)]

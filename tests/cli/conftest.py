"""The real command in real processes, on small real files."""

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

TASTES = {"comedy": range(12), "horror": range(12, 24)}


@pytest.fixture(scope="session")
def cli(tmp_path_factory):
    """Return a function that runs `rowspace` with arguments and returns the finished process."""
    home = tmp_path_factory.mktemp("cli")

    def run(*arguments, cwd=home, **environment):
        return subprocess.run(
            [sys.executable, "-m", "rowspace", *map(str, arguments)],
            cwd=cwd,
            env={**os.environ, "PYTHONIOENCODING": "utf-8", **environment},
            capture_output=True,
            encoding="utf-8",
            timeout=300,
        )

    return run


@pytest.fixture(scope="session")
def answer(cli):
    """Return a function that runs `rowspace ... --json` and returns the document it printed."""

    def run(*arguments, **keywords):
        at = arguments.index("--") if "--" in arguments else len(arguments)
        done = cli(*arguments[:at], "--json", *arguments[at:], **keywords)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


@pytest.fixture(scope="session")
def ratings(tmp_path_factory) -> Path:
    """A folder with ratings.csv (40 users, two tastes, 24 films) and films.csv about films."""
    folder = tmp_path_factory.mktemp("ratings")
    rng = random.Random(0)
    lines = ["user,item,rating"]
    for u in range(40):
        taste = TASTES["comedy" if u % 2 else "horror"]
        lines += [f"u{u},{film(i)},{rng.randint(3, 5)}" for i in rng.sample(taste, 6)]
    (folder / "ratings.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    films = ["item,year,genre"] + [
        f"{film(i)},{1980 + i},{genre}" for genre, numbers in TASTES.items() for i in numbers
    ]
    (folder / "films.csv").write_text("\n".join(films) + "\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def space(ratings, answer) -> Path:
    """A space that `rowspace fit` made of the ratings, with what is known about the films."""
    path = ratings / "films.space"
    answer(
        *("fit", ratings / "ratings.csv", "ials", "--rows", "user", "--cols", "item"),
        *("--values", "rating", "--dim", 4, "--col-table", ratings / "films.csv", "--out", path),
    )
    return path


def film(i: int) -> str:
    """Return the id of a film: markup, quotes and non-ASCII letters are just letters."""
    return f"Amélie [red]{i}[/red] :smile: 東"

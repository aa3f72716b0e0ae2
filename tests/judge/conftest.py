"""A small world with two tastes, split into what is learned from and what is held out."""

import random

import pyarrow as pa
import pytest

import rowspace as rs

USERS, FILMS, SEEN, HELD = 60, 40, 9, 3
BOLD = '<b>"&Amélie" $x_1$ 東</b>'


@pytest.fixture(scope="session")
def world():
    """Return (train, test) observations; film f0 is called by markup, quotes and mathematics."""
    rng = random.Random(0)
    parts = {"train": [], "test": []}
    for u in range(USERS):
        own = range(FILMS // 2) if u % 2 else range(FILMS // 2, FILMS)
        liked = rng.sample(own, SEEN + HELD)
        parts["train"] += [(f"u{u}", f"f{i}") for i in liked[:SEEN]]
        parts["test"] += [(f"u{u}", f"f{i}") for i in liked[SEEN:]]
    films = {
        "film": [f"f{i}" for i in range(FILMS)],
        "title": [BOLD, *(f"Film {i}" for i in range(1, FILMS))],
        "taste": ["odd" if i < FILMS // 2 else "even" for i in range(FILMS)],
    }
    return tuple(
        rs.read(
            {"user": [u for u, _ in lines], "film": [f for _, f in lines]},
            rows="user",
            cols="film",
            values=False,
            col_table=pa.table(films) if part == "train" else None,
        )
        for part, lines in parts.items()
    )


@pytest.fixture(scope="session")
def space(world):
    """Return a space that knows the tastes."""
    return rs.fit(world[0], "ials", dim=6)


@pytest.fixture(scope="session")
def other(world):
    """Return a space of the same data with too few dimensions to know them well."""
    return rs.fit(world[0], "svd", dim=1)


@pytest.fixture(scope="session")
def report(space, other, world):
    """Return a report with every block."""
    from rowspace.judge.report import judge

    return judge(space, test=world[1], label="taste", against=[other], k=5)

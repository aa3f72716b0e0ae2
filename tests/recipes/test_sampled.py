"""Recipes that sample, from Python and from the command line: they recommend, save and go on."""

import numpy as np
import pytest
from scipy.sparse import csr_array
from typer.testing import CliRunner

import rowspace as rs
from rowspace.cli.app import app
from rowspace.errors import InputError
from rowspace.factor.grammar import Guided, Negatives
from rowspace.observe.split import split_rows
from rowspace.recipes import registry

RECIPES = ["bpr", "warp", "simplex", "cml"]


@pytest.fixture(scope="module")
def plays():
    """80 users x 60 songs in four tastes."""
    rng = np.random.default_rng(0)
    same = np.arange(80)[:, None] % 4 == np.arange(60)[None] % 4
    x = rng.random((80, 60)) < np.where(same, 0.5, 0.02)
    return rs.Observations.from_matrix(csr_array(x.astype(np.float32)), rows="user", cols="song")


@pytest.mark.parametrize("name", RECIPES)
def test_it_recommends_what_those_of_the_same_taste_play(name, plays, tmp_path):
    more = {"margin": 0.4, "weight": 4.0, "rate": 0.1} if name == "simplex" else {}
    space = rs.fit(plays, name, dim=8, epochs=25, batch=64, negatives=32, **more)
    hits = []
    for user in range(80):
        found = space.recommend(user, k=3).ids
        assert not {(user, song) for song in found} & set(zip(*plays.cells.nonzero(), strict=True))
        hits += [song % 4 == user % 4 for song in found]
    assert np.mean(hits) > 0.8  # a quarter by chance
    space.save(tmp_path / "space")
    assert rs.open(tmp_path / "space").recommend(5, k=5).ids == space.recommend(5, k=5).ids


@pytest.mark.parametrize("name", RECIPES)
def test_it_stops_early_and_goes_on(name, plays):
    parts = split_rows(plays, test=0.2, seed=0)
    space = rs.fit(
        parts.train, name, dim=8, epochs=12, batch=64, negatives=32, held_out=parts.test, patience=2
    )
    told = space.manifest["facts"]["held_out"]
    assert told["metric"] == "Recall@20" and 1 <= told["best_sweep"] <= 12
    more = rs.fit(parts.train, space, epochs=3)
    assert more.manifest["facts"]["continued"]["sweeps"] == told["best_sweep"]


def test_a_checkpoint_is_gone_on_from(plays, tmp_path):
    whole = rs.fit(plays, "bpr", dim=4, epochs=4)
    kept = tmp_path / "state"
    assert (
        rs.fit(plays, "bpr", dim=4, epochs=4, checkpoint=kept)["user"].vectors
        == whole["user"].vectors
    ).all()
    assert kept.is_file()
    again = rs.fit(plays, "bpr", dim=4, epochs=4, checkpoint=kept)
    assert (again["user"].vectors == whole["user"].vectors).all()
    with pytest.raises(InputError, match="another fit"):
        rs.fit(plays, "bpr", dim=4, epochs=4, seed=1, checkpoint=kept)


def test_a_guide_has_a_say(plays):
    guide = rs.fit(plays, "svd", dim=4)
    from dataclasses import replace

    f = replace(registry.build("bpr", {"dim": 4, "epochs": 3}), unobserved=Negatives(16, Guided()))
    guided = rs.fit(plays, f, guide=guide)
    assert np.isfinite(guided["user"].vectors).all()
    with pytest.raises(InputError, match="guide=SPACE"):
        rs.fit(plays, f)


def test_from_the_command_line(tmp_path):
    rng = np.random.default_rng(0)
    lines = [f"u{u},s{s}" for u in range(30) for s in rng.choice(20, 5, False)]
    (tmp_path / "plays.csv").write_text("user,song\n" + "\n".join(lines) + "\n")
    (tmp_path / "words.txt").write_text("red fish blue fish one fish two fish\n" * 30)
    (tmp_path / "facts.tsv").write_text("a\tlikes\tb\nb\tlikes\tc\nc\tlikes\ta\n")
    runner = CliRunner()
    cases = [
        ["fit", str(tmp_path / "plays.csv"), "bpr", "--set", "epochs=2", "--checkpoint",
         str(tmp_path / "state")],
        ["fit", str(tmp_path / "words.txt"), "skipgram", "--stream", "--set", "epochs=2"],
        ["fit", str(tmp_path / "facts.tsv"), "complex", "--format", "triples", "--set", "epochs=2"],
    ]  # fmt: skip
    for at, case in enumerate(cases):
        done = runner.invoke(app, [*case, "--dim", "4", "--out", str(tmp_path / f"space{at}")])
        assert done.exit_code == 0, done.output
        assert rs.open(tmp_path / f"space{at}").sides

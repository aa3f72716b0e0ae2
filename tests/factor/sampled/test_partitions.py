"""Partitioned training: what is on disk, what is in memory, and that it learns the same."""

import itertools
import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import rowspace as rs
from rowspace.errors import InputError, SpaceError, UnsupportedError
from rowspace.factor.grammar import AdaGrad, Bpr, Factorization, Free, Lookup, Negatives, Sampled
from rowspace.factor.sampled.partitions import solve_partitioned, walk
from rowspace.observe.buckets import read_buckets


def planted(path, n=300, m=200, groups=5, each=12, seed=0):
    """Write users of groups with items of their group, and return the held-out pairs."""
    rng = np.random.default_rng(seed)
    lines, aside = ["user,item"], []
    for u in range(n):
        own = np.flatnonzero(np.arange(m) % groups == u % groups)
        items = rng.choice(own, each, replace=False)
        lines += [f"u{u},i{i}" for i in items[2:]]
        aside += [(f"u{u}", f"i{i}") for i in items[:2]]
    path.write_text("\n".join(lines) + "\n")
    return aside


def test_buckets_hold_every_cell_once(tmp_path):
    planted(tmp_path / "p.csv", 40, 30, each=6)
    obs = rs.read(tmp_path / "p.csv")
    found = read_buckets(tmp_path / "p.csv", tmp_path / "b", 3)
    assert list(found.rows.ids) == list(obs.rows.ids)
    assert list(found.cols.ids) == list(obs.cols.ids)
    back = np.zeros(obs.shape)
    for i in range(3):
        for j in range(3):
            cells = found.read(i, j)
            np.add.at(back, (cells["row"] * 3 + i, cells["col"] * 3 + j), cells["value"])
    np.testing.assert_array_equal(back, obs.cells.toarray())
    assert found.counts.tolist() == (back > 0).sum(axis=0).tolist()
    assert found.cells == obs.n_observed
    with pytest.raises(InputError, match="holds buckets already"):
        read_buckets(tmp_path / "p.csv", tmp_path / "b", 3)


def test_buckets_of_edges_go_both_ways_and_keep_values(tmp_path):
    (tmp_path / "e.csv").write_text("a,b,w\nx,y,2\ny,z,3\nz,z,4\n")
    found = read_buckets(
        tmp_path / "e.csv", tmp_path / "b", 2, rows="a", cols="b", values="w", format="edges"
    )
    assert found.graph and found.shape == (3, 3) and found.cells == 5
    assert found.sums.tolist() == [2.0, 5.0, 7.0]
    one_way = read_buckets(
        tmp_path / "e.csv", tmp_path / "c", 2, rows="a", cols="b", values="w", format="edges",
        directed=True,
    )  # fmt: skip
    assert one_way.cells == 3 and one_way.counts.tolist() == [0, 1, 2]


@pytest.mark.parametrize("parts", [1, 2, 5])
def test_a_walk_meets_every_pair_once_and_changes_one_partition_at_a_time(parts):
    pairs = list(walk(parts, np.random.default_rng(3)))
    assert len(pairs) == len(set(pairs)) == parts**2
    assert all((a == c) + (b == d) == 1 for (a, b), (c, d) in itertools.pairwise(pairs))


def recall(space, aside):
    """The share of held-out pairs among the best 36, which is a group without what was seen."""
    hits = 0
    users, items = space["user"], space["item"]
    scores = np.asarray(users.vectors) @ np.asarray(items.vectors).T
    scores = scores + items.extras.get("bias", 0)
    for user, item in aside:
        row = scores[users.ids.position(user)]
        hits += int((row > row[items.ids.position(item)]).sum() < 40)
    return hits / len(aside)


@pytest.mark.parametrize("recipe", ["bpr", "cml"])
def test_partitions_learn_what_the_whole_learns(tmp_path, recipe):
    aside = planted(tmp_path / "p.csv")
    settings = {"dim": 8, "epochs": 40, "negatives": 32, "batch": 128}
    whole = rs.fit(rs.read(tmp_path / "p.csv"), recipe, **settings)
    parted = rs.fit_partitioned(
        tmp_path / "p.csv", recipe, tmp_path / "s", partitions=4, **settings
    )
    assert recall(whole, aside) > 0.75
    assert recall(parted, aside) > recall(whole, aside) - 0.05
    facts = parted.manifest["facts"]
    assert facts["resident_bytes"] <= 0.55 * facts["whole_bytes"]
    assert parted.manifest["observations"]["n_observed"] == 3000
    assert not list(tmp_path.glob(".s.*"))


def test_one_partition_is_the_whole(tmp_path):
    aside = planted(tmp_path / "p.csv")
    parted = rs.fit_partitioned(
        tmp_path / "p.csv", "bpr", tmp_path / "s", partitions=1, dim=8, epochs=40, batch=128
    )
    assert recall(parted, aside) > 0.9


def test_seeds_repeat_and_a_killed_fit_goes_on_to_the_same_bits(tmp_path):
    planted(tmp_path / "p.csv")

    def fit(out, **more):
        return rs.fit_partitioned(
            tmp_path / "p.csv", "bpr", tmp_path / out, partitions=3, dim=8, epochs=30, batch=64,
            **more,
        )  # fmt: skip

    straight = fit("one")
    again = fit("two")
    np.testing.assert_array_equal(straight["item"].vectors, again["item"].vectors)
    code = (
        "import rowspace as rs; rs.fit_partitioned("
        f"{str(tmp_path / 'p.csv')!r}, 'bpr', {str(tmp_path / 'three')!r}, partitions=3, dim=8, "
        f"epochs=30, batch=64, work={str(tmp_path / 'work')!r})"
    )
    worker = subprocess.Popen([sys.executable, "-c", code])
    progress = tmp_path / "work" / "vectors" / "progress.json"
    until = time.monotonic() + 120
    while time.monotonic() < until and worker.poll() is None:
        if progress.exists() and len(json.loads(progress.read_text())["trace"]) >= 3:
            break
        time.sleep(0.002)
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    assert len(json.loads(progress.read_text())["trace"]) >= 3
    resumed = fit("three", work=tmp_path / "work")
    np.testing.assert_array_equal(straight["user"].vectors, resumed["user"].vectors)
    np.testing.assert_array_equal(straight["item"].vectors, resumed["item"].vectors)
    with pytest.raises(InputError, match="another fit"):
        fit("four", work=tmp_path / "work", seed=1)


def test_tied_nodes_of_a_graph_train_in_partitions(tmp_path):
    rng = np.random.default_rng(0)
    lines = []
    for _ in range(2500):
        u = int(rng.integers(120))
        v = int(rng.integers(30)) * 4 + u % 4
        if u != v:
            lines.append(f"n{u} n{v}")
    (tmp_path / "g.edges").write_text("\n".join(lines) + "\n")
    space = rs.fit_partitioned(
        tmp_path / "g.edges", "line", tmp_path / "s", partitions=3, dim=8, sampled=True, order=1,
        epochs=20, reading={"format": "edges"},
    )  # fmt: skip
    x = np.asarray(space["node"].vectors)
    group = np.array([int(str(name)[1:]) % 4 for name in space["node"].ids])
    unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    alike = unit @ unit.T
    same = group[:, None] == group
    assert alike[same].mean() > alike[~same].mean() + 0.5


def test_what_needs_all_vectors_is_refused(tmp_path):
    planted(tmp_path / "p.csv", 20, 20, each=6, groups=2)
    for recipe, options in (("ials", {}), ("simplex", {"own": 0.5}), ("complex", {})):
        with pytest.raises(UnsupportedError):
            rs.fit_partitioned(tmp_path / "p.csv", recipe, tmp_path / "s", partitions=2, **options)
    with pytest.raises(InputError, match="more than the"):
        rs.fit_partitioned(tmp_path / "p.csv", "bpr", tmp_path / "s", partitions=500)
    with pytest.raises(InputError, match="no file"):
        rs.fit_partitioned(tmp_path / "none.csv", "bpr", tmp_path / "s", partitions=2)
    assert not list(tmp_path.glob(".s.*")) and not (tmp_path / "s").exists()


def test_what_cannot_be_written_or_read_is_said_before_any_work(tmp_path):
    planted(tmp_path / "p.csv", 20, 20, each=6, groups=2)
    for out, partitions, reading, error, message in (
        (tmp_path / "no" / "s", 2, {}, SpaceError, "make the folder first"),
        (tmp_path / "p.csv", 2, {}, SpaceError, "is a file"),
        (tmp_path / "s", 0, {}, InputError, "partitions is 0"),
        (tmp_path / "s", 2, {"window": 2}, InputError, "reading has 'window'"),
    ):
        with pytest.raises(error, match=message):
            rs.fit_partitioned(
                tmp_path / "p.csv", "bpr", out, partitions=partitions, reading=reading
            )
    assert [path.name for path in tmp_path.iterdir()] == ["p.csv"]


def test_steps_that_are_too_large_are_said(tmp_path):
    planted(tmp_path / "p.csv", 60, 40, each=6)
    found = read_buckets(tmp_path / "p.csv", tmp_path / "b", 2)
    side = Lookup(Free(1e30, 1.0))
    f = Factorization(
        dim=4, loss=Bpr(), unobserved=Negatives(8), rows=side, cols=side,
        solver=Sampled(epochs=4, rate=1e30, update=AdaGrad()),
    )  # fmt: skip
    with pytest.raises(InputError, match="steps are too large"):
        solve_partitioned(f, found, tmp_path / "v")


def test_the_command_line_fits_in_partitions(tmp_path):
    planted(tmp_path / "p.csv", 60, 40, each=6)
    out = subprocess.run(
        [
            sys.executable, "-m", "rowspace", "fit", str(tmp_path / "p.csv"), "bpr", "--out",
            str(tmp_path / "s"), "--partitions", "2", "--dim", "4", "--set", "epochs=2",
        ],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert out.returncode == 0, out.stderr
    assert "2 of each side" in out.stdout
    wrong = subprocess.run(
        [
            sys.executable, "-m", "rowspace", "fit", str(tmp_path / "p.csv"), "bpr", "--out",
            str(tmp_path / "t"), "--partitions", "2", "--held-out", "0.1",
        ],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert wrong.returncode == 2 and "--held-out says nothing beside" in wrong.stderr

"""Recipes for knowledge graphs: gradients, questions from both ends, files, and judgement."""

import numpy as np
import pytest

import rowspace as rs
from rowspace.errors import InputError, UnknownIdError, UnsupportedError
from rowspace.factor import solvers
from rowspace.factor.grammar import Complex, Cubic, Diagonal, Entailment, Free, Translation
from rowspace.factor.kernels.relations import ask, charge, charge_rows, learn
from rowspace.factor.sampled.relations import charges_of, compose, kind_of
from rowspace.judge.triples import judge_triples
from rowspace.observe.triples import Triples
from rowspace.recipes import registry

RECIPES = ["complex", "distmult", "cp", "transe", "transf"]
GEOMETRIES = [Complex(), Diagonal(), Translation(), Translation(True)]


@pytest.fixture(scope="module")
def family():
    """A line of 24 who each know the next, are older than all behind, and are siblings in pairs."""
    names = [f"p{i}" for i in range(24)]
    told = [(names[i], "before", names[j]) for i in range(24) for j in range(i + 1, 24)]
    told += [(names[i], "sibling", names[i ^ 1]) for i in range(24)]
    return rs.read_triples(told)


@pytest.mark.parametrize("geometry", GEOMETRIES, ids=str)
def test_derivatives_of_questions(geometry):
    rng = np.random.default_rng(0)
    h, r, grads = rng.standard_normal((3, 5, 6))
    single = [x.astype(np.float32) for x in (h, r, grads)]
    ids, kind = np.arange(5), kind_of(geometry)
    asked, by_h, by_r = (np.empty((5, 6), np.float32) for _ in range(3))
    ask(kind, 0, 5, *single[:2], ids, ids, asked)
    np.testing.assert_allclose(asked, compose(geometry, h, r), atol=1e-5)
    learn(kind, 0, 5, *single[:2], ids, ids, single[2], np.zeros(4, np.float32), by_h, by_r)
    for x, slow in ((h, by_h), (r, by_r)):
        for at in np.ndindex(x.shape):
            before, sides = x[at], []
            for step in (1e-6, -1e-6):
                x[at] = before + step
                sides.append((compose(geometry, h, r) * grads).sum())
            x[at] = before
            assert slow[at] == pytest.approx((sides[0] - sides[1]) / 2e-6, abs=1e-5)


def test_complex_questions_are_products_of_complex_numbers():
    rng = np.random.default_rng(0)
    h, r, t = rng.standard_normal((3, 4, 6))
    h_c, r_c, t_c = (x[:, :3] + 1j * x[:, 3:] for x in (h, r, t))
    score = (compose(Complex(), h, r) * t).sum(axis=1)
    np.testing.assert_allclose(score, (h_c * r_c * t_c.conj()).sum(axis=1).real)


@pytest.mark.parametrize("paired", [False, True])
def test_the_charge_is_the_derivative_of_a_third_of_the_cubes(paired):
    x = np.random.default_rng(0).standard_normal((3, 6))

    def cubes(x):
        size = np.hypot(x[:, :3], x[:, 3:]) if paired else np.abs(x)
        return 0.7 / 3 * (size**3).sum()

    slow = np.zeros_like(x)
    for at in np.ndindex(x.shape):
        y, z = x.copy(), x.copy()
        y[at] += 1e-6
        z[at] -= 1e-6
        slow[at] = (cubes(y) - cubes(z)) / 2e-6
    paid = np.zeros((3, 6), np.float32)
    for row, of in zip(paid, x.astype(np.float32), strict=True):
        charge(paired, np.float32(0.7), np.float32(0), of, row)
    np.testing.assert_allclose(paid, slow, atol=1e-5)
    single = x.astype(np.float32)
    rows = np.empty((2, 6), np.float32)
    charge_rows(paired, np.float32(0.7), np.float32(0.5), 0, 2, single, np.array([2, 0]), rows)
    np.testing.assert_allclose(rows, (slow + 0.5 * x)[[2, 0]], atol=1e-5)
    assert charges_of(Free()) == (0, 0) and charges_of(Cubic(0.7)) == (0.7, 0)
    assert charges_of(Entailment(1.0, within=Free(0.2, 1.0))) == (0, 0.2)


@pytest.mark.parametrize("name", RECIPES)
def test_it_answers_repeats_and_comes_back_from_disk(name, family, tmp_path, monkeypatch):
    options = {"dim": 16, "epochs": 40, "negatives": 24, "batch": 64}
    found = []
    for threads in ("1", "2"):
        monkeypatch.setenv("ROWSPACE_THREADS", threads)
        found.append(rs.fit(family, name, **options))
    one, two = found
    assert (one["entity"].vectors == two["entity"].vectors).all()
    assert one.manifest["trace"][-1] < one.manifest["trace"][0]
    one.save(tmp_path / "space")
    again = rs.open(tmp_path / "space")
    here, there = (s.complete("before", head="p3", k=8) for s in (one, again))
    assert here.ids == there.ids and (np.diff(here.scores) <= 0).all()
    ranks = judge_triples(one, family, train=rs.read_triples([("p0", "sibling", "p0")]))
    mrr = {m.name: m.value for m in ranks.measures(draws=10)}["MRR"]
    assert mrr > (0.85 if name in ("complex", "cp", "distmult") else 0.3)


def test_direction_is_kept_by_complex_and_siblings_are_mutual(family):
    space = rs.fit(family, "complex", dim=16, epochs=150, negatives=24, batch=64, n3=0.01)
    later = space.complete("before", head="p4", k=19).ids
    assert np.mean([int(p[1:]) > 4 for p in later]) > 0.9
    earlier = space.complete("before", tail="p4", k=4).ids
    assert np.mean([int(p[1:]) < 4 for p in earlier]) > 0.7
    assert "p7" in space.complete("sibling", head="p6", k=2).ids
    assert "p7" in space.complete("sibling", tail="p6", k=2).ids
    known = rs.read_triples([("p6", "sibling", "p7")])
    assert "p7" not in space.complete("sibling", head="p6", k=24, known=known).ids


@pytest.mark.parametrize("name", ["complex", "distmult"])
def test_negative_entities_cover_everything_and_two_seeds_differ(name, family):
    few = rs.fit(family, name, dim=4, epochs=1, negatives=1000)
    other = rs.fit(family, name, dim=4, epochs=1, negatives=1000, seed=1)
    assert not (few["entity"].vectors == other["entity"].vectors).all()


def test_cp_has_two_vectors_of_an_entity_and_all_have_two_of_a_relation(family):
    space = rs.fit(family, "cp", dim=4, epochs=1)
    assert space["entity"].extras["head"].shape == (24, 4)
    assert space["relation"].extras["inverse"].shape == (2, 4)
    assert "head" not in rs.fit(family, "distmult", dim=4, epochs=1)["entity"].extras


def test_a_fit_goes_on_from_where_it_stood(family):
    space = rs.fit(family, "complex", dim=8, epochs=3)
    more = rs.fit(family, space, epochs=2)
    assert more.manifest["facts"]["continued"]["sweeps"] == 3


def test_files_folders_and_tables_give_the_same(tmp_path):
    told = [("é", "r 1", "b"), ("b", "r2", "c"), ("é", "r 1", "b")]
    (tmp_path / "t.tsv").write_text("".join("\t".join(t) + "\n" for t in told), "utf-8")
    folder = tmp_path / "openke"
    folder.mkdir()
    (folder / "entity2id.txt").write_text("3\né\t0\nb\t1\nc\t2\n", "utf-8")
    (folder / "relation2id.txt").write_text("2\nr 1\t0\nr2\t1\n", "utf-8")
    (folder / "train2id.txt").write_text("3\n0 1 0\n1 2 1\n0 1 0\n", "utf-8")
    table = {"s": [t[0] for t in told], "p": [t[1] for t in told], "o": [t[2] for t in told]}
    found = [
        rs.read_triples(told),
        rs.read(tmp_path / "t.tsv", format="triples"),
        rs.read_triples(folder),
        rs.read_triples(table, head="s", relation="p", tail="o"),
    ]
    for graph in found:
        assert isinstance(graph, Triples) and graph.repeated == 1
        assert list(graph.rows.ids) == ["é", "b", "c"] and list(graph.cols.ids) == ["r 1", "r2"]
        assert graph.triples.tolist() == [[0, 0, 1], [1, 1, 2]]
    assert len({graph.fingerprint for graph in found}) == 1


def test_ids_of_other_triples_are_taken_over(family):
    new = [("p0", "before", "q"), ("p0", "before", "p2")]
    added = rs.read_triples(new, like=family)
    assert list(added.rows.ids)[:24] == list(family.rows.ids) and list(added.rows.ids)[24] == "q"
    dropped = rs.read_triples(new, like=family, unknown="drop")
    assert len(dropped.triples) == 1 and len(dropped.rows) == 24
    with pytest.raises(UnknownIdError, match="the tail 'q'"):
        rs.read_triples(new, like=family, unknown="refuse")


def test_unseen_entities_are_counted(family):
    space = rs.fit(family, "complex", dim=4, epochs=1)
    test = rs.read_triples([("p0", "sibling", "q"), ("p0", "sibling", "p3")])
    ranks = judge_triples(space, test, train=family)
    assert "1 test triples hold an entity or relation that the space lacks" in ranks.note
    assert ranks.better.shape == (2, 1)


def test_what_cannot_be_done_is_one_sentence(family, tmp_path):
    with pytest.raises(UnsupportedError, match="give triples"):
        rs.fit(rs.read({"u": ["a"], "i": ["b"]}, "u", "i"), "complex")
    with pytest.raises(UnsupportedError, match="take relations apart"):
        rs.fit(family, "bpr")
    with pytest.raises(UnsupportedError, match="even number"):
        rs.fit(family, "complex", dim=5)
    space = rs.fit(family, "complex", dim=4, epochs=1)
    with pytest.raises(InputError, match="a head or a tail"):
        space.complete("before")
    with pytest.raises(UnknownIdError, match="'p99'"):
        space.complete("before", head="p99")
    with pytest.raises(InputError, match="line 1 has 2 fields"):
        (tmp_path / "bad.txt").write_text("a b\n")
        rs.read_triples(tmp_path / "bad.txt")
    with pytest.raises(InputError, match="says nothing about triples"):
        rs.read(tmp_path / "bad.txt", format="triples", window=3)
    words = rs.fit(rs.read({"u": ["a", "b"], "i": ["b", "a"]}, "u", "i"), "svd", dim=1)
    with pytest.raises(UnsupportedError, match="no relations to ask about"):
        words.complete("r", head="a")


def test_the_solver_says_its_settings():
    line = str(registry.build("complex", {}))
    assert "Softmax" in line and "Complex" in line and "AdaGrad" in line
    assert solvers.TABLE


def test_entities_that_are_alike_stand_against_each_other(family):
    from rowspace.factor.grammar import Guided, SameCluster
    from rowspace.factor.samplers.same_cluster import clusters

    rng = np.random.default_rng(0)
    names = list(family.rows.ids)
    text = {"entity": (names, rng.standard_normal((len(names), 5)))}
    guide = rs.Space.from_vectors(text)
    options = {"dim": 16, "epochs": 40, "negatives": 12, "batch": 64}
    space = rs.fit(family, "complex", by=SameCluster(3), guide=guide, **options)
    # It was only ever compared with its own cluster, among which it comes first.
    of = dict(zip(names, clusters(np.asarray(guide["entity"].vectors), 3, 0), strict=True))
    ranked = [name for name, _ in space.complete("sibling", head="p4", k=len(names))]
    assert next(name for name in ranked if of[name] == of["p5"]) == "p5"
    with pytest.raises(InputError, match="vectors of the columns only"):
        rs.fit(family, "complex", by=Guided(), guide=guide, **options)


def test_numbers_of_entities_are_shares_and_relations_are_ordered(family):
    from rowspace.factor.sampled.relations import Implied

    space = rs.fit(family, "complex", dim=16, epochs=40, negatives=24, batch=64, box=True,
                   entailment=0.5)  # fmt: skip
    x = space["entity"].vectors
    assert x.min() >= 0 and x.max() <= 1
    found = Implied.of(family.triples.astype(np.int64), 2, len(family.rows), 0.8)
    assert (1, 3) in zip(found.premise, found.conclusion)  # siblings are so from both ends
    assert space.manifest["trace"][-1] < space.manifest["trace"][0]


def test_entities_are_not_recommended_relations(family):
    space = rs.fit(family, "complex", dim=4, epochs=1)
    assert space.is_relational
    with pytest.raises(UnsupportedError, match="ask complete"):
        space.recommend("p1")
    with pytest.raises(UnsupportedError, match="ask complete"):
        space.score("p1", space.sides[1].ids[0])


def test_the_command_line_says_how_to_ask(tmp_path):
    import shlex
    import subprocess
    import sys

    (tmp_path / "t.tsv").write_text("a\tr\tb\nb\tr\tc\na\ts\tc\n")
    out = tmp_path / "t.space"
    done = subprocess.run(
        [sys.executable, "-m", "rowspace", "fit", str(tmp_path / "t.tsv"), "complex", "--format",
         "triples", "--dim", "4", "--set", "epochs=2", "--out", str(out)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    line = next(s for s in done.stdout.splitlines() if "complete(" in s)
    asked = shlex.split(line)
    answer = subprocess.run(
        [sys.executable, *asked[1:]], capture_output=True, text=True, check=True
    )
    assert {"a", "b", "c"} >= {s.split()[0] for s in answer.stdout.splitlines()[1:]}

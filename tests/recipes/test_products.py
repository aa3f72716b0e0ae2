"""Recipes for products and codes: from interactions to item vectors, also from a file."""

import subprocess
import sys

import numpy as np
import pyarrow as pa
import pytest
from scipy.sparse import csr_array

import rowspace as rs
from rowspace.errors import InputError

DAY = 86400


def shop(path, n=300, seed=0):
    """Write a file of purchases: phones then their cases, pens then paper, in separate baskets."""
    rng = np.random.default_rng(seed)
    lines = ["who,what,when"]
    for person in range(n):
        kind = ("phone", "case") if person % 2 else ("pen", "paper")
        day = int(rng.integers(0, 300)) * DAY
        for step, what in enumerate(kind):
            lines.append(f"p{person},{what}{rng.integers(4)},{day + step * DAY}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def observed(tmp_path, **more):
    return rs.read(shop(tmp_path / "shop.csv"), rows="who", cols="what", time="when", **more)


def kind(name):
    return str(name).rstrip("0123")


def test_like_items_are_near_and_complements_score(tmp_path):
    space = rs.fit(observed(tmp_path), "dual", dim=4)
    assert {kind(i) for i in space.near("what", "phone1", k=3).ids} == {"phone"}
    best = space.recommend("phone1", k=4, exclude_seen=False).ids
    assert {kind(i) for i in best} == {"case"}


def test_directed_counts_know_what_comes_after(tmp_path):
    space = rs.fit(observed(tmp_path), "dual", dim=4, directed=True)
    after = space.recommend("phone1", k=4, exclude_seen=False)
    before = space.recommend("case1", k=1, exclude_seen=False)
    assert {kind(i) for i in after.ids} == {"case"} and after.scores[0] > before.scores[0]


@pytest.mark.parametrize("recipe", ["prod2vec-mf", "codes"])
def test_a_new_item_is_placed_by_what_it_was_bought_with(recipe, tmp_path):
    obs = observed(tmp_path)
    space = rs.fit(obs, recipe, dim=4)
    new = {f"case{i}": 3.0 for i in range(4)}
    vector = space.fold_in("what", new)
    assert {kind(i) for i in space.near("what", vector, k=4).ids} == {"phone"}
    counts, _ = space.factorization.matrix[0].apply(obs)
    known = dict(zip(obs.cols.ids, counts.cells.toarray()[2].tolist(), strict=True))
    folded = np.asarray(space.fold_in("what", {i: x for i, x in known.items() if x}))
    np.testing.assert_allclose(folded, space["what"].vectors[2], atol=2e-2)


def with_category(obs):
    return obs.with_table("what", pa.table({"category": [kind(i) for i in obs.cols.ids]}))


def test_metadata_get_vectors_among_the_items_they_are_bought_with(tmp_path):
    space = rs.fit(with_category(observed(tmp_path)), "metaprod2vec", dim=5)
    assert len(space["what"]) == 16 + 4
    # Phones and cases share every basket, so a category of one is as near to the other.
    near = space.near("what", "category:phone", k=8, filter={"block": "what"}).ids
    assert {kind(i) for i in near} == {"phone", "case"}


def test_an_item_bought_alone_has_a_vector_by_its_metadata_only(tmp_path):
    file = shop(tmp_path / "shop.csv")
    with file.open("a", encoding="utf-8") as more:
        more.write("loner,phoneü3,0\n")
    obs = rs.read(file, rows="who", cols="what", time="when")
    obs = obs.with_table(
        "what", pa.table({"category": [kind(i).rstrip("ü") for i in obs.cols.ids]})
    )
    at = list(obs.cols.ids).index("phoneü3")
    assert not rs.fit(obs, "prod2vec-mf", dim=5)["what"].vectors[at].any()
    space = rs.fit(obs, "metaprod2vec", dim=5)
    assert np.linalg.norm(space["what"].vectors[at]) > 0.1
    near = space.near("what", "phoneü3", k=8, filter={"block": "what"}).ids
    assert {kind(i) for i in near} == {"phone", "case"}


def test_the_space_is_saved_and_the_same_on_one_thread(tmp_path, monkeypatch):
    obs = observed(tmp_path)
    found = []
    for threads in ("1", "2"):
        monkeypatch.setenv("ROWSPACE_THREADS", threads)
        space = rs.open(rs.fit(obs, "prod2vec-mf", dim=4).save(tmp_path / f"s{threads}"))
        found.append(space["what"].vectors)
    np.testing.assert_array_equal(*found)
    assert [side.name for side in space.sides] == ["what", "context"] and not space.has_cells


def test_from_the_command_line(tmp_path):
    def rowspace(*arguments):
        command = [sys.executable, "-m", "rowspace", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    out = tmp_path / "items.space"
    file = shop(tmp_path / "shop.csv")
    columns = ("--rows", "who", "--cols", "what", "--time", "when")
    rowspace("fit", file, "prod2vec-mf", *columns, "--dim", 4, "--out", out)
    told = rowspace("near", out, "pen1", "--side", "what", "-k", 3)
    assert told.count("pen") == 3 and "case" not in told


def test_order_without_times_is_refused_in_one_sentence():
    obs = rs.Observations.from_matrix(csr_array(np.ones((3, 3))), rows="u", cols="i")
    with pytest.raises(InputError, match="needs time stamps"):
        rs.fit(obs, "prod2vec-mf")
    assert rs.fit(obs, "prod2vec-mf", window=None, dim=2)["i"].vectors.shape == (3, 2)

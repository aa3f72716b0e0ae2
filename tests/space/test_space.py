"""A space answers by the user's own ids, and says how it was made."""

import dataclasses
import pickle

import numpy as np
import pyarrow as pa
import pytest
from scipy.sparse import random_array

from rowspace.api import fit
from rowspace.errors import InputError, SpaceError, UnknownIdError, UnsupportedError
from rowspace.factor.factors import Factors
from rowspace.factor.fold_in import fold_in
from rowspace.factor.grammar import (
    Alternating,
    Biases,
    Constant,
    Factorization,
    Free,
    Given,
    Ignore,
    LogValue,
    Lookup,
    Margins,
    NoOffset,
    Popularity,
    Uniform,
)  # fmt: skip
from rowspace.observe.ids import Ids
from rowspace.observe.observations import Mode, Observations
from rowspace.observe.weighting import TfIdf
from rowspace.space.space import Space, open_space


@pytest.fixture(params=["memory", "disk"])
def either(request, space, tmp_path):
    """The same space in memory and opened from disk: everything must work on both."""
    return space if request.param == "memory" else open_space(space.save(tmp_path / "m.space"))


def test_sides_come_by_name_in_the_order_of_the_matrix(either):
    assert [side.name for side in either.sides] == ["user", "item"]
    assert list(either["user"].ids) == [10, 20, 30, 40]
    assert either["item"].table.column_names == ["year", "kind"]
    assert either["user"].table is None
    assert either["item"].vectors.shape == (5, 3) and either["item"].dim == 3
    assert repr(either) == "Space(user 4 x item 5, dim 3, 'svd')"
    with pytest.raises(UnknownIdError, match=r"no side 'itm' in .*; nearest: 'item'"):
        either["itm"]


def test_what_was_saved_comes_back_to_the_bit(space, tmp_path):
    again = open_space(space.save(tmp_path / "m.space"), verify=True)
    for side in space.sides:
        assert again[side.name].ids == side.ids
        assert again[side.name].vectors.tobytes() == side.vectors.tobytes()
        assert again[side.name].encoder == side.encoder
    assert again["item"].table.equals(space["item"].table)
    assert again.factorization == space.factorization
    for key, value in space.manifest.items():
        if key != "sides":
            assert again.manifest[key] == value, key
    assert again.path == tmp_path / "m.space" and space.path is None


def test_a_score_is_the_dot_product_of_ids_vectors_or_new_rows(either):
    u, v = either["user"][20], either["item"]["b"]
    assert either.score(20, "b") == pytest.approx(float(u @ v), rel=1e-6)
    assert either.score(u, v) == either.score(20, "b")
    new = either.fold_in("user", {"b": 2})
    assert either.score({"b": 2}, "b") == pytest.approx(float(new @ v), rel=1e-6)


def test_recommending_leaves_out_what_was_seen_also_a_seen_zero(either):
    scores = either["item"].vectors @ either["user"][40]
    everything = either.recommend(40, exclude_seen=False)
    assert everything.ids == [either["item"].ids[i] for i in np.argsort(-scores)]
    assert everything.measure == "dot product" and everything.side == "item"
    np.testing.assert_allclose(everything.scores, np.sort(scores)[::-1], rtol=1e-6)
    seen = {"b", "c"}  # user 40 gave b a zero
    assert either.recommend(40).ids == [i for i in everything.ids if i not in seen]
    assert either.recommend(30, k=99).ids == either.recommend(30, k=99, exclude_seen=False).ids


def test_a_filter_and_the_seen_go_together_before_k(either):
    assert either.recommend(40, k=1, filter={"year": (">", 1990)}).ids[0] not in {"b", "c"}
    assert set(either.recommend(40, filter={"year": 1995}).ids) == {
        "Toy Story (1995)", "Heat (1995)"
    }  # fmt: skip
    assert either.recommend(40, filter=["b", "c"]).ids == []


def test_recommending_rows_to_a_column_goes_by_the_name_of_its_side(either):
    hits = either.recommend("c", side="item")
    assert hits.side == "user" and set(hits.ids) == {20, 30}
    assert either.observed("c", side="item")[0] == [10, 40]


def test_a_new_row_is_folded_in_through_the_steps_and_its_keys_count_as_seen(either, obs):
    given = {"c": 1, "Toy Story (1995)": 3}
    vector = either.fold_in("user", given)
    step = TfIdf()
    _, state = step.apply(obs)
    at, x = step.new_row(state, "rows", np.array([0, 4]), np.array([3, 1], np.float32))
    slow = fold_in(either.factorization, "rows", either["item"].vectors, at, x)
    np.testing.assert_allclose(vector, slow, rtol=1e-5)
    assert vector.encoder == either["user"].encoder
    assert set(either.recommend(given).ids) == {"Heat (1995)", "Été", "b"}
    assert set(either.recommend(given, exclude_seen=False).ids) == set(either["item"].ids)
    assert len(either.recommend(vector, k=9)) == 5
    assert either.near("user", given, k=4).ids == either.near("user", vector, k=4).ids


def test_a_new_column_is_folded_in_with_the_rows_fixed(either):
    vector = either.fold_in("item", {10: 2, 40: 1})
    assert vector.shape == (3,) and np.isfinite(vector).all()
    assert len(either.near("item", {10: 2, 40: 1}, k=5)) == 5


def test_nothing_observed_is_the_row_of_unobserved_cells(either):
    assert either.fold_in("user", {}).tolist() == [0, 0, 0]


def test_fold_in_refuses_unknown_ids_sides_and_values(either):
    with pytest.raises(UnknownIdError, match=r"no row 'Heat' on side 'item' .*nearest: 'Heat \(19"):
        either.fold_in("user", {"Heat": 5})
    with pytest.raises(UnknownIdError, match="no side 'usr'"):
        either.fold_in("usr", {})
    with pytest.raises(InputError, match="the value of item 'b' is nan"):
        either.fold_in("user", {"b": float("nan")})


def test_observed_gives_back_ids_and_values(either, obs):
    ids, values = either.observed(10)
    assert ids == ["Toy Story (1995)", "Été", "c"] and values.tolist() == [5, 3, 1]
    again = either.observations
    assert again.fingerprint == obs.fingerprint and again.source == "ratings.csv"
    assert again.times.tolist() == list(range(7))
    assert again.cols.table.equals(obs.cols.table)


def test_a_space_without_cells_says_so_when_they_are_needed(make, tmp_path):
    space = open_space(make(keep_cells=False).save(tmp_path / "m.space"))
    assert not space.has_cells and not list((tmp_path / "m.space").rglob("cells*"))
    with pytest.raises(InputError, match=r"fit with keep_cells=True, or pass exclude_seen=False"):
        space.recommend(10)
    with pytest.raises(InputError, match="keep_cells=True"):
        space.observed(10)
    assert len(space.recommend(10, exclude_seen=False)) == 5
    assert len(space.recommend({"b": 1})) == 4


def test_dense_observations_are_kept_and_leave_nothing_to_recommend(make, tmp_path):
    matrix = np.arange(6, dtype=np.float32).reshape(2, 3)
    dense = Observations.from_matrix(matrix, rows="day", cols="place")
    space = open_space(make(obs=dense).save(tmp_path / "m.space"))
    np.testing.assert_array_equal(space.observations.cells, matrix)
    assert space.observed(1, side="place")[1].tolist() == [1, 4]
    with pytest.raises(InputError, match=r"every cell of .* was observed"):
        space.recommend(0)
    assert len(space.recommend(0, exclude_seen=False)) == 3


def test_a_vector_of_another_space_is_refused_everywhere(make):
    here, there = make(seed=0), make(seed=1)
    stranger = there["item"]["b"]
    for ask in (
        lambda: here.near("item", stranger),
        lambda: here.recommend(stranger),
        lambda: here.score(10, stranger),
    ):
        with pytest.raises(InputError, match="made by the encoder"):
            ask()
    assert here.near("item", make(seed=0)["item"]["b"], k=1).ids == ["b"]
    assert len(here.near("item", np.array(stranger))) == 5


def test_imported_vectors_can_be_searched_but_not_folded_into(tmp_path):
    made = Space.from_vectors(
        {"q": ([1, 2], np.eye(2)), "a": (["x"], [[0.5, 2]])}, name="answers", encoder={"m": "e5"}
    )
    space = open_space(made.save(tmp_path / "a.space"))
    assert repr(space) == "Space(q 2 x a 1, dim 2, imported)" and space.factorization is None
    assert space.score(2, "x") == 2.0
    assert space.recommend(1, exclude_seen=False).ids == ["x"]
    with pytest.raises(UnsupportedError, match=r"imported without a factorization.*vector of 2"):
        space.fold_in("q", {"x": 1})
    with pytest.raises(InputError, match="keep_cells"):
        space.recommend(1)


def test_one_side_and_unequal_lengths_have_no_scores():
    one = Space.from_vectors({"word": (["a"], [[1, 2]])})
    for ask in (lambda: one.recommend("a"), lambda: one.score("a", "a"), lambda: one.observed("a")):
        with pytest.raises(InputError, match=r"has 1 side\(s\)"):
            ask()
    two = Space.from_vectors({"q": (["a"], [[1, 2]]), "d": (["b"], [[1, 2, 3]])})
    with pytest.raises(InputError, match="have 2 numbers and those of d 3"):
        two.score("a", "b")
    assert repr(two) == "Space(q 1 x d 1, dim 2 and 3, imported)"


def test_what_makes_no_space_is_refused():
    with pytest.raises(InputError, match="at least one side"):
        Space.from_vectors({})
    with pytest.raises(InputError, match="word 'a' occurs 2 times"):
        Space.from_vectors({"word": (["a", "a"], np.ones((2, 2)))})
    with pytest.raises(InputError, match="metadata for side 'wrd', but no such side"):
        Space.from_vectors({"word": (["a"], [[1]])}, tables={"wrd": pa.table({"n": [1]})})
    with pytest.raises(InputError, match="has 2 rows, but the side has 1"):
        Space.from_vectors({"word": (["a"], [[1]])}, tables={"word": pa.table({"n": [1, 2]})})
    with pytest.raises(InputError, match="column 'id', which names the ids; rename it"):
        Space.from_vectors({"word": (["a"], [[1]])}, tables={"word": pa.table({"id": [1]})})
    with pytest.raises(InputError, match="a side cannot be called 'a/b'"):
        Space.from_vectors({"a/b": (["a"], [[1]])})


def test_factors_that_are_not_finite_are_refused_by_id(obs):
    from rowspace.factor.factors import Factors

    cols = np.zeros((5, 2), np.float32)
    cols[1, 0] = np.nan
    with pytest.raises(InputError, match=r"number 0 of the vector of item 'Heat \(1995\)' is nan"):
        Space.from_factors(
            obs, Factors(np.zeros((4, 2), np.float32), cols), Factorization(dim=2),
            recipe=None, states=[], seed=0, timings={},
        )  # fmt: skip


def test_info_is_plain_and_complete(make, tmp_path):
    path = make(name="films").save(tmp_path / "m.space")
    info = open_space(path).info()
    assert info["path"] == str(path) and info["name"] == "films" and info["cells_kept"]
    assert info["sides"][1] == {
        "name": "item", "n": 5, "dim": 3, "dtype": "float32", "ids": "string",
        "columns": ["year", "kind"], "extras": [],
    }  # fmt: skip
    on_disk = sum(
        f.stat().st_size for f in path.rglob("*") if f.name != "space.json" and f.is_file()
    )
    assert info["bytes"] == on_disk
    assert make().info()["bytes"] is None


def test_verify_names_the_file_that_changed(saved):
    space = open_space(saved)
    space.verify()
    file = next(saved.rglob("user/vectors-0000.safetensors"))
    raw = bytearray(file.read_bytes())
    raw[-1] ^= 1
    file.write_bytes(raw)
    with pytest.raises(SpaceError, match=r"user/vectors-0000\.safetensors has changed"):
        space.verify()
    with pytest.raises(SpaceError, match="has changed"):
        open_space(saved, verify=True)


def test_verify_of_a_space_in_memory_or_replaced_says_so(space, saved):
    with pytest.raises(SpaceError, match="only in memory"):
        space.verify()
    old = open_space(saved)
    space.save(saved)
    with pytest.raises(SpaceError, match="replaced or removed since it was opened"):
        old.verify()
    assert old["item"].near("b").ids == space["item"].near("b").ids


def test_a_space_may_be_saved_over_itself_or_elsewhere(saved, tmp_path):
    before = open_space(saved)["item"].vectors.tobytes()
    open_space(saved).save(saved)
    assert open_space(saved, verify=True)["item"].vectors.tobytes() == before
    open_space(saved).save(tmp_path / "copy.space")
    assert open_space(tmp_path / "copy.space", verify=True).observations.n_observed == 7


def test_a_label_does_not_survive_being_pickled_and_a_plain_vector_is_taken_at_its_word(space):
    vector = pickle.loads(pickle.dumps(space["item"]["b"]))
    assert vector.encoder is None and space.near("item", vector, k=1).ids == ["b"]


def test_a_factorization_from_the_future_does_not_prevent_searching(space):
    stored = {**space.manifest["factorization"], "loss": {"kind": "Quantum"}}
    manifest = {**space.manifest, "factorization": stored}
    future = Space(dataclasses.replace(space._contents, manifest=manifest))
    assert future.near("item", "b", k=1).ids == space.near("item", "b", k=1).ids
    with pytest.raises(InputError, match="does not know 'Quantum'"):
        future.fold_in("user", {"b": 1})


def test_metadata_and_sides_with_odd_names_survive(tmp_path):
    table = pa.table({"jahr ü": [1], "b/c": [["x"]]})
    sides = {"cells.safetensors": (["a"], [[1.0]]), "Größe: 5%": (Ids([7]), [[2.0]])}
    made = Space.from_vectors(sides, tables={"Größe: 5%": table})
    space = open_space(made.save(tmp_path / "odd.space"), verify=True)
    assert [s.name for s in space.sides] == list(sides)
    assert space["Größe: 5%"].table.equals(table)


def test_modes_keep_the_orientation_by_name(make, obs):
    flipped = make(obs=Observations(Mode("a", obs.cols.ids), Mode("b", obs.rows.ids), obs.T.cells))
    assert [s.name for s in flipped.sides] == ["a", "b"]
    assert flipped.observed("c")[0] == [10, 40]


def alternating(offset, unobserved=None, **more):
    """A factorization that is solved row by row."""
    return Factorization(
        dim=2, confidence=Constant(1), unobserved=unobserved or Ignore(), offset=offset,
        rows=Lookup(Free(0.3)), cols=Lookup(Free(0.3)), solver=Alternating(6), **more,
    )  # fmt: skip


@pytest.fixture(scope="module")
def counts():
    rng = np.random.default_rng(1)
    cells = random_array((12, 9), density=0.5, rng=rng, format="csr", dtype=np.float32)
    cells.data = np.ceil(5 * cells.data)
    return Observations.from_matrix(cells, rows="user", cols="item")


@pytest.mark.parametrize("kind", ["biases", "biases beside background", "margins"])
def test_a_score_has_the_mean_and_both_biases(counts, kind, tmp_path):
    f = {
        "biases": alternating(Biases()),
        "biases beside background": alternating(Biases(), Uniform(0.2)),
        "margins": alternating(Margins(), target=LogValue()),
    }[kind]
    space = fit(counts, f)
    again = open_space(space.save(tmp_path / "x.space"), verify=True)
    assert again.manifest["facts"] == space.manifest["facts"] and again.mean == space.mean
    assert (space.mean != 0) == kind.startswith("biases")
    users, items = again["user"], again["item"]
    scores = users.vectors @ items.vectors.T + again.mean
    scores += users.extras["bias"][:, None] + items.extras["bias"]
    assert again.score(3, 5) == pytest.approx(scores[3, 5], rel=1e-5)
    hits = again.recommend(3, k=9, exclude_seen=False)
    assert hits.measure == "score"
    assert hits.ids == np.argsort(-scores[3]).tolist()
    np.testing.assert_allclose(hits.scores, np.sort(scores[3])[::-1], rtol=1e-5)
    assert again.recommend(3, filter=[1, 5], exclude_seen=False).scores.max() == pytest.approx(
        scores[3, [1, 5]].max(), rel=1e-5
    )
    assert again.recommend(5, k=12, exclude_seen=False, side="item").ids == (
        np.argsort(-scores[:, 5]).tolist()
    )
    assert again.near("item", 5, metric="dot").measure == "dot product"
    cosines = np.vecdot(items.vectors[5], items.vectors[2])
    cosines /= np.linalg.norm(items.vectors[5]) * np.linalg.norm(items.vectors[2])
    assert dict(again.near("item", 5))[2] == pytest.approx(float(cosines), abs=1e-5)


@pytest.mark.parametrize("kind", ["biases", "biases beside background", "margins"])
def test_a_row_folded_in_again_has_its_own_vector_and_bias_and_score(counts, kind):
    f = {
        "biases": alternating(Biases()),
        "biases beside background": alternating(Biases(), Uniform(0.2)),
        "margins": alternating(Margins(), target=LogValue()),
    }[kind]
    space = fit(counts, f)
    items, values = space.observed(3)
    given = dict(zip(items, values.tolist()))
    np.testing.assert_allclose(space.fold_in("user", given), space["user"][3], atol=1e-4)
    assert space.score(given, 5) == pytest.approx(space.score(3, 5), abs=1e-4)
    np.testing.assert_allclose(
        space.recommend(given, k=4).scores, space.recommend(3, k=4).scores, atol=1e-4
    )
    vector = space["user"][3]  # a vector has no bias of its own
    bias = float(space["user"].extras["bias"][3])
    assert space.score(vector, 5) == pytest.approx(space.score(3, 5) - bias, rel=1e-5)


def test_what_fold_in_needs_of_training_is_stored(counts, tmp_path):
    f = alternating(NoOffset(), Popularity(0.5, 1.0))
    space = fit(counts, f)
    space = open_space(space.save(tmp_path / "x.space"))
    assert set(space["item"].extras) == {"background"}
    items, values = space.observed(3)
    again = space.fold_in("user", dict(zip(items, values.tolist())))
    np.testing.assert_allclose(again, space["user"][3], atol=1e-4)
    assert space.recommend(3).measure == "dot product"


def test_extras_need_one_entry_per_row(counts):
    factors = Factors(np.zeros((12, 2)), np.zeros((9, 2)), extras={"cols": {"bias": np.zeros(8)}})
    with pytest.raises(InputError, match=r"the bias of side 'item' has the shape \(8,\)"):
        Space.from_factors(
            counts, factors, Factorization(dim=2), recipe=None, states=[], seed=0, timings={}
        )


def test_weights_of_cells_are_kept_with_them(counts, tmp_path):
    weights = np.arange(counts.n_observed, dtype=np.float32)
    given = dataclasses.replace(counts, weights=weights)
    space = fit(given, dataclasses.replace(alternating(NoOffset()), confidence=Given()))
    again = open_space(space.save(tmp_path / "x.space"), verify=True)
    np.testing.assert_array_equal(again.observations.weights, weights)
    assert fit(counts, alternating(NoOffset())).observations.weights is None

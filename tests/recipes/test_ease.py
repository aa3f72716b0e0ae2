"""`ease`, `sansa` and `slim` solve the regressions that they state, and make spaces that work."""

import numpy as np
import pytest
from scipy.sparse import csr_array, random_array

import rowspace as rs
from rowspace.errors import InputError, UnsupportedError
from rowspace.explain.reasons import reasons
from rowspace.factor.solvers import solve
from rowspace.recipes.ease import ease
from rowspace.recipes.sansa import sansa
from rowspace.recipes.slim import slim


def clicks(n=80, m=30, seed=0, empty=True) -> rs.Observations:
    rng = np.random.default_rng(seed)
    pattern = csr_array(random_array((n, m), density=0.15, rng=rng)).toarray()
    if empty:
        pattern[3] = pattern[:, 5] = 0  # a user without history, an item that nobody took
    pattern[pattern > 0] = rng.integers(1, 5, int((pattern > 0).sum()))
    return rs.Observations.from_matrix(
        csr_array(pattern), rows="user", cols="item", col_ids=[f"i{j}" for j in range(m)]
    )


def ones(obs):
    return (obs.cells.toarray() > 0).astype(np.float64)


def regressions(x, l2, patterns):
    """Each column on those of its pattern, the slow way."""
    b = np.zeros((x.shape[1], x.shape[1]))
    for j, pattern in enumerate(patterns):
        others = np.array([i for i in pattern if i != j], int)
        a = x[:, others]
        b[others, j] = np.linalg.solve(a.T @ a + l2 * np.eye(len(others)), a.T @ x[:, j])
    return b


def test_ease_is_the_ridge_regression_of_every_item_on_all_others():
    obs = clicks()
    found = solve(ease(l2=2.0), obs)
    x = ones(obs)
    np.testing.assert_array_equal(found.rows.toarray(), x)
    expected = regressions(x, 2.0, [range(x.shape[1])] * x.shape[1])
    np.testing.assert_allclose(found.cols.T, expected, atol=1e-4)
    assert not found.cols.diagonal().any() and not found.cols[5].any()


def test_the_inverse_is_swept_block_by_block(monkeypatch):
    from rowspace.factor import inverse

    obs = clicks(300, 90)
    whole = solve(ease(l2=2.0), obs).cols
    for block in (1, 7, 64):
        monkeypatch.setattr(inverse, "_BLOCK", block)
        np.testing.assert_allclose(solve(ease(l2=2.0), obs).cols, whole, atol=1e-5)


def test_sansa_with_all_neighbours_is_ease():
    taken = np.random.default_rng(0).random((80, 30)) < 0.4
    obs = rs.Observations.from_matrix(csr_array(taken * 1.0), rows="user", cols="item")
    assert (ones(obs).T @ ones(obs)).all()
    whole = solve(sansa(l2=2.0, neighbours=1000), obs).cols.toarray()
    np.testing.assert_allclose(whole, solve(ease(l2=2.0), obs).cols, atol=1e-4)


def test_sansa_is_exact_on_its_pattern():
    obs = clicks()
    found = solve(sansa(l2=3.0, neighbours=7), obs).cols
    x = ones(obs)
    g = x.T @ x
    gains = g**2 / (g.diagonal() + 3.0)[:, None]  # [i, j]: what i alone explains of j
    np.fill_diagonal(gains, 0)
    patterns = []
    for j in range(len(g)):
        best = np.lexsort((np.arange(len(g)), -gains[:, j]))[:7]
        patterns.append([i for i in best if gains[i, j] > 0])
    np.testing.assert_allclose(found.toarray().T, regressions(x, 3.0, patterns), atol=1e-5)
    assert np.diff(found.indptr).max() <= 7


def test_slim_meets_the_conditions_of_its_optimum():
    obs, l1, l2 = clicks(), 0.7, 2.0
    b = solve(slim(l1=l1, l2=l2, neighbours=1000), obs).cols.toarray().T.astype(np.float64)
    x = ones(obs)
    slope = x.T @ (x @ b - x) + l2 * b + l1
    assert (b >= 0).all() and not b.diagonal().any()
    off = ~np.eye(len(b), dtype=bool)
    np.testing.assert_allclose(slope[(b > 0) & off], 0, atol=2e-3)
    assert (slope[(b == 0) & off] >= -2e-3).all()
    assert 0 < (b > 0).mean() < 0.9


def test_more_charge_makes_fewer_numbers():
    obs = clicks()
    counts = [solve(slim(l1=l1), obs).cols.nnz for l1 in (0.1, 1.0, 3.0)]
    assert counts[0] > counts[1] > counts[2]


@pytest.mark.parametrize("recipe", ["ease", "sansa", "slim"])
def test_the_space_scores_recommends_folds_in_explains_and_is_kept(recipe, tmp_path):
    obs = clicks()
    space = rs.fit(obs, recipe, l2=2.0)
    opened = rs.open(space.save(tmp_path / "s"), verify=True)
    b = np.asarray(
        space["item"].vectors.toarray() if space["item"].is_sparse else space["item"].vectors
    ).T
    scores = ones(obs) @ b
    for one in (space, opened):
        assert one["user"].is_sparse and one["user"].dim == 30
        np.testing.assert_allclose(one.score(7, "i2"), scores[7, 2], atol=1e-5)
        hits = one.recommend(7, k=3)
        unseen = np.where(ones(obs)[7] > 0, -np.inf, scores[7])
        assert hits.ids[0] == f"i{unseen.argmax()}"
        known = dict(zip(*one.observed(7), strict=True))
        np.testing.assert_array_equal(one.fold_in("user", known), one["user"][7])
        assert len(one.near("item", "i2", k=4).ids) == 4
        why = reasons(one, 7, "i2")
        assert set(why.ids) == {f"i{j}" for j in np.flatnonzero(ones(obs)[7])}
        np.testing.assert_allclose(why.total, why.shares.sum() + why.named["rest"])
        np.testing.assert_allclose(why.named["rest"], 0, atol=1e-6)
        with pytest.raises(UnsupportedError, match="a new item has no place in the histories"):
            one.fold_in("item", {1: 1.0})
        with pytest.raises(UnsupportedError, match="have no shares row by row"):
            reasons(one, 7, "i2", side="item")
    assert opened.manifest["sides"][0]["layout"] == "sparse"
    assert opened["user"].vectors.toarray().tolist() == ones(obs).tolist()


def test_ranking_all_items_is_that_of_dense_vectors():
    from rowspace.judge.all_items import recommendation

    obs = clicks()
    rng = np.random.default_rng(1)
    test = csr_array(np.where(ones(obs) > 0, 0, rng.random((80, 30)) < 0.1))
    for factors in (solve(ease(l2=2.0), obs), solve(slim(l2=2.0), obs)):
        b = factors.cols.toarray() if hasattr(factors.cols, "tocsr") else factors.cols
        dense = recommendation(factors.rows.toarray(), b, obs.cells, test)
        sparse = recommendation(factors.rows, factors.cols, obs.cells, test)
        mixed = recommendation(factors.rows.toarray(), factors.cols, obs.cells, test)
        for one in (sparse, mixed):
            np.testing.assert_allclose(one.values.values, dense.values.values, atol=1e-6)


def test_they_can_be_tuned():
    found = rs.tune(clicks(empty=False), "sansa", {"l2": [1.0, 50.0]}, metric="recall@5")
    assert found.best.settings["l2"] in (1.0, 50.0)


@pytest.mark.parametrize("recipe", [ease, sansa, slim])
def test_the_same_whatever_the_number_of_threads(recipe, monkeypatch):
    obs = clicks(200, 60)
    found = []
    for threads in ("1", "2"):
        monkeypatch.setenv("ROWSPACE_THREADS", threads)
        cols = solve(recipe(), obs).cols
        found.append(cols.toarray() if hasattr(cols, "tocsr") else cols)
    np.testing.assert_array_equal(*found)


def test_what_does_not_fit_is_refused_with_the_memory_that_it_takes():
    with pytest.raises(UnsupportedError, match=r"dense matrix of 30 columns, .* limit of 20"):
        rs.fit(clicks(), "ease", most=20)
    with pytest.raises(InputError, match="has no option 'dim'"):
        rs.fit(clicks(), "ease", dim=4)
    with pytest.raises(InputError, match="raise l2"):
        rs.fit(clicks(), "ease", l2=0.0)
    twins = rs.Observations.from_matrix(np.ones((4, 2)), rows="u", cols="i")
    assert rs.fit(twins, "sansa", l2=0.0)["i"].vectors.toarray().tolist() == [[0, 1], [1, 0]]


def test_one_column_and_nothing_observed():
    one = rs.Observations.from_matrix(csr_array(np.ones((3, 1))), rows="u", cols="i")
    nothing = rs.Observations.from_matrix(csr_array((3, 4)), rows="u", cols="i")
    for recipe in ("ease", "sansa", "slim"):
        for obs in (one, nothing):
            space = rs.fit(obs, recipe)
            assert space.score(0, 0) == 0.0


def test_sparse_vectors_are_not_written_to_files_of_numbers(tmp_path):
    from rowspace.space.interchange import export

    space = rs.fit(clicks(), "sansa")
    with pytest.raises(UnsupportedError, match=r"mostly zeros, .*space\['item'\].vectors"):
        export(space, "item", tmp_path / "v.parquet")
    with pytest.raises(UnsupportedError, match="mostly zeros"):
        space["item"].to_arrow()
    assert space["item"].to_numpy().shape == (30, 30)


def test_a_report_on_histories_has_the_task_and_no_geometry():
    from rowspace.judge.report import judge

    obs = clicks()
    rng = np.random.default_rng(1)
    held = csr_array(np.where(ones(obs) > 0, 0, rng.random((80, 30)) < 0.1).astype(np.float32))
    test = rs.Observations(obs.rows, obs.cols, held)
    report = judge(rs.fit(obs, "sansa"), test=test)
    assert [block.title for block in report.blocks] == ["Recommendation"]

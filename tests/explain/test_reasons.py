"""A score is the sum of what its observations put into it."""

import dataclasses

import numpy as np
import pytest
from scipy.optimize import nnls
from scipy.sparse import csr_array, random_array

import rowspace as rs
from rowspace.errors import InputError, UnknownIdError, UnsupportedError
from rowspace.explain.reasons import reasons
from rowspace.factor.factors import Factors
from rowspace.factor.grammar import (
    L1,
    Alternating,
    Biases,
    Constant,
    Factorization,
    Free,
    Given,
    GroupSparse,
    Huber,
    Ignore,
    Linear,
    Logistic,
    LogValue,
    Lookup,
    Margins,
    NonNegative,
    NoOffset,
    One,
    Poisson,
    Popularity,
    Propensity,
    Simplex,
    Spectral,
    Squared,
    Uniform,
    UnitNorm,
    Value,
)
from rowspace.observe.observations import Observations
from rowspace.space.space import Space, open_space

K = 3


def stated(target=None, confidence=None, unobserved=None, l2=0.3, offset=None, loss=None, **more):
    return Factorization(
        dim=K, loss=loss or Squared(), target=target or Value(),
        confidence=confidence or Constant(1), unobserved=unobserved or Ignore(),
        rows=Lookup(Free(l2, 0.5)), cols=Lookup(Free(l2, 0.5)), offset=offset or NoOffset(),
        solver=more.pop("solver", Alternating(8)), **more,
    )  # fmt: skip


CASES = {
    "observed only": stated(),
    "without charge": stated(l2=0.0),
    "implicit": stated(One(), Linear(5), Uniform(0.5)),
    "popularity": stated(One(), Linear(5), Popularity(0.5, 1.0)),
    "propensity": stated(One(), Constant(0), Propensity(1.0, 0.5)),
    "given weights": stated(confidence=Given()),
    "biases": stated(offset=Biases()),
    "biases beside background": stated(offset=Biases(), unobserved=Uniform(0.2)),
    "margins": stated(target=LogValue(), offset=Margins()),
}


@pytest.fixture(scope="module")
def obs():
    rng = np.random.default_rng(0)
    cells = random_array((30, 24), density=0.4, rng=rng, format="csr", dtype=np.float32)
    cells.data = np.ceil(4 * cells.data)
    found = Observations.from_matrix(cells, rows="user", cols="item")
    weights = rng.random(found.n_observed).astype(np.float32)
    return dataclasses.replace(found, weights=weights)


@pytest.fixture(scope="module")
def spaces(obs):
    return {name: rs.fit(obs, f) for name, f in CASES.items()}


@pytest.mark.parametrize("name", CASES)
def test_shares_sum_to_the_score_and_leave_no_rest(spaces, name):
    space = spaces[name]
    for i in range(0, 30, 7):
        for j in range(0, 24, 5):
            told = reasons(space, i, j)
            assert told.total == space.score(i, j) and told.side == "item"
            sizes = max(abs(told.total), np.abs(told.shares).sum())
            assert abs(told.named["rest"]) < 1e-5 * max(sizes, 0.1)
            assert told.shares.sum() + sum(told.named.values()) == pytest.approx(told.total)
            items, values = space.observed(i)
            assert dict(zip(told.ids, told.values)) == dict(zip(items, values))
            assert (np.diff(np.abs(told.shares)) <= 0).all()


def test_a_share_is_what_the_definition_says(spaces, obs):
    space = spaces["implicit"]
    u, v = space["user"].vectors.astype(float), space["item"].vectors.astype(float)
    row = obs.cells.toarray()[4].astype(float)
    w = 0.5 + 5 * row
    ridge = 0.3 * np.sqrt((row > 0).sum() + 0.5 * 24)
    g = (v.T * w) @ v + ridge * np.eye(K)
    told = dict(reasons(space, 4, 9))
    for p in np.flatnonzero(row):
        assert told[p] == pytest.approx(w[p] * v[9] @ np.linalg.solve(g, v[p]), rel=1e-4)
    assert u[4] @ v[9] == pytest.approx(sum(told.values()), rel=1e-5)


def test_taking_the_share_of_an_observation_is_taking_its_pull(spaces):
    """With its weight kept and its target set to 0, the score loses exactly the share."""
    space = spaces["observed only"]
    told = reasons(space, 2, 7)
    items, values = space.observed(2)
    given = dict(zip(items, values.tolist()))
    gone = told.ids[0]
    without = space.score({**given, gone: 0.0}, 7)
    assert space.score(given, 7) - without == pytest.approx(told.shares[0], abs=1e-5)


@pytest.mark.parametrize("name", [n for n in CASES if n != "given weights"])
def test_a_new_row_has_reasons_too(spaces, name):
    space = spaces[name]
    given = {3: 2.0, 8: 1.0, 11: 4.0}
    told = reasons(space, given, 5)
    assert sorted(told.ids) == [3, 8, 11]
    assert told.total == space.score(given, 5)
    assert abs(told.named["rest"]) < 1e-5 * max(np.abs(told.shares).sum(), 0.1)
    items, values = space.observed(6)
    again = reasons(space, dict(zip(items, values.tolist())), 5)
    before = dict(reasons(space, 6, 5))
    assert dict(again) == pytest.approx(before, abs=2e-4)


@pytest.mark.parametrize("name", ["implicit", "biases", "popularity", "margins", "given weights"])
def test_from_the_other_side_rows_make_the_column(obs, name):
    """Columns are solved exactly by the rows of the sweep before, so the rest gets small."""
    f = dataclasses.replace(CASES[name], solver=Alternating(400, 0.0, True))
    space = rs.fit(obs, f)
    for j in (0, 7, 20):
        told = reasons(space, 5, j, side="item")
        assert told.side == "user" and told.total == space.score(5, j)
        assert set(told.ids) == set(space.observed(j, side="item")[0])
        assert abs(told.named["rest"]) < 1e-3 * np.abs(told.shares).sum()


def test_asking_for_a_few_keeps_the_sum(spaces):
    space = spaces["biases"]
    whole, few = reasons(space, 1, 2), reasons(space, 1, 2, k=3)
    assert len(few) == 3 and few.ids == whole.ids[:3]
    assert few.shares.sum() + sum(few.named.values()) == pytest.approx(whole.total)
    assert few.named["others"] == pytest.approx(whole.shares[3:].sum())
    assert {"mean", "bias", "rest"} <= set(whole.named)
    lines = repr(few).splitlines()
    assert lines[0].split() == ["item", "value", "share"] and len(lines) == 4 + len(few.named) + 1
    assert lines[-1].startswith("score") and "(mean)" in repr(few)
    assert few.to_arrow().column_names == ["id", "value", "share"]


def test_a_closed_form_has_reasons_whose_rest_is_small(obs):
    plain = dataclasses.replace(obs, weights=None)
    space = rs.fit(plain, Factorization(dim=K, solver=Spectral(tolerance=1e-7)))
    told = reasons(space, 4, 9)
    assert abs(told.named["rest"]) < 1e-4 * np.abs(told.shares).sum()
    stepped = rs.fit(plain, "ppmi", dim=K)
    told = reasons(stepped, 4, 9)
    assert abs(told.named["rest"]) < 1e-2 * np.abs(told.shares).sum()


def test_a_loss_that_is_reweighted_has_those_of_its_last_reweighting(obs):
    for loss in (Huber(1.0), Logistic()):
        f = dataclasses.replace(stated(loss=loss), solver=Alternating(300))
        if isinstance(loss, Logistic):
            f = dataclasses.replace(f, target=One())
        space = rs.fit(obs, f)
        told = reasons(space, 4, 9)
        assert abs(told.named["rest"]) < 1e-2 * np.abs(told.shares).sum()


@pytest.mark.parametrize("constraint", [NonNegative(0.2), NonNegative(0.2, l1=0.3)])
def test_reasons_of_a_constrained_row_are_exact_on_its_support(obs, constraint):
    rng = np.random.default_rng(1)
    cols = np.abs(rng.standard_normal((24, K))).astype(np.float32)
    rows = np.zeros((30, K), np.float32)
    x = obs.cells.toarray().astype(float) - 2.5 * (obs.cells.toarray() > 0)
    for i in range(30):
        v = cols[obs.cells.toarray()[i] > 0].astype(float)
        t = x[i][obs.cells.toarray()[i] > 0]
        g = v.T @ v + 0.2 * np.eye(K)
        root = np.linalg.cholesky(g).T
        rows[i] = nnls(root, np.linalg.solve(root.T, v.T @ t - constraint.l1))[0]
    assert (rows == 0).any() and (rows > 0).any()
    cells = csr_array(obs.cells)
    cells.data = x[cells.nonzero()].astype(np.float32)
    moved = Observations.from_matrix(cells, rows="user", cols="item")
    f = dataclasses.replace(stated(), rows=Lookup(constraint), cols=Lookup(L1(l1=0.1)))
    space = made(moved, f, Factors(rows, cols))
    for i in range(0, 30, 4):
        told = reasons(space, i, 3)
        assert abs(told.named["rest"]) < 1e-5 * max(np.abs(told.shares).sum(), 0.1)
        assert ("penalty" in told.named) == (constraint.l1 > 0 and (rows[i] > 0).any())


@pytest.mark.parametrize(
    "constraint", [L1(0.2, l1=1.5), GroupSparse(0.2, l1=1.0, size=2), Simplex(0.2), UnitNorm(0.2)]
)
def test_what_holds_a_row_is_one_share(obs, constraint):
    """Each row by a slow projected gradient; what is held has its share, and nothing is left."""
    rng = np.random.default_rng(2)
    cols = rng.standard_normal((24, K)).astype(np.float32)
    seen = obs.cells.toarray() > 0
    x = obs.cells.toarray().astype(float)
    rows = np.zeros((30, K), np.float32)
    chosen = range(0, 30, 6)
    for i in chosen:
        v = cols[seen[i]].astype(float)
        g, c = v.T @ v + 0.2 * np.eye(K), v.T @ x[i][seen[i]]
        step = 1 / np.linalg.eigvalsh(g).max()
        u = np.full(K, 0.5)
        for _ in range(3000):
            u = nearest(constraint, u - step * (g @ u - c), step)
        rows[i] = u
    f = dataclasses.replace(stated(), rows=Lookup(constraint))
    plain = dataclasses.replace(obs, weights=None)
    space = made(plain, f, Factors(rows, cols))
    for i in chosen:
        told = reasons(space, i, 3)
        assert abs(told.named["rest"]) < 1e-4 * max(np.abs(told.shares).sum(), 0.1)
    assert any("penalty" in reasons(space, i, 3).named for i in chosen)


def nearest(constraint, u, step):
    """The proximal point of u, from the definition of the constraint."""
    if isinstance(constraint, L1):
        return np.sign(u) * np.maximum(np.abs(u) - step * constraint.l1, 0)
    if isinstance(constraint, GroupSparse):
        out = np.zeros_like(u)
        for top in range(0, len(u), 2):
            part = u[top : top + 2]
            length = max(np.linalg.norm(part), 1e-300)
            less = step * constraint.l1 * np.sqrt(2)
            out[top : top + 2] = part * max(0, 1 - less / length)
        return out
    if isinstance(constraint, UnitNorm):
        return u / np.linalg.norm(u)
    ordered = np.sort(u)[::-1]
    over = (np.cumsum(ordered) - 1) / np.arange(1, len(u) + 1)
    return np.maximum(u - over[np.flatnonzero(ordered > over)[-1]], 0)


def made(obs, f, factors):
    return Space.from_factors(obs, factors, f, recipe=None, states=[], seed=0, timings={})


def test_an_empty_row_and_a_dense_matrix_are_defined(obs):
    cells = obs.cells.toarray()
    cells[3] = 0
    thin = Observations.from_matrix(csr_array(cells), rows="user", cols="item")
    told = reasons(rs.fit(thin, stated(l2=0.0)), 3, 2)
    assert told.ids == [] and told.total == 0 and told.named == {"rest": 0.0}
    dense = Observations.from_matrix(cells, rows="user", cols="item")
    told = reasons(rs.fit(dense, stated()), 5, 2)
    assert len(told) == 24 and abs(told.named["rest"]) < 1e-4


def test_a_space_on_disk_explains_the_same(spaces, tmp_path):
    space = spaces["biases beside background"]
    again = open_space(space.save(tmp_path / "x.space"))
    np.testing.assert_array_equal(reasons(again, 4, 9).shares, reasons(space, 4, 9).shares)


def test_what_cannot_be_explained_is_a_sentence(spaces, obs):
    imported = Space.from_vectors({"a": ([1, 2], np.eye(2)), "b": ([1, 2], np.eye(2))})
    with pytest.raises(InputError, match="did not keep its observed cells"):
        reasons(imported, 1, 2)
    with pytest.raises(UnsupportedError, match="imported without a factorization"):
        reasons(imported, {1: 1.0}, 2)
    with pytest.raises(InputError, match="did not keep its observed cells"):
        reasons(rs.fit(obs, stated(), keep_cells=False), 1, 2)
    with pytest.raises(InputError, match=r"only a row of the space.*, but ndarray was given"):
        reasons(spaces["implicit"], np.ones(K), 2)
    with pytest.raises(UnknownIdError):
        reasons(spaces["implicit"], 99, 2)
    side = Lookup(NonNegative())
    poisson = dataclasses.replace(stated(loss=Poisson()), rows=side, cols=side)
    positive = Factors(np.ones((30, K), np.float32), np.ones((24, K), np.float32))
    with pytest.raises(UnsupportedError, match=r"Poisson.* has no Gram matrix"):
        reasons(made(obs, poisson, positive), 1, 2)
    alone = Space.from_vectors({"word": ([1, 2], np.eye(2))})
    with pytest.raises(InputError, match="has 1 side"):
        reasons(alone, 1, 2)

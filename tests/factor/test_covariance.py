"""Error bars are sigma^2 G^-1, row by row, and sigma^2 is what the residuals say."""

import dataclasses

import numpy as np
import pytest
from scipy.sparse import csr_array, random_array

from rowspace.errors import InputError, UnsupportedError
from rowspace.factor.covariance import Fitted, error_bars
from rowspace.factor.factors import Factors
from rowspace.factor.grammar import (
    L1,
    Alternating,
    Biases,
    Binary,
    Constant,
    Correntropy,
    Factorization,
    Free,
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
    Popularity,
    SoftHinge,
    Spectral,
    Squared,
    Uniform,
    Value,
)
from rowspace.factor.solvers import solve
from rowspace.observe.observations import Observations

K = 3


def stated(target=None, confidence=None, unobserved=None, l2=(0.3, 0.5), offset=None, loss=None):
    return Factorization(
        dim=K, loss=loss or Squared(), target=target or Value(),
        confidence=confidence or Constant(1), unobserved=unobserved or Ignore(),
        rows=Lookup(Free(l2[0], 0.5)), cols=Lookup(Free(l2[1], 0.5)),
        offset=offset or NoOffset(), solver=Alternating(8),
    )  # fmt: skip


CASES = {
    "observed only": stated(),
    "without charge": stated(l2=(0, 0)),
    "implicit": stated(One(), Linear(5), Uniform(0.5)),
    "popularity": stated(One(), Linear(5), Popularity(0.5, 1.0)),
    "all alike": stated(confidence=Constant(0), unobserved=Uniform(2.0)),
    "biases": stated(offset=Biases()),
    "biases beside background": stated(offset=Biases(), unobserved=Uniform(0.2)),
    "margins": stated(target=LogValue(), offset=Margins()),
}


@pytest.fixture(scope="module")
def obs():
    rng = np.random.default_rng(0)
    cells = random_array((30, 24), density=0.5, rng=rng, format="csr", dtype=np.float32)
    cells.data = np.ceil(4 * cells.data)
    return Observations.from_matrix(cells, rows="user", cols="item")


def cell_by_cell(f, obs, found):
    """Weights, targets, offsets and scores of all n m cells, from the definition."""
    x = obs.cells.toarray()
    seen = np.zeros(x.shape, bool)
    seen[obs.cells.nonzero()] = True
    background = np.zeros(x.shape)
    if isinstance(f.unobserved, Uniform):
        background += f.unobserved.weight
    if isinstance(f.unobserved, Popularity):
        n = seen.sum(axis=0).astype(float)
        background += f.unobserved.weight * n / n.mean()
    more = f.confidence.alpha * x if isinstance(f.confidence, Linear) else f.confidence.weight
    w = background + np.where(seen, more, 0)
    t = np.where(seen, 1.0 if isinstance(f.target, One) else x, 0.0)
    if isinstance(f.target, LogValue):
        t = np.log(np.where(seen, x, 1.0))
    b, c = (found.extras.get(s, {}).get("bias", np.zeros(1)) for s in ("rows", "cols"))
    o = found.facts.get("mean", 0.0) + b[:, None].astype(float) + c
    return seen, w, t, o, o + found.rows.astype(float) @ found.cols.T


def slow_inverses(f, obs, found, role):
    seen, w, *_ = cell_by_cell(f, obs, found)
    partner, encoder = (found.cols, f.rows) if role == "rows" else (found.rows, f.cols)
    if role == "cols":
        seen, w = seen.T, w.T
    v = partner.astype(float)
    if isinstance(f.offset, Biases):
        v = np.concatenate([v, np.ones((len(v), 1))], axis=1)
    out = []
    for i in range(len(w)):
        whole = 0.0
        if isinstance(f.unobserved, Uniform):
            whole = f.unobserved.weight * w.shape[1]
        if isinstance(f.unobserved, Popularity):
            n = cell_by_cell(f, obs, found)[0].sum(axis=0) / obs.n_observed * obs.shape[1]
            share = f.unobserved.weight * n
            whole = share.sum() if role == "rows" else share[i] * w.shape[1]
        ridge = encoder.constraint.l2 * (seen[i].sum() + whole) ** 0.5
        out.append(np.linalg.inv((v.T * w[i]) @ v + ridge * np.eye(v.shape[1])))
    return np.array(out)


@pytest.mark.parametrize("name", CASES)
def test_the_covariance_is_sigma_squared_times_the_inverse_gram_matrix(name, obs):
    f = CASES[name]
    found = solve(f, obs)
    barred = error_bars(f, obs, found)
    _, w, t, _, s = cell_by_cell(f, obs, found)
    k = K + isinstance(f.offset, Biases)
    used = 0.0
    for role in ("rows", "cols"):
        slow = slow_inverses(f, obs, found, role)
        got = barred.extras[role]["covariance"]
        assert got.dtype == np.float32 and got.shape == (len(slow), k, k)
        np.testing.assert_allclose(got, barred.facts["noise"] * slow, rtol=2e-4, atol=1e-6)
        partner = found.cols if role == "rows" else found.rows
        v = np.ones((len(partner), k))
        v[:, :K] = partner
        weights = w if role == "rows" else w.T
        used += sum(np.trace(inv @ ((v.T * a) @ v)) for inv, a in zip(slow, weights))
    freedom = (w > 0).sum() - (used - k * k)
    assert barred.facts["degrees_of_freedom"] == pytest.approx(freedom, rel=1e-5)
    noise = (w * (t - s) ** 2).sum() / freedom
    assert barred.facts["noise"] == pytest.approx(noise, rel=1e-4)
    assert set(found.extras["rows"]) | {"covariance"} == set(barred.extras["rows"])
    assert barred.rows is found.rows and barred.trace == found.trace


def test_dense_cells_are_all_observed(obs):
    dense = Observations.from_matrix(obs.cells.toarray(), rows="user", cols="item")
    f = stated(l2=(0.1, 0.1), unobserved=Ignore())
    full = csr_array(np.ones(dense.shape, np.float32))
    full.data = dense.cells.ravel()
    sparse = Observations.from_matrix(full, rows="user", cols="item")
    found = solve(f, dense)
    one, two = error_bars(f, dense, found), error_bars(f, sparse, found)
    assert one.facts["noise"] == pytest.approx(two.facts["noise"], rel=1e-5)
    for role in ("rows", "cols"):
        np.testing.assert_allclose(
            one.extras[role]["covariance"], two.extras[role]["covariance"], rtol=1e-4, atol=1e-7
        )


def test_a_closed_form_has_error_bars_too(obs):
    f = Factorization(dim=K, solver=Spectral())
    barred = error_bars(f, obs, solve(f, obs))
    n, m = obs.shape
    assert barred.facts["degrees_of_freedom"] == pytest.approx(n * m - (n + m) * K + K * K)


def test_the_kinds_agree(obs):
    f = dataclasses.replace(CASES["implicit"], dim=8)
    found = solve(f, obs)
    full, diagonal, low = (
        error_bars(f, obs, found, kind) for kind in ("full", "diagonal", "low-rank")
    )
    for role in ("rows", "cols"):
        whole = full.extras[role]["covariance"].astype(float)
        variance = np.einsum("paa->pa", whole)
        np.testing.assert_allclose(diagonal.extras[role]["variance"], variance, rtol=1e-5)
        factor = low.extras[role]["covariance_factor"].astype(float)
        rest = low.extras[role]["covariance_rest"].astype(float)
        assert factor.shape == (len(whole), 2, 8) and (rest >= 0).all()
        again = np.einsum("pra,prb->pab", factor, factor)
        np.testing.assert_allclose(
            np.einsum("paa->pa", again) + rest, variance, rtol=1e-4, atol=1e-8
        )
        off = whole - again - rest[:, :, None] * np.eye(8)
        assert np.linalg.norm(off) < 0.7 * np.linalg.norm(whole - variance[:, :, None] * np.eye(8))


def test_rows_on_their_bounds_vary_on_their_support_only(obs):
    f = stated(l2=(0.3, 0.3))
    side = Lookup(NonNegative(0.3))
    f = dataclasses.replace(f, rows=side, cols=Lookup(L1(0.3, l1=0.2)))
    rng = np.random.default_rng(1)
    rows = np.maximum(rng.standard_normal((30, K)), 0).astype(np.float32)
    rows[4] = 0
    cols = rng.standard_normal((24, K)).astype(np.float32)
    cols[::3, 1] = 0
    barred = error_bars(f, obs, Factors(rows, cols))
    got = barred.extras["rows"]["covariance"] / barred.facts["noise"]
    seen = obs.cells.toarray() != 0
    for i in range(30):
        free = rows[i] > 0
        v = cols[seen[i]].astype(float)[:, free]
        inverse = np.zeros((K, K))
        inverse[np.ix_(free, free)] = np.linalg.inv(v.T @ v + 0.3 * np.eye(free.sum()))
        np.testing.assert_allclose(got[i], inverse, rtol=1e-4, atol=1e-6)
    assert not barred.extras["rows"]["covariance"][4].any()
    assert not barred.extras["cols"]["covariance"][::3, 1].any()


def test_a_row_that_its_cells_do_not_determine_has_no_finite_error_bar(obs):
    cells = obs.cells.toarray()
    cells[2] = 0
    cells[3, 2:] = 0
    cells[3, :2] = 1
    thin = Observations.from_matrix(csr_array(cells), rows="user", cols="item")
    f = stated(l2=(0, 0))
    found = solve(f, thin)
    for kind, name in (("full", "covariance"), ("diagonal", "variance")):
        bars = error_bars(f, thin, found, kind).extras["rows"][name]
        assert np.isinf(bars[2]).sum() == K and np.isinf(bars[3]).sum() == K
        assert not np.isnan(bars).any() and np.isfinite(np.delete(bars, [2, 3], axis=0)).all()
    low = error_bars(f, thin, found, "low-rank").extras["rows"]
    assert np.isinf(low["covariance_rest"][2:4]).all()
    fitted = Fitted.of(f, thin, found)
    _, used = fitted.inverses("rows", lambda rows, c: rows)
    assert used[2] == 0 and used[3] == 2 and used[0] == K


def test_the_last_reweighting_gives_the_weights(obs):
    f = stated(loss=Huber(0.5))
    found = solve(f, obs)
    barred = error_bars(f, obs, found)
    seen, w, t, _, s = cell_by_cell(f, obs, found)
    w = np.where(seen, np.minimum(1, 0.5 / np.maximum(np.abs(t - s), 1e-9)), 0)
    v = found.cols.astype(float)
    ridge = 0.3 * np.sqrt(seen[5].sum())
    inverse = np.linalg.inv((v.T * w[5]) @ v + ridge * np.eye(K))
    got = barred.extras["rows"]["covariance"][5] / barred.facts["noise"]
    np.testing.assert_allclose(got, inverse, rtol=1e-3)


def test_threads_do_not_matter(obs, monkeypatch):
    f = CASES["implicit"]
    found = solve(f, obs)
    results = []
    for threads in ("1", "2"):
        monkeypatch.setenv("ROWSPACE_THREADS", threads)
        results.append(error_bars(f, obs, found).extras["cols"]["covariance"].tobytes())
    assert results[0] == results[1]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"loss": Logistic()}, "error bars of Logistic"),
        ({"unobserved": SoftHinge()}, "error bars of SoftHinge"),
        ({"rows": Lookup(Binary())}, "rows that are Binary.* have no covariance"),
    ],
)
def test_what_has_no_covariance_is_refused_in_a_sentence(obs, change, sentence):
    f = dataclasses.replace(stated(), **change)
    factors = Factors(np.ones((30, K), np.float32), np.ones((24, K), np.float32))
    with pytest.raises(UnsupportedError, match=sentence):
        error_bars(f, obs, factors)


def test_robust_losses_have_some(obs):
    f = stated(loss=Correntropy(2.0))
    assert error_bars(f, obs, solve(f, obs)).facts["noise"] > 0


def test_as_many_parameters_as_cells_leave_no_noise_to_estimate(obs):
    f = dataclasses.replace(stated(l2=(0, 0)), dim=20)
    with pytest.raises(InputError, match="leave nothing to estimate the noise from"):
        error_bars(f, obs, solve(f, obs))
    with pytest.raises(InputError, match="error_bars is 'fully'"):
        error_bars(stated(), obs, solve(stated(), obs), "fully")

"""Every policy for the zeros, loss and offset: the trace is the stated objective and never rises.

A twin writes out every cell; at the end every row satisfies its first-order condition, and a row
folded in again gets its own vector back.
"""

import numpy as np
import pytest
from scipy.sparse import csr_array, random_array

from rowspace.errors import InputError, UnsupportedError
from rowspace.factor.fold_in import fold_in_many
from rowspace.factor.grammar import (
    Alternating,
    Biases,
    Constant,
    Correntropy,
    Factorization,
    Free,
    Given,
    Huber,
    Ignore,
    Linear,
    Log,
    Logistic,
    LogValue,
    Lookup,
    Margins,
    NoisyLabel,
    NonNegative,
    One,
    Poisson,
    Popularity,
    Power,
    Propensity,
    Relative,
    SoftHinge,
    Sqrt,
    Uniform,
    Value,
)
from rowspace.factor.solvers import settled, solve
from rowspace.observe.observations import Observations

N, M = 40, 30


@pytest.fixture(scope="module")
def counts():
    rng = np.random.default_rng(0)
    drawn = random_array(
        (N, M), density=0.25, rng=rng, data_sampler=lambda size: 1 + rng.poisson(2, size)
    )
    return csr_array(drawn).astype(np.float32)


def problem(rows=None, cols=None, sweeps=8, **axes):
    return Factorization(
        dim=3,
        rows=rows or Lookup(Free(0.05, 0.5)),
        cols=cols or Lookup(Free(0.1, 1.0)),
        solver=Alternating(sweeps, exact=True),
        **axes,
    )


PROBLEMS = {
    "popularity": problem(target=One(), confidence=Linear(2), unobserved=Popularity(0.3, 0.7)),
    "propensity": problem(target=One(), confidence=Constant(0), unobserved=Propensity(1, 0.5, 0.3)),
    "propensity and confidence": problem(
        target=Value(), confidence=Log(2), unobserved=Propensity(0.5, 1, 0.2)
    ),
    "glove": problem(
        target=LogValue(), confidence=Power(4, 0.75), unobserved=Ignore(), offset=Biases()
    ),
    "ratings": problem(confidence=Constant(1), unobserved=Ignore(), offset=Biases()),
    "biases over background": problem(
        confidence=Constant(1), unobserved=Uniform(0.2), offset=Biases()
    ),
    "biases over popular background": problem(
        confidence=Constant(1), unobserved=Popularity(0.2, 1), offset=Biases()
    ),
    "margins": problem(target=LogValue(), confidence=Sqrt(), unobserved=Ignore(), offset=Margins()),
    "margins over background": problem(
        target=LogValue(), confidence=Sqrt(), unobserved=Uniform(0.1), offset=Margins()
    ),
    "swivel": problem(
        target=LogValue(), confidence=Sqrt(), unobserved=SoftHinge(0.5), offset=Margins()
    ),
    "huber": problem(loss=Huber(0.5), confidence=Constant(1), unobserved=Ignore()),
    "correntropy": problem(loss=Correntropy(2.0), confidence=Constant(1), unobserved=Ignore()),
    "correntropy and biases": problem(
        loss=Correntropy(2.0), confidence=Linear(1), unobserved=Ignore(), offset=Biases()
    ),
}


def observe(cells, weights=None):
    labelled = Observations.from_matrix(cells, rows="user", cols="item")
    return Observations(labelled.rows, labelled.cols, labelled.cells, weights=weights)


def objective(f, cells, found, weights=None):
    """What the factors `found` of sparse `cells` cost under `f`, every cell written out."""
    x = cells.toarray().astype(np.float64)
    seen = np.zeros(x.shape, bool)
    coo = cells.tocoo()
    seen[coo.row, coo.col] = True
    n_col, n_row = seen.sum(axis=0), seen.sum(axis=1)

    d, lift = np.zeros(x.shape[1]), np.ones(x.shape[1])
    u = f.unobserved
    if isinstance(u, Uniform | Propensity):
        d[:] = u.weight
    if isinstance(u, Popularity):
        d = u.weight * n_col**u.exponent / (n_col**u.exponent).mean()
    if isinstance(u, Propensity):
        lift = 1 / np.maximum((n_col / n_col.max()) ** u.exponent, u.clip)
    assert isinstance(u, Uniform | Ignore | Popularity | Propensity | SoftHinge)

    t = x
    if isinstance(f.target, One):
        t = np.ones_like(x)
    if isinstance(f.target, LogValue):
        t = np.log(np.where(x > 0, x, 1))
    t = t * lift

    c = f.confidence
    conf = {
        Constant: lambda: np.full_like(x, c.weight),
        Linear: lambda: c.alpha * x,
        Log: lambda: c.alpha * np.log(1 + x / c.eps),
        Power: lambda: np.minimum(1, x / c.x_max) ** c.exponent,
        Sqrt: lambda: c.base + c.scale * np.sqrt(x),
        Given: lambda: c.scale * dense_weights(cells, weights),
    }[type(c)]()

    s = found.rows.astype(np.float64) @ found.cols.astype(np.float64).T
    biases = [np.zeros(k) for k in x.shape]
    if isinstance(f.offset, Biases | Margins):
        biases = [found.extras[k]["bias"].astype(np.float64) for k in ("rows", "cols")]
        s = s + found.facts.get("mean", 0.0) + biases[0][:, None] + biases[1][None, :]
    total = ((d + conf) * f.loss.value(s, t))[seen].sum()
    total += (0.5 * d * s**2)[~seen].sum()
    if isinstance(u, SoftHinge):
        total += u.weight * np.logaddexp(0, s)[~seen].sum()
        n_row, n_col = np.full(len(n_row), x.shape[1]), np.full(len(n_col), x.shape[0])
    charged = isinstance(f.offset, Biases)
    for side, vectors, bias, n, rest in (
        (f.rows, found.rows, biases[0], n_row, d.sum()),
        (f.cols, found.cols, biases[1], n_col, d * x.shape[0]),
    ):
        l2 = side.constraint.l2 * (n + rest) ** side.constraint.frequency
        squares = (vectors.astype(np.float64) ** 2).sum(axis=1) + charged * bias**2
        total += 0.5 * (l2 * squares).sum()
    return total


def dense_weights(cells, weights):
    """Return the weights of stored cells in their places, zeros elsewhere."""
    out = np.zeros(cells.shape)
    coo = cells.tocoo()
    out[coo.row, coo.col] = weights
    return out


@pytest.mark.parametrize("name", PROBLEMS)
def test_the_trace_is_the_objective_and_never_rises(counts, name):
    f = PROBLEMS[name]
    found = solve(f, observe(counts))
    trace = np.array(found.trace)
    assert len(trace) == 8
    assert (np.diff(trace) <= 1e-6 * abs(trace[0])).all()
    assert trace[-1] < trace[0]
    assert trace[-1] == pytest.approx(objective(f, counts, found), rel=1e-5)


@pytest.mark.parametrize("name", PROBLEMS)
def test_no_step_away_from_the_rows_costs_less(counts, name):
    f = PROBLEMS[name]
    f = Factorization(**{**vars(f), "solver": Alternating(60, exact=True)})
    found = solve(f, observe(counts))
    least = objective(f, counts, found)
    rng = np.random.default_rng(1)
    for scale in (1e-2, 1e-1):
        step = rng.standard_normal(found.rows.shape).astype(np.float32)
        moved = type(found)(
            found.rows + np.float32(scale) * step,
            found.cols,
            extras=found.extras,
            facts=found.facts,
        )
        assert objective(f, counts, moved) > least


@pytest.mark.parametrize("name", PROBLEMS)
def test_a_training_row_folded_in_gets_its_own_vector_back(counts, name):
    f = PROBLEMS[name]
    f = Factorization(**{**vars(f), "solver": Alternating(60, exact=True)})
    found = solve(f, observe(counts))
    again = fold_in_many(
        f, "rows", found.cols, counts[:7], extras=found.extras["cols"], facts=found.facts
    )
    tight = 1e-4 if not isinstance(f.loss, Huber | Correntropy) and name != "swivel" else 2e-2
    np.testing.assert_allclose(again, found.rows[:7], atol=tight)


@pytest.mark.parametrize("name", ["popularity", "propensity", "margins", "biases over background"])
def test_a_column_folds_in_with_the_background_of_its_own_popularity(counts, name):
    f = PROBLEMS[name]
    f = Factorization(**{**vars(f), "solver": Alternating(300, exact=True)})
    found = solve(f, observe(counts))
    again = fold_in_many(
        f, "cols", found.rows, csr_array(csr_array(counts.T)[np.arange(7)]),
        extras=found.extras["rows"], facts=found.facts,
    )  # fmt: skip
    np.testing.assert_allclose(again, found.cols[:7], atol=5e-3)


def test_logistic_loss_on_a_dense_matrix_separates_yes_from_no():
    rng = np.random.default_rng(3)
    truth = rng.standard_normal((N, 2)) @ rng.standard_normal((2, M))
    yes = (truth > 0).astype(np.float32)
    f = problem(loss=Logistic(), confidence=Constant(1), unobserved=Ignore(), sweeps=30)
    found = solve(f, observe(yes))
    trace = np.array(found.trace)
    assert (np.diff(trace) <= 1e-6 * trace[0]).all()
    s = found.rows.astype(float) @ found.cols.astype(float).T
    assert ((s > 0) == (truth > 0)).mean() > 0.97
    charge = 0.05 * M**0.5 * (found.rows**2).sum() + 0.1 * N * (found.cols**2).sum()
    assert trace[-1] == pytest.approx((np.logaddexp(0, s) - yes * s).sum() + charge / 2, rel=1e-4)


def test_logistic_loss_refuses_cells_that_were_not_observed(counts):
    f = problem(loss=Logistic(), confidence=Constant(1), unobserved=Uniform(0.1))
    with pytest.raises(UnsupportedError, match=r"set unobserved=Ignore\(\), or give the matrix"):
        solve(f, observe(counts))


def test_given_weights_are_those_of_the_observations(counts):
    weights = np.random.default_rng(0).random(counts.nnz).astype(np.float32)
    f = problem(confidence=Given(2.0), unobserved=Uniform(0.1))
    found = solve(f, observe(counts, weights))
    assert found.trace[-1] == pytest.approx(objective(f, counts, found, weights), rel=1e-5)
    with pytest.raises(InputError, match="needs weights, but these observations have none"):
        solve(f, observe(counts))


def test_a_weight_of_zero_is_as_if_the_cell_had_not_been_observed(counts):
    weights = np.ones(counts.nnz, np.float32)
    weights[::3] = 0
    f = problem(Lookup(Free(0.1)), Lookup(Free(0.1)), confidence=Given(), unobserved=Ignore())
    coo = counts.tocoo()
    kept = weights > 0
    fewer = csr_array((coo.data[kept], (coo.row[kept], coo.col[kept])), shape=counts.shape)
    one = solve(f, observe(counts, weights))
    two = solve(f, observe(fewer, np.ones(fewer.nnz, np.float32)))
    np.testing.assert_allclose(one.rows, two.rows, atol=1e-3)


def test_a_relative_background_is_a_number_that_the_data_give(counts):
    f = problem(target=One(), confidence=Linear(2), unobserved=Relative(10.0, Popularity()))
    got = settled(f, observe(counts))
    assert got.unobserved.weight == pytest.approx(10 * 2 * counts.sum() / (N * M))
    assert got.unobserved.exponent == 0.5
    assert isinstance(got.solver, Alternating)


def test_noisy_labels_weigh_likely_yes_columns_less_and_report_their_share(counts):
    f = problem(target=One(), confidence=Constant(1), unobserved=NoisyLabel(0.2, 0.3), sweeps=6)
    found = solve(f, observe(counts))
    weight = found.extras["cols"]["background"]
    assert (weight > 0).all() and (weight <= 0.2).all() and np.ptp(weight) > 0
    assert 0 < found.facts["hidden"] < 1
    popular = np.diff(counts.tocsc().indptr)
    assert np.corrcoef(popular, weight)[0, 1] < 0
    again = fold_in_many(
        f, "rows", found.cols, counts, extras=found.extras["cols"], facts=found.facts
    )
    np.testing.assert_allclose(again, found.rows, atol=1e-4)


@pytest.mark.parametrize(
    ("axes", "purpose"),
    [
        ({"confidence": Sqrt(), "unobserved": Ignore()}, "Sqrt confidence"),
        (
            {"offset": Margins(), "confidence": Constant(1), "unobserved": Ignore()},
            "Margins offset",
        ),
        (
            {
                "loss": Poisson(),
                "confidence": Constant(1),
                "rows": Lookup(NonNegative()),
                "cols": Lookup(NonNegative()),
            },
            "Poisson loss",
        ),
    ],
)
def test_a_negative_value_is_refused_at_training_and_in_a_new_row(counts, axes, purpose):
    f = problem(**axes, sweeps=1)
    bad = counts.copy()
    bad.data[0] = -1
    with pytest.raises(InputError, match=f"{purpose} needs values of at least 0"):
        solve(f, observe(bad))
    partner = np.ones((M, 3), np.float32)
    with pytest.raises(InputError, match=rf"holds -1, but a value of at least 0 \(for {purpose}"):
        fold_in_many(f, "rows", partner, bad)


def test_log_values_must_be_above_zero(counts):
    stored = counts.copy()
    stored.data[4] = 0
    f = problem(target=LogValue(), confidence=Power(), unobserved=Ignore())
    with pytest.raises(InputError, match="LogValue needs values above 0"):
        solve(f, observe(stored))


def test_a_soft_hinge_on_too_large_a_matrix_says_what_it_would_need():
    f = problem(target=LogValue(), confidence=Sqrt(), unobserved=SoftHinge())
    huge = csr_array(([1.0], ([0], [0])), shape=(100_000, 100_000), dtype=np.float32)
    with pytest.raises(UnsupportedError, match=r"which needs about 224 GiB; keep fewer ids"):
        solve(f, observe(huge))


@pytest.mark.parametrize("name", PROBLEMS)
def test_rows_and_columns_without_cells_are_defined(counts, name):
    holes = counts.tolil()
    holes[3, :] = 0
    holes[:, 5] = 0
    cells = csr_array(holes)
    found = solve(PROBLEMS[name], observe(cells))
    assert np.isfinite(found.rows).all() and np.isfinite(found.cols).all()
    if not isinstance(PROBLEMS[name].unobserved, Ignore | SoftHinge):
        return
    if PROBLEMS[name].unobserved == Ignore():
        assert not found.rows[3].any() and not found.cols[5].any()


def test_a_fit_goes_on_from_where_another_stopped(counts):
    f = PROBLEMS["glove"]
    whole = solve(
        Factorization(**{**vars(f), "solver": Alternating(12, exact=True)}), observe(counts)
    )
    half = solve(
        Factorization(**{**vars(f), "solver": Alternating(5, exact=True)}), observe(counts)
    )
    rest = solve(
        Factorization(**{**vars(f), "solver": Alternating(7, exact=True)}),
        observe(counts),
        start=half,
    )
    np.testing.assert_allclose(half.trace + rest.trace, whole.trace, rtol=1e-5)

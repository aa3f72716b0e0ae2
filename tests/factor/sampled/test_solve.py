"""The sampled solver: it learns, repeats, stops early, goes on after a kill, refuses."""

import dataclasses

import numpy as np
import pytest
from scipy.sparse import csr_array

from rowspace.errors import InputError, UnsupportedError
from rowspace.factor import solvers
from rowspace.factor.factors import Watch
from rowspace.factor.grammar import (
    AdaGrad,
    Adam,
    Bpr,
    Cosine,
    CosineContrastive,
    Dot,
    Euclidean,
    Factorization,
    Free,
    Frequent,
    Hinge,
    Logistic,
    Lookup,
    Mean,
    Negatives,
    Sampled,
    Sgd,
    Softmax,
    Spectral,
    Warp,
)
from rowspace.factor.sampled.checkpoint import Checkpoint
from rowspace.observe.observations import Observations


@pytest.fixture(scope="module")
def taste():
    """60 x 40, two tastes: rows of one half have mostly columns of one half."""
    rng = np.random.default_rng(0)
    same = (np.arange(60)[:, None] < 30) == (np.arange(40)[None] < 20)
    x = rng.random((60, 40)) < np.where(same, 0.35, 0.02)
    x[7] = x[:, 9] = False
    return Observations.from_matrix(csr_array(x.astype(np.float32)), rows="user", cols="item")


def _problem(loss=None, geometry=None, rows=None, **solver):
    settings = {"epochs": 12, "batch": 32, "rate": 0.1} | solver
    return Factorization(
        dim=6,
        loss=loss or Bpr(),
        geometry=geometry or Dot(),
        unobserved=Negatives(16),
        rows=rows or Lookup(Free(0.001, 1.0)),
        cols=Lookup(Free(0.001, 1.0)),
        solver=Sampled(**settings),
    )


PROBLEMS = {
    "bpr": _problem(),
    "warp": _problem(Warp()),
    "hinge": _problem(Hinge()),
    "logistic": _problem(Logistic()),
    "softmax": _problem(Softmax()),
    "adam": _problem(update=Adam()),
    "adamp": _problem(
        CosineContrastive(), Cosine(), update=Adam(radial=False), spread=1.0, rate=0.05
    ),
    "sgd": _problem(update=Sgd(), rate=0.1, spread=1.0),
    "metric": _problem(Hinge(0.5), Euclidean(), spread=1.0),
    "simplex": _problem(CosineContrastive(0.4, 4.0), Cosine(), rows=Mean(0.5), spread=1.0),
    "history": _problem(Softmax(), rows=Mean(0.0), spread=1.0),
}


def _scores(f):
    biases = [f.extras.get(side, {}).get("bias", np.zeros(1)) for side in ("rows", "cols")]
    return f.rows @ f.cols.T + biases[0][:, None] + biases[1]


@pytest.mark.parametrize("name", PROBLEMS)
def test_it_learns_the_tastes_and_repeats_on_any_number_of_threads(name, taste, monkeypatch):
    found = []
    for threads in ("1", "2"):
        monkeypatch.setenv("ROWSPACE_THREADS", threads)
        found.append(solvers.solve(PROBLEMS[name], taste, 3))
    assert (found[0].rows == found[1].rows).all() and (found[0].cols == found[1].cols).all()
    assert found[0].trace[-1] < found[0].trace[0]
    same = (np.arange(60)[:, None] < 30) == (np.arange(40)[None] < 20)
    unseen = taste.cells.toarray() == 0
    unseen[7] = unseen[:, 9] = False
    s = _scores(found[0])
    inside = np.array([s[i][same[i] & unseen[i]].mean() for i in range(60) if i != 7])
    outside = np.array([s[i][~same[i] & unseen[i]].mean() for i in range(60) if i != 7])
    assert (inside > outside).mean() > 0.9
    assert not (solvers.solve(PROBLEMS[name], taste, 4).rows == found[0].rows).all()


def test_the_score_of_a_metric_space_is_minus_half_the_squared_distance(taste):
    f = solvers.solve(PROBLEMS["metric"], taste, 0)
    away = ((f.rows[:, None] - f.cols[None]) ** 2).sum(axis=2) / 2
    np.testing.assert_allclose(_scores(f), -away, atol=1e-5)


def test_cosines_come_with_vectors_of_length_one(taste):
    f = solvers.solve(PROBLEMS["simplex"], taste, 0)
    np.testing.assert_allclose(np.linalg.norm(f.cols, axis=1), 1, rtol=1e-5)
    seen = [i for i in range(60) if i != 7]
    np.testing.assert_allclose(np.linalg.norm(f.rows[seen], axis=1), 1, rtol=1e-5)


def test_logistic_scores_come_to_the_mutual_information():
    """With every column drawn in proportion to its count, s = log(x_ij x / (x_i x_j)) - log k.

    Here every cell was observed once, so each score is the log of its odds against the negatives.
    """
    rng = np.random.default_rng(1)
    x = (rng.random((14, 10)) < 0.5).astype(np.float32)
    x[:, 0] = x[0] = 1
    obs = Observations.from_matrix(csr_array(x), rows="u", cols="i")
    k = 40
    f = Factorization(
        dim=14,
        loss=Logistic(),
        unobserved=Negatives(k, Frequent(1.0)),
        rows=Lookup(Free(0.02, 1.0)),
        cols=Lookup(Free(0.02, 1.0)),
        solver=Sampled(epochs=400, batch=16, rate=0.1, update=AdaGrad()),
    )
    s = _scores(solvers.solve(f, obs, 0))
    assert s[x > 0].min() > s[x == 0].max()  # observed cells are never negatives, so they only rise


def test_sampled_softmax_with_all_columns_comes_to_the_shares_of_each_row():
    """The best scores of a full softmax are the logarithms of the shares in a row."""
    rows = np.repeat(np.arange(3), 4)
    counts = np.array([[4, 2, 1, 1], [1, 1, 1, 5], [2, 2, 2, 2]])
    from rowspace.factor.sampled.cells import SampledCells
    from rowspace.factor.sampled.encoders import LookupEncoder
    from rowspace.factor.sampled.solve import train
    from rowspace.factor.sampled.updates import Table

    at = np.repeat(np.arange(12), counts.ravel())
    cells = SampledCells.of_pairs(rows[at], at % 4, (3, 4))
    object.__setattr__(cells, "indptr", np.zeros(4, np.int64))  # nothing is left out
    rng = np.random.default_rng(0)
    tables = [Table(0.1 * rng.standard_normal((n, 4)).astype("f"), AdaGrad()) for n in (3, 4)]
    f = Factorization(
        dim=4,
        loss=Softmax(corrected=False),
        unobserved=Negatives(4),
        solver=Sampled(epochs=300, batch=24, rate=0.1),
    )
    found = train(f, cells, tuple(LookupEncoder(t) for t in tables), 0)
    s = found.rows @ found.cols.T
    # The observed column stands among the negatives too, so that p/(1 + p) is its share.
    p = np.exp(s) / np.exp(s).sum(axis=1, keepdims=True)
    assert np.argmax(p, axis=1)[:2].tolist() == [0, 3]
    assert np.ptp(p[2]) < 0.05
    assert p[0, 1] > p[0, 2] + 0.02 and abs(p[0, 2] - p[0, 3]) < 0.05


def test_a_fit_that_was_cut_off_goes_on_to_the_same_bits(taste, tmp_path):
    f = PROBLEMS["adam"]
    whole = solvers.solve(f, taste, 0)

    class Killed(Exception):
        pass

    def stop(factors, epochs=[]):  # noqa: B006
        epochs.append(1)
        if len(epochs) == 5:
            raise Killed
        return 0.0

    kept = Checkpoint(tmp_path / "fit", "this fit")
    with pytest.raises(Killed):
        solvers.solve(f, taste, 0, checkpoint=kept, watch=Watch(stop, patience=99))
    assert len(kept.resumed(_tables(taste, f))) == 4
    gone_on = solvers.solve(f, taste, 0, checkpoint=kept)
    assert (gone_on.rows == whole.rows).all() and gone_on.trace == whole.trace
    assert [p.name for p in tmp_path.iterdir()] == ["fit"]
    with pytest.raises(InputError, match="checkpoint of another fit"):
        solvers.solve(f, taste, 0, checkpoint=Checkpoint(tmp_path / "fit", "another"))
    (tmp_path / "text").write_text("no")
    with pytest.raises(InputError, match="is no checkpoint"):
        solvers.solve(f, taste, 0, checkpoint=Checkpoint(tmp_path / "text", "x"))


def _tables(obs, f):
    from rowspace.factor.sampled.updates import Table

    return {
        f"{side}.vectors": Table(np.zeros((n, f.dim), np.float32), f.solver.update)
        for side, n in zip(("rows", "cols"), obs.shape)
    }


def test_early_stopping_keeps_the_best_epoch(taste):
    values = iter([1.0, 3.0, 2.0, 2.0, 2.0, 2.0])
    seen = []

    def measure(factors):
        seen.append(factors.rows.copy())
        return next(values)

    found = solvers.solve(PROBLEMS["bpr"], taste, 0, watch=Watch(measure, patience=3))
    assert found.facts["best_sweep"] == 2 and len(found.trace) == 5
    assert (found.rows == seen[1]).all()


def test_a_start_is_gone_on_from(taste):
    f = PROBLEMS["bpr"]
    begun = solvers.solve(f, taste, 0)
    still = dataclasses.replace(f, solver=dataclasses.replace(f.solver, epochs=1, rate=1e-9))
    np.testing.assert_allclose(
        solvers.solve(still, taste, 0, start=begun).rows, begun.rows, atol=1e-6
    )


def test_steps_that_are_too_large_are_told(taste):
    with pytest.raises(InputError, match="set rate below 1e"), np.errstate(all="ignore"):
        solvers.solve(_problem(update=Sgd(), rate=1e30, spread=1.0), taste, 0)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"unobserved": None}, "Sampled cannot do unobserved"),
        ({"rows": Lookup(Free(0.1, 0.0))}, "set frequency=1"),
        ({"geometry": Dot(), "solver": Spectral()}, "Spectral cannot do"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(change, said, taste):
    from rowspace.factor.grammar import Uniform

    change = {k: Uniform() if v is None else v for k, v in change.items()}
    with pytest.raises(UnsupportedError, match=said):
        solvers.solve(dataclasses.replace(PROBLEMS["bpr"], **change), taste)


def test_a_dense_matrix_has_no_unobserved_cells():
    obs = Observations.from_matrix(np.ones((3, 3)), rows="u", cols="i")
    with pytest.raises(UnsupportedError, match="give the matrix sparse"):
        solvers.solve(PROBLEMS["bpr"], obs)


def test_nothing_observed_leaves_the_start():
    obs = Observations.from_matrix(csr_array((4, 3), dtype=np.float32), rows="u", cols="i")
    found = solvers.solve(PROBLEMS["bpr"], obs)
    assert found.rows.shape == (4, 6) and np.isfinite(found.rows).all()

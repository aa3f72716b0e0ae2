"""Held-out cells judge factors as training weighs them, and refuse what says nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

from rowspace.errors import InputError
from rowspace.factor.factors import Factors
from rowspace.factor.grammar import (
    Constant,
    Factorization,
    Given,
    Huber,
    Ignore,
    Linear,
    Logistic,
    One,
    Uniform,
)
from rowspace.judge.all_items import recommendation
from rowspace.judge.validation import default_metric, validation
from rowspace.observe.observations import Observations
from rowspace.observe.split import split_rows
from rowspace.observe.weighting import TfIdf

N, M = 30, 20
RNG = np.random.default_rng(0)
WHOLE = Observations.from_matrix(
    sparse.random_array((N, M), density=0.4, rng=RNG, format="csr") * 4, rows="user", cols="item"
)
PARTS = split_rows(WHOLE, test=0.3, seed=1)
EXPLICIT = Factorization(dim=3, unobserved=Ignore(), confidence=Constant(1.0))
IMPLICIT = Factorization(dim=3, target=One(), confidence=Linear(2.0))
FACTORS = Factors(
    RNG.normal(size=(N, 3)).astype(np.float32), RNG.normal(size=(M, 3)).astype(np.float32)
)


def cells(obs):
    """Row, column and value of every stored cell."""
    return zip(
        np.repeat(np.arange(N), np.diff(obs.cells.indptr)), obs.cells.indices, obs.cells.data
    )


def test_values_are_judged_by_the_weighted_error_with_offsets():
    factors = replace(
        FACTORS,
        extras={"rows": {"bias": np.arange(N) / N}, "cols": {"bias": np.arange(M) / M}},
        facts={"mean": 0.5},
    )
    f = replace(EXPLICIT, unobserved=Uniform(0.5), confidence=Linear(2.0))
    found = validation(f, PARTS.train, PARTS.test).judge(factors)
    total = weight = 0.0
    for i, j, x in cells(PARTS.test):
        s = 0.5 + i / N + j / M + factors.rows[i].astype(float) @ factors.cols[j]
        total += (0.5 + 2 * x) * (s - x) ** 2
        weight += 0.5 + 2 * x
    assert found.value == pytest.approx(np.sqrt(total / weight), rel=1e-5)
    assert 0 < found.error < found.value


def test_another_loss_is_judged_by_itself():
    f = replace(EXPLICIT, loss=Huber(delta=0.5))
    found = validation(f, PARTS.train, PARTS.test).judge(FACTORS)
    losses = []
    for i, j, x in cells(PARTS.test):
        r = abs(float(FACTORS.rows[i] @ FACTORS.cols[j]) - x)
        losses.append(r * r / 2 if r < 0.5 else 0.5 * r - 0.125)
    assert found.value == pytest.approx(np.mean(losses), rel=1e-5)


def test_what_was_chosen_is_judged_by_ranking_with_the_offsets_of_columns():
    bias = RNG.normal(size=M).astype(np.float32)
    factors = replace(FACTORS, extras={"rows": {}, "cols": {"bias": bias}})
    asked = validation(IMPLICIT, PARTS.train, PARTS.test, metric="recall@5")
    rows = np.column_stack([FACTORS.rows, np.ones(N)])
    cols = np.column_stack([FACTORS.cols, bias])
    direct = recommendation(
        rows, cols, PARTS.train.cells, PARTS.test.cells, metrics=["recall@5"]
    ).values.means()
    assert asked.judge(factors).value == pytest.approx(direct["recall@5"])
    assert asked.name == "Recall@5" and asked.ranks and asked.n == PARTS.test.n_observed


def test_held_out_ids_are_matched_by_name_and_strangers_counted():
    order = np.random.default_rng(3).permutation(N)
    test = PARTS.test
    moved = Observations.from_matrix(
        sparse.vstack([test.cells[order], sparse.csr_array(np.ones((1, M)))]),
        rows="user",
        cols="item",
        row_ids=[*order.tolist(), 999],
    )
    plain, again = (validation(EXPLICIT, PARTS.train, t) for t in (test, moved))
    assert again.left_out == M and plain.left_out == 0
    assert again.judge(FACTORS).value == pytest.approx(plain.judge(FACTORS).value)


def test_rank_0_is_the_mean_or_the_popular_items():
    values = np.array([x for _, _, x in cells(PARTS.test)])
    found = validation(EXPLICIT, PARTS.train, PARTS.test).judge_nothing()
    mean = PARTS.train.cells.data.mean()
    assert found.value == pytest.approx(np.sqrt(((values - mean) ** 2).mean()), rel=1e-5)
    popular = validation(IMPLICIT, PARTS.train, PARTS.test, "ndcg@5").judge_nothing()
    direct = recommendation(
        np.zeros((N, 1)), np.zeros((M, 1)), PARTS.train.cells, PARTS.test.cells, metrics=["ndcg@5"]
    )
    ways = [found.means()["ndcg@5"] for found in (direct.popular, direct.values)]
    assert popular.value == pytest.approx(max(ways))


def test_the_metric_follows_from_the_factorization():
    assert default_metric(replace(EXPLICIT, matrix=(TfIdf(),))) == "recall@20"
    assert default_metric(replace(EXPLICIT, loss=Logistic())) == "loss"


@pytest.mark.parametrize(
    ("f", "train", "test", "metric", "said"),
    [
        (EXPLICIT, WHOLE, PARTS.test, None, "held-out cells are in the data"),
        (EXPLICIT, PARTS.train, PARTS.test.T, None, "a side 'item' where the data have 'user'"),
        (IMPLICIT, PARTS.train, PARTS.test, "rmse", "judge by recall@20"),
        (IMPLICIT, PARTS.train, PARTS.test, "recall", "no cut-off"),
        (IMPLICIT, PARTS.train, PARTS.test, "recal@2", "no ranking metric 'recal@2'"),
        (replace(EXPLICIT, matrix=(TfIdf(),)), PARTS.train, PARTS.test, "rmse", "TfIdf changes"),
        (replace(EXPLICIT, loss=Logistic()), PARTS.train, PARTS.test, "rmse", "log odds"),
        (replace(EXPLICIT, confidence=Given()), PARTS.train, PARTS.test, None, "needs weights"),
        (replace(EXPLICIT, confidence=Constant(0.0)), PARTS.train, PARTS.test, None, "nothing"),
    ],
)
def test_what_says_nothing_is_refused(f, train, test, metric, said):
    with pytest.raises(InputError, match=said):
        validation(f, train, test, metric)

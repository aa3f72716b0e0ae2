"""The harness counts false negatives that are known, and says what they cost."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from rowspace.errors import InputError
from rowspace.factor.grammar import (
    Bpr,
    Even,
    Factorization,
    Hard,
    Negatives,
    PositiveAware,
    Sampled,
    Uniform,
)
from rowspace.judge.hidden_positives import hidden_positives
from rowspace.observe.observations import Observations


@pytest.fixture(scope="module")
def found():
    rng = np.random.default_rng(0)
    same = np.arange(120)[:, None] % 4 == np.arange(80)[None] % 4
    x = rng.random((120, 80)) < np.where(same, 0.7, 0.03)
    obs = Observations.from_matrix(csr_array(x.astype(np.float32)), rows="u", cols="i")
    f = Factorization(
        dim=6, loss=Bpr(), unobserved=Negatives(), solver=Sampled(epochs=10, batch=64, rate=0.1)
    )
    samplers = {
        "even": (Even(), 16),
        "hard": (Hard(top=10), 4),
        "aware": (PositiveAware(0.5, among=Hard(top=10)), 4),
    }
    again = hidden_positives(obs, f, samplers, seed=1)
    assert again == hidden_positives(obs, f, samplers, seed=1)
    return {h.sampler: h for h in again}


def test_even_draws_false_negatives_by_chance(found):
    assert found["even"].false == pytest.approx(found["even"].chance, rel=0.1)


def test_hard_negatives_are_false_more_often_and_it_costs(found):
    assert found["hard"].false > 2 * found["even"].false
    assert found["hard"].recall_told > found["hard"].recall


def test_being_aware_of_the_positive_avoids_some(found):
    assert found["aware"].false < found["hard"].false


def test_a_problem_without_negatives_is_refused():
    obs = Observations.from_matrix(csr_array(np.eye(4)), rows="u", cols="i")
    with pytest.raises(InputError, match="draws no negatives"):
        hidden_positives(obs, Factorization(unobserved=Uniform()), {})

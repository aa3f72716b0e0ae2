"""The window is chosen by hidden links: short where only links count, long where communities do."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from rowspace.errors import InputError, UnsupportedError
from rowspace.observe.auto import AutoWindow, hidden_link_auc
from rowspace.observe.observations import Observations
from rowspace.observe.steps import chosen
from rowspace.observe.weighting import PPMI

from .graph_data import bipartite, dense, directed, observed, undirected


def communities(n=400, inside=0.05):
    """Blocks of 20 nodes, linked within and seldom without."""
    rng = np.random.default_rng(0)
    block = np.arange(n) // 20
    near = rng.random((n, n)) < np.where(block[:, None] == block, 0.3, inside / 20)
    a = np.triu(near, 1)
    return (a + a.T).astype(float)


def opposites(n=400, kinds=10):
    """Nodes of kind k link to nodes of kind k + 1 of 10 and to none of their own."""
    rng = np.random.default_rng(0)
    kind = rng.integers(0, kinds, n)
    turn = (kind[:, None] - kind) % kinds
    a = np.triu(rng.random((n, n)) < np.where((turn == 1) | (turn == kinds - 1), 0.4, 0.02), 1)
    return (a + a.T).astype(float)


def test_long_walks_win_among_communities():
    (proximity, bent), facts = AutoWindow(negatives=2.0).choose(observed(communities()))
    assert proximity.window == 10 and bent.shift == 2.0
    assert set(facts["hidden_link_auc"]) == {"10", "3", "1"} and facts["window"] == 10
    assert all(0.6 < area <= 1 for area in facts["hidden_link_auc"].values())


def test_short_ones_win_where_nodes_link_to_another_kind():
    (proximity, _), facts = AutoWindow().choose(observed(opposites()))
    areas = facts["hidden_link_auc"]
    assert proximity.window < 10 and areas[str(proximity.window)] > areas["10"] + 0.02


def test_links_by_chance_cannot_be_told():
    rng = np.random.default_rng(0)
    a = np.triu(rng.random((300, 300)) < 0.1, 1).astype(float)
    areas, error = hidden_link_auc(observed(a + a.T), (10, 1))
    assert 0.005 < error < 0.02 and all(abs(area - 0.5) < 4 * error for area in areas.values())


@pytest.mark.parametrize("a", [directed(60), bipartite(60, 40)], ids=["directed", "bipartite"])
def test_directed_and_bipartite_graphs_have_hidden_links_too(a):
    areas, _ = hidden_link_auc(observed(a), (10, 1))
    assert set(areas) == {10, 1} and all(0 <= area <= 1 for area in areas.values())


def test_applying_it_applies_what_it_chooses_and_repeats():
    step, obs = AutoWindow(), observed(communities())
    expected = obs
    for other in step.choose(obs)[0]:
        expected = other.apply(expected)[0]
    np.testing.assert_array_equal(dense(step.apply(obs)[0]), dense(expected))
    assert step.choose(obs) == step.choose(obs)


@pytest.mark.parametrize("a", [np.zeros((4, 4)), np.eye(4), 1 - np.eye(6), undirected(8)])
def test_too_few_links_leave_the_usual_window(a):
    (proximity, _), facts = AutoWindow().choose(observed(a))
    assert proximity.window == 10 and facts["hidden_link_auc"] == {}


def test_other_steps_stand_for_themselves():
    obs = Observations.from_matrix(csr_array(np.eye(2)), rows="word", cols="context")
    assert chosen(PPMI(), obs) == ((PPMI(),), {})


def test_what_means_nothing_is_refused():
    with pytest.raises(InputError, match=r"Nonlinear.shift is 0"):
        AutoWindow(negatives=0)
    with pytest.raises(UnsupportedError, match=r"AutoWindow.. stands for steps"):
        AutoWindow().new_row({}, "rows", np.array([0]), np.ones(1, np.float32))

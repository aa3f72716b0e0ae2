"""Proximities equal the sums of powers written out, for every kind of graph."""

from dataclasses import replace
from math import exp, factorial

import numpy as np
import pytest

from rowspace.errors import InputError, UnsupportedError
from rowspace.observe import eigenpairs, proximity
from rowspace.observe.proximity import Proximity

from .graph_data import bipartite, dense, directed, fraction, observed, undirected, unfolded

GRAPHS = {"undirected": undirected(), "directed": directed(), "bipartite": bipartite()}
STEPS = {
    "walk": Proximity(window=4),
    "links": Proximity(window=1),
    "ppr": Proximity("ppr", restart=0.2),
    "heat": Proximity("heat", time=2.0),
    "katz": Proximity("katz", decay=0.6),
}
CASES = [(g, s, lift) for g in GRAPHS for s in STEPS for lift in (True, False)]


def coefficients(name):
    rs = range(1, 120)
    if name in ("walk", "links"):
        window = STEPS[name].window
        return [1 / window if r <= window else 0 for r in rs]
    if name == "heat":
        return [exp(-2.0) * 2.0 ** (r - 1) / factorial(r - 1) for r in rs]
    stay = 0.8 if name == "ppr" else 0.6
    return [(1 - stay) * stay ** (r - 1) for r in rs]


def written_out(a, name, lift):
    """The sum over walks on the whole graph, term by term."""
    n, m = a.shape
    two_sided = n != m
    whole = np.block([[np.zeros((n, n)), a], [a.T, np.zeros((m, m))]]) if two_sided else a
    step = fraction(whole, whole.sum(axis=1)[:, None])
    if name == "katz":
        step = whole / np.linalg.norm(whole, 2)
    total, power, odd = np.zeros_like(whole), np.eye(len(whole)), 0.0
    for r, c in enumerate(coefficients(name), 1):
        power = power @ step
        total += c * power
        odd += c * (r % 2)
    if two_sided:
        total = total[:n, n:] / odd
    if not lift:
        return total
    if name == "katz":
        return total / total.mean()
    degrees = a.sum(axis=1)
    return fraction(total, (degrees @ total / degrees.sum())[None])


@pytest.mark.parametrize(("kind", "name", "lift"), CASES)
def test_a_proximity_is_the_sum_over_walks_written_out(kind, name, lift):
    a, step = GRAPHS[kind], replace(STEPS[name], lift=lift)
    obs, _ = step.apply(observed(a))
    np.testing.assert_allclose(dense(obs), written_out(a, name, lift), rtol=1e-4, atol=2e-5)


@pytest.mark.parametrize(("kind", "name", "lift"), CASES)
def test_a_node_that_was_there_gets_its_own_row_and_column_again(kind, name, lift):
    a, step = GRAPHS[kind], replace(STEPS[name], lift=lift)
    obs, state = step.apply(observed(a))
    if kind == "directed" and name != "links":
        with pytest.raises(UnsupportedError, match=r"a new node of a directed graph .* window=1"):
            unfolded(step, state, observed(a), "rows", 0)
        return
    for side, lines in (("rows", dense(obs)), ("cols", dense(obs).T)):
        for i in range(len(lines)):
            again = unfolded(step, state, observed(a), side, i)
            np.testing.assert_allclose(again, lines[i], rtol=1e-4, atol=2e-5)


@pytest.mark.parametrize(("name", "lift"), [(s, lift) for s in STEPS for lift in (True, False)])
def test_without_a_rank_every_walk_of_an_undirected_graph_is_added_up(name, lift):
    step = replace(STEPS[name], lift=lift, rank=0)
    obs, _ = step.apply(observed(undirected()))
    expected = written_out(undirected(), name, lift)
    np.testing.assert_allclose(dense(obs), expected, rtol=1e-4, atol=2e-5)


def test_without_a_rank_bipartite_graphs_are_refused():
    with pytest.raises(UnsupportedError, match="joins two different sides; give a rank"):
        Proximity(rank=0).apply(observed(bipartite()))


def test_one_step_of_a_lift_is_symmetric_and_sparse():
    obs, _ = Proximity(window=1).apply(observed(undirected()))
    assert obs.is_sparse
    np.testing.assert_allclose(dense(obs), dense(obs).T, rtol=1e-6)


@pytest.mark.parametrize("a", [undirected(60), bipartite(40, 30)], ids=["undirected", "bipartite"])
def test_the_largest_pairs_come_near_to_all_of_them(monkeypatch, a):
    step = Proximity(window=10, rank=20)
    exact = dense(step.apply(observed(a))[0])
    monkeypatch.setattr(eigenpairs, "EXACT_NODES", 0)
    monkeypatch.setattr(proximity, "EXACT_NODES", 0)
    near = dense(step.apply(observed(a))[0])
    assert 0 < np.linalg.norm(near - exact) < 0.25 * np.linalg.norm(exact)


def test_a_directed_graph_too_large_to_be_dense_is_refused(monkeypatch):
    monkeypatch.setattr(proximity, "_DENSE_BYTES", 1000)
    with pytest.raises(UnsupportedError, match=r"graph of 30 nodes need .* use window=1"):
        Proximity().apply(observed(directed()))


@pytest.mark.parametrize("step", list(STEPS.values()), ids=list(STEPS))
@pytest.mark.parametrize("shape", [(4, 4), (4, 3), (1, 1)])
def test_a_graph_without_links_has_no_proximities(step, shape):
    obs, _ = step.apply(observed(np.zeros(shape)))
    assert not dense(obs).any() and dense(obs).shape == shape


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"measure": "far"}, "Proximity.measure is 'far', but 'walk', 'ppr', 'heat' or 'katz'"),
        ({"window": 0}, "Proximity.window is 0, but a whole number of at least 1"),
        ({"rank": -1}, "Proximity.rank is -1, but a whole number of at least 0"),
        ({"window": True}, "Proximity.window is True"),
        ({"rank": 1.5}, "Proximity.rank is 1.5"),
        ({"restart": 1.0}, "Proximity.restart is 1.0, but a number between 0 and 1"),
        ({"decay": 0}, "Proximity.decay is 0"),
        ({"time": 0}, "Proximity.time is 0"),
    ],
)
def test_settings_that_mean_nothing_are_refused(options, message):
    with pytest.raises(InputError, match=message):
        Proximity(**options)

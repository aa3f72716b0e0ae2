"""Hidden edges are hidden, pairs without an edge are none, and the scores equal loops."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from rowspace.errors import InputError
from rowspace.judge.link_prediction import EdgeSplit, edge_prediction, hide_edges


def graph(n=60, density=0.15, seed=0, blocks=3):
    rng = np.random.default_rng(seed)
    same = (np.arange(n)[:, None] % blocks) == (np.arange(n) % blocks)
    upper = np.triu(rng.random((n, n)) < np.where(same, 3 * density, density / 3), 1)
    return csr_array((upper | upper.T).astype(np.float32))


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10**6), st.sampled_from([0.1, 0.5, 0.9]), st.booleans())
def test_a_split_is_one(seed, share, keep_connected):
    whole = graph(30, 0.2, seed)
    split = hide_edges(whole, share, keep_connected=keep_connected, seed=seed)
    dense, train = whole.toarray(), split.train.toarray()
    assert (train == train.T).all()
    restored = train.copy()
    for i, j in split.test:
        assert i < j and train[i, j] == 0 and dense[i, j] == 1
        restored[i, j] = restored[j, i] = 1
    assert (restored == dense).all()
    assert all(i < j and dense[i, j] == 0 for i, j in split.non_edges)
    assert len({*map(tuple, split.non_edges.tolist())}) == len(split.test) == len(split.non_edges)
    if keep_connected:
        assert connected_components(train)[0] == connected_components(dense)[0]


def test_weights_are_kept_loops_dropped_and_a_seed_repeats():
    whole = graph().toarray() * 2.5
    np.fill_diagonal(whole, 7)
    split = hide_edges(csr_array(whole), 0.3, seed=4)
    assert set(split.train.data) == {2.5} and "60 loops dropped" in split.note
    again = hide_edges(csr_array(whole), 0.3, seed=4)
    assert (again.test == split.test).all() and (again.non_edges == split.non_edges).all()


def test_auc_and_average_precision_equal_scikit_learns_over_looped_scores():
    from sklearn.metrics import average_precision_score, roc_auc_score

    rng = np.random.default_rng(0)
    split = hide_edges(graph(), 0.4)
    x, y = rng.normal(size=(2, 60, 4))
    pairs = [*split.test.tolist(), *split.non_edges.tolist()]
    truth = [1] * len(split.test) + [0] * len(split.non_edges)
    a, b = (v / np.linalg.norm(v, axis=1, keepdims=True) for v in (x, y))
    for operator, left, right in (("dot", x, y), ("cosine", a, b)):
        scores = [left[i] @ right[j] + left[j] @ right[i] for i, j in pairs]
        auc, ap = edge_prediction(x, split, contexts=y, operators=[operator], k=None)
        assert auc.value == pytest.approx(roc_auc_score(truth, scores))
        assert ap.value == pytest.approx(average_precision_score(truth, scores))
        assert auc.low < auc.value < auc.high and auc.n == len(pairs)
        degrees = split.train.toarray().sum(axis=0)
        slow = roc_auc_score(truth, [degrees[i] * degrees[j] for i, j in pairs])
        assert auc.reference == {"product of degrees": pytest.approx(slow)}


def test_ranking_all_nodes_equals_a_loop():
    split = hide_edges(graph(), 0.4)
    x, y = np.random.default_rng(0).normal(size=(2, 60, 4)).astype(np.float32)
    train = split.train.toarray()
    scores = x @ y.T + y @ x.T
    recalls = []
    for i in range(60):
        wanted = {b if a == i else a for a, b in split.test.tolist() if i in (a, b)}
        if wanted:
            able = [j for j in range(60) if j != i and not train[i, j]]
            best = sorted(able, key=lambda j, i=i: -scores[i, j])[:5]
            recalls.append(len(wanted & set(best)) / len(wanted))
    found = edge_prediction(x, split, contexts=y, operators=["dot"], k=5)[2]
    assert found.name == "Recall@5 (dot, all nodes)" and found.n == len(recalls)
    assert found.value == pytest.approx(np.mean(recalls))


def test_eigenvectors_of_the_rest_beat_degrees_and_noise_does_not():
    split = hide_edges(graph(120, 0.2), 0.3)
    values, axes = np.linalg.eigh(split.train.toarray())
    good = edge_prediction(axes[:, -3:] * np.sqrt(values[-3:]), split)
    assert [m.name for m in good][:3] == ["AUC (dot)", "AP (dot)", "Recall@20 (dot, all nodes)"]
    for m in good:
        assert m.low > next(iter(m.reference.values())), m
    noise = edge_prediction(np.random.default_rng(0).normal(size=(120, 3)), split)
    assert all(abs(m.value - 0.5) < 0.1 for m in noise if m.name.startswith("AUC"))


def test_leaks_are_counted_and_refused():
    split = hide_edges(graph(), 0.4)
    x = np.random.default_rng(0).normal(size=(60, 4))
    i, j = (int(v) for v in np.argwhere(split.train.toarray())[0])
    test = np.concatenate([split.test, [[j, i]]])
    leaky = EdgeSplit(split.train, test, split.non_edges, "Mine.")
    with pytest.raises(InputError, match=r"1 of [0-9]+ hidden edges are in the training graph"):
        edge_prediction(x, leaky)
    found = edge_prediction(x, leaky, overlap="drop", operators=["dot"], k=None)[0]
    assert found.n == 2 * len(split.test)
    assert found.note == "Mine. 1 hidden edges that are in training dropped."
    wrong = EdgeSplit(split.train, split.test, split.test[:2], "")
    with pytest.raises(InputError, match="2 of 2 pairs given as no edges are edges"):
        edge_prediction(x, wrong)


def test_what_cannot_be_split_or_judged_is_refused():
    with pytest.raises(InputError, match="directed"):
        hide_edges(csr_array(np.triu(np.ones((4, 4)), 1)))
    with pytest.raises(InputError, match="square"):
        hide_edges(csr_array(np.ones((2, 3))))
    tree = csr_array(np.roll(np.eye(5), 1, axis=1) * (np.arange(5) < 4)[:, None])
    with pytest.raises(InputError, match="none of the 4 edges can be hidden"):
        hide_edges(tree + tree.T)
    with pytest.raises(InputError, match="only 0 pairs without an edge, but 5 are needed"):
        hide_edges(csr_array(np.ones((5, 5))), 0.5)
    with pytest.raises(InputError, match="share is 1"):
        hide_edges(graph(), 1.0)
    split = hide_edges(graph())
    with pytest.raises(InputError, match="60 nodes, but there are 59 vectors"):
        edge_prediction(np.ones((59, 2)), split)
    with pytest.raises(InputError, match="operator is 'l1'"):
        edge_prediction(np.ones((60, 2)), split, operators=["l1"])
    constant = edge_prediction(np.ones((60, 2)), split, k=5)
    assert [m.value for m in constant[:2]] == pytest.approx([0.5, 0.5])

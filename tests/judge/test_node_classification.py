"""The top-k-label protocol equals the published scoring script, label by label."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from rowspace.errors import InputError
from rowspace.judge.node_classification import f1_scores, node_classification, top_labels


def planted(n=200, d=6, labels=4, seed=0):
    rng = np.random.default_rng(seed)
    truth = rng.random((n, labels)) < 0.25
    truth[np.arange(n), rng.integers(0, labels, n)] = True
    return truth @ rng.normal(size=(labels, d)) + rng.normal(size=(n, d)), truth


def test_f1_equals_scikit_learns_also_for_labels_that_never_occur():
    from sklearn.metrics import f1_score

    rng = np.random.default_rng(0)
    truth, given = rng.random((2, 50, 5)) < 0.3
    truth[:, 4] = given[:, 4] = False
    slow = [f1_score(truth, given, average=a, zero_division=0) for a in ("micro", "macro")]
    assert f1_scores(truth, given) == pytest.approx(slow)


def test_scores_equal_the_scoring_script_of_deepwalk():
    """OneVsRestClassifier, the probabilities sorted, as many labels as the node has."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import f1_score
    from sklearn.multiclass import OneVsRestClassifier

    x, truth = planted()
    micro, macro = node_classification(x, csr_array(truth), shares=[0.5], repeats=1, seed=3)
    order = np.random.default_rng([3, 0, 500000]).permutation(200)
    unit = (x.astype(np.float32).T / np.linalg.norm(x.astype(np.float32), axis=1)).T
    fit, held = order[:100], order[100:]
    model = OneVsRestClassifier(LogisticRegression(max_iter=200)).fit(unit[fit], truth[fit])
    given = np.zeros_like(truth[held])
    for row, probabilities in enumerate(model.predict_proba(unit[held])):
        k = truth[held][row].sum()
        given[row, np.argsort(probabilities)[::-1][:k]] = True
    slow = [f1_score(truth[held], given, average=a) for a in ("micro", "macro")]
    assert [micro.value, macro.value] == pytest.approx(slow, abs=1e-9)
    assert micro.name == "micro F1 @ 50 %" and macro.name == "macro F1 @ 50 %"


def test_vectors_that_mean_nothing_do_no_better_than_the_most_frequent_labels():
    x, truth = planted()
    noise = np.random.default_rng(1).normal(size=x.shape)
    good, bad = (
        node_classification(v, csr_array(truth), shares=[0.3], repeats=5)[0] for v in (x, noise)
    )
    assert good.low > good.reference["most frequent labels"] + 0.1
    assert bad.value < bad.reference["most frequent labels"] + 0.05


def test_a_share_has_the_same_splits_whatever_the_other_shares_and_more_training_helps():
    x, truth = planted()
    both = node_classification(x, csr_array(truth), shares=[0.1, 0.9], repeats=3)
    alone = node_classification(x, csr_array(truth), shares=[0.9], repeats=3)
    assert both[2:] == alone and both[2].value > both[0].value


def test_nodes_without_labels_are_left_out_and_labels_seen_by_nobody_come_last():
    x, truth = planted(60)
    truth[:7] = False
    found = node_classification(x, csr_array(truth), shares=[0.5], repeats=2)[0]
    assert found.n == 53 and "7 nodes without a label." in found.note
    scores = np.array([[-np.inf, 1.0, np.inf], [0.0, 0.0, 0.0]])
    assert top_labels(scores, np.array([2, 1])).tolist() == [
        [False, True, True],
        [True, False, False],
    ]


def test_what_cannot_be_split_is_refused():
    x, truth = planted(20)
    with pytest.raises(InputError, match="sparse matrix with 20 rows"):
        node_classification(x, truth)
    with pytest.raises(InputError, match="1 different labels"):
        node_classification(x, csr_array(np.ones((20, 1))))
    with pytest.raises(InputError, match="a node on each side"):
        node_classification(x, csr_array(truth), shares=[0.01])
    with pytest.raises(InputError, match="shares between 0 and 1"):
        node_classification(x, csr_array(truth), shares=[1.0])
    constant = node_classification(np.ones((20, 2)), csr_array(truth), shares=[0.5], repeats=2)
    assert 0 <= constant[0].value <= 1

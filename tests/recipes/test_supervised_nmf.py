"""`supervised-nmf`: labels beside the features steer the parts, and new rows are classified."""

import numpy as np
import pytest

import rowspace as rs
from rowspace.factor.solvers import solve
from rowspace.observe.blocks import beside
from rowspace.recipes.nmf import nmf
from rowspace.recipes.supervised_nmf import supervised_nmf

CLASSES = 2


@pytest.fixture(scope="module")
def data():
    """Two loud parts say nothing about the class, two faint ones are the classes."""
    rng = np.random.default_rng(0)
    label = rng.integers(0, CLASSES, 120)
    amounts = np.hstack([5 * rng.gamma(2, 1, (120, 2)), np.eye(CLASSES)[label]])
    features = (amounts @ rng.random((4, 20)) + 0.05 * rng.random((120, 20))).astype(np.float32)
    return features, label


def observations(features, label, weight):
    ids = [str(i) for i in range(len(features))]
    x = rs.Observations.from_matrix(features, rows="document", cols="word", row_ids=ids)
    one_hot = np.eye(CLASSES, dtype=np.float32)[label]
    y = rs.Observations.from_matrix(one_hot, rows="document", cols="class", row_ids=ids)
    return beside(x, y, weight=weight)


def error(found, label):
    scores = found.rows @ found.cols[-CLASSES:].T
    return (scores.argmax(axis=1) != label).mean()


def test_weight_trades_the_fit_of_the_features_for_that_of_the_labels(data):
    features, label = data
    truth, missed, wrong = np.eye(CLASSES)[label], [], []
    for weight in (0.01, 100.0):
        found = solve(supervised_nmf(3, sweeps=200), observations(features, label, weight))
        assert found.rows.min() >= 0 and found.cols.min() >= 0
        assert (np.diff(found.trace) <= 1e-6 * found.trace[0]).all()
        missed.append(np.linalg.norm(found.rows @ found.cols[:-CLASSES].T - features))
        wrong.append(np.linalg.norm(found.rows @ found.cols[-CLASSES:].T - truth))
    assert missed[0] < missed[1] and wrong[1] < wrong[0]


def test_labels_tell_parts_apart_that_features_alone_do_not(data):
    features, label = data
    found = solve(supervised_nmf(4, sweeps=300), observations(features, label, 50.0))
    assert error(found, label) < 0.05
    plain = solve(nmf(4, sweeps=300), rs.Observations.from_matrix(features, rows="d", cols="w"))
    # The best that any single part of the plain factorization says about the class.
    halves = plain.rows > np.median(plain.rows, axis=0)
    agree = np.abs((halves == label[:, None]).mean(axis=0) - 0.5).max() + 0.5
    assert 1 - error(found, label) > agree


def test_a_new_document_is_classified_by_its_features_alone(data):
    features, label = data
    train = observations(features[:100], label[:100], 20.0)
    space = rs.fit(train, "supervised-nmf", dim=4, sweeps=300)
    words, classes = (space["word"].vectors[:-CLASSES], space["word"].vectors[-CLASSES:])
    assert len(words) == features.shape[1]
    names = list(train.cols.ids)
    right = 0
    for row, y in zip(features[100:], label[100:]):
        vector = space.fold_in("document", dict(zip(names, row.tolist())))
        right += int((classes @ vector).argmax() == y)
    assert right >= 17

"""Probes equal scikit-learn's classifiers, are calibrated, and say what they could not use."""

import math

import numpy as np
import pytest

from rowspace.errors import InputError
from rowspace.judge.labels import corrected_half_width, learning_curve, naive_bayes, probe

KINDS = ("knn", "linear", "naive_bayes")


def blobs(n=150, d=5, classes=3, apart=1.5, seed=0):
    rng = np.random.default_rng(seed)
    y = np.arange(n) % classes
    return rng.normal(size=(classes, d))[y] * apart + rng.normal(size=(n, d)), y


@pytest.mark.parametrize("kind", KINDS)
def test_accuracy_agrees_with_scikit_learns_own_cross_validation(kind):
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import RepeatedStratifiedKFold, cross_val_score
    from sklearn.naive_bayes import GaussianNB
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import Normalizer, StandardScaler

    x, y = blobs(400, apart=1.0)
    model = {
        "knn": make_pipeline(Normalizer(), KNeighborsClassifier(10)),
        "linear": make_pipeline(StandardScaler(), LogisticRegression()),
        "naive_bayes": GaussianNB(),
    }[kind]
    folds = RepeatedStratifiedKFold(n_splits=5, n_repeats=2, random_state=0)
    slow = [
        cross_val_score(model, x, y, cv=folds, scoring=s).mean() for s in ("accuracy", "f1_macro")
    ]
    found = probe(x, y, kind=kind)
    for measure, expected in zip(found, slow):
        assert measure.value == pytest.approx(expected, abs=0.02)
        assert measure.low < expected < measure.high


def test_references_are_the_majority_class_and_permuted_labels():
    x, y = blobs(400, apart=3)
    y[y == 2] = 1
    accuracy, f1 = probe(x, np.array(["one", "two"])[y], kind="naive_bayes")
    assert accuracy.value > 0.9
    assert accuracy.reference["majority class"] == pytest.approx(2 / 3, abs=0.01)
    assert f1.reference["majority class"] == pytest.approx(0.4, abs=0.01)
    assert 0.5 < accuracy.reference["permuted labels"] < 0.75


def test_the_interval_is_nadeau_and_bengios_and_holds_the_truth():
    values = np.array([0.7, 0.8, 0.9])
    half = 4.302653 * math.sqrt(0.01 * (1 / 3 + 0.25))
    assert corrected_half_width(values, 80, 20) == pytest.approx(half, rel=1e-6)
    assert math.isnan(corrected_half_width(values[:1], 80, 20))
    truth = np.mean(
        [probe(*blobs(seed=0), kind="naive_bayes", seed=s, repeats=5)[0].value for s in range(8)]
    )
    held = 0
    for s in range(30):
        rng = np.random.default_rng([s, 7])
        y = np.arange(150) % 3
        centres = np.random.default_rng(0).normal(size=(3, 5)) * 1.5
        x = centres[y] + rng.normal(size=(150, 5))
        m = probe(x, y, kind="naive_bayes", seed=s, repeats=5)[0]
        held += m.low - 0.03 <= truth <= m.high + 0.03
    assert held >= 26


@pytest.mark.parametrize("kind", KINDS)
def test_constant_vectors_give_the_majority_class_and_are_named(kind):
    y = ["a"] * 12 + ["b"] * 6
    accuracy, _ = probe(np.ones((18, 3)), y, kind=kind)
    assert accuracy.value == pytest.approx(accuracy.reference["majority class"], abs=0.35)
    assert accuracy.note.startswith("All vectors are equal.")


def test_rows_and_classes_left_out_are_counted_and_one_class_is_undefined():
    x = np.random.default_rng(0).normal(size=(30, 3))
    y = ["a"] * 14 + ["b"] * 14 + ["rare", None]
    accuracy, _ = probe(x, y, repeats=2)
    assert accuracy.n == 28
    assert accuracy.note == (
        "1 rows without a label. 1 classes with fewer than 2 rows left out (1 rows)."
    )
    for alone in (["a"] * 30, [None] * 30, [float("nan")] * 29 + ["a"], list(range(30))):
        found = probe(x, alone)
        assert all(math.isnan(m.value) and m.note.startswith("Undefined") for m in found)
    assert "20 of 28 labelled rows drawn." in probe(x, y[:28] + [None] * 2, rows=20)[0].note


def test_naive_bayes_equals_densities_with_the_pooled_variance():
    from scipy.stats import norm

    x, y = blobs(60, apart=0.7)
    x, test, y = x[:40] * [1, 2, 3, 4, 5], x[40:], y[:40]
    means = [x[y == c].mean(axis=0) for c in range(3)]
    within = sum(((x[y == c] - means[c]) ** 2).sum(axis=0) for c in range(3))
    sd = np.sqrt((within + x.var(axis=0)) / (40 - 3 + 1))
    slow = [norm.logpdf(test, means[c], sd).sum(axis=1) + np.log((y == c).mean()) for c in range(3)]
    assert naive_bayes(x, y, test).tolist() == np.argmax(slow, axis=0).tolist()


def test_naive_bayes_reaches_its_best_earlier_and_logistic_regression_goes_further():
    rng = np.random.default_rng(0)
    y = np.arange(1500) % 5
    independent = 0.35 * rng.normal(size=(5, 100))[y] + rng.normal(size=(1500, 100))
    few = {k: m[0].value for k, m in learning_curve(independent, y, per_class=(20,)).items()}
    assert few["naive_bayes"] > few["linear"] + 0.01
    y = np.arange(1500) % 2
    x = rng.normal(size=(1500, 12)) + 0.35 * np.where(y, 1, -1)[:, None]
    x[:, 1:6] = x[:, :1] + 0.3 * rng.normal(size=(1500, 5))  # one column counted six times
    curve = learning_curve(x, y, per_class=(2, 300, 9999))
    assert curve["linear"][1].value > curve["naive_bayes"][1].value + 0.02
    assert [m.name for m in curve["linear"]] == [
        "accuracy (linear probe, 2 per class)",
        "accuracy (linear probe, 300 per class)",
    ]


def test_what_cannot_be_done_is_refused():
    x, y = blobs(30)
    with pytest.raises(InputError, match="30 vectors but 29 labels"):
        probe(x, y[1:])
    with pytest.raises(InputError, match="kind is 'svm'"):
        probe(x, y, kind="svm")
    for bad in ({"train": 0.0}, {"train": 0}, {"train": 1.0}, {"repeats": 0}):
        with pytest.raises(InputError, match="share between 0 and 1"):
            probe(x, y, **bad)


def test_a_seed_repeats_whatever_the_threads():
    from threadpoolctl import threadpool_limits

    x, y = blobs(120)
    first = probe(x, y, repeats=3, seed=4)
    with threadpool_limits(limits=1):
        assert probe(x, y, repeats=3, seed=4) == first
    assert probe(x, y, repeats=3, seed=5) != first

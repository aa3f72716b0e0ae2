"""How well vectors predict labels: probes.

`probe` trains a small classifier on the frozen vectors of some rows and scores it on the others;
`learning_curve` does so with few rows and with many. Vectors and one label per row in (None or NaN:
no label), `Measure`s out. Called by the report and by benchmarks.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rowspace.errors import InputError
from rowspace.judge.dependence import vectors
from rowspace.judge.extras import require
from rowspace.judge.measure import Measure
from rowspace.recipes.registry import Paper, published

Kind = Literal["knn", "linear", "naive_bayes"]
KINDS: dict[Kind, str] = {
    "knn": "kNN probe",
    "linear": "linear probe",
    "naive_bayes": "naive Bayes probe",
}
_TEST = "tests/judge/test_labels.py"
_REVISITING = Paper(
    "Zheng, Wu, Bao, Cao, Li, Zhu",
    2023,
    "Revisiting Discriminative vs. Generative Classifiers: Theory and Implications",
    "ICML",
    literature=378,
)
_Split = tuple[NDArray[np.int64], NDArray[np.int64]]


@published(
    kind="measure",
    claim="How well a simple classifier on the frozen vectors predicts labels of rows it has not "
    "seen: nearest neighbours, a linear model, or Gaussian naive Bayes, which needs fewer rows.",
    papers=(
        _REVISITING,
        Paper(
            "Nadeau, Bengio",
            2003,
            "Inference for the generalization error",
            "Machine Learning 52",
        ),
    ),
    test=_TEST,
)
def probe(
    x: ArrayLike,
    labels: Sequence[Any] | NDArray[Any],
    *,
    kind: Kind = "linear",
    train: float | int = 0.8,
    repeats: int = 10,
    neighbours: int = 10,
    rows: int = 5000,
    seed: int = 0,
) -> tuple[Measure, Measure]:
    """Accuracy and macro F1 of a classifier over repeated stratified splits.

    kNN votes among nearest rows by cosine; the linear probe is logistic regression (C = 1) on
    columns standardised by the training rows; naive Bayes is Gaussian with one variance per column
    (`naive_bayes`). The interval corrects for splits that share rows (Nadeau & Bengio 2003):
    standard error^2 = variance over splits * (1 / repeats + test rows / training rows), which is
    cautious when more rows are tested than trained on.

    Args:
        x: (n, d) vectors.
        labels: n labels; None and NaN are none.
        kind: "knn", "linear" or "naive_bayes".
        train: share of each class to train on, or how many rows of each class.
        repeats: how many splits.
        neighbours: of the kNN probe.
        rows: at most that many labelled rows are used, drawn by `seed`.
        seed: of the splits and of the sample.

    Returns:
        Accuracy and macro F1, each with two references: always the majority class, and the same
        probe trained on permuted labels (in up to three splits). NaN when fewer than two classes
        have two rows; the note counts rows that were left out.

    Raises:
        InputError: not one label per row, or an option out of range.
        UnsupportedError: scikit-learn is not installed.

    Example:
        >>> x = np.random.default_rng(0).normal(size=(60, 2)) + 9 * np.repeat([[0], [1]], 30, 0)
        >>> accuracy, f1 = probe(x, ["red"] * 30 + ["blue"] * 30)
        >>> accuracy.value, accuracy.reference["majority class"]
        (1.0, 0.5)
    """
    if kind not in KINDS:
        raise InputError(f"kind is {kind!r}, but one of {', '.join(KINDS)} was expected")
    _check_train(train, repeats)
    table, codes, note = labelled(x, labels, rows, seed, least=2)
    names = [f"{what} ({KINDS[kind]})" for what in ("accuracy", "macro F1")]
    if len(np.unique(codes)) < 2:
        undefined = f"Undefined: fewer than two classes have two rows. {note}".strip()
        first, second = (Measure(name, math.nan, len(codes), note=undefined) for name in names)
        return first, second
    if np.ptp(table, axis=0).max() == 0:
        note = f"All vectors are equal. {note}".strip()
    rng = np.random.default_rng([seed, 2])
    scores = np.empty((repeats, 2))
    major, shuffled = np.empty((repeats, 2)), list[NDArray[np.float64]]()
    sizes = (0, 0)
    with one_thread():
        for i in range(repeats):
            fit, held = _stratified(codes, train, rng)
            sizes = len(fit), len(held)
            truth = codes[held]
            scores[i] = _scores(truth, _predict(kind, table, codes[fit], fit, held, neighbours))
            major[i] = _scores(truth, np.full(len(held), np.bincount(codes[fit]).argmax()))
            if i < 3:
                wrong = rng.permutation(codes[fit])
                guess = _predict(kind, table, wrong, fit, held, neighbours)
                shuffled.append(_scores(truth, guess))
    permuted = np.mean(shuffled, axis=0)
    first, second = (
        _over_splits(
            name, scores[:, j], sizes, len(codes), seed, note,
            {"majority class": float(major[:, j].mean()), "permuted labels": float(permuted[j])},
        )
        for j, name in enumerate(names)
    )  # fmt: skip
    return first, second


@published(
    kind="measure",
    claim="Probes with 1, 2, 5 ... labels per class: naive Bayes reaches its best with few labels, "
    "logistic regression goes further with many; the curve says where they cross.",
    papers=(_REVISITING,),
    test=_TEST,
    name="probe_learning_curve",
)
def learning_curve(
    x: ArrayLike,
    labels: Sequence[Any] | NDArray[Any],
    *,
    kinds: Sequence[Kind] = ("naive_bayes", "linear"),
    per_class: Sequence[int] = (1, 2, 5, 10, 20, 50, 100),
    repeats: int = 5,
    rows: int = 5000,
    seed: int = 0,
) -> dict[Kind, tuple[Measure, ...]]:
    """Accuracy of probes trained on so many rows per class.

    Args:
        x, labels, repeats, rows, seed: as for `probe`.
        kinds: the probes.
        per_class: training rows per class; sizes at which any class has no row left are left out.

    Returns:
        By probe, one accuracy per size, named "accuracy (linear probe, 5 per class)".

    Raises:
        InputError, UnsupportedError: as for `probe`.

    Example:
        >>> x = np.random.default_rng(0).normal(size=(60, 2)) + 9 * np.repeat([[0], [1]], 30, 0)
        >>> curve = learning_curve(x, ["red"] * 30 + ["blue"] * 30, per_class=(2, 5, 500))
        >>> [m.name for m in curve["linear"]]
        ['accuracy (linear probe, 2 per class)', 'accuracy (linear probe, 5 per class)']
    """
    from dataclasses import replace

    _, codes, _ = labelled(x, labels, rows, seed, least=2)
    smallest = np.bincount(codes).min() if len(codes) else 0
    sizes = [m for m in per_class if m < smallest]
    found = {}
    for kind in kinds:
        points = []
        for size in sizes:
            accuracy, _ = probe(
                x, labels, kind=kind, train=int(size), repeats=repeats, rows=rows, seed=seed
            )
            points.append(replace(accuracy, name=f"accuracy ({KINDS[kind]}, {size} per class)"))
        found[kind] = tuple(points)
    return found


def _predict(
    kind: Kind,
    table: NDArray[np.float64],
    known: NDArray[np.int64],
    fit: NDArray[np.int64],
    held: NDArray[np.int64],
    neighbours: int,
) -> NDArray[np.int64]:
    """Train on rows `fit` with the classes `known`; return the classes of rows `held`."""
    train, test = table[fit], table[held]
    if kind == "knn":
        model = require("sklearn.neighbors").KNeighborsClassifier(
            min(neighbours, len(fit)), algorithm="brute"
        )
        train, test = _unit(train), _unit(test)
    elif kind == "linear":
        scale = train.std(axis=0)
        scale[scale == 0] = 1.0
        train, test = ((part - table[fit].mean(axis=0)) / scale for part in (train, test))
        model = require("sklearn.linear_model").LogisticRegression(max_iter=300)
    else:
        return naive_bayes(train, known, test)
    guess: NDArray[np.int64] = model.fit(train, known).predict(test)
    return guess


def naive_bayes(
    train: NDArray[np.float64], known: NDArray[np.int64], test: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Gaussian naive Bayes with one variance per column, the same in all classes.

    That is the generative twin of logistic regression (Zheng et al. 2023; both are linear). The
    variance within classes gets one row's worth of the whole variance, so that it is never 0 where
    a column varies; a column that does not vary says nothing.

    Args:
        train: (n, d) rows to learn from.
        known: (n,) their classes 0, 1 ..., each with at least one row.
        test: (m, d) rows to classify.

    Returns:
        (m,) classes.

    Example:
        >>> naive_bayes(np.array([[0.0], [1.0], [9.0]]), np.array([0, 0, 1]), np.array([[8.0]]))
        array([1])
    """
    sizes = np.bincount(known)
    means = np.zeros((len(sizes), train.shape[1]))
    np.add.at(means, known, train)
    means /= sizes[:, None]
    within = ((train - means[known]) ** 2).sum(axis=0)
    variance = (within + train.var(axis=0)) / (len(train) - len(sizes) + 1)
    precision = np.divide(1.0, variance, out=np.zeros_like(variance), where=variance > 0)
    # log p(class) + log p(row | class), less what all classes share
    weights = means * precision
    scores = test @ weights.T + np.log(sizes / len(train)) - (weights * means).sum(axis=1) / 2
    best: NDArray[np.int64] = scores.argmax(axis=1)
    return best


def _scores(truth: NDArray[np.int64], guess: NDArray[np.int64]) -> NDArray[np.float64]:
    f1 = require("sklearn.metrics").f1_score(
        truth, guess, labels=np.unique(truth), average="macro", zero_division=0
    )
    return np.array([(truth == guess).mean(), f1])


def _over_splits(
    name: str,
    values: NDArray[np.float64],
    sizes: tuple[int, int],
    n: int,
    seed: int,
    note: str,
    reference: dict[str, float],
) -> Measure:
    """Sum up one number per split of (training, test) sizes, with Nadeau and Bengio's interval."""
    half = corrected_half_width(values, *sizes)
    mean = float(values.mean())
    return Measure(
        name, mean, n, max(mean - half, 0.0), min(mean + half, 1.0), seed, reference, note
    )


def corrected_half_width(values: NDArray[np.float64], train: int, test: int) -> float:
    """Return half the 95 % interval of a mean over random splits that share rows.

    t quantile * sqrt(variance * (1 / splits + test / train)) (Nadeau & Bengio 2003); NaN for one
    split.

    Example:
        >>> round(corrected_half_width(np.array([0.5, 0.6, 0.7]), train=80, test=20), 3)
        0.329
    """
    from scipy.special import stdtrit

    if len(values) < 2:
        return math.nan
    spread = float(values.var(ddof=1)) * (1 / len(values) + test / train)
    return float(stdtrit(len(values) - 1, 0.975)) * math.sqrt(spread)


def labelled(
    x: ArrayLike, labels: Sequence[Any] | NDArray[Any], rows: int, seed: int, least: int
) -> tuple[NDArray[np.float64], NDArray[np.int64], str]:
    """Return the rows that have a label, their classes and what was left out, in words.

    Args:
        x: (n, d) vectors.
        labels: n labels; None and NaN are none.
        rows: at most that many are drawn by `seed`.
        seed: of the sample.
        least: classes of fewer rows are left out.

    Returns:
        (m, d) float64 vectors, (m,) classes 0, 1 ... and a note.

    Raises:
        InputError: not one label per row, or a vector is not finite.
    """
    table = vectors(x, "x")
    if len(labels) != len(table):
        raise InputError(f"there are {len(table)} vectors but {len(labels)} labels; give one each")
    has = np.array([not _missing(one) for one in labels], bool)
    at = np.flatnonzero(has)
    notes = [f"{len(table) - len(at)} rows without a label."] if len(at) < len(table) else []
    if len(at) > rows:
        notes.append(f"{rows} of {len(at)} labelled rows drawn.")
        at = np.sort(np.random.default_rng([seed, 1]).choice(at, rows, replace=False))
    codes = codes_of([labels[int(i)] for i in at])
    sizes = np.bincount(codes)
    keep = sizes[codes] >= least
    if not keep.all():
        notes.append(
            f"{int((sizes < least).sum())} classes with fewer than {least} rows left out "
            f"({int((~keep).sum())} rows)."
        )
    return table[at[keep]], codes_of(codes[keep]), " ".join(notes)


def _missing(label: Any) -> bool:
    return label is None or (isinstance(label, float | np.floating) and math.isnan(label))


def codes_of(labels: Sequence[Any] | NDArray[Any]) -> NDArray[np.int64]:
    """Return labels of any type as numbers 0, 1 ... in the order of first occurrence."""
    seen: dict[Any, int] = {}
    values = labels.tolist() if isinstance(labels, np.ndarray) else labels
    return np.array([seen.setdefault(one, len(seen)) for one in values], np.int64)


def _check_train(train: float, repeats: int) -> None:
    whole = isinstance(train, int | np.integer)
    if not (train >= 1 if whole else 0 < train < 1) or repeats < 1:
        raise InputError(
            f"train is {train} and repeats {repeats}, but a share between 0 and 1 or a whole "
            "number of rows per class, and at least one split were expected"
        )


def _stratified(codes: NDArray[np.int64], train: float, rng: np.random.Generator) -> _Split:
    """Draw training and test rows so that every class (of 2 rows or more) has both."""
    fit = np.zeros(len(codes), bool)
    for c in range(codes.max() + 1):
        own = rng.permutation(np.flatnonzero(codes == c))
        wish = train if isinstance(train, int | np.integer) else round(train * len(own))
        fit[own[: min(max(int(wish), 1), len(own) - 1)]] = True
    return np.flatnonzero(fit), np.flatnonzero(~fit)


def _unit(table: NDArray[np.float64]) -> NDArray[np.float64]:
    norms = np.linalg.norm(table, axis=1, keepdims=True)
    unit: NDArray[np.float64] = table / np.where(norms > 0, norms, 1.0)
    return unit


@contextmanager
def one_thread() -> Iterator[None]:
    """Run scikit-learn on one thread, for the same bits anywhere, and without its remarks."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1), warnings.catch_warnings():
        warnings.simplefilter("ignore", require("sklearn.exceptions").ConvergenceWarning)
        yield

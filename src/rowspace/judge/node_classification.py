"""Node classification as the literature on network embedding does it: the top-k-label protocol.

Nodes have one label or several. A one-against-rest logistic regression is trained on the vectors
of some share of the labelled nodes; each other node is given as many labels as it has, those that
score highest, and micro and macro F1 are taken. Vectors and a sparse table of labels in,
`Measure`s out. Called by the report and by benchmarks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rowspace.errors import InputError
from rowspace.judge.dependence import vectors
from rowspace.judge.extras import require
from rowspace.judge.labels import corrected_half_width, one_thread
from rowspace.judge.measure import Measure
from rowspace.progress import stage
from rowspace.recipes.registry import Paper, published

if TYPE_CHECKING:
    from scipy.sparse import csr_array

_NOTE = "How many labels a test node has is told; shares are of labelled nodes, drawn at random."


@published(
    kind="protocol",
    claim="Judges node vectors by micro and macro F1 of predicted labels at 10 to 90 % of the "
    "labelled nodes for training, the number of labels of a node being known.",
    papers=(
        Paper(
            "Perozzi, Al-Rfou, Skiena",
            2014,
            "DeepWalk: online learning of social representations",
            "KDD",
        ),
        Paper("Tang, Liu", 2009, "Relational learning via latent social dimensions", "KDD"),
    ),
    test="tests/judge/test_node_classification.py",
    benchmark="benchmarks/protocols.py",
)
def node_classification(
    x: ArrayLike,
    labels: csr_array,
    *,
    shares: Sequence[float] = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9),
    repeats: int = 10,
    normalize: bool = True,
    regularization: float = 1.0,
    seed: int = 0,
) -> tuple[Measure, ...]:
    """Micro and macro F1 of one-against-rest logistic regression, number of labels known.

    Micro F1 counts all (node, label) decisions together; macro F1 is the mean over all labels, one
    that neither occurs among the test nodes nor is given counting 0 (as in DeepWalk's scoring).
    A label without training nodes is given last. The classifier is scikit-learn's with C = 1.

    Args:
        x: (n, d) vectors of the nodes.
        labels: (n, labels) sparse; stored cells other than 0 are the labels of a node. Nodes
            without any are left out and counted.
        shares: of the labelled nodes to train on.
        repeats: random splits for each share.
        normalize: scale every vector to length 1 first, as most papers do.
        regularization: the classifier's C.
        seed: of the splits; a split does not depend on the other shares.

    Returns:
        "micro F1 @ 10 %", "macro F1 @ 10 %", and so on; reference: the labels that are most
        frequent in training. The interval is Nadeau and Bengio's for splits that share nodes.

    Raises:
        InputError: not one row of labels per vector, a share not between 0 and 1, or too few nodes
            or labels to split.
        UnsupportedError: scikit-learn is not installed.

    Example:
        >>> from scipy.sparse import csr_array
        >>> x = np.repeat([[1.0, 0.0], [0.0, 1.0]], 20, axis=0)
        >>> micro, macro = node_classification(x, csr_array(x), shares=[0.5], repeats=2)
        >>> print(micro)
        micro F1 @ 50 % 1 [1, 1] n=40
    """
    table = vectors(x, "x")
    if not hasattr(labels, "tocsr") or labels.shape[0] != len(table):
        raise InputError(
            f"labels must be a sparse matrix with {len(table)} rows, one per vector, but are "
            f"{getattr(labels, 'shape', type(labels).__name__)}"
        )
    if repeats < 1 or not shares or not all(0 < s < 1 for s in shares):
        raise InputError(
            f"shares is {tuple(shares)} and repeats {repeats}, but shares between 0 and 1 and at "
            "least one split were expected"
        )
    truth = labels.tocsr().toarray() != 0
    has = truth.any(axis=1)
    table, truth = table[has].astype(np.float32), truth[has]
    n = len(table)
    if truth.any(axis=0).sum() < 2 or any(not 0 < _trained(s, n) < n for s in shares):
        raise InputError(
            f"{n} labelled nodes with {int(truth.any(axis=0).sum())} different labels cannot be "
            f"split by the shares {tuple(shares)}; at least 2 labels and a node on each side needed"
        )
    if normalize:
        norms = np.linalg.norm(table, axis=1, keepdims=True)
        table = table / np.where(norms > 0, norms, 1)
    note = _NOTE + (f" {int((~has).sum())} nodes without a label." if not has.all() else "")

    out = []
    with stage("node classification", total=len(shares) * repeats) as step, one_thread():
        for share in shares:
            m = _trained(share, n)
            scores, frequent = np.empty((repeats, 2)), np.empty((repeats, 2))
            for i in range(repeats):
                rng = np.random.default_rng([seed, i, round(share * 1e6)])
                order = rng.permutation(n)
                fit, held = order[:m], order[m:]
                decisions = _decisions(table[fit], truth[fit], table[held], regularization)
                scores[i] = f1_scores(truth[held], top_labels(decisions, truth[held].sum(axis=1)))
                usual = np.tile(truth[fit].sum(axis=0).astype(float), (len(held), 1))
                frequent[i] = f1_scores(truth[held], top_labels(usual, truth[held].sum(axis=1)))
                step(1)
            for j, name in enumerate(("micro", "macro")):
                mean = float(scores[:, j].mean())
                half = corrected_half_width(scores[:, j], m, n - m)
                reference = {"most frequent labels": float(frequent[:, j].mean())}
                out.append(
                    Measure(
                        f"{name} F1 @ {100 * share:.3g} %",
                        mean, n, max(mean - half, 0.0), min(mean + half, 1.0), seed,
                        reference, note,
                    )
                )  # fmt: skip
    return tuple(out)


def top_labels(scores: NDArray[np.floating], counts: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Give each row as many labels as `counts` says, those of the highest scores.

    Args:
        scores: (n, labels); of equal ones the first label wins.
        counts: (n,) how many labels each row gets.

    Returns:
        (n, labels) bool.

    Example:
        >>> top_labels(np.array([[0.1, 0.9, 0.5]]), np.array([2])).astype(int)
        array([[0, 1, 1]])
    """
    order = np.argsort(-scores, axis=1, kind="stable")
    given = np.zeros(scores.shape, bool)
    np.put_along_axis(given, order, np.arange(scores.shape[1]) < counts[:, None], axis=1)
    return given


def f1_scores(truth: NDArray[np.bool_], given: NDArray[np.bool_]) -> tuple[float, float]:
    """Return micro and macro F1 of (n, labels) tables; F1 of a label with nothing to count is 0.

    Example:
        >>> f1_scores(np.array([[True, False]]), np.array([[True, False]]))
        (1.0, 0.5)
    """
    hits = (truth & given).sum(axis=0)
    both = truth.sum(axis=0) + given.sum(axis=0)
    macro = float((2 * hits / np.maximum(both, 1)).mean())
    return float(2 * hits.sum() / max(both.sum(), 1)), macro


def _trained(share: float, n: int) -> int:
    return int(share * n + 1e-9)


def _decisions(
    train: NDArray[np.float32],
    known: NDArray[np.bool_],
    test: NDArray[np.float32],
    regularization: float,
) -> NDArray[np.float64]:
    """Return (test nodes, labels) scores of one logistic regression per label."""
    model = require("sklearn.linear_model").LogisticRegression(C=regularization, max_iter=200)
    scores = np.empty((len(test), known.shape[1]))
    for j, own in enumerate(known.T):
        if own.all() or not own.any():
            scores[:, j] = np.inf if own.all() else -np.inf
        else:
            scores[:, j] = model.fit(train, own).decision_function(test)
    return scores

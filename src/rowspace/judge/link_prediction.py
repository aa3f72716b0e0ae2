"""Link prediction in an undirected graph: hide edges, embed the rest, find what was hidden.

`hide_edges` makes an `EdgeSplit`: a graph to train on, hidden edges, and as many pairs that are no
edges. `edge_prediction` scores pairs by the vectors that were trained on that graph, as in the
literature on network embedding, and ranks all nodes besides, since telling an edge from a random
pair is easy. Called by the report and by benchmarks.
(Triples of a knowledge graph: `triples.py`.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rowspace.errors import InputError
from rowspace.judge.dependence import vectors
from rowspace.judge.extras import require
from rowspace.judge.jackknife import jackknifed
from rowspace.judge.labels import one_thread
from rowspace.judge.measure import Measure
from rowspace.recipes.registry import Paper, published

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Operator = Literal["dot", "cosine", "hadamard"]
_PAIRS_IN_MEMORY = 1 << 16


@dataclass(frozen=True, eq=False)
class EdgeSplit:
    """A graph with some edges hidden.

    Attributes:
        train: (n, n) symmetric sparse, the edges that are left.
        test: (t, 2) hidden edges, smaller node first.
        non_edges: (t, 2) pairs of different nodes that the whole graph does not join, each once.
        note: what was hidden and how, in words.
    """

    train: csr_array
    test: NDArray[np.int64]
    non_edges: NDArray[np.int64]
    note: str


def hide_edges(
    graph: csr_array, share: float = 0.5, *, keep_connected: bool = True, seed: int = 0
) -> EdgeSplit:
    """Hide a share of the edges of an undirected graph, drawn at random.

    Args:
        graph: (n, n) symmetric sparse; the values are kept, loops and stored zeros dropped.
        share: of the edges to hide.
        keep_connected: hide no edge of a random spanning forest, so that the connected parts stay
            as they are (Grover & Leskovec 2016); fewer are hidden if it needs more than the rest.
        seed: of the draws.

    Returns:
        The split.

    Raises:
        InputError: the matrix is not square and symmetric, `share` is not between 0 and 1, no edge
            can be hidden, or the graph has fewer pairs without an edge than edges to hide.

    Example:
        >>> from scipy.sparse import csr_array
        >>> ring = csr_array(np.roll(np.eye(6), 1, axis=1) + np.roll(np.eye(6), -1, axis=1))
        >>> split = hide_edges(ring, 0.5)
        >>> len(split.test), split.train.nnz // 2, split.note
        (1, 5, '1 of 6 edges hidden, connected parts kept; 0.5 would have been 3.')
    """
    from scipy.sparse import coo_array

    rows, cols, values, n, loops = _edges(graph)
    if not 0 < share < 1:
        raise InputError(f"share is {share}, but a number between 0 and 1 was expected")
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(rows))
    wish = round(share * len(rows))
    if keep_connected:
        order = order[~np.isin(order, _spanning(rows, cols, n, rng))]
    hidden, kept = order[:wish], np.ones(len(rows), bool)
    kept[hidden] = False
    if not len(hidden):
        raise InputError(
            f"none of the {len(rows)} edges can be hidden; hide a larger share, or give up the "
            "connected parts with keep_connected=False"
        )
    i, j, v = rows[kept], cols[kept], values[kept]
    both = (np.concatenate([i, j]), np.concatenate([j, i]))
    train = coo_array((np.concatenate([v, v]), both), shape=(n, n)).tocsr()
    note = f"{len(hidden)} of {len(rows)} edges hidden"
    note += ", connected parts kept" if keep_connected else ", parts may fall apart"
    note += f"; {share:g} would have been {wish}" if len(hidden) < wish else ""
    note += f"; {loops} loops dropped" if loops else ""
    return EdgeSplit(
        train,
        np.column_stack([rows[hidden], cols[hidden]]),
        _non_edges(rows * n + cols, n, len(hidden), rng),
        note + ".",
    )


@published(
    kind="protocol",
    claim="Judges node vectors by hidden edges against as many pairs without an edge (AUC, average "
    "precision) and by ranking all nodes, beside what the nodes' degrees alone achieve.",
    papers=(
        Paper(
            "Grover, Leskovec",
            2016,
            "node2vec: Scalable Feature Learning for Networks",
            "KDD",
            literature=307,
        ),
        Paper(
            "Liben-Nowell, Kleinberg",
            2007,
            "The link-prediction problem for social networks",
            "JASIST 58",
        ),
    ),
    test="tests/judge/test_link_prediction.py",
)
def edge_prediction(
    x: ArrayLike,
    split: EdgeSplit,
    *,
    contexts: ArrayLike | None = None,
    operators: Sequence[Operator] = ("dot", "cosine", "hadamard"),
    k: int | None = 20,
    overlap: Literal["refuse", "drop"] = "refuse",
    seed: int = 0,
) -> tuple[Measure, ...]:
    """AUC and average precision of hidden edges, by each operator, and all-node ranking.

    "dot" is x_i . y_j + x_j . y_i, "cosine" the same with rows of length 1, and "hadamard" a
    logistic regression on x_i * x_j trained on edges of the training graph and as many other pairs
    that it does not join (hidden edges may be among these, as they would be in use).

    Args:
        x: (n, d) vectors of the nodes, made from `split.train` alone.
        split: as from `hide_edges`, or with a test set of your own.
        contexts: (n, d) the other side's vectors y; x itself where None.
        operators: which.
        k: also rank all nodes for each node with hidden edges, its training neighbours and itself
            removed, and give Recall@k ("dot" and "cosine"); None leaves that out.
        overlap: what to do with hidden edges that are in the training graph: "refuse" or "drop".
        seed: of the classifier's pairs and of the groups of the jackknife over pairs.

    Returns:
        The measures; references: the product of the nodes' degrees, and for Recall@k the nodes of
        the highest degree.

    Raises:
        InputError: not one vector per node, an unknown operator, hidden edges are in the training
            graph and `overlap` is "refuse", or pairs given as no edges are edges.
        UnsupportedError: scikit-learn is not installed.

    Example:
        >>> from scipy.sparse import csr_array
        >>> blocks = np.kron(np.eye(2), np.ones((8, 8)))
        >>> split = hide_edges(csr_array(blocks), 0.3)
        >>> x = np.repeat(np.eye(2), 8, axis=0)
        >>> edge_prediction(x, split, operators=["dot"], k=None)[0].value
        1.0
    """
    a = vectors(x, "x")
    b = a if contexts is None else vectors(contexts, "contexts")
    n = split.train.shape[0]
    if len(a) != n or b.shape != a.shape:
        raise InputError(f"the graph has {n} nodes, but there are {len(a)} vectors")
    unknown = [o for o in operators if o not in ("dot", "cosine", "hadamard")]
    if unknown:
        raise InputError(f"operator is {unknown[0]!r}, but dot, cosine or hadamard was expected")
    test, dropped = _unseen(split, overlap)
    pairs = np.concatenate([test, split.non_edges])
    truth = np.arange(len(pairs)) < len(test)
    degree = np.diff(split.train.indptr).astype(np.float64)
    by_degree = degree[pairs[:, 0]] * degree[pairs[:, 1]]
    note = split.note + (
        f" {dropped} hidden edges that are in training dropped." if dropped else ""
    )

    metrics = require("sklearn.metrics")
    ways = {"AUC": metrics.roc_auc_score, "AP": metrics.average_precision_score}
    out = []
    for operator in operators:
        scores = _scores(operator, a, b, pairs, split, seed)
        for name, way in ways.items():
            value, low, high = jackknifed(
                lambda at, way=way, s=scores: _defined(way, truth[at], s[at]),  # type: ignore[misc]
                len(pairs),
                seed=seed,
                bounds=(0.0, 1.0),
            )
            null = {"product of degrees": _defined(way, truth, by_degree)}
            title = f"{name} ({_title(operator)})"
            out.append(Measure(title, value, len(pairs), low, high, seed, null, note))
        if k is not None and operator != "hadamard":
            out.append(_ranked(operator, a, b, split.train, test, k, seed, note))
    return tuple(out)


def _title(operator: Operator) -> str:
    return "Hadamard + logistic regression" if operator == "hadamard" else operator


def _defined(way: Any, truth: NDArray[np.bool_], scores: NDArray[np.float64]) -> float:
    return float(way(truth, scores)) if truth.any() and not truth.all() else float("nan")


def _scores(
    operator: Operator,
    a: NDArray[np.float64],
    b: NDArray[np.float64],
    pairs: NDArray[np.int64],
    split: EdgeSplit,
    seed: int,
) -> NDArray[np.float64]:
    if operator == "hadamard":
        rows, cols, _, n, _ = _edges(split.train)
        rng = np.random.default_rng([seed, 4])
        pick = np.sort(rng.permutation(len(rows))[:_PAIRS_IN_MEMORY])
        edges = np.column_stack([rows[pick], cols[pick]])
        others = _non_edges(rows * n + cols, n, len(edges), rng)
        known = np.concatenate([edges, others])
        model = require("sklearn.linear_model").LogisticRegression(max_iter=300)
        features = a[known[:, 0]] * a[known[:, 1]]
        scale = features.std(axis=0)
        scale[scale == 0] = 1.0
        with one_thread():
            model.fit(features / scale, np.arange(len(known)) < len(edges))
        weight = model.coef_[0] / scale
        return _each_pair(pairs, lambda i, j: (a[i] * a[j]) @ weight)
    left, right = _sides(operator, a, b)
    return _each_pair(
        pairs, lambda i, j: ((left[i] * right[j]) + (left[j] * right[i])).sum(axis=1) / 2
    )


def _each_pair(pairs: NDArray[np.int64], score: Any) -> NDArray[np.float64]:
    out = np.empty(len(pairs))
    for start in range(0, len(pairs), _PAIRS_IN_MEMORY):
        part = pairs[start : start + _PAIRS_IN_MEMORY]
        out[start : start + len(part)] = score(part[:, 0], part[:, 1])
    return out


def _sides(
    operator: Operator, a: NDArray[np.float64], b: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return vectors whose products are the scores of the operator."""
    if operator == "dot":
        return a, b
    norms = (np.linalg.norm(side, axis=1, keepdims=True) for side in (a, b))
    left, right = (side / np.where(m > 0, m, 1.0) for side, m in zip((a, b), norms))
    return left, right


def _ranked(
    operator: Operator,
    a: NDArray[np.float64],
    b: NDArray[np.float64],
    train: csr_array,
    test: NDArray[np.int64],
    k: int,
    seed: int,
    note: str,
) -> Measure:
    """Rank all nodes for every node with hidden edges."""
    from dataclasses import replace

    from scipy.sparse import coo_array, eye_array

    from rowspace.judge.all_items import recommendation

    n = len(a)
    left, right = _sides(operator, a, b)
    if right is not left:
        left, right = np.hstack([left, right]), np.hstack([right, left])
    i, j = test.T
    both = (np.concatenate([i, j]), np.concatenate([j, i]))
    wanted = coo_array((np.ones(2 * len(test)), both), shape=(n, n)).tocsr()
    seen = (train != 0).astype(np.float32) + eye_array(n, dtype=np.float32, format="csr")
    found = recommendation(left, right, seen.tocsr(), wanted, metrics=[f"recall@{k}"])
    measure = found.values.measures(seed=seed, reference={"highest degrees": found.popular})[0]
    said = f"All nodes ranked, training neighbours and the node itself removed. {note}"
    return replace(measure, name=f"{measure.name} ({operator}, all nodes)", note=said)


def _unseen(split: EdgeSplit, overlap: Literal["refuse", "drop"]) -> tuple[NDArray[np.int64], int]:
    """Return the hidden edges that training does not hold, and how many it does."""
    if overlap not in ("refuse", "drop"):
        raise InputError(f"overlap is {overlap!r}, but 'refuse' or 'drop' was expected")
    rows, cols, _, n, _ = _edges(split.train)
    for name, pairs in (("hidden edges", split.test), ("pairs without an edge", split.non_edges)):
        if pairs.ndim != 2 or pairs.shape[1:] != (2,) or not ((pairs >= 0) & (pairs < n)).all():
            raise InputError(f"the {name} must be pairs of nodes 0 to {n - 1}")
    known = rows * n + cols
    hidden, others = (np.sort(pairs, axis=1) @ [n, 1] for pairs in (split.test, split.non_edges))
    wrong = int(np.isin(others, np.concatenate([known, hidden])).sum())
    if wrong:
        raise InputError(f"{wrong} of {len(others)} pairs given as no edges are edges; redraw them")
    common = np.isin(hidden, known)
    if common.any() and overlap == "refuse":
        raise InputError(
            f"{int(common.sum())} of {len(hidden)} hidden edges are in the training graph; split "
            "again, or drop them with overlap='drop'"
        )
    if common.all():
        raise InputError("there is no hidden edge outside the training graph to judge by")
    return split.test[~common], int(common.sum())


def _edges(
    graph: csr_array,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[Any], int, int]:
    """Return each edge once (smaller node, larger node, value), the nodes and dropped loops."""
    from scipy.sparse import triu

    if not hasattr(graph, "tocsr") or graph.shape[0] != graph.shape[1]:
        raise InputError("a graph is a square sparse matrix, nodes by nodes")
    matrix = graph.tocsr()
    if abs(matrix - matrix.T).max() > 0:
        raise InputError(
            "the graph is directed: its matrix is not symmetric; judge graph + graph.T instead"
        )
    upper = triu(matrix, 1).tocoo()
    upper.sum_duplicates()
    real = upper.data != 0
    rows, cols = (at[real].astype(np.int64) for at in (upper.row, upper.col))
    return rows, cols, upper.data[real], matrix.shape[0], int((matrix.diagonal() != 0).sum())


def _spanning(
    rows: NDArray[np.int64], cols: NDArray[np.int64], n: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Return which edges are in a random spanning forest."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import minimum_spanning_tree

    weights = 1.0 + rng.permutation(len(rows))  # the weight tells the edge
    tree = minimum_spanning_tree(coo_array((weights, (rows, cols)), shape=(n, n)).tocsr())
    edge_of = np.empty(len(rows), np.int64)
    edge_of[weights.astype(np.int64) - 1] = np.arange(len(rows))
    own: NDArray[np.int64] = edge_of[tree.data.astype(np.int64) - 1]
    return own


def _non_edges(
    edges: NDArray[np.int64], n: int, count: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Draw `count` different pairs i < j whose key i n + j is not among `edges`."""
    free = n * (n - 1) // 2 - len(edges)
    if free < count:
        raise InputError(
            f"the graph has only {free} pairs without an edge, but {count} are needed; hide a "
            "smaller share"
        )
    if free < 4 * count:  # dense: list them all
        i, j = np.triu_indices(n, 1)
        keys = np.setdiff1d(i * n + j, edges)
        found = rng.permutation(keys)[:count]
    else:
        found = np.empty(0, np.int64)
        while len(found) < count:
            pairs = np.sort(rng.integers(0, n, (2 * count, 2)), axis=1)
            keys = (pairs @ [n, 1])[pairs[:, 0] < pairs[:, 1]]
            both = np.concatenate([found, keys[~np.isin(keys, edges)]])
            found = both[np.sort(np.unique(both, return_index=True)[1])]
        found = found[:count]
    return np.column_stack([found // n, found % n])

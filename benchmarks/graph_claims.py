"""What papers on graphs claim, each on a small task of its own.

Roles and communities (Zhu et al. 2021, PhUSION): from the same PageRank matrix, its factors should
tell communities apart and the distributions of its rows roles. Roles: a ring with 30 houses, stars
and fans on it and 5 % of links at random; the role of a node is its place in its shape.
Communities: a stochastic block model of 6 blocks of about 50 nodes. Accuracy of a logistic
regression on 32 numbers, 5 folds, 10 graphs.

Cores (Brandeis, Jarret, Sevestre 2020): factoring a k-core and averaging outward should cost less
and be nearly as good; walks paced by core numbers likewise. PPI, 128 numbers.

Graphlets (Windels et al. 2024): some graphlet adjacency should be better than links or walks on
PPI.
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

TITLE = "Graphs: roles and communities, cores, graphlets"
NOTE = """
Roles and communities: mean and standard deviation over 10 graphs. Cores and graphlets: micro F1 in
per cent at 50 % and 90 % of the labelled nodes for training, mean and standard deviation of 10
shuffles (`judge.node_classification`). CPU seconds of all threads to fit.
"""
HOUSE = ([(0, 1), (1, 2), (2, 3), (3, 0), (0, 4), (1, 4)], [1, 1, 2, 2, 3], 2)
STAR = ([(0, k) for k in range(1, 6)], [4, 5, 5, 5, 5, 5], 1)
FAN = ([(0, k) for k in range(1, 5)] + [(k, k + 1) for k in range(1, 4)], [6, 7, 8, 8, 7], 1)
"""Links, the role of each node, and the node that is tied to the ring."""


def run(data: Path, quick: bool) -> list[dict[str, object]]:
    rows = list(roles_and_communities(2 if quick else 10))
    return rows + list(labelled(data, quick))


def roles_and_communities(repeats: int):
    methods = [
        ("factors of PageRank: phusion nonlinearity=none", "phusion", {"nonlinearity": "none"}),
        ("factors of its logarithm: phusion", "phusion", {}),
        ("distributions of its rows: role proximity=ppr", "role", {"proximity": "ppr"}),
        ("distributions of heat: role", "role", {}),
        ("spectral", "spectral", {}),
    ]
    for task, make in (("roles", ring_of_shapes), ("communities", block_model)):
        graphs = [make(seed) for seed in range(repeats)]
        for label, recipe, options in methods:
            found, seconds = [], 0.0
            for a, truth in graphs:
                x, spent = vectors(a, recipe, 32, options)
                found.append(accuracy(x, truth))
                seconds += spent
            spread = np.std(found, ddof=1)
            yield row(
                task, label, seconds / repeats, f"accuracy {np.mean(found):.3f} ± {spread:.3f}"
            )


def labelled(data: Path, quick: bool):
    from benchmarks.node_classification import graph, scores, warm

    cores = [("netmf", {}), *(("kcore", {"k": k}) for k in (5, 10, 20))]
    walks = [("deepwalk-mf", {}), ("deepwalk-mf", {"paced": True})]
    orbits = ("edge", "path", "triangle", "clique", "diamond", "diamond-ends", "square")
    graphlets = [("netmf", {}), *(("graphlet", {"orbit": orbit}) for orbit in orbits)]
    tasks = [] if quick else [("cores, PPI", cores + walks)]
    tasks += [("graphlets, PPI", graphlets[:3] if quick else graphlets)]
    obs, labels = graph(data, "ppi")
    for task, methods in tasks:
        for recipe, options in methods:
            warm(recipe, {k: min(v, 3) if k == "k" else v for k, v in options.items()})
            x, seconds = vectors(obs, recipe, 128, options)
            f1 = scores(x, labels, 2 if quick else 10)
            label = " ".join([recipe, *(f"{k}={v}" for k, v in options.items())])
            found = f"micro F1 {f1['micro @ 50 %']}, {f1['micro @ 90 %']}"
            yield row(task, label, seconds, found)


def row(task: str, method: str, seconds: float, found: str) -> dict[str, object]:
    return {"task": task, "method": method, "CPU s": seconds, "found": found}


def vectors(graph, recipe: str, dim: int, options: dict[str, object]):
    """Return the node vectors and the CPU seconds that they took."""
    import rowspace as rs

    obs = graph
    if isinstance(graph, np.ndarray):
        obs = rs.Observations.from_matrix(graph, rows="node", cols="neighbor")
    start = time.process_time()
    space = rs.fit(obs, recipe, dim=dim, **options)
    return space["node"].vectors, time.process_time() - start


def ring_of_shapes(seed: int, shapes: int = 30, ring: int = 120):
    """Return a graph with shapes on a ring, nodes in random order, and their roles."""
    rng = np.random.default_rng(seed)
    links = [(i, (i + 1) % ring) for i in range(ring)]
    roles = [0] * ring
    for s, at in enumerate(rng.permutation(ring)[:shapes].tolist()):
        own, places, door = (HOUSE, STAR, FAN)[s % 3]
        n = len(roles)
        links += [(n + i, n + j) for i, j in own] + [(at, n + door)]
        roles += places
    links += rng.integers(0, len(roles), (len(links) // 20, 2)).tolist()
    a = np.zeros((len(roles),) * 2)
    for i, j in links:
        a[i, j] = a[j, i] = i != j
    order = rng.permutation(len(roles))
    return a[np.ix_(order, order)], np.array(roles)[order]


def block_model(seed: int, n: int = 300, blocks: int = 6):
    """Return a stochastic block model and the blocks."""
    rng = np.random.default_rng(seed)
    block = rng.integers(0, blocks, n)
    near = rng.random((n, n)) < np.where(block[:, None] == block, 0.08, 0.01)
    a = np.triu(near, 1).astype(float)
    return a + a.T, block


def accuracy(x, truth) -> float:
    """Return the accuracy of a logistic regression on vectors of length 1, over 5 folds."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_score

    x = x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-9)
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    model = LogisticRegression(C=10, max_iter=2000)
    return float(cross_val_score(model, x, truth, cv=folds).mean())

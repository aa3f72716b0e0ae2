"""Graph reconstruction: do the vectors of a graph's nodes still know the graph, hop by hop?

Every node ranks the others; those that are really h links away should come first. In: vectors of
nodes and the adjacency that they were made from; out: a `Block`. Called by hand and by benchmarks.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rowspace.errors import InputError
from rowspace.judge.blocks import Block
from rowspace.judge.measure import Measure
from rowspace.judge.rows import finite_rows
from rowspace.judge.significance import bootstrap_means
from rowspace.judge.spectrum import at_unit_length
from rowspace.recipes.registry import Paper, published
from rowspace.threads import kernel_threads
from rowspace.workers import each

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Array = NDArray[np.float64]


@published(
    kind="measure",
    claim="How much of a graph its node vectors still hold, one, two and three links away.",
    papers=(
        Paper(
            "Yip, Henson, Sheth",
            2023,
            "RESTORE: graph embedding assessment through reconstruction",
            "arXiv 2308.14659",
            literature=228,
        ),
    ),
    test="tests/judge/test_reconstruction.py",
)
def graph_reconstruction(
    vectors: ArrayLike,
    adjacency: csr_array,
    *,
    hops: int = 3,
    score: Literal["cosine", "dot"] = "cosine",
    nodes: int = 1000,
    seed: int = 0,
) -> Block:
    """Rank the nodes for some nodes and look where those at each distance stand.

    For hop h the nodes at distance exactly h are to be found, among all nodes that are no nearer
    than h (nearer ones are taken out of the ranking, so that a good first hop does not spoil the
    second). Average precision by node, ties counted with their expected value over all orders
    (McSherry, Najork 2008); precision@R looks at as many places as there are nodes to be found.

    Args:
        vectors: (n, d) numbers, finite.
        adjacency: (n, n) sparse; stored cells other than 0 are links from row to column, loops are
            ignored.
        hops: how far to look.
        score: "cosine" (zero rows have cosine 0) or "dot".
        nodes: how many nodes rank, drawn by `seed` from those with a link.
        seed: of the nodes and of the intervals (bootstrap over nodes).

    Returns:
        `Block` "Reconstruction" with "MAP, hop h" and "precision@R, hop h"; the reference is a
        random order, exact. Series "hops", "MAP", "random".

    Raises:
        InputError: the shapes do not fit, a row is not finite, or there is no link.

    Example:
        >>> from scipy.sparse import csr_array
        >>> ring = np.roll(np.eye(8), 1, axis=1) + np.roll(np.eye(8), -1, axis=1)
        >>> angle = 2 * np.pi * np.arange(8) / 8
        >>> circle = np.column_stack([np.cos(angle), np.sin(angle)])
        >>> block = graph_reconstruction(circle, csr_array(ring))
        >>> [round(block[f"MAP, hop {h}"].value, 6) for h in (1, 2, 3)]
        [1.0, 1.0, 1.0]
    """
    x = finite_rows(vectors)
    n = len(x)
    if not hasattr(adjacency, "tocsr") or tuple(adjacency.shape) != (n, n):
        got = getattr(adjacency, "shape", type(adjacency).__name__)
        raise InputError(f"adjacency must be a sparse matrix of {n} x {n} cells, but it is {got}")
    if hops < 1 or nodes < 1:
        raise InputError(f"hops is {hops} and nodes {nodes}, but at least 1 was expected")
    if score not in ("cosine", "dot"):
        raise InputError(f"score is {score!r}, but 'cosine' or 'dot' was expected")
    links = _links(adjacency)
    linked = np.flatnonzero(np.diff(links.indptr))
    if not len(linked):
        raise InputError("the graph has no link between different nodes, so nothing can be found")
    asked = np.sort(np.random.default_rng([seed, 11]).permutation(linked)[:nodes])
    x = at_unit_length(x) if score == "cosine" else x
    harmonic = np.concatenate([[0.0], np.cumsum(1 / np.arange(1, n + 1))])

    def one(node: int) -> Array:
        scores = x @ x[node]
        return _by_hop(links, int(node), scores, hops, harmonic)

    with kernel_threads():
        values = np.array(list(each(one, list(asked))))  # (nodes, hops, 3)
    measures, means, nulls = [], [], []
    for h in range(hops):
        there = values[~np.isnan(values[:, h, 0]), h]
        for i, name in ((0, "MAP"), (1, "precision@R")):
            null = float(there[:, 2 + i].mean()) if len(there) else math.nan
            if not len(there):
                measures.append(
                    Measure(f"{name}, hop {h + 1}", math.nan, 0,
                            note="Undefined: no node has others at that distance.")
                )  # fmt: skip
            else:
                drawn = bootstrap_means(there[:, [i]], seed=seed)
                low, high = np.quantile(drawn, [0.025, 0.975])
                measures.append(
                    Measure(f"{name}, hop {h + 1}", float(there[:, i].mean()), len(there),
                            float(low), float(high), seed, {"random order": null})
                )  # fmt: skip
            if i == 0:
                means.append(measures[-1].value)
                nulls.append(null)
    series: dict[str, NDArray[Any]] = {
        "hops": np.arange(1, hops + 1),
        "MAP": np.array(means),
        "random": np.array(nulls),
    }
    return Block("Reconstruction", tuple(measures), series)


def expected_average_precision(
    scores: Array, relevant: NDArray[np.bool_], harmonic: Array
) -> float:
    """Return the average precision of a ranking by scores, expected over the orders of ties.

    A group of t equal scores with r relevant ones, after s others of which R are relevant, adds
    r/t ((1 + R) D + (r - 1)/(t - 1) (t - (s + 1) D)) with D = H(s + t) - H(s), divided in the end
    by the number of relevant ones.

    Args:
        scores: (c,) of the candidates.
        relevant: (c,) which of them are to be found; at least one.
        harmonic: (c + 1,) or longer, the harmonic numbers from H(0) = 0 on.

    Example:
        >>> harmonic = np.concatenate([[0.0], np.cumsum(1 / np.arange(1, 4))])
        >>> expected_average_precision(np.array([3, 1, 2]), np.array([True, False, True]), harmonic)
        1.0
    """
    ordered = np.sort(scores)
    levels, r = np.unique(scores[relevant], return_counts=True)
    levels, r = levels[::-1], r[::-1]
    right = np.searchsorted(ordered, levels, side="right")
    t = right - np.searchsorted(ordered, levels, side="left")
    s = len(ordered) - right
    before = np.cumsum(r) - r
    d = harmonic[s + t] - harmonic[s]
    slope = np.where(t > 1, (r - 1) / np.maximum(t - 1, 1), 0.0)
    return float((r / t * ((1 + before) * d + slope * (t - (s + 1) * d))).sum() / r.sum())


def _links(adjacency: Any) -> csr_array:
    """Return the pattern of links, without loops and zeros."""
    from scipy.sparse import coo_array, csr_array

    cells = coo_array(adjacency.tocsr())
    row, col = cells.coords
    keep = (cells.data != 0) & (row != col)
    ones = np.ones(int(keep.sum()), np.int8)
    links = csr_array((ones, (row[keep], col[keep])), shape=cells.shape)
    links.sum_duplicates()
    return links


def _by_hop(
    links: csr_array, node: int, scores: NDArray[np.float32], hops: int, harmonic: Array
) -> Array:
    """Return average precision, precision@R and their values by chance, (hops, 4)."""
    out = np.full((hops, 4), np.nan)
    candidate = np.ones(len(scores), bool)
    candidate[node] = False
    edge = np.array([node])
    for h in range(hops):
        starts, ends = links.indptr[edge], links.indptr[edge + 1]
        reached = np.concatenate([links.indices[a:b] for a, b in zip(starts, ends)])
        edge = np.unique(reached[candidate[reached]])
        if not len(edge):
            break
        found = np.zeros(len(scores), bool)
        found[edge] = True
        own, relevant = scores[candidate].astype(np.float64), found[candidate]
        c, r = len(own), len(edge)
        # By chance: E AP = (H_c + (r - 1)(c - H_c) / (c - 1)) / c.
        rest = (r - 1) * (c - harmonic[c]) / (c - 1) if c > 1 else 0.0
        out[h] = (
            expected_average_precision(own, relevant, harmonic),
            _expected_precision(own, relevant, r),
            (harmonic[c] + rest) / c,
            r / c,
        )
        candidate[edge] = False
    return out


def _expected_precision(scores: Array, relevant: NDArray[np.bool_], places: int) -> float:
    """Return the share of relevant ones in the first places, expected over the orders of ties."""
    last = np.partition(scores, len(scores) - places)[len(scores) - places]
    above, level = scores > last, scores == last
    share = (places - above.sum()) / level.sum()
    return float((relevant[above].sum() + share * relevant[level].sum()) / places)

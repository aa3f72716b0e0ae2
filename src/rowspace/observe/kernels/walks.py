"""The random walk loop: first-order walks and node2vec's second-order walks, by rejection.

A candidate is drawn in proportion to the weights of the links and kept with a probability of its
bias over the largest bias, so that nothing is stored per pair of links and a step costs the
logarithm of a degree. Where going back has the largest bias, what it has above the others is drawn
for by itself, or nearly all else would be rejected (Yang et al. 2019, "KnightKing", section 4.2).
Every start node has a random stream of its own, which makes the walks the same however the nodes
are shared out. Called by `observe/walks.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

_UNIT = 1.0 / (1 << 53)


@njit(cache=True, nogil=True)
def _mixed(x: Any) -> Any:
    """Return a scrambled 64-bit number (the finaliser of splitmix64)."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


@njit(cache=True, nogil=True)
def _link(indptr: Any, indices: Any, node: int, other: int) -> int:
    """Return the place of the link from node to other, -1 without one; rows are sorted."""
    low, left = indptr[node], indptr[node + 1] - indptr[node]
    if left == 0:
        return -1
    while left > 1:
        half = left >> 1
        # Without a branch, which the processor would guess wrongly every other time.
        low += half * np.int64(indices[low + half - 1] < other)
        left -= half
    return int(low) if indices[low] == other else -1


@njit(cache=True, nogil=True)
def walk(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    cumulated: NDArray[np.float64],
    starts: NDArray[np.int64],
    first: int,
    last: int,
    length: int,
    p: float,
    q: float,
    seed: int,
    out: NDArray[np.int32],
) -> None:
    """Write the walks that begin at the nodes first .. last - 1.

    A step from v, come from u, goes to x in proportion to w_vx times 1/p if x = u, 1 if u links to
    x, else 1/q. A walk that comes to a node without links ends there.

    Args:
        indptr, indices: of the links, (n + 1,) and (nnz,), sorted within a row.
        cumulated: (nnz,) weights summed up within each row; of length 0 where all are equal.
        starts: (n + 1,) the walks of node i are the rows starts[i] .. starts[i + 1] - 1 of `out`.
        first, last: the nodes to begin at.
        length: how many nodes a walk has at most, with the first.
        p, q: return and in-out parameters, above 0; 1 and 1 are first-order walks.
        seed: of all streams.
        out: (walks, length + 1) int32, written; -1 after the end of a walk.
    """
    equal = len(cumulated) == 0
    second = p != 1.0 or q != 1.0
    largest = max(1.0, 1.0 / q)
    beyond = max(1.0 / p - largest, 0.0) / largest
    back, away = min(1.0 / p, largest) / largest, 1.0 / q / largest
    near = 1.0 / largest
    least = min(back, near, away)
    golden = np.uint64(0x9E3779B97F4A7C15)
    for i in range(first, last):
        state = _mixed(np.uint64(seed) * golden + np.uint64(i) + golden)
        for row in range(starts[i], starts[i + 1]):
            line = out[row]
            line[0] = i
            v, u, t = i, -1, 1
            while t < length:
                a, b = indptr[v], indptr[v + 1]
                if a == b:
                    break
                state += golden
                unit = np.float64(_mixed(state) >> np.uint64(11)) * _UNIT
                if beyond > 0.0 and u >= 0:
                    # The area above the others' bias, over the area of all candidates and it;
                    # where links are equal it is known before it is known whether one leads back.
                    weight, whole = 1.0, float(b - a)
                    if not equal:
                        at = _link(indptr, indices, v, u)
                        weight, whole = 0.0, cumulated[b - 1]
                        if at >= 0:
                            weight = cumulated[at] - (cumulated[at - 1] if at > a else 0.0)
                    extra = weight * beyond
                    unit *= (whole + extra) / whole
                    if unit >= 1.0:
                        if equal and _link(indptr, indices, v, u) < 0:
                            continue
                        line[t] = u
                        u, v = v, u
                        t += 1
                        continue
                if equal:
                    at = int(a) + int(unit * (b - a))
                else:
                    aim = unit * cumulated[b - 1]
                    low, high = a, b - 1
                    while low < high:
                        middle = (low + high) >> 1
                        if cumulated[middle] <= aim:
                            low = middle + 1
                        else:
                            high = middle
                    at = int(low)
                x = int(indices[at])
                if second and u >= 0:
                    state += golden
                    luck = np.float64(_mixed(state) >> np.uint64(11)) * _UNIT
                    # What is kept whatever it is need not be looked up.
                    if luck >= least:
                        if x == u:
                            keep = back
                        elif _link(indptr, indices, u, x) >= 0:
                            keep = near
                        else:
                            keep = away
                        if luck >= keep:
                            continue
                line[t] = x
                u, v = v, x
                t += 1
            for rest in range(t, length + 1):
                line[rest] = -1

"""Trees in the hyperbolic plane, in closed form: every link has the same length, every node room.

Sarkar's construction as in Sala, De Sa, Gu, Re 2018, section 3: the children of a node stand at
equal angles around it. Positions are polar, and the angle is kept in two numbers, so that nodes
may be twice as far out as float64 alone would allow; vectors of a space, which are float32, could
not hold them. Called by hand and by benchmarks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import InputError

Array = NDArray[np.float64]

_FARTHEST = 65.0


@dataclass(frozen=True, eq=False)
class TreeEmbedding:
    """Nodes in the hyperbolic plane.

    Attributes:
        radius: (n,) distance from the root.
        angle, angle_rest: (n,) direction from the root; the sum of both numbers.
        scale: how long a link is.
        spanning: whether links were left out, because the graph was no tree.
    """

    radius: Array
    angle: Array
    angle_rest: Array
    scale: float
    spanning: bool

    def distances(self, node: int) -> Array:
        """Return the distance of a node to all, (n,)."""
        turn = (self.angle - self.angle[node]) + (self.angle_rest - self.angle_rest[node])
        r, own = self.radius, self.radius[node]
        # cosh d - 1, all terms above 0, each over e^(r + own) / 4 so that none overflows.
        near = 2 * np.sinh((r - own) / 2) ** 2
        half = np.abs(np.sin(turn / 2))
        with np.errstate(divide="ignore"):
            far = np.log(2 * half**2) + _log_sinh(r) + _log_sinh(np.full_like(r, own))
        log = np.logaddexp(np.log(np.maximum(near, 1e-300)), far)
        small = np.arccosh(1 + np.exp(np.minimum(log, 30)))
        return np.asarray(np.where(log > 30, log + np.log(2), small))


def embed_tree(graph: Any, *, root: int | None = None, scale: float | None = None) -> TreeEmbedding:
    """Place a tree in the hyperbolic plane so that distances are those of the tree, nearly.

    Args:
        graph: (n, n) SciPy sparse, cells other than 0 are links in both directions; of a graph that
            is no tree, one that is spanned from the root by nearest first.
        root: a node; one in the middle of the longest path where None.
        scale: how long a link is; the longer, the smaller the distortion. None: just so long that
            siblings are as far from each other as from their parent, and two more.

    Returns:
        The positions.

    Raises:
        InputError: the graph is not connected, or reaches farther out than two float64 can tell.

    Example:
        >>> from scipy.sparse import csr_array
        >>> star = csr_array(np.array([[0, 1, 1], [1, 0, 0], [1, 0, 0]]))
        >>> found = embed_tree(star, scale=3.0)
        >>> found.distances(0).round(3).tolist(), found.distances(1).round(3).tolist()
        ([0.0, 3.0, 3.0], [3.0, 0.0, 6.0])
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import breadth_first_order

    links = csr_array(graph)
    n = links.shape[0]
    if root is None:
        root = _middle(links)
    order, before = breadth_first_order(links, root, directed=False)
    if len(order) < n:
        raise InputError(
            f"{n - len(order)} of {n} nodes cannot be reached from node {root}; embed each "
            "component by itself"
        )
    children: list[list[int]] = [[] for _ in range(n)]
    for node in order[1:]:
        children[before[node]].append(int(node))
    most = max(len(c) + (i != root) for i, c in enumerate(children))
    if scale is None:
        scale = 2 + 2 * np.log(1 / np.sin(np.pi / most)) if most > 2 else 1.0
    tau = float(scale)
    radius, angle, rest = np.zeros((3, n))
    to_parent = np.zeros(n)  # at a node: from the direction to the root to that to its parent
    for node in order:
        around = len(children[node]) + (node != root)
        for at, child in enumerate(children[node]):
            turn = 2 * np.pi * (at + (node != root)) / around
            if node == root:
                radius[child], angle[child] = tau, turn
                continue
            psi, r = to_parent[node] + turn, radius[node]
            shrink = np.exp(-r)
            out = (
                np.cosh(tau) * (1 - shrink**2) / 2
                - np.sinh(tau) * np.cos(psi) * (1 + shrink**2) / 2
            )
            across = np.sinh(tau) * np.sin(psi) * shrink
            new = r + np.log(np.hypot(out, across)) + np.log(2)  # sinh r' = e^r hypot
            if new < 20:
                new = np.arcsinh(np.exp(new) / 2)
            radius[child] = new
            total, lost = _sum(angle[node], np.arctan2(-across, out))
            angle[child], rest[child] = total, rest[node] + lost
            # The triangle of root, node and child, seen from the child, over e^r'.
            down = np.exp(-new)
            wide = np.exp(r - new) * (1 - shrink**2) / 2 * abs(np.sin(psi)) * np.sinh(tau)
            deep = (1 + down**2) / 2 * np.cosh(tau) - np.exp(r - new) * (1 + shrink**2) / 2
            to_parent[child] = -np.sign(np.sin(psi)) * np.arctan2(wide, deep)
    if radius.max(initial=0) > _FARTHEST:
        raise InputError(
            f"a node is {radius.max():.0f} from the root at scale {tau:.3g}, beyond {_FARTHEST:g}, "
            "where two float64 numbers no longer tell neighbours apart; lower the scale"
        )
    both = csr_array(links + links.T)
    both.setdiag(0)
    both.eliminate_zeros()
    return TreeEmbedding(radius, angle, rest, tau, both.nnz > 2 * (n - 1))


def _middle(links: Any) -> int:
    from scipy.sparse.csgraph import breadth_first_order

    end = int(breadth_first_order(links, 0, directed=False)[0][-1])
    order, before = breadth_first_order(links, end, directed=False)
    path = [int(order[-1])]
    while path[-1] != end:
        path.append(int(before[path[-1]]))
    return path[len(path) // 2]


def _sum(a: float, b: float) -> tuple[float, float]:
    """Return a + b as float64 and what that lost (Knuth)."""
    total = a + b
    back = total - a
    return total, (a - (total - back)) + (b - back)


def _log_sinh(r: Array) -> Array:
    """Return log sinh r, -inf at 0."""
    with np.errstate(divide="ignore"):
        return np.asarray(r - np.log(2) + np.log(-np.expm1(-2 * r)))
